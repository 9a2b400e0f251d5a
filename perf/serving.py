"""A saved model's `predict` beside the transformers pipeline on its export, and beside onnxruntime on it.

    larbench train --method fine-tune --domain crossner/politics --out politics-tagger
    python perf/serving.py politics-tagger [--text lines.txt] [--sentences 200]

Sentences are CrossNER's test sentences, or the lines of a text. All ways run in this process, in one thread,
with the same weights, and are asked for the same words; what is found is held against the model first.
Throughput is that of all sentences at once (the pipeline: one by one, as its documentation shows, and in
batches of 32); latency that of one sentence at a time, the ways in turns.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from paired import HEADER, p50_and_p95, pair

from benchmark.domains.corpus import Mention
from benchmark.domains.load import load_domain
from larbench.models.documents import LINES, Question, read_questions
from larbench.models.export import export_transformers, load_pipeline, pipeline_mentions
from larbench.models.folder import Model, load_model
from larbench.models.onnx import export_onnx
from larbench.models.predicting import answers

DOMAINS = ("politics", "science", "music", "literature", "ai")
Ask = Callable[[Sequence[Question]], list[list[Mention]]]


def main() -> int:
    """Export, check, time, and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--text", type=Path)
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    torch.set_num_threads(1)
    asked = _questions(given.text, given.sentences)
    model = load_model(given.model)
    with tempfile.TemporaryDirectory() as folder:
        ways = _ways(model, given.model, Path(folder))
        _told_agreement(ways, asked)
        print(HEADER)
        for name in list(ways)[1:]:
            row = pair(
                f"predict against {name}",
                partial(ways["predict"], asked),
                partial(ways[name], asked),
                rounds=given.rounds,
            )
            print(row.told(), flush=True)
            speeds = [f"{len(asked) / statistics.median(seconds):,.0f}" for seconds in (row.ours, row.peers)]
            print(f"  {speeds[0]} sentences a second against {speeds[1]}")
        _told_latency(ways, asked)
    return 0


def _questions(text: Path | None, count: int) -> list[Question]:
    if text is not None:
        lines = text.read_text(encoding="utf-8").split("\n")
    else:
        share = -(-count // len(DOMAINS))
        lines = [" ".join(s.tokens) for name in DOMAINS for s in load_domain("crossner", name).test[:share]]
    return list(read_questions(enumerate(lines, 1), LINES, "text"))[:count]


def _ways(model: Model, source: Path, folder: Path) -> Mapping[str, Ask]:
    find = load_pipeline(export_transformers(model, source, folder / "hub"))
    export_onnx(model, source, folder / "onnx")
    sys.path.insert(0, str(folder / "onnx"))
    runtime = importlib.import_module("onnx_larbench").load_for_words(folder / "onnx")

    def pipeline(batch: int) -> Ask:
        def ask(asked: Sequence[Question]) -> list[list[Mention]]:
            find._batch_size = batch
            return pipeline_mentions(find, [one.sentence for one in asked])

        return ask

    return {
        "predict": lambda asked: [list(one.mentions) for one in answers(model, asked, confident=False)],
        "predict with confidences": lambda asked: [list(one.mentions) for one in answers(model, asked)],
        "pipeline one by one": pipeline(1),
        "pipeline in batches of 32": pipeline(32),
        "onnxruntime one by one": lambda asked: [
            [Mention(*found) for found in runtime(one.sentence.tokens)] for one in asked
        ],
    }


def _told_agreement(ways: Mapping[str, Ask], asked: Sequence[Question]) -> None:
    wanted = ways["predict"](asked)
    print(f"{len(asked)} sentences, {sum(map(len, wanted))} mentions")
    for name, ask in ways.items():
        other = sum(set(one) != set(two) for one, two in zip(ask(asked), wanted, strict=True))
        print(f"  {name}: {other} sentences with other mentions than predict's")


def _told_latency(ways: Mapping[str, Ask], asked: Sequence[Question]) -> None:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for one in asked:
        for name, ask in ways.items():
            start = time.perf_counter()
            ask([one])
            times[name].append(time.perf_counter() - start)
    for name, found in times.items():
        print(f"one sentence, {name:26} {p50_and_p95(found)}")


if __name__ == "__main__":
    sys.exit(main())
