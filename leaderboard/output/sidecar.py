"""What stands beside a board on a subject of its own: a page, a tidy frame, JSON and a chart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leaderboard.board import Board
from leaderboard.output import render

SCHEMA = 1


def write(folder: Path, name: str, texts: Mapping[str, str], draw: Callable[[str], bytes]) -> list[Path]:
    """Write ``name`` .md, .csv, .json (``texts`` by ending), .png and .svg into a folder, each atomically."""
    return render.write_files(folder, name, {**texts, **{form: draw(form) for form in ("png", "svg")}})


def frame(lines: Iterable[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Render a tidy frame as CSV; what a line lacks of the columns is empty."""
    import pandas as pd  # half a second: only for those who ask

    text: str = pd.DataFrame(list(lines), columns=list(columns), dtype=object).to_csv(
        index=False, lineterminator="\n"
    )
    return text


def document(board: Board, units: str, interval: Mapping[str, Any] | None, tables: Sequence[Any]) -> str:
    """Render tables of a board as one JSON object that says what they are of."""
    content = {
        "schema": SCHEMA,
        "suite": board.suite,
        "corpus": board.corpus,
        "source": board.source,
        "scorer": board.scorer,
        "units": units,
        "interval": interval,
        "tables": tables,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
