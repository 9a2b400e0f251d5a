"""larbench in a project that has packages of its own called ``benchmark``, ``tagger`` and ``baselines``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(900)  # no test is timed: a dozen processes, on a machine that may be busy

METHOD = '''
"""A method that tags each capitalised word with the target's first type."""
from benchmark.domains.corpus import Mention
from benchmark.method import Method

class Capitals(Method):
    """Cheap."""
    reading = "capitalised words"
    def __init__(self): ...
    def fit(self, task, seed):
        self.type_ = task.target.type_names[0]
        return self
    def predict(self, sentences):
        return [
            [Mention(n, n + 1, self.type_) for n, word in enumerate(one.tokens) if word[:1].isupper()]
            for one in sentences
        ]
'''
TESTS = """
import baselines, benchmark, tagger

def test_the_packages_are_the_projects():
    assert [baselines.OWNER, benchmark.OWNER, tagger.OWNER] == ["project"] * 3

def test_nothing_got_worse(larbench_gate):
    report = larbench_gate("runs/sample", "runs/sample", own="corpora/harbour", methods="capitals")
    assert report.verdict == "no evidence" and report.lines[0].label == "capitals"

def test_what_is_not_there_fails(larbench_gate):
    larbench_gate("runs/nothing", "runs/sample")

def test_wrong_usage_fails(larbench_gate):
    larbench_gate("runs/sample", "runs/sample", alpha=7)
"""
CORPUS = "The\tO\nport\tO\nof\tO\nOslo\tB-port\n\nKiel\tB-port\nsleeps\tO\n"

Do = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder: its packages, its tests, a tiny corpus."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("benchmark", "tagger", "baselines"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text('OWNER = "project"\n', encoding="utf-8")
    (folder / "test_project.py").write_text(TESTS, encoding="utf-8")
    corpus = folder / "corpora" / "harbour"
    corpus.mkdir(parents=True)
    for split in ("train", "dev", "test"):
        (corpus / f"{split}.txt").write_text(CORPUS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def do(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Do:
    """Run a command of this environment in the project's folder, where a cheap method is installed."""
    site = tmp_path_factory.mktemp("site")
    (site / "capitals.py").write_text(METHOD, encoding="utf-8")
    info = site / "capitals-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: capitals\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[larbench.methods]\ncapitals = capitals:Capitals\n", "utf-8")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(site)}
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture(scope="module")
def first(do: Do) -> str:
    """What a run prints."""
    done = do("larbench", "run", "--suite", "sample", "--methods", "capitals", "--domain", "corpora/harbour")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_computes_its_cells_and_prints_the_board(first: str) -> None:
    assert "2 cells: 2 ok" in first
    assert "harbour" in first and "Leaderboard: sample" in first


@pytest.mark.parametrize("command", [["pytest"], ["python", "-m", "pytest"]], ids=" ".join)
def test_the_projects_own_tests_and_the_gate_fixture_work(do: Do, first: str, command: list[str]) -> None:
    done = do(*command, "-p", "no:cacheprovider", "-W", "error")
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "larbench: could not measure" in done.stdout
    assert "larbench: error: alpha 7" in done.stdout


@pytest.mark.parametrize("package", [True, False], ids=["package", "namespace"])
@pytest.mark.parametrize(
    "code",
    ["import larbench; larbench.run", "from larbench import Task", "import larbench.testing"],
)
def test_python_says_which_folder_hides_larbenchs(do: Do, project: Path, package: bool, code: str) -> None:
    marker = project / "benchmark" / "__init__.py"
    content = marker.read_text("utf-8")
    if not package:
        marker.unlink()
    try:
        hidden, safe = do("python", "-c", code), do("python", "-P", "-c", code)
    finally:
        marker.write_text(content, encoding="utf-8")
    last = hidden.stderr.splitlines()[-1]
    assert last.startswith(f"ImportError: {project / 'benchmark'} hides larbench's own package 'benchmark'")
    assert "start Python with -P" in last
    assert safe.returncode == 0, safe.stderr


def test_the_command_says_so_too(do: Do, project: Path) -> None:
    done = do("python", "-m", "larbench", "--help")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {project / 'benchmark'} hides larbench's own package")
