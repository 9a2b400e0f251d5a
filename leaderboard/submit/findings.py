"""All that is wrong with a bundle at once: problems with file and line, bounded in number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from benchmark.errors import InputError, LarbenchError

PROBLEMS_A_FILE = 20
PROBLEMS = 200


@dataclass
class Findings:
    """Collects what is wrong. Of one file, and in all, only so many are kept; the others are counted."""

    errors: list[InputError] = field(default_factory=list)
    unkept: int = 0
    _by_path: Counter[str] = field(default_factory=Counter)

    def add(self, found: str, path: str, line: int | None = None, expected: str = "", todo: str = "") -> None:
        """Note a problem; ``found`` and ``expected`` hold foreign text only as ``shown`` renders it."""
        self._by_path[path] += 1
        if self._by_path[path] > PROBLEMS_A_FILE or len(self.errors) >= PROBLEMS:
            self.unkept += 1
            return
        self.errors.append(InputError(found, path=path, line=line, expected=expected, todo=todo))

    def full(self, path: str) -> bool:
        """Return whether more problems of a file would only be counted."""
        return self._by_path[path] >= PROBLEMS_A_FILE

    def __bool__(self) -> bool:
        return bool(self.errors)

    def refuse(self) -> None:
        """Raise ``Refused`` where anything was found."""
        if self.errors:
            raise Refused(self.errors, self.unkept)


class Refused(LarbenchError):  # noqa: N818 - named for what became of the bundle
    """A bundle that is not taken: every problem a line."""

    exit_code = 2

    def __init__(self, errors: list[InputError], unkept: int = 0) -> None:
        self.errors = tuple(errors)
        lines = [str(error) for error in errors]
        if unkept:
            lines.append(f"and {unkept:,} more")
        number = len(errors) + unkept
        super().__init__(
            f"{number:,} problem{'s' if number > 1 else ''}, nothing was changed\n" + "\n".join(lines)
        )
