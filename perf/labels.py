"""Many types: time, memory and accuracy of alignment and direct inference as types are added.

    python perf/labels.py [--mentions 100000] [--types 10000] [--store runs] [--seed 555]

First made-up vectors: 100 source types, so many target types, mentions in growing numbers; the memory is
what the inference itself has at most, beside its input. Then gold mentions of politics' dev set, typed among
politics' own types and more and more that are none: the most frequent lower-case words of the source's text,
each a type of that name. The source tagger is taken from the store, or trained (ten minutes).
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.domains.corpus import Domain, EntityType
from benchmark.domains.load import load_domain
from benchmark.store.open_store import open_store
from benchmark.task import ZERO_SHOT, Task, Workspace
from lar.alignment.align import align, align_types
from lar.alignment.type_texts import type_vectors
from lar.inference.direct import DirectInference, MentionEmbeddings, Weights, embed_mentions
from lar.inference.mentions import FoundMentions, mentions_at
from lar.inference.source_means import source_means
from larbench.tagger.arrays import Floats, unit_rows
from larbench.tagger.embedding import Embedder
from larbench.tagger.pretrained import source_tagger

SOURCES, HIDDEN, BEST = 100, 384, 5
DISTRACTORS = (0, 10, 100, 1_000, 10_000)
SEED = 555  # of the made-up vectors
BLOCK = 4_000_000  # numbers of a block's distribution; some six arrays of this size exist at a time


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mentions", type=int, default=100_000)
    parser.add_argument("--types", type=int, default=10_000)
    parser.add_argument("--store", default="runs")
    parser.add_argument("--seed", type=int, default=555, help="that of the source tagger")
    given = parser.parse_args()
    for line in (*growing(given.mentions, given.types), *distracted(given.store, given.seed)):
        print(line, flush=True)
    return 0


def growing(mentions: int, types: int) -> Iterator[str]:
    """Yield a line for the alignment, and one for each number of mentions."""
    rng = np.random.default_rng(SEED)

    def rows(count: int) -> Floats:
        return unit_rows(rng.normal(size=(count, HIDDEN)).astype(np.float32))

    sources, targets = rows(SOURCES), rows(types)
    names = [f"s{n}" for n in range(SOURCES)], [f"t{n}" for n in range(types)]
    alignment, seconds, peak = measured(partial(align, *names, targets @ sources.T))
    yield f"alignment of {types:,} types with {SOURCES}: {seconds:.1f} s, {peak:,.0f} MB"
    means = rows(3)
    yield "mentions      seconds   ms a mention   memory beside the input"
    for count in (mentions // 4, mentions // 2, mentions):
        embeddings = MentionEmbeddings(rows(count), rows(count), rows(count))
        source = rng.dirichlet(np.ones(SOURCES), size=count).astype(np.float32)
        found = FoundMentions(
            np.arange(count), [(0, 1)] * count, source, np.ones(count, np.float32), np.ones(count, np.bool_)
        )
        inference = DirectInference(alignment, targets, sources, means, Weights())
        _, seconds, peak = measured(partial(top_types, inference, found, embeddings, BEST))
        yield f"{count:8,} {seconds:12.1f} {1000 * seconds / count:14.3f} {peak:14,.0f} MB"


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what ``work`` returns, its seconds, and the megabytes that it had at most."""
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    tracemalloc.start()  # a second time, for it costs time itself
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, seconds, peak / 1e6


def distracted(store: str, seed: int) -> Iterator[str]:
    """Yield a line for each number of types that are none."""
    source, target = load_domain("crossner", "conll2003"), load_domain("crossner", "politics")
    task = Task.of(source, target, ZERO_SHOT, workspace=Workspace(artefacts=open_store(store).artefacts))
    tagger, embedder = source_tagger(task, "mini", seed), Embedder("mini")
    means = source_means(task, "mini", embedder)
    sources = type_vectors(source.types, embedder, "both")
    asked = [sentence.unlabelled() for sentence in target.dev]
    spans = [[(mention.start, mention.end) for mention in s.mentions] for s in target.dev]
    gold = [mention.type for s in target.dev for mention in s.mentions]
    found = mentions_at(tagger, asked, spans)
    embeddings = embed_mentions(found, [sentence.tokens for sentence in asked], embedder)
    yield f"{len(gold):,} gold mentions of politics' dev"
    yield "added types   right   among the best 5   seconds   memory"
    for count in DISTRACTORS:
        kinds = (*target.types, *words_as_types(source, target, count))
        vectors = type_vectors(kinds, embedder, "both")
        alignment = align_types(source.types, kinds, embedder)
        inference = DirectInference(alignment, vectors, sources, means, Weights())
        best, seconds, peak = measured(partial(top_types, inference, found, embeddings, BEST))
        named = [[kinds[number].name for number in row] for row in best.tolist()]
        right = sum(row[0] == name for row, name in zip(named, gold, strict=True))
        among = sum(name in row for row, name in zip(named, gold, strict=True))
        shares = f"{right / len(gold):8.1%} {among / len(gold):12.1%}"
        yield f"{count:11,} {shares} {seconds:15.2f} {peak:8,.0f} MB"


def top_types(
    inference: DirectInference, found: FoundMentions, embeddings: MentionEmbeddings, k: int
) -> npt.NDArray[np.int64]:
    """Return the numbers of each mention's ``k`` most probable types (mentions, k), best first.

    The distribution of all mentions over all types does not fit the memory: it is made block by block.
    """
    best = np.zeros((len(found.spans), min(k, len(inference.types))), dtype=np.int64)
    step = max(1, BLOCK // len(inference.types))
    for start in range(0, len(best), step):
        rows = slice(start, start + step)
        part = FoundMentions(
            found.sentence[rows],
            found.spans[rows],
            found.source[rows],
            found.certainty[rows],
            found.tagged[rows],
        )
        distribution = inference.distribution(part, MentionEmbeddings(*(block[rows] for block in embeddings)))
        nearest = np.argpartition(-distribution, best.shape[1] - 1, axis=1)[:, : best.shape[1]]
        order = np.argsort(-np.take_along_axis(distribution, nearest, axis=1), axis=1, kind="stable")
        best[rows] = np.take_along_axis(nearest, order, axis=1)
    return best


def words_as_types(source: Domain, target: Domain, count: int) -> list[EntityType]:
    """Return so many types that the target lacks: the source's most frequent lower-case words."""
    taken = {kind.name for kind in target.types}
    words = Counter(w for s in source.train for w in s.tokens if w.isalpha() and w.islower() and len(w) > 2)
    return [EntityType(word, word, "") for word, _ in words.most_common() if word not in taken][:count]


if __name__ == "__main__":
    sys.exit(main())
