"""What a run tells while it goes on, and how its cells ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.plan.cell import Cell
from benchmark.plan.estimate import Expected
from benchmark.store.record import Record


@dataclass(frozen=True)
class Outcome:
    """How a planned cell ended: its record, and whether the store had it before this run."""

    cell: Cell
    record: Record
    cached: bool


@dataclass(frozen=True)
class Event:
    """What a run tells while it goes on.

    ``kind``: ``planned`` (``total`` cells, ``cached`` of them at hand, ``jobs`` computed at a time; ``cells``
    are those to bring to an end, ``expected`` what they may take, where that is known), ``phase`` (``cell``
    now does ``text``), ``warning`` (``text``), ``finished`` (``outcome``; not sent for cells that were at
    hand).
    """

    kind: str
    cell: Cell | None = None
    text: str = ""
    total: int = 0
    cached: int = 0
    outcome: Outcome | None = None
    cells: Sequence[Cell] = ()
    expected: Expected | None = None
    jobs: int = 1


OnEvent = Callable[[Event], None]


def one_at_a_time(on_event: OnEvent) -> OnEvent:
    """Return what several threads may call: one event at a time goes on, and no warning twice."""
    lock = threading.Lock()
    warned: set[str] = set()

    def tell(event: Event) -> None:
        with lock:
            if event.kind != "warning" or event.text not in warned:
                warned.add(event.text)
                on_event(event)

    return tell
