"""How a run goes: a live bar on a terminal, a line a cell elsewhere."""

from __future__ import annotations

import os
import sys
import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, Self

import click

from benchmark.api import Event, Outcome
from benchmark.store.record import lost_answers, spent_on_llm
from benchmark.task import SUPERVISED

if TYPE_CHECKING:
    from rich.progress import Progress


class Shows(AbstractContextManager["Shows"], Protocol):
    """Shows events of a run as they come."""

    def on_event(self, event: Event) -> None:
        """Show one event."""


def make_progress() -> Shows:
    """Return a live display where stdout is a terminal that can show one, plain lines otherwise."""
    moves = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    return _Live() if moves else _Plain()


def describe(outcome: Outcome) -> str:
    """Say in one line how a cell ended.

    The dev F1 of a cell that may not see dev's labels stays on its record: shown for every target, it would
    invite choices that may be made on the dev set of politics alone.
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
    def __init__(self) -> None:
        self._done = self._total = 0
        self._estimated: set[str] = set()

    def __exit__(self, *_: object) -> None:
        return None

    def on_event(self, event: Event) -> None:
        if event.kind == "planned":
            self._done, self._total = event.cached, event.total
            click.echo(f"{event.total} cells, {event.cached} of them in the store")
        elif event.kind == "warning":
            click.echo(f"warning: {event.text}", err=True)
        elif event.cell is not None and "to go, some" in event.text:  # of a language model's answers
            name = event.cell.spec.ledger_key
            if name not in self._estimated:
                click.echo(f"{name}: {event.text}")
            self._estimated.add(name)
        elif event.outcome is not None:
            self._done += 1
            click.echo(f"[{self._done}/{self._total}] {describe(event.outcome)}")


class _Live(Shows):
    """A bar with the cells that run now below it; a line above it for each that has ended."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._phases: dict[str, str] = {}
        self._computed = 0
        self._start = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def on_event(self, event: Event) -> None:
        if event.kind == "planned" and event.cached < event.total:
            self._open(event.total, event.cached)
        elif event.kind == "warning":
            click.echo(f"warning: {event.text}", err=True)
        elif self._progress is not None and event.cell is not None:
            if event.outcome is None:
                self._phases[event.cell.spec.ledger_key] = event.text
            else:
                self._phases.pop(event.cell.spec.ledger_key, None)
                self._progress.print(describe(event.outcome), markup=False, highlight=False)
                self._progress.advance(self._task)
            running = ", ".join(f"{slot} {phase}" for slot, phase in self._phases.items())
            self._progress.update(self._task, running=running)

    def _open(self, total: int, done: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.table import Column

        self._progress = Progress(
            MofNCompleteColumn(),
            BarColumn(bar_width=20),
            TextColumn("time left"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn(
                "{task.fields[running]}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            speed_estimate_period=3600.0,
            expand=True,
        )
        self._task = self._progress.add_task("", total=total, completed=done, running="")
        self._progress.start()
