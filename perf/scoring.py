"""Scoring against seqeval: the same predictions, the same numbers, how many times as fast.

    python perf/scoring.py [STORE/SUITE]

The predictions are those of two rows of a suite (default: fine-tune and lar-direct, supervised, in
results/crossner-mini), all its domains one after another as one test set. F1 is held to seqeval's to the last
bit, and so are resamples, before anything is timed. Exit code 1 where they differ.

The whole command ``score`` is held against a script that reads both files and prints seqeval's F1:
processor time
of two processes on a pair of a million made tokens.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np
from paired import HEADER, pair
from seqeval.metrics import f1_score

from benchmark.domains.tags import IOB2, encode
from benchmark.scoring.counts import Counts, count_spans
from benchmark.scoring.scheme_spans import SchemeEncoder, spans_in_scheme
from benchmark.scoring.spans import Ints, Numbering
from benchmark.scoring.statistics import resampled_f1, weight_blocks
from benchmark.store.predictions import parse_predictions
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.results.gold import GoldCache

RESAMPLES = 1000
TIMED = 10  # of the peer's resamples
Tags = list[list[str]]


def read_tags(suite: Path, methods: tuple[str, str]) -> list[Tags]:
    """Return IOB2 tags of gold and of both methods' predictions, sentence by sentence, in one order."""
    store, shelf = Store(suite.parent), GoldCache()
    columns: list[Tags] = [[], [], []]
    chosen = {
        (record.spec.method, record.spec.domain): record
        for record in store.records(suite.name)
        if record.spec.setting == "supervised"
        and record.spec.seed == 555
        and record.spec.label == record.spec.method
    }
    for domain in sorted({domain for _, domain in chosen}):
        pair_of: list[Record] = [chosen[method, domain] for method in methods]
        gold = shelf.gold(pair_of[0])
        said = [parse_predictions(store.predictions_bytes(one), suite) for one in pair_of]
        for sentence in gold.test:
            sides = (sentence.mentions, *(side[sentence.id] for side in said))
            for column, found in zip(columns, sides, strict=True):
                column.append(encode(found, len(sentence.tokens), IOB2))
    return columns


SCRIPT = """
import sys
from seqeval.metrics import f1_score
def read(path):
    with open(path) as file:
        parts = file.read().strip().split("\\n\\n")
    return [[line.split("\\t")[1] for line in part.split("\\n")] for part in parts]
print(f1_score(*map(read, sys.argv[1:])))
"""


def whole_command(folder: Path, tokens: int = 1_000_000, rounds: int = 5) -> str:
    """Return how much processor time the command takes, as a share of the script's, taking turns."""
    chance, paths, sides = random.Random(0), [folder / "gold.txt", folder / "predicted.txt"], ([], [])
    for _ in range(tokens // 20):
        words = [f"word{chance.randrange(40_000)}" for _ in range(20)]
        tags = [chance.choice(("B-per", "B-loc", "B-org", *["O"] * 27)) for _ in words]
        for side, rate in zip(sides, (0.0, 0.05), strict=True):
            said = [chance.choice(("O", "B-per")) if chance.random() < rate else tag for tag in tags]
            side.append("".join(f"{word}\t{tag}\n" for word, tag in zip(words, said, strict=True)))
    for path, side in zip(paths, sides, strict=True):
        path.write_text("\n".join(side))
    files = [str(path) for path in paths]
    commands = [sys.executable, "-m", "benchmark", "score", *files], [sys.executable, "-c", SCRIPT, *files]
    pairs = [[usage(command) for command in commands] for _ in range(rounds)]
    shares = sorted(ours[0] / theirs[0] for ours, theirs in pairs)
    spent = [statistics.median(pair[side][0] for pair in pairs) for side in (0, 1)]
    memory = [max(pair[side][1] for pair in pairs) for side in (0, 1)]
    middle = statistics.median(shares)
    said = f"{shares[0]:.2f}, {middle:.2f}, {shares[-1]:.2f} (least, median, most of {rounds})"
    return (
        f"whole command, {tokens:,} tokens: {said} of the script's processor time,"
        f" medians {spent[0]:.1f} s and {spent[1]:.1f} s; {memory[0]:.0f} MB, script {memory[1]:.0f} MB"
    )


# a small process of its own: a child's peak of memory would hold that of this process, which it is made from
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)
"""


def usage(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of processor time that a process takes, and its peak of memory in MB (of 10^6)."""
    measuring = [sys.executable, "-c", MEASURE, *command]
    done = subprocess.run(measuring, check=True, stdout=subprocess.PIPE, text=True)
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def main(arguments: Sequence[str]) -> int:
    """Check and time; print the table."""
    suite = Path(arguments[0]) if arguments else Path(__file__).parents[1] / "results" / "crossner-mini"
    gold, one, other = read_tags(suite, ("fine-tune", "lar-direct"))
    types = sorted({tag[2:] for tags in gold for tag in tags if tag != "O"})
    lengths = np.array([len(tags) for tags in gold])

    def counts(said: Tags) -> Counts:
        encoder = SchemeEncoder(Numbering(types))
        ids = [encoder.encode(list(chain.from_iterable(side))) for side in (gold, said)]
        sides = [spans_in_scheme(one, lengths, IOB2) for one in ids]
        return count_spans(sides[0], sides[1], types, len(lengths))

    def ours() -> float:
        return counts(one).micro().f1

    def sums() -> list[Ints]:
        return [counts(side).by_sentence() for side in (one, other)]

    def bootstrap() -> np.ndarray:
        drawn = resampled_f1(sums(), resamples=RESAMPLES)
        return np.asarray(drawn[1] - drawn[0])

    weights = next(weight_blocks(len(gold), TIMED, 0)).astype(int)
    drawn = [np.repeat(np.arange(len(gold)), row) for row in weights]

    def peer_bootstrap() -> list[float]:
        return [
            f1_score([gold[i] for i in row], [other[i] for i in row])
            - f1_score([gold[i] for i in row], [one[i] for i in row])
            for row in drawn
        ]

    theirs = f1_score(gold, one)
    resampled = np.allclose(
        resampled_f1(sums(), resamples=TIMED)[1] - resampled_f1(sums(), resamples=TIMED)[0],
        peer_bootstrap(),
        rtol=0,
        atol=1e-12,
    )
    if not (theirs == ours() and resampled):
        print(f"F1 differs from seqeval's: {ours()!r}, {theirs!r}")
        return 1
    print(f"{len(gold):,} sentences, {lengths.sum():,} tokens, seqeval {version('seqeval')}; F1 {theirs:.6f}")
    print(HEADER)
    rows = [
        pair("F1 from tag strings", ours, lambda: f1_score(gold, one), repeat=5),
        pair(
            f"paired bootstrap, {RESAMPLES:,} resamples", bootstrap, peer_bootstrap, share=TIMED / RESAMPLES
        ),
    ]
    for row in rows:
        print(row.told())
    with tempfile.TemporaryDirectory() as folder:
        print(whole_command(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
