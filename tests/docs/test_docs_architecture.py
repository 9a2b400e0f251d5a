"""The limits that docs/architecture.md and CONTRIBUTING set: files in a folder, lines of a function."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("baselines", "benchmark", "lar", "larbench", "leaderboard")
FILES, LINES = 20, 60


def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    assert function.end_lineno is not None
    whole = function.end_lineno - function.lineno + 1
    first = function.body[0]
    told = ast.get_docstring(function, clean=False) is not None
    return whole - (first.end_lineno - first.lineno + 1 if told and first.end_lineno else 0)


def too_long(path: Path) -> list[str]:
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [f"{path.relative_to(ROOT)}: {one.name}" for one in functions if code_lines(one) > LINES]


def test_no_folder_holds_more_files_than_a_reader_sees_at_once() -> None:
    held = Counter(path.parent.relative_to(ROOT) for path in modules())
    assert len(held) > 20
    assert {folder: many for folder, many in held.items() if many > FILES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert [found for path in modules() for found in too_long(path)] == []


@pytest.mark.parametrize(("lines", "found"), [(LINES - 1, 0), (LINES, 1)])
def test_docstrings_do_not_count_and_code_does(tmp_path: Path, lines: int, found: int) -> None:
    body = "\n".join(["    x = 1"] * lines)
    text = f'def f():\n    """Say.\n\n    More.\n    """\n{body}\n'
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    assert (code_lines(node) > LINES) == bool(found)


def test_every_room_stands_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {
        f"{path.parent.relative_to(ROOT)}"
        for room in ("benchmark", "leaderboard")
        for path in (ROOT / room).glob("*/__init__.py")
    }
    assert {room for room in rooms if f"`{room}`" not in page} == set()
