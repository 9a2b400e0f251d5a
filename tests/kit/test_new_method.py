"""From an empty folder to a row: the package that ``new-method`` writes, installed with pip and run."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from own_environment import make_environment, variables

pytestmark = pytest.mark.timeout(1800)  # no test is timed: a dozen processes, on a machine that may be busy

Do = Callable[[str], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder outside of the repository."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def do(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Do:
    """Run a command there, in an environment of its own; what it prints."""
    environment = variables(make_environment(tmp_path_factory.mktemp("environment") / "own"))

    def run(command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def made(do: Do) -> Do:
    """The method, written and installed."""
    printed = do("python -m benchmark new-method quick-look")
    assert "pip install -e larbench-quick-look\n" in printed
    do("pip install -e larbench-quick-look")
    return do


@pytest.fixture(scope="module")
def row(made: Do) -> str:
    """What the run prints that gives it a row."""
    return made("python -m benchmark run --methods quick-look --suite sample --domains politics")


def test_its_cells_end_ok(row: str, folder: Path) -> None:
    paths = (folder / "runs" / "sample" / "records").glob("quick-look-*.json")
    records = [json.loads(path.read_text("utf-8")) for path in paths]
    states = {record["setting"]: record["state"] for record in records}
    assert states == {"zero-shot": "ok", "supervised": "ok"}
    assert "code" in records[0]["identity"]
    assert "larbench_quick_look.method" in records[0]["identity"]["code"]


def test_the_board_has_its_row(row: str) -> None:
    rows = [line.split() for line in row.splitlines() if line.startswith("quick-look ")]
    assert len(rows) == 2  # one a setting
    zero_shot, supervised = (
        next(float(cell) for cell in cells if re.fullmatch(r"\d+\.\d", cell)) for cells in rows
    )
    assert 0 < zero_shot < supervised < 100
    assert "How quick-look is implemented: surfaces seen in labelled text, longest match" in row


def test_it_passes_its_own_tests(made: Do) -> None:
    printed = made("python -m pytest -q -p no:cacheprovider -W error -rs larbench-quick-look")
    assert " passed" in printed
    # both settings are tested; only saving is not, which the template leaves out
    skipped = re.findall(r"SKIPPED \[(\d+)\] \S+ (.*)", printed)
    assert skipped == [("2", "quick-look has no save(folder) and load(folder)")]


@pytest.fixture(scope="module")
def submitted(row: str, made: Do, folder: Path) -> str:
    """What adding says: the run's predictions packed, checked and added to a board elsewhere."""
    template = made("python -m leaderboard submit template my-look --author Ada")
    rerun = '[rerun]\nmethod = "quick-look"\npackage = "larbench-quick-look"\n'
    (folder / "method.toml").write_text(f"{template}\n{rerun}", encoding="utf-8")
    made("python -m benchmark publish runs/sample theirs")
    made("python -m leaderboard submit pack runs/sample --row quick-look --name my-look --method method.toml")
    assert "my-look: 2 cells" in made("python -m leaderboard submit validate my-look.zip --store theirs")
    return made("python -m leaderboard submit add my-look.zip --store theirs")


def test_it_is_packed_and_added_with_what_it_lacks(submitted: str) -> None:
    assert "Added: theirs/sample/submissions/my-look" in submitted
    assert "Not ranked: missing zero-shot science (seed 555)" in submitted
    assert "those of quick-look" in submitted


def test_a_cell_of_it_is_run_again(submitted: str, made: Do) -> None:
    printed = made("python -m leaderboard verify theirs/sample --submission my-look --sample 1")
    assert "my-look" in printed
    assert "[sampled]" in made("python -m leaderboard build theirs/sample")
    assert "my-look  sampled" in made("python -m leaderboard submit list --store theirs")
