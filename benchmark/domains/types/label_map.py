"""Label maps: ``PER=person`` renames a type wherever two inventories of types meet."""

from __future__ import annotations

from collections.abc import Iterable

from benchmark.errors import UsageError

COMMON = "common"  # stated in place of FROM=TO: the map of common spellings


def parse_map(stated: Iterable[str]) -> dict[str, str]:
    """Return the map of statements such as ``PER=person``.

    Raises
    ------
    UsageError
        For one of another form, and for a type that two of them rename.
    """
    found: dict[str, str] = {}
    for one in stated:
        written, mark, name = (part.strip() for part in one.partition("="))
        if not (mark and written and name):
            raise UsageError(f"--map {one!r}: a type as written, =, and the name that it gets: PER=person")
        if found.setdefault(written, name) != name:
            raise UsageError(f"--map renames {written!r} twice: to {found[written]!r} and to {name!r}")
    return found
