"""Pages for a screen, in plain text; it needs neither pandas nor tabulate, so a run's end stays quick."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

from leaderboard.output import display_width
from leaderboard.output.escape import plain
from leaderboard.output.table import Facts, Page, Table

WIDTH = 110
_NARROWEST = 20

_COMMAND = re.compile("`[^`]+`")
_NO_BREAK = "\u00a0"


def screen_columns() -> int | None:
    """Return how many columns the terminal has that this process prints to; None where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def render(page: Page) -> str:
    """Return a page for the screen: text of at most 110 columns, tables as wide as they are or it is."""
    lines = [wrapped(f"{page.title}: {page.suite}")]
    if page.warning:
        lines.append(wrapped(page.warning))
    after_table = False
    for part in page.parts:
        if isinstance(part, Table):
            lines += ["", *table(part)]
            after_table = True
        elif isinstance(part, Facts):
            lines += [""] if after_table else []
            lines += [wrapped(f"{what}: {text}") for what, text in part.pairs if isinstance(text, str)]
            after_table = False
    return "\n".join(lines) + "\n"


def table(one: Table) -> Iterator[str]:
    """Yield the lines of a table under its title, notes below."""
    yield wrapped(one.title)
    yield from columns(one)
    if not one.rows:
        yield "(no row)"
    for note in one.notes:
        yield wrapped(note, first="- ")


def columns(one: Table) -> Iterator[str]:
    """Yield a table's header and rows alone, each column as wide as it has to be.

    On a terminal that is narrower, what does not fit stands below, behind the first column once more.
    """
    cells = [[plain(cell) for cell in line] for line in (one.header, *one.rows)]
    widths = [max(map(display_width.of, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    for number, some in enumerate(_that_fit(widths, screen_columns())):
        if number:
            yield ""
        for line in cells:
            padded = (
                display_width.right(line[index], widths[index])
                if index in one.right
                else display_width.left(line[index], widths[index])
                for index in some
            )
            yield "  ".join(padded).rstrip()


def _that_fit(widths: Sequence[int], most: int | None) -> list[list[int]]:
    """Return the columns of each part of a table that is put one part below the other."""
    parts = [[0]]
    used = widths[0]
    for index, width in enumerate(widths[1:], 1):
        if most is not None and used + 2 + width > most and len(parts[-1]) > 1:
            parts.append([0])
            used = widths[0]
        parts[-1].append(index)
        used += 2 + width
    return parts


def wrapped(text: str, first: str = "") -> str:
    """Break lines at spaces, but not inside commands: they are there to be copied."""
    kept = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), plain(text))
    filled = textwrap.fill(
        kept,
        max(_NARROWEST, min(WIDTH, screen_columns() or WIDTH)),
        initial_indent=first,
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return filled.replace(_NO_BREAK, " ")
