"""Tidy lines as CSV."""

from __future__ import annotations

import csv
import io

from leaderboard.output.table import Lines


def render(lines: Lines) -> str:
    """Return tidy lines as CSV with a header; what a line lacks of the columns is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, lines.columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines.lines)
    return out.getvalue()
