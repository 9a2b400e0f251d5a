"""How a run goes: a table that fills up on a terminal, a line a cell elsewhere; the time left in both."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import mean
from typing import TYPE_CHECKING, Protocol, Self

import click

from benchmark.api import Event, Outcome
from benchmark.plan.estimate import own_seconds
from benchmark.run.time_left import TimeLeft
from benchmark.store.record import OK, lost_answers, spent_on_llm
from benchmark.task import SUPERVISED

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

Score = Callable[[Outcome], float | None]
_SILENCE = 60.0  # seconds without a line after which it is told what is running


class Shows(AbstractContextManager["Shows"], Protocol):
    """Shows events of a run as they come."""

    def on_event(self, event: Event) -> None:
        """Show one event."""


def make_progress(score: Score | None = None) -> Shows:
    """Return a live table where stdout is a terminal that can show one, plain lines otherwise.

    ``score`` returns the F1 on test (a fraction) that the table shows for a cell, None where there is none.
    """
    moves = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    return _Live(score) if moves else _Plain()


def describe(outcome: Outcome) -> str:
    """Say in one line how a cell ended.

    The dev F1 of a cell that may not see dev's labels stays on its record: shown for every target, it would
    invite choices that may be made on development domains alone.
    """
    record = outcome.record
    if record.state != "ok":
        return f"{record.state:<8} {outcome.cell.spec.ledger_key}: {record.reason}"
    dev = f"dev F1 {100 * record.dev['f1']:5.1f}, " if record.dev else "no dev set, "
    if record.spec.setting != SUPERVISED:
        dev = ""
    spent = spent_on_llm(record)
    asked = f", {spent.tokens:,} LLM tokens" if spent else ""
    lost = lost_answers(record.notes)
    asked += f", {lost.detail}" if lost and lost.count else ""
    return f"{'ok':<8} {outcome.cell.spec.ledger_key}: {dev}{record.timings['total_seconds']:.1f} s{asked}"


class _Plain(Shows):
    """A line a cell as it ends; where none ends for a while, what is running, and for how long."""

    def __init__(self) -> None:
        self._done = self._total = 0
        self._estimated: set[str] = set()
        self._left: TimeLeft | None = None
        self._running = _Running()
        self._told = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._break_silence, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _break_silence(self) -> None:
        while not self._over.wait(_SILENCE / 10):
            with self._lock:
                if self._running and time.monotonic() - self._told >= _SILENCE:
                    click.echo(f"{self._running}{_to_go(self._left)}")
                    self._told = time.monotonic()

    def on_event(self, event: Event) -> None:
        with self._lock:
            self._on_event(event)
            if event.kind != "phase":
                self._told = time.monotonic()

    def _on_event(self, event: Event) -> None:
        _note(self._left, event)
        self._running.note(event)
        if event.kind == "planned":
            self._done, self._total = event.cached, event.total
            self._left = _time_left(event)
            click.echo(f"{event.total} cells, {event.cached} of them in the store{_to_go(self._left)}")
        elif event.kind == "warning":
            click.echo(f"warning: {event.text}", err=True)
        elif event.cell is not None and "to go, some" in event.text:  # of a language model's answers
            name = event.cell.spec.ledger_key
            if name not in self._estimated:
                click.echo(f"{name}: {event.text}")
            self._estimated.add(name)
        elif event.outcome is not None:
            self._done += 1
            click.echo(f"[{self._done}/{self._total}] {describe(event.outcome)}{_to_go(self._left)}")


def _time_left(event: Event) -> TimeLeft | None:
    """Return what tells the time left of a planned run; None where nothing is known of its cells."""
    return TimeLeft(event.expected, event.jobs) if event.expected else None


def _note(left: TimeLeft | None, event: Event) -> None:
    if left is not None and event.outcome is not None:
        left.ended(event.outcome.cell.spec.name, own_seconds(event.outcome.record))


def _to_go(left: TimeLeft | None) -> str:
    return "" if left is None else f"; {left.seconds():.0f} s left"


class _Running:
    """The cells that are being computed: what each is at, and since when."""

    def __init__(self) -> None:
        self._phases: dict[str, tuple[str, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._phases)

    def __str__(self) -> str:
        now = time.monotonic()
        return "; ".join(
            f"{cell} {phase} ({now - since:.0f} s)" for cell, (phase, since) in self._phases.items()
        )

    def note(self, event: Event) -> None:
        """Note a phase that begins, or a cell that has ended."""
        if event.cell is None:
            return
        cell = event.cell.spec.ledger_key
        if event.outcome is None:
            self._phases[cell] = (event.text, time.monotonic())
        else:
            self._phases.pop(cell, None)


class _Live(Shows):
    """A table, a row a method and setting, a column a domain; above it what is done and what is running.

    A finished cell shows its F1 on test, the mean over seeds.
    """

    def __init__(self, score: Score | None) -> None:
        self._score = score
        self._live: Live | None = None
        self._left: TimeLeft | None = None
        self._done = self._total = 0
        self._running = _Running()
        self._domains: list[str] = []
        self._found: dict[tuple[str, str], dict[str, list[float]]] = {}  # row and setting → domain → F1
        self._ended: dict[tuple[str, str], dict[str, str]] = {}  # of cells that have no F1: how they ended

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def on_event(self, event: Event) -> None:
        _note(self._left, event)
        if event.kind == "planned" and event.cached < event.total:
            self._open(event)
        elif event.kind == "warning":
            click.echo(f"warning: {event.text}", err=True)
        elif self._live is not None and event.cell is not None:
            self._running.note(event)
            if event.outcome is not None:
                self._end(event.outcome)

    def _open(self, event: Event) -> None:
        from rich.live import Live

        self._done, self._total, self._left = event.cached, event.total, _time_left(event)
        computed = [cell for cell in event.cells if cell.decided is None]
        self._domains = list(dict.fromkeys(cell.spec.domain for cell in computed))
        for cell in computed:
            self._found.setdefault((cell.spec.label, cell.spec.setting), {})
        # a table of rows, drawn anew twice a second: the time left runs down between two events
        self._live = Live(get_renderable=self._drawn, refresh_per_second=2, redirect_stderr=False)
        self._live.start()

    def _end(self, outcome: Outcome) -> None:
        self._done += 1
        spec = outcome.cell.spec
        row = (spec.label, spec.setting)
        f1 = self._score(outcome) if self._score is not None and outcome.record.state == OK else None
        if f1 is not None:
            self._found.setdefault(row, {}).setdefault(spec.domain, []).append(f1)
        else:
            self._ended.setdefault(row, {})[spec.domain] = outcome.record.state
        if outcome.record.state != OK and not outcome.cell.decided and self._live is not None:
            self._live.console.print(describe(outcome), markup=False, highlight=False)

    def _drawn(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        table.add_column("F1 on test")
        table.add_column("setting")
        for domain in self._domains:
            table.add_column(domain, justify="right", no_wrap=True)
        for row, cells in self._found.items():
            table.add_row(*map(Text, row), *(self._cell(row, cells, domain) for domain in self._domains))
        head = f"{self._done}/{self._total} cells{_to_go(self._left)}"
        return Group(Text(head), Text(str(self._running), overflow="ellipsis", no_wrap=True), table)

    def _cell(self, row: tuple[str, str], cells: dict[str, list[float]], domain: str) -> str:
        if found := cells.get(domain):
            return f"{100 * mean(found):.1f}"
        return self._ended.get(row, {}).get(domain, "")
