"""Runs of ``llm-prompt`` on the toy corpus, asked of a server on this machine that knows the answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chat_server import Call, Send, completion
from toys import TARGET

from baselines.llm_prompt.answers import render_answer
from benchmark import registry
from benchmark.domains.corpus import LabelledSentence
from benchmark.domains.tags import encode_bio
from benchmark.plan.cell import Cell
from benchmark.run.compute import compute
from benchmark.run.context import ExecutionContext
from benchmark.store.open_store import open_store
from larbench.endpoint.policy import Policy

GOLD = {s.tokens: s for s in (*TARGET.train, *TARGET.dev, *TARGET.test)}
TEXT = [sentence.unlabelled() for sentence in TARGET.test]
RIGHT = [list(sentence.mentions) for sentence in TARGET.test]


DISTINCT = {s.tokens for s in (*TARGET.dev, *TARGET.test)}  # what a run asks about


def right(call: Call) -> Send:
    """Answer by gold, or that there is no mention."""
    sentence = GOLD.get(tuple(call.document["sentence"].split()))
    return completion(render_answer(sentence.mentions, sentence.tokens) if sentence else '{"mentions": []}')


SUITE = """
name = "asking"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["zero-shot"]
seeds = [555]
methods = ["{method}"]
"""
MODEL = "gpt-4o-mini"


@contextmanager
def asking_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, stands_for: str, code: str = ""
) -> Iterator[Path]:
    """Install one method, for this process and those it starts; the path of a suite of it alone.

    ``stands_for`` is its module and class, ``code`` the module's text where the package is to bring it.
    """
    site = tmp_path / "site"
    info = site / f"{method.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {method}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[larbench.methods]\n{method} = {stands_for}\n")
    module = stands_for.partition(":")[0]
    if code:
        (site / f"{module}.py").write_text(code)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "asking.toml"
    path.write_text(SUITE.format(method=method))
    registry.registered.cache_clear()
    yield path
    registry.registered.cache_clear()
    if code:
        sys.modules.pop(module, None)


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A suite of this method alone and the toy world as its target, for ``larbench.run``."""
    folder = tmp_path / "waters"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        text = "\n\n".join("\n".join(_lines(sentence)) for sentence in TARGET.split(split))
        (folder / f"{split}.txt").write_text(text + "\n")
    with asking_suite(tmp_path, monkeypatch, "llm-prompt", "baselines.llm_prompt.method:LlmPrompt") as path:
        yield {"suite": path.name, "own_domains": [folder], "jobs": 1}


class InThisProcess:
    """Computes cells where the run itself runs: worker processes would take seconds to start."""

    def __init__(self, preload: Any = ()) -> None:
        del preload

    def run(self, job: dict[str, Any], hear: Callable[[dict[str, Any]], None]) -> None:
        where = ExecutionContext(**job["where"])
        store = open_store(where.store, warn=lambda text: hear({"warning": text}))
        compute(Cell.from_json(job["cell"]), where, store, lambda phase: hear({"phase": phase}))

    def check(self) -> None:
        """Nothing stops it."""

    def stop(self) -> None:
        """There is nothing to end."""


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute cells in this process, and wait for no server longer than a moment."""
    monkeypatch.setattr("benchmark.run.runner.LocalExecutor", InThisProcess)
    monkeypatch.setattr(Policy, "wait", lambda *args: 0.01)


def _lines(sentence: LabelledSentence) -> list[str]:
    tags = encode_bio(sentence.mentions, len(sentence.tokens))
    return [f"{token} {tag}" for token, tag in zip(sentence.tokens, tags, strict=True)]
