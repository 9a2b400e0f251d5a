"""Cells' pages that are written again only where something on them has changed.

A page is a large part made of the cell alone, and a short list of its neighbours, which changes with every
added row. The user's cache holds, for each page, a hash of all that the large part is made of, where the list
stands in the file, and the SHA-256 of the rest. A page is kept only where its bytes in the folder still
have that hash; then the list alone is made anew. So a changed page, or a lost or wrong cache, costs time and
nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.store.atomic_io import canonical_json, sha256, write_atomic
from benchmark.store.record import to_json
from leaderboard.results.gold import Gold
from leaderboard.results.kept import code
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results


@dataclass(frozen=True)
class _Kept:
    """What is known of a written page; ``start`` and ``length`` are of its list of neighbours, in bytes."""

    key: str
    start: int
    length: int
    rest: str


class WrittenPages:
    """What an earlier build wrote into a folder, and what this one writes."""

    def __init__(self, folder: Path) -> None:
        self._file = _cache_file(folder)
        self._known = _read(self._file)
        self._now: dict[str, _Kept] = {}
        self._golds: dict[int, str] = {}

    def write(self, path: Path, key: str, neighbours: str, render: Callable[[str], str]) -> None:
        """Write a page where it is not there already.

        Parameters
        ----------
        path : Path
            The page's file.
        key : str
            A hash of all that it is made of, but of its list of neighbours.
        neighbours : str
            That list, as HTML.
        render : function of str
            Makes the page with the list given.
        """
        new = neighbours.encode()
        known = self._known.get(path.name)
        if known is not None and known.key == key and path.is_file():
            old = path.read_bytes()
            before, after = old[: known.start], old[known.start + known.length :]
            if sha256(before + after) == known.rest:
                if old[known.start : known.start + known.length] != new:
                    path.write_bytes(before + new + after)
                self._now[path.name] = _Kept(key, known.start, len(new), known.rest)
                return
        place = f"neighbours-{key}"  # no page holds a hash of itself
        before, after = (part.encode() for part in render(place).split(place))
        path.write_bytes(before + new + after)  # hundreds of them: each synced would take minutes
        self._now[path.name] = _Kept(key, len(before), len(new), sha256(before + after))

    def close(self) -> None:
        """Note what was written; a cache that cannot be written is done without."""
        content = canonical_json({name: asdict(one) for name, one in self._now.items()}).encode()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._file, content, temporary=self._file.parent)
        except OSError:
            return

    def key(self, results: Results, cell: ScoredCell, **about: Any) -> str:
        """Return a hash of all that a cell's page is made of, but of its list of neighbours."""
        gold, sent = results.gold(cell), results.submitted.get(cell.record.cell)
        parts = {
            "code": code(),
            "record": to_json(cell.record),
            "predictions": cell.record.predictions_sha256 if sent is None else sent.sha256,
            "submission": None if sent is None else str(sent.stored.folder.resolve()),
            "card": None if sent is None else repr(sent.stored.card),
            "gold": None if gold is None else self._gold(gold),
            "heading": repr(results.heading),
            "scored": cell.counts is not None,
            **about,
        }
        return sha256(canonical_json(parts).encode())

    def _gold(self, gold: Gold) -> str:
        if id(gold) not in self._golds:  # the results hold it, so its id stays its own
            content = repr((gold.domain, gold.types, gold.language, gold.test))
            self._golds[id(gold)] = sha256(content.encode())
        return self._golds[id(gold)]


def _cache_file(folder: Path) -> Path:
    import pooch  # a tenth of a second that those who print a board alone need not pay

    return Path(pooch.os_cache("larbench")) / "pages" / f"{sha256(str(folder.resolve()).encode())[:32]}.json"


def _read(file: Path) -> dict[str, _Kept]:
    try:
        return {name: _Kept(**one) for name, one in json.loads(file.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
