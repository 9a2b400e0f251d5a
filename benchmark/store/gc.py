"""What no suite's ledger refers to: found, shown, and removed.

Records and predictions that a later identity has taken the place of stay in a store until they are removed
here. Artefacts are looked at only where a kind of them is named: no ledger refers to them, and some were paid
for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from benchmark.errors import InputError, UsageError
from benchmark.store.atomic_io import leftovers, remove_tree
from benchmark.store.predictions import PACKED
from benchmark.store.record import predictions_path
from benchmark.store.store import Store

_LEFTOVER = "leftover of a write that was killed"


@dataclass(frozen=True)
class Garbage:
    """A file, or an artefact's folder, that can go: why, and its size in bytes."""

    path: Path
    why: str
    size: int


@dataclass(frozen=True)
class Found:
    """What can go, and the suites that were left alone because their ledger is damaged or absent."""

    garbage: tuple[Garbage, ...]
    left: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes that would be freed."""
        return sum(one.size for one in self.garbage)


def find_garbage(store: Store, kinds: Sequence[str] = ()) -> Found:
    """Return what no ledger of the store refers to, and the artefacts of these kinds.

    Where a suite's ledger cannot be read nothing of it is garbage: its records are what it is rebuilt from.
    Raises ``UsageError`` for a kind of which there is no artefact.
    """
    garbage: list[Garbage] = []
    left = []
    for folder in sorted(path.parent for path in store.root.glob("*/records")):
        try:
            garbage += _of_suite(store, folder.name)
        except InputError as error:
            left.append(f"{folder.name}: {error}")
    garbage += [Garbage(path, _LEFTOVER, _size(path)) for path in sorted(leftovers(store.temporary))]
    there = sorted(path.name for path in (store.root / "artefacts").glob("*") if path.is_dir())
    for kind in kinds:
        if kind not in there:
            raise UsageError(f"no artefact of the kind {kind!r}; there are {', '.join(there) or 'none'}")
        folders = sorted((store.root / "artefacts" / kind).iterdir())
        garbage += [Garbage(path, f"artefact of the kind {kind}", _size(path)) for path in folders]
    return Found(tuple(garbage), tuple(left))


def remove_garbage(store: Store, kinds: Sequence[str] = ()) -> Found:
    """Remove what ``find_garbage`` finds and return it; ``UsageError`` while a cell of the store runs."""
    running = next(running_cells(store), None)
    if running is not None:
        raise UsageError(f"{running} runs in {store.root}: wait for the run to end, or stop it")
    found = find_garbage(store, kinds)
    removed = []
    for one in found.garbage:
        if one.path.parent.parent == store.root / "artefacts":
            kind = one.path.parent.name
            with store.lock(f"artefact-{kind}-{one.path.name}"), store.writing(one.path):
                remove_tree(one.path)
        elif not _referred_to(store, one.path):
            with store.writing(one.path):
                if one.path.is_dir():
                    remove_tree(one.path)
                else:
                    one.path.unlink(missing_ok=True)
        else:
            continue  # a run has taken it up since it was found
        removed.append(one)
    return Found(tuple(removed), found.left)


def running_cells(store: Store) -> Iterator[str]:
    """Yield the cells that some process works on at this moment: their locks are held."""
    for path in sorted((store.root / "locks").glob("cell-*.lock")):
        lock = store.lock(path.name.removesuffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield path.name.removeprefix("cell-").removesuffix(".lock")
        else:
            lock.release()


def _of_suite(store: Store, suite: str) -> list[Garbage]:
    if not (store.root / suite / "ledger.json").is_file():
        raise InputError("records without a ledger", path=store.root / suite, todo="run the suite again")
    current = {entry.cell for entry in store.ledger(suite).values()}
    return [
        Garbage(path, f"{part} of a cell that no ledger names", _size(path))
        for part, suffix in (
            ("records", ".json"),
            ("predictions", ".jsonl"),
            ("predictions", f".jsonl{PACKED}"),
        )
        for path in sorted((store.root / suite / part).glob(f"*{suffix}"))
        if path.name.removesuffix(suffix) not in current
    ]


def _referred_to(store: Store, path: Path) -> bool:
    """Whether a suite's ledger names the cell of a file, now."""
    if path.parent == store.temporary:
        return False
    suite = path.parent.parent.name
    return any(
        path.name.removesuffix(PACKED) in (f"{entry.cell}.json", Path(predictions_path(entry.cell)).name)
        for entry in store.ledger(suite).values()
    )


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(_size(inner) for inner in path.iterdir())
    return path.stat().st_size if path.is_file() else 0
