"""What users may write where a list is wanted: a list, or one string with commas between names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import UsageError

Names = str | Iterable[str] | None
Seeds = int | str | Iterable[int] | None
Paths = str | Path | Iterable[str | Path]


def as_names(value: Names) -> tuple[str, ...] | None:
    """Return the names in a list, or in a string with commas between them; None stays None.

    Raises
    ------
    UsageError
        For an empty name.
    """
    if value is None:
        return None
    names = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else tuple(value)
    if not all(names):
        raise UsageError(f"{value!r} holds an empty name")
    return names


def as_seeds(value: Seeds) -> tuple[int, ...] | None:
    """Return the seeds in a list, one seed, or those in a string with commas between them; None stays None.

    Raises
    ------
    UsageError
        For what is no whole number from 0 to 2**32 - 1.
    """
    if value is None:
        return None
    if isinstance(value, str):
        parts = as_names(value) or ()
        numbers = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
    else:
        numbers = [value] if isinstance(value, int) else list(value)
    if not all(isinstance(number, int) and 0 <= number < 2**32 for number in numbers):
        raise UsageError(f"{value!r}: a seed is a whole number from 0 to {2**32 - 1}")
    return tuple(numbers)


def as_paths(value: Paths) -> tuple[Path, ...]:
    """Return the paths in a list, or one path."""
    return tuple(map(Path, [value] if isinstance(value, str | Path) else value))
