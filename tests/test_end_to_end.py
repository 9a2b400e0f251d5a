"""The main job on real weights, small: every method, both settings, corpora of one's own, then the cache."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmark.domains.sample import Sizes, sample_domain
from benchmark.domains.tags import encode_bio
from benchmark.registry import method_class, registered
from benchmark.task import SUPERVISED, ZERO_SHOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


SUITE = """
name = "short"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["zero-shot", "supervised"]
seeds = [555]
[params.dann]
words = 400
source_words = 400
epochs = 1
quick = true
[params.da-ner]
steps = 4
source_epochs = 1.0
epochs = 1
quick = true
[params.joint]
source_words = 400
epochs = 1
quick = true
[params.direct]
epochs = 2
quick = true
[params.fine-tune]
epochs = 2
quick = true
[params.tent]
epochs = 2
quick = true
[params.tent-guarded]
epochs = 2
quick = true
[params.lar-direct]
zero_shot_words = 200
rounds = 1
joint_epochs = 1
self_rounds = 1
quick = true
[params.lar-enhanced]
rounds = 0
joint_epochs = 1
self_rounds = 0
quick = true
[params.spacy]
epochs = 2
source_epochs = 1
"""


@dataclass(frozen=True)
class Corpora:
    """A suite's file, and folders of a source and a target domain."""

    suite: Path
    source: Path
    harbour: Path


def folder_of(name: str, sizes: Sizes, folder: Path) -> Path:
    """Write a sample domain as CoNLL files with types of their own."""
    domain = sample_domain(name, size=sizes)
    folder.mkdir()
    for split in ("train", "dev", "test"):
        blocks = []
        for sentence in domain.split(split):
            tags = encode_bio(sentence.mentions, len(sentence.tokens))
            blocks.append("\n".join(f"{t}\t{g}" for t, g in zip(sentence.tokens, tags, strict=True)))
        (folder / f"{split}.txt").write_text("\n\n".join(blocks) + "\n", "utf-8")
    types = [
        f'[types.{t.name}]\nname = "{t.readable}"\ndescription = "{t.description}"' for t in domain.types
    ]
    (folder / "domain.toml").write_text("\n".join(types), "utf-8")
    return folder


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Corpora:
    folder = tmp_path_factory.mktemp("corpora")
    suite = folder / "short.toml"
    suite.write_text(SUITE, "utf-8")
    return Corpora(
        suite,
        folder_of("news", Sizes(train=60, dev=12, test=12), folder / "papers"),
        folder_of("politics", Sizes(train=24, dev=12, test=16), folder / "harbour"),
    )


def run(corpora: Corpora, store: Path, *options: str) -> subprocess.CompletedProcess[str]:
    arguments = ["run", "--suite", str(corpora.suite), "--source", str(corpora.source)]
    arguments += ["--domain", str(corpora.harbour), "--store", str(store)]
    command = [sys.executable, "-X", "importtime", "-m", "benchmark", *arguments, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def first(corpora: Corpora, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    store = tmp_path_factory.mktemp("store")
    done = run(corpora, store, "--all", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return store, done.stdout


def test_every_planned_cell_ends_in_a_state(first: tuple[Path, str]) -> None:
    store, _ = first
    records = [json.loads(path.read_text("utf-8")) for path in (store / "short" / "records").glob("*.json")]
    states = {(r["method"], r["setting"]): r["state"] for r in records if r["domain"] == "harbour"}
    assert states == {
        (name, setting): "ok" if method_class(name)().skip(setting) is None else "skipped"
        for name in registered()
        for setting in (ZERO_SHOT, SUPERVISED)
    }
    both = ("dann", "tent", "tent-guarded", "da-ner", "lar-direct", "lar-enhanced")
    assert {states[name, setting] for name in both for setting in (ZERO_SHOT, SUPERVISED)} == {"ok"}
    alone = {"source-only": ZERO_SHOT} | dict.fromkeys(
        ("fine-tune", "direct", "joint", "prototype"), SUPERVISED
    )
    assert {states[item] for item in alone.items()} == {"ok"}


def test_the_board_is_printed_with_a_row_a_method(first: tuple[Path, str]) -> None:
    _, printed = first
    assert all(name in printed for name in ("source-only", "fine-tune", "lar-direct", "harbour"))


def test_a_second_run_answers_from_the_store_without_torch(corpora: Corpora, first: tuple[Path, str]) -> None:
    store, _ = first
    before = {path: path.read_bytes() for path in (store / "short").rglob("*.json*")}
    again = run(corpora, store, "--all")
    assert again.returncode == 0
    assert {path: path.read_bytes() for path in (store / "short").rglob("*.json*")} == before
    imported = {line.rpartition("|")[2].strip() for line in again.stderr.splitlines() if "|" in line}
    assert "benchmark.run.runner" in imported
    assert not imported & {"torch", "transformers"}


def test_one_job_gives_the_bytes_of_two(corpora: Corpora, first: tuple[Path, str], tmp_path: Path) -> None:
    """Of methods that share artefacts with other cells, or adapt while they answer."""
    store, _ = first
    done = run(corpora, tmp_path, "--jobs", "1", "--methods", "source-only,tent,lar-direct")
    assert done.returncode == 0

    def predictions(root: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (root / "short" / "predictions").iterdir()}

    alone, together = predictions(tmp_path), predictions(store)
    assert len(alone) == 5 and alone.items() <= together.items()
