"""Prediction against the transformers pipeline: sentences a second, and how long one sentence takes.

    python perf/prediction.py [--sentences 400]

Test sentences of CrossNER. The pipeline `token-classification` has the encoder and the head of our tagger; it
is asked sentence by sentence, as its documentation shows, and in batches of 32, in one process with all
cores. Ours runs as the benchmark does, a process with one thread on each core, each asked for its share of
the sentences; and as one process with all cores. The pipeline's model lacks the word shapes, a table of a few
rows that costs next to nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from paired import HEADER, p50_and_p95, pair
from worker import Worker, serve, together

from benchmark.domains.corpus import LabelledSentence
from benchmark.domains.load import load_domain
from benchmark.run.workers import ENVIRONMENT
from larbench.tagger.tagger import Tagger

DOMAINS = ("politics", "science", "music", "literature", "ai")
LATENCIES = 100


def main() -> int:
    """Check, time, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--share", help=argparse.SUPPRESS)  # number of a process / how many there are
    given = parser.parse_args()
    share = given.sentences // len(DOMAINS)
    sentences = [s for name in DOMAINS for s in load_domain("crossner", name).test[:share]]
    tagger = Tagger.fresh(["person", "organisation", "location", "misc"], "mini", seed=1)
    tagger.model.eval()
    if given.share:
        number, count = map(int, given.share.split("/"))
        serve({"predict": lambda: len(tagger.predict(sentences[number::count]))})
        return 0
    cores = len(os.sched_getaffinity(0))
    workers = [
        Worker(
            __file__,
            *("--sentences", str(given.sentences), "--share", f"{number}/{cores}"),
            environment=ENVIRONMENT,
            threads=1,
        )
        for number in range(cores)
    ]
    try:
        _compare(sentences, tagger, workers)
    finally:
        for one in workers:
            one.end()
    return 0


def _compare(sentences: Sequence[LabelledSentence], tagger: Tagger, workers: Sequence[Worker]) -> None:
    peer = _pipeline(tagger)
    texts = [" ".join(sentence.tokens) for sentence in sentences]
    print(f"{len(sentences)} sentences, transformers {version('transformers')}, torch {version('torch')}")
    print(HEADER)
    ways = {
        f"{len(workers)} processes": lambda: together(workers, "predict"),
        "one": lambda: tagger.predict(sentences),
    }
    for what, batch in (("one by one", 1), ("in batches of 32", 32)):
        for way, ours in ways.items():
            theirs = lambda size=batch: peer(texts, batch_size=size)  # noqa: E731
            print(pair(f"{way}, against the pipeline {what}", ours, theirs).told(), flush=True)
    for what, ask in (
        ("ours", lambda n: tagger.predict([sentences[n]])),
        ("pipeline", lambda n: peer(texts[n])),
    ):
        times = _latencies(ask, range(min(LATENCIES, len(sentences))))
        print(f"one sentence, {what:9} {p50_and_p95(times)}")


def _pipeline(tagger: Tagger) -> Any:
    from transformers import AutoModelForTokenClassification, logging, pipeline

    from larbench.tagger.backbones import find_backbone

    logging.set_verbosity_error()
    labels = tagger.model.head.out_features
    model = AutoModelForTokenClassification.from_pretrained(find_backbone("mini").path, num_labels=labels)
    head = tagger.model.head
    model.classifier.weight.data = head.weight.data[:, : model.config.hidden_size]
    model.classifier.bias.data = head.bias.data
    return pipeline("token-classification", model=model, tokenizer=tagger.tokenizer)


def _latencies(ask: Callable[[int], object], numbers: Sequence[int]) -> list[float]:
    """Return the seconds that single questions take."""
    ask(numbers[0])
    times = []
    for number in numbers:
        start = time.perf_counter()
        ask(number)
        times.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    sys.exit(main())
