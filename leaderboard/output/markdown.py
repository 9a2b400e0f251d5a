"""Pages as Markdown. The same page gives the same bytes."""

from __future__ import annotations

from leaderboard.output.escape import ARXIV, with_code
from leaderboard.output.escape import markdown as escaped
from leaderboard.output.table import Facts, Image, Page, Table, Text


def render(page: Page) -> str:
    """Return a page as Markdown, no HTML of anybody else's in it."""
    lines = [f"# {page.title}: {escaped(page.suite)}", ""]
    if page.warning:
        lines += [f"> **{escaped(page.warning)}**", ""]
    for part in page.parts:
        if isinstance(part, Table):
            lines += table(part)
        else:
            lines += [""] if lines[-1] else []
            lines += _lines(part)
    return "\n".join(lines) + "\n"


def _lines(part: Facts | Image | Text) -> list[str]:
    if isinstance(part, Image):
        return [f"![{part.says}]({part.file})"]
    if isinstance(part, Text):
        return [part.markdown]
    return [f"- **{_what(what, part)}**: {_said(text, part)}" for what, text in part.pairs]


def _what(what: str, facts: Facts) -> str:
    return what if facts.commands else escaped(what)


def _said(text: str | Text, facts: Facts) -> str:
    if isinstance(text, Text):
        return text.markdown
    return with_code(text) if facts.commands else escaped(text)


def _linked(text: str) -> str:
    return ARXIV.sub(r"[arXiv \1](https://arxiv.org/abs/\1)", text)


def table(one: Table) -> list[str]:
    """Return the lines of a table under its heading, notes below."""
    from tabulate import tabulate  # not for those who print a board alone

    lines = ["", f"## {escaped(one.title)}", ""]
    if one.rows:
        cells = [[_linked(escaped(cell)) if one.links else escaped(cell) for cell in row] for row in one.rows]
        header = [escaped(cell) for cell in one.header]
        align = ["right" if index in one.right else "left" for index in range(len(header))]
        lines.append(tabulate(cells, headers=header, tablefmt="pipe", colalign=align, disable_numparse=True))
    else:
        lines.append("No row yet.")
    if one.notes:
        lines += ["", *(f"- {escaped(note)}" for note in one.notes)]
    return lines
