"""Tables as LaTeX tabulars, which need no package; what they mean stands in comments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leaderboard.output.escape import latex as escaped
from leaderboard.output.escape import plain
from leaderboard.output.table import Table


def render(tables: Iterable[Table], *, comments: Sequence[str] = (), banner: str = "") -> str:
    """Return the tables that have a row, one after the other.

    Parameters
    ----------
    tables : iterable of Table
        What to show.
    comments : sequence of str
        What stands in comments above every table, after its title.
    banner : str
        Words that go into the table itself: comments are lost where a table is copied.

    Returns
    -------
    str
        LaTeX.
    """
    parts = []
    for one in tables:
        if one.rows:
            above = "".join(f"% {plain(line)}\n" for line in (one.title, *comments, *one.notes))
            parts.append(above + _tabular(one, banner) + "\n")
    return "\n".join(parts)


def _tabular(one: Table, banner: str) -> str:
    from tabulate import tabulate  # not for those who print a board alone

    cells = [[escaped(cell) for cell in row] for row in one.rows]
    header = [escaped(cell) for cell in one.header]
    align = ["right" if index in one.right else "left" for index in range(len(header))]
    text: str = tabulate(cells, headers=header, tablefmt="latex_raw", colalign=align, disable_numparse=True)
    if not banner:
        return text
    begin, rest = text.split("\n", 1)
    return f"{begin}\n\\multicolumn{{{len(header)}}}{{l}}{{{escaped(banner)}}} \\\\\n{rest}"
