"""Runs of ``llm-prompt`` on the toy corpus, asked of a server on this machine that knows the answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import Call, Send, completion
from toys import TARGET

from baselines.llm_prompt.answers import render_answer
from benchmark import registry
from benchmark.domains.corpus import LabelledSentence
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
methods = ["llm-prompt"]
"""
MODEL = "gpt-4o-mini"


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A suite of this method alone and the toy world as its target, for ``larbench.run``."""
    site = tmp_path / "site"
    info = site / "asks_for_mentions-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: asks-for-mentions\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[larbench.methods]\nllm-prompt = baselines.llm_prompt.method:LlmPrompt\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asking.toml").write_text(SUITE)
    folder = tmp_path / "waters"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        text = "\n\n".join("\n".join(_lines(sentence)) for sentence in TARGET.split(split))
        (folder / f"{split}.txt").write_text(text + "\n")
    registry.registered.cache_clear()
    yield {"suite": "asking.toml", "own_domains": [folder], "jobs": 1}
    registry.registered.cache_clear()


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
    tags = ["O"] * len(sentence.tokens)
    for start, end, kind in sentence.mentions:
        tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return [f"{token} {tag}" for token, tag in zip(sentence.tokens, tags, strict=True)]
