"""Pages for a screen, in plain text; it needs neither pandas nor tabulate, so a run's end stays quick."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from leaderboard.output import display_width
from leaderboard.output.escape import plain
from leaderboard.output.table import Facts, Page, Table

WIDTH = 110

_COMMAND = re.compile("`[^`]+`")
_NO_BREAK = "\u00a0"


def render(page: Page) -> str:
    """Return a page for a screen of about 110 columns, on which tables are as wide as they are."""
    lines = [f"{page.title}: {plain(page.suite)}"]
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
    yield plain(one.title)
    yield from columns(one)
    if not one.rows:
        yield "(no row)"
    for note in one.notes:
        yield wrapped(note, first="- ")


def columns(one: Table) -> Iterator[str]:
    """Yield a table's header and rows alone, each column as wide as it has to be."""
    cells = [[plain(cell) for cell in line] for line in (one.header, *one.rows)]
    widths = [max(map(display_width.of, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    for line in cells:
        padded = (
            display_width.right(cell, width) if index in one.right else display_width.left(cell, width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(padded).rstrip()


def wrapped(text: str, first: str = "") -> str:
    """Break lines at spaces, but not inside commands: they are there to be copied."""
    kept = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), plain(text))
    filled = textwrap.fill(
        kept,
        WIDTH,
        initial_indent=first,
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return filled.replace(_NO_BREAK, " ")
