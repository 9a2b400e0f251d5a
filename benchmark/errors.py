"""The errors that a user can meet, and the exit codes they map to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class LarbenchError(Exception):
    """A failure with a message meant for the user: the command line prints it without a traceback."""

    exit_code = 1


class UsageError(LarbenchError):
    """Wrong usage: an unknown name, an option that does not fit."""

    exit_code = 2


class InputError(LarbenchError):
    """Bad input: where it is, what was found, what was expected, what to do.

    The parts are kept as attributes, so that a command can print many of them as a table or as JSON.

    Parameters
    ----------
    found : str
        What was found.
    path : Path or str, optional
        In which file.
    line : int, optional
        In which line, from 1.
    expected : str, optional
        What was expected.
    todo : str, optional
        What to do.

    Examples
    --------
    >>> from benchmark.errors import InputError
    >>> print(InputError("the tag 'X-per'", path="train.txt", line=3, expected="B-, I- or O"))
    train.txt:3: found the tag 'X-per'; expected B-, I- or O
    """

    exit_code = 2

    def __init__(
        self,
        found: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        expected: str = "",
        todo: str = "",
    ) -> None:
        self.path = None if path is None else str(path)
        self.line = line
        self.found = found
        self.expected = expected
        self.todo = todo
        super().__init__(self._text())

    def _text(self) -> str:
        where = [str(part) for part in (self.path, self.line) if part is not None]
        parts = [": ".join([":".join(where), f"found {self.found}"]) if where else f"found {self.found}"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.todo:
            parts.append(self.todo)
        return "; ".join(parts)


class MissingDataError(InputError):
    """A corpus is not on this machine; the message says which command brings it."""


class OverBudget(LarbenchError):  # noqa: N818 - named for the state that its cell ends in
    """What is left of the run's budget cannot pay a request: the cell ends ``over-budget``, others go on."""


def choose(name: str, known: Iterable[str], what: str) -> str:
    """Return ``name`` where it is known, else raise ``UsageError`` with the nearest known ones."""
    names = list(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    raise UsageError(f"no {what} is called {name!r}; {hint}")


_SHOWN = 60  # characters of anything foreign that a message repeats


def shown(value: object) -> str:
    """Return foreign text for a message: quoted, escapes for what does not print, cut."""
    if isinstance(value, str) and len(value) > _SHOWN:
        return repr(value[:_SHOWN]) + "…"
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= 2 * _SHOWN else text[:_SHOWN] + "…"
