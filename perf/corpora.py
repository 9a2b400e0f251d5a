"""Large corpora: does throughput hold, and how much memory does it take, as a target grows?

    python perf/corpora.py [--sentences 10000,40000,160000] [--predicted 500,2000,8000]

The sentences are CrossNER's test sets again and again, with a number for every tenth word, so that they
differ. Scored are two CoNLL files of them, one with a tenth of its tags damaged; the card is that of a folder
with them as its test split; prediction is by an untrained tagger, which takes as long as a trained one. Each
in a process of its own, set up as the benchmark's are: with one thread.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmark.domains.corpus import Sentence
from benchmark.domains.load import load_domain
from benchmark.domains.tags import encode_bio
from benchmark.run.fit_predict import BLOCK
from benchmark.run.workers import ENVIRONMENT

DOMAINS = ("politics", "science", "music", "literature", "ai")
DAMAGE = 0.1
Tagged = tuple[list[str], list[str]]


def main() -> int:
    """Print a line for each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", default="10000,40000,160000")
    parser.add_argument("--predicted", default="500,2000,8000")
    parser.add_argument("--predict", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.predict:
        predict(given.predict)
        return 0
    for count in map(int, given.sentences.split(",")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, count)
            files = [str(folder / "gold.txt"), str(folder / "said.txt")]
            command = [sys.executable, "-m", "benchmark"]
            print(f"score     {line(count, [*command, 'score', *files])}", flush=True)
            print(f"card      {line(count, [*command, 'data', 'describe', str(folder / 'own')])}", flush=True)
    for count in map(int, given.predicted.split(",")):
        print(f"predict   {line(count, [sys.executable, __file__, '--predict', str(count)])}", flush=True)
    return 0


def line(count: int, command: list[str]) -> str:
    """Return what a command took for so many sentences."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **ENVIRONMENT})
    _, status, used = os.wait4(process.pid, 0)  # the memory of this one alone
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return f"{count:10,} sentences {count / seconds:10,.0f} a second {used.ru_maxrss / 1024:8,.0f} MB"


def made(count: int) -> Iterator[Tagged]:
    """Yield so many sentences: words and tags."""
    known = [s for name in DOMAINS for s in load_domain("crossner", name).test]
    for number in range(count):
        sentence = known[number % len(known)]
        words = [f"{w}{number}" if n % 10 == 9 else w for n, w in enumerate(sentence.tokens)]
        yield words, list(encode_bio(sentence.mentions, len(words)))


def write(folder: Path, count: int) -> None:
    """Write gold and damaged tags, and a corpus with them as its test split."""
    chance = random.Random(1)
    own = folder / "own"
    own.mkdir()
    with (
        (folder / "gold.txt").open("w") as gold,
        (folder / "said.txt").open("w") as said,
        (own / "test.txt").open("w") as test,
    ):
        for words, tags in made(count):
            rows = "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True))
            gold.write(rows + "\n")
            test.write(rows + "\n")
            wrong = ["O" if chance.random() < DAMAGE else tag for tag in tags]
            said.write("".join(f"{w}\t{t}\n" for w, t in zip(words, wrong, strict=True)) + "\n")
    for split in ("train", "dev"):
        (own / f"{split}.txt").write_text("".join(f"{word}\tO\n" for word in words) + "\n")


def predict(count: int) -> None:
    """Predict so many sentences, in the blocks that a run asks for."""
    from larbench.tagger.tagger import Tagger

    tagger = Tagger.fresh(["person", "organisation", "location", "misc"], "mini", seed=1)
    sentences = [Sentence(str(n), tuple(words)) for n, (words, _) in enumerate(made(count))]
    for start in range(0, count, BLOCK):
        tagger.predict(sentences[start : start + BLOCK])


if __name__ == "__main__":
    sys.exit(main())
