"""What an earlier build measured and resampled, kept in the user's cache under a hash of its origin.

A figure is used again only where all that it comes from is the same: the bytes of the predictions (which are
read and checked as ever), the content of gold and of train's mentions, the record's timings, the code and the
versions that compute; for resamples the counts themselves, their number and the stream. The file begins with
its own hash: one that is lost, damaged or of other code costs time and nothing else.
"""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.scoring.counts import Counts
from benchmark.scoring.frequency import Surfaces
from benchmark.scoring.intervals import FloatArray
from benchmark.scoring.permutation import Permutations, permute
from benchmark.scoring.spans import Ints
from benchmark.scoring.statistics import resampled_f1
from benchmark.store.atomic_io import canonical_json, sha256, write_atomic
from benchmark.store.record import Record
from leaderboard.results.gold import Gold
from leaderboard.results.measure import ScoredCell, narrow

MOST = 500_000_000  # bytes that all boards' files may take together
_ROOT = Path(__file__).parents[2]
_SOURCES = (".py", ".html", ".css", ".js")
_ABOUT = "about"  # the member that holds, as JSON, what is no array
_DIGEST = 64  # hex digits that a file begins with


class Kept:
    """What is known from an earlier build of a suite's board, and what this one adds or uses again."""

    def __init__(self, folder: Path) -> None:
        self._file = _cache_file(folder)
        self._arrays, self._about = _read(self._file)
        self._read = frozenset(self._arrays)
        self._used: set[str] = set()
        self._hashes: dict[int, tuple[object, str]] = {}

    def key(self, record: Record, gold: Gold, known: Surfaces | None) -> str:
        """Return a hash of all that a cell's measured counts and values are made of."""
        parts = {
            "code": code(),
            "predictions": record.predictions_sha256,
            "gold": self._once(gold, lambda: _gold_text(gold)),
            "known": None if known is None else self._once(known, lambda: _known_text(known)),
            "timings": dict(record.timings),
        }
        return sha256(canonical_json(parts))

    def cell(self, key: str, record: Record) -> ScoredCell | None:
        """Return a record's cell as it was measured under that key; None where none was."""
        if key not in self._about:
            return None
        self._used.add(key)
        about = self._about[key]
        counts = Counts(tuple(about["types"]), *map(narrow, self._arrays[key]))
        return ScoredCell(record, counts, about["values"], _counts_of(about["by_frequency"]))

    def keep(self, key: str, cell: ScoredCell) -> None:
        """Note what a cell was measured as."""
        counts, classes = cell.counts, cell.by_frequency
        if counts is None:
            return
        self._arrays[key] = np.stack(_tables(counts))
        self._about[key] = {
            "types": counts.types,
            "values": dict(cell.values),
            "by_frequency": classes and [classes.types, [table.tolist() for table in _tables(classes)]],
        }
        self._used.add(key)

    def resampled_f1(self, totals: Sequence[Ints], resamples: int, stream: str) -> list[FloatArray]:
        """Return what ``benchmark.scoring.statistics.resampled_f1`` does, drawing for new counts alone."""
        return self._drawn(
            totals,
            ("resampled", resamples, stream),
            lambda new: list(resampled_f1(new, resamples=resamples, stream=stream)),
        )

    def permute(self, totals: Sequence[Ints], swaps: int, stream: str) -> Permutations:
        """Return what ``benchmark.scoring.permutation.permute`` does, swapping for new counts alone."""
        parts = self._drawn(
            totals,
            ("swapped", swaps, stream),
            lambda new: list(permute(new, swaps=swaps, stream=stream).part.swapaxes(0, 1)),
        )
        return Permutations(np.stack([run.sum(axis=0) for run in totals]), np.stack(parts, axis=1))

    def array(self, parts: object, make: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return an array that an earlier build made of ``parts`` (as JSON), or make it."""
        key = sha256(canonical_json([code(), parts]))
        if key not in self._arrays:
            self._arrays[key] = make()
        self._used.add(key)
        return self._arrays[key]

    def _drawn(
        self,
        totals: Sequence[Ints],
        how: Sequence[object],
        draw: Callable[[list[Ints]], Sequence[npt.NDArray[Any]]],
    ) -> list[npt.NDArray[Any]]:
        """Return an array for each run; ``draw`` makes those of the runs that were not drawn before."""
        head = canonical_json([code(), *how])
        keys = [sha256(f"{head} {run.shape} {run.dtype} ".encode() + run.tobytes()) for run in totals]
        new = {key: run for key, run in zip(keys, totals, strict=True) if key not in self._arrays}
        if new:
            self._arrays |= dict(zip(new, draw(list(new.values())), strict=True))
        self._used |= set(keys)
        return [self._arrays[key] for key in keys]

    def close(self) -> None:
        """Write what this build used, and nothing older; a cache that cannot be written is done without."""
        if self._used == self._read:
            return
        about = {key: self._about[key] for key in self._used & self._about.keys()}
        arrays: dict[str, Any] = {key: self._arrays[key] for key in sorted(self._used)}
        if sum(array.nbytes for array in arrays.values()) > MOST:
            return
        out = io.BytesIO()
        arrays[_ABOUT] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        np.savez(out, **arrays)
        content = out.getvalue()
        try:
            write_atomic(self._file, sha256(content).encode() + content, temporary=self._file.parent)
            _make_room(self._file)
        except OSError:
            return

    def _once(self, thing: object, text: Any) -> str:
        if id(thing) not in self._hashes:  # it is held here, so its id stays its own
            self._hashes[id(thing)] = thing, sha256(text())
        return self._hashes[id(thing)][1]


@lru_cache(maxsize=1)
def code() -> str:
    """Return a hash of all code that a board and its pages are made by, and of the versions it runs on."""
    files = sorted(
        path
        for package in ("leaderboard", "benchmark")
        for path in (_ROOT / package).rglob("*")
        if path.suffix in _SOURCES
    )
    versions = [platform.python_version(), *(f"{name} {version(name)}" for name in ("jinja2", "numpy"))]
    digests = [f"{path.relative_to(_ROOT)} {sha256(path.read_bytes())}" for path in files]
    return sha256("\n".join([*versions, *digests]).encode())


def _gold_text(gold: Gold) -> str:
    clean = None if gold.clean is None else gold.clean.tolist()
    return repr((gold.domain, gold.types, gold.language, gold.test, clean))


def _known_text(known: Surfaces) -> str:
    return repr(sorted((tokens, sorted(types)) for tokens, types in known.items()))


def _tables(counts: Counts) -> tuple[Ints, Ints, Ints]:
    return counts.tp, counts.predicted, counts.gold


def _counts_of(found: Any) -> Counts | None:
    if found is None:
        return None
    types, tables = found
    return Counts(tuple(types), *(np.array(table, dtype=np.int64) for table in tables))


def _cache_file(folder: Path) -> Path:
    import pooch  # a tenth of a second that those who print a board alone need not pay

    return Path(pooch.os_cache("larbench")) / "measured" / sha256(str(folder.resolve()))[:32]


def _read(file: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the arrays and the rest of a file; nothing where it is not as it was written."""
    try:
        content = file.read_bytes()
    except OSError:
        return {}, {}
    digest, rest = content[:_DIGEST], content[_DIGEST:]
    if sha256(rest).encode() != digest:
        return {}, {}
    with np.load(io.BytesIO(rest), allow_pickle=False) as found:
        arrays = dict(found)
    return arrays, json.loads(arrays.pop(_ABOUT).tobytes())


def _make_room(newest: Path) -> None:
    """Delete the files that were written longest ago until the rest is small enough."""
    files = sorted(_with_size(newest.parent.iterdir()), reverse=True)
    room = MOST
    for _, size, path in files:
        room -= size
        if room < 0 and path != newest:
            path.unlink(missing_ok=True)


def _with_size(files: Iterable[Path]) -> list[tuple[int, int, Path]]:
    return [(stat.st_mtime_ns, stat.st_size, path) for path in files for stat in [path.stat()]]
