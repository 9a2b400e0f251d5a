"""Commands of other rooms and packages: found by entry points, shown without being imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmark.cli import ENTRY_POINT_GROUP, LazyGroup
from benchmark.cli import cli as command_line
from benchmark.errors import UsageError

MODULE = '''
"""A command of another package."""
import click

@click.command()
def greet() -> None:
    """Greet whoever calls, in
    a friendly way. Then end.

    More about it.
    """
    click.echo("hello")
'''


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LazyGroup:
    """A group with one own command, and what another package announces."""
    (tmp_path / "greetings_of_another.py").write_text(MODULE, encoding="utf-8")
    info = tmp_path / "greetings-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greetings\nVersion: 1.0\n", "utf-8")
    points = {
        "greet": "greetings_of_another:greet",
        "gone": "greetings_of_another:gone",
        "own": "greetings_of_another:greet",
    }
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\n{lines}", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return LazyGroup(commands_at={"own": "benchmark.cli.gc:gc"}, group=ENTRY_POINT_GROUP)


def test_help_shows_the_first_sentence_and_imports_nothing(others: LazyGroup) -> None:
    shown = CliRunner().invoke(others, ["--help"]).output
    assert "  greet        Greet whoever calls, in a friendly way.\n" in shown
    assert "  gone" in shown
    assert "greetings_of_another" not in sys.modules


def test_a_command_of_another_package_runs_and_takes_no_name_of_ours(others: LazyGroup) -> None:
    assert CliRunner().invoke(others, ["greet"]).output == "hello\n"
    own = others.get_command(click.Context(others), "own")
    assert own is not None and own.name == "gc"
    assert others.list_commands(click.Context(others))[0] == "own"


def test_a_command_that_cannot_be_imported_is_a_users_error(others: LazyGroup) -> None:
    with pytest.raises(UsageError, match="'gone' stands for 'greetings_of_another:gone', which fails"):
        others.get_command(click.Context(others), "gone")
    assert others.get_command(click.Context(others), "nothing") is None


def test_every_command_has_a_line_of_help() -> None:
    assert isinstance(command_line, LazyGroup)
    assert {"compare", "new-method"} <= set(command_line.points)
    formatter = click.HelpFormatter(width=200)
    command_line.format_commands(click.Context(command_line), formatter)
    lines = [line.split(maxsplit=1) for line in formatter.getvalue().splitlines()[1:]]
    assert [parts[0] for parts in lines] == list(command_line.points)
    assert all(parts[1].endswith(".") for parts in lines)


def test_help_imports_no_commands_machinery() -> None:
    script = (
        "import sys\n"
        "from benchmark.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = ('torch', 'transformers', 'pandas', 'numpy', 'scipy', 'benchmark.api', 'leaderboard')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
