"""Direct inference against its formula written out slowly; embeddings; pooling; reassignment."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE

from benchmark.domains.corpus import Sentence
from lar.alignment.align import Alignment, align
from lar.inference.direct import (
    DirectInference,
    MentionEmbeddings,
    SurfacePool,
    Weights,
    embed_mentions,
)
from lar.inference.mentions import FoundMentions, TypedMentions, find_mentions, gold_mentions
from lar.training.soft_labels import soft_labels
from larbench.tagger.arrays import unit_rows

Floats = npt.NDArray[np.float32]
EPSILON = 1e-3


def _rows(rng: np.random.Generator, count: int, width: int = 6) -> Floats:
    return unit_rows(rng.normal(size=(count, width)).astype(np.float32))


def _views(rng: np.random.Generator, count: int) -> MentionEmbeddings:
    return MentionEmbeddings(_rows(rng, count), _rows(rng, count), _rows(rng, count))


def _beliefs(rng: np.random.Generator, count: int, sources: int) -> FoundMentions:
    source = rng.dirichlet(np.ones(sources), size=count).astype(np.float32)
    return FoundMentions(np.arange(count), [(0, 1)] * count, source)


def _slowly(
    found: FoundMentions,
    embeddings: MentionEmbeddings,
    unlabelled: MentionEmbeddings,
    types: Floats,
    alignment: Alignment,
    w: Weights,
) -> list[list[float]]:
    """The formula in the module's docstring, one number at a time."""

    def cosine(one: Floats, other: Floats) -> float:
        return sum(float(a) * float(b) for a, b in zip(one, other, strict=True))

    answer = []
    for m in range(len(found.spans)):
        z = []
        for t, name in enumerate(alignment.target_types):
            total = 0.0
            for share, view, hub_view in (
                (w.mention, embeddings.mention, unlabelled.mention),
                (w.context, embeddings.context, unlabelled.context),
                (w.sentence, embeddings.sentence, unlabelled.sentence),
            ):
                hub = sum(cosine(row, types[t]) for row in hub_view) / max(1, len(hub_view))
                total += share * (cosine(view[m], types[t]) - w.hubness * hub)
            total /= w.temperature
            aligned = sum(
                float(found.source[m, s]) * float(alignment.weights[t, s])
                for s in range(len(alignment.source_types))
            )
            total += w.prior * math.log(aligned + EPSILON)
            total -= w.core_penalty * (name in alignment.core)
            z.append(total)
        top = max(z)
        summed = sum(math.exp(value - top) for value in z)
        answer.append([math.exp(value - top) / summed for value in z])
    return answer


@given(
    seed=st.integers(0, 10**6),
    counts=st.tuples(st.integers(1, 5), st.integers(0, 5), st.integers(1, 5), st.integers(1, 3)),
    numbers=st.tuples(*[st.floats(0, 2)] * 6, st.floats(0.05, 1)),
)
def test_the_formula(seed: int, counts: tuple[int, int, int, int], numbers: tuple[float, ...]) -> None:
    mentions, unlabelled_mentions, targets, sources = counts
    mention, context, sentence, prior, hubness, penalty, temperature = numbers
    weights = Weights(mention, context, sentence, temperature, prior, hubness, penalty)
    rng = np.random.default_rng(seed)
    types, source_types = _rows(rng, targets), _rows(rng, sources)
    alignment = align(
        [f"s{n}" for n in range(sources)],
        [f"t{n}" for n in range(targets)],
        types @ source_types.T,
        temperature=0.1,
    )
    found, embeddings, unlabelled = (
        _beliefs(rng, mentions, sources),
        _views(rng, mentions),
        _views(rng, unlabelled_mentions),
    )
    inference = DirectInference.prepare(alignment, types, unlabelled, weights)
    rows = inference.distribution(found, embeddings)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-4)
    np.testing.assert_allclose(
        rows, _slowly(found, embeddings, unlabelled, types, alignment, weights), atol=2e-4
    )


NOTHING = Weights(0, 0, 0, 1, 0, 0, 0)


def _two_types() -> tuple[Alignment, Floats]:
    """A target type with a partner (core), and one that attaches to the same."""
    types = np.eye(2, dtype=np.float32)
    alignment = align(("place",), ("place", "river"), np.array([[0.9], [0.5]], np.float32), temperature=0.1)
    return alignment, types


def test_without_weights_all_types_are_alike() -> None:
    alignment, types = _two_types()
    rng = np.random.default_rng(0)
    embeddings = MentionEmbeddings(*[_rows(rng, 3, 2) for _ in range(3)])
    inference = DirectInference.prepare(alignment, types, embeddings, NOTHING)
    rows = inference.distribution(_beliefs(rng, 3, 1), embeddings)
    np.testing.assert_allclose(rows, 0.5)


def test_a_core_type_has_to_earn_its_mentions() -> None:
    alignment, types = _two_types()
    embeddings = MentionEmbeddings(*[np.full((1, 2), 0.5**0.5, np.float32)] * 3)
    weights = replace(NOTHING, core_penalty=1.0)
    inference = DirectInference.prepare(alignment, types, embeddings, weights)
    (row,) = inference.distribution(_beliefs(np.random.default_rng(0), 1, 1), embeddings)
    assert row[1] / row[0] == pytest.approx(math.e, rel=1e-5)


def test_a_type_near_to_everything_loses_its_lead() -> None:
    alignment, types = _two_types()
    same = np.array([[0.9, 0.1], [0.9, 0.1]], np.float32)
    embeddings = MentionEmbeddings(same, same, same)
    plain = DirectInference.prepare(alignment, types, embeddings, replace(NOTHING, mention=1))
    freed = DirectInference.prepare(alignment, types, embeddings, replace(NOTHING, mention=1, hubness=1))
    found = _beliefs(np.random.default_rng(0), 2, 1)
    np.testing.assert_allclose(plain.hubs, [[0.9, 0.1]] * 3)
    assert (plain.distribution(found, embeddings)[:, 0] > 0.5).all()
    np.testing.assert_allclose(freed.distribution(found, embeddings), 0.5, atol=1e-6)


def test_no_mentions_no_rows() -> None:
    alignment, types = _two_types()
    embeddings = MentionEmbeddings(*[np.zeros((0, 2), np.float32)] * 3)
    inference = DirectInference.prepare(alignment, types, embeddings, Weights())
    assert not inference.hubs.any()
    empty = FoundMentions(np.zeros(0, np.int64), [], np.zeros((0, 1), np.float32))
    assert inference.distribution(empty, embeddings).shape == (0, 2)
    none = np.zeros((0, 2), np.float32)
    assert SurfacePool.of(none, []).pooled(none, [], own=True).shape == (0, 2)
    typed = TypedMentions(np.zeros(0, np.int64), [], none)
    assert [row.tolist() for row in soft_labels(typed, [1, 0])] == [[[1, 0, 0, 0, 0]], []]


# --- embeddings


class Recorder:
    """Embeds a text as its place in the order of asking, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def texts(self, texts: list[str]) -> Floats:
        self.asked.append(list(texts))
        return np.arange(len(texts), dtype=np.float32)[:, None]


def test_views_are_the_mention_its_context_and_its_sentence() -> None:
    words = [f"w{n}" for n in range(30)]
    sentences = [words, ["x"], ["a", "b"]]
    found = FoundMentions(np.array([0, 0, 2]), [(10, 12), (0, 1), (0, 2)], np.zeros((3, 1), np.float32))
    recorder = Recorder()
    embeddings = embed_mentions(found, sentences, recorder)  # type: ignore[arg-type]
    texts = {tuple(asked) for asked in recorder.asked}
    assert ("w10 w11", "w0", "a b") in texts
    assert (" ".join(words[2:20]), " ".join(words[:9]), "a b") in texts
    assert (" ".join(words), "a b") in texts  # a sentence without a mention is not embedded
    assert embeddings.sentence[:, 0].tolist() == [0, 0, 1]
    assert embeddings.mention.shape == (3, 1)


def test_equal_texts_are_embedded_once() -> None:
    sentences = [["a", "b"], ["a", "b"]]
    found = FoundMentions(np.array([0, 1]), [(0, 1), (0, 1)], np.zeros((2, 1), np.float32))
    recorder = Recorder()
    embeddings = embed_mentions(found, sentences, recorder)  # type: ignore[arg-type]
    assert ["a"] in recorder.asked
    assert embeddings.mention.tolist() == [[0], [0]]


def test_no_mention_no_view(tiny_backbone: str) -> None:
    from larbench.tagger.embedding import Embedder

    empty = FoundMentions(np.zeros(0, np.int64), [], np.zeros((0, 1), np.float32))
    embeddings = embed_mentions(empty, [["a"]], Embedder(tiny_backbone))
    assert embeddings.mention.shape == embeddings.context.shape == embeddings.sentence.shape == (0, 32)


# --- pooling and reassignment


def test_mentions_of_one_surface_share_their_mean() -> None:
    rows = np.array([[0.8, 0.2], [0.1, 0.9], [0.4, 0.6]], dtype=np.float32)
    named = ["Nile", "Ems", "Nile"]
    pooled = SurfacePool.of(rows, named).pooled(rows, named, own=True)
    np.testing.assert_allclose(pooled, [[0.6, 0.4], [0.1, 0.9], [0.6, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(rows[0], [0.8, 0.2])


def test_a_mention_of_another_text_joins_the_mean_that_it_gets() -> None:
    pool = SurfacePool.of(np.array([[0.8, 0.2], [0.4, 0.6]], dtype=np.float32), ["Nile", "Nile"])
    others = np.array([[0.0, 1.0], [0.3, 0.7], [0.0, 1.0]], dtype=np.float32)
    pooled = pool.pooled(others, ["Nile", "Rhine", "Nile"], own=False)
    # 0.4 = (0.8 + 0.4 + 0.0) / 3, for each of the two by itself; an unknown surface keeps its own
    np.testing.assert_allclose(pooled, [[0.4, 0.6], [0.3, 0.7], [0.4, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(others[0], [0, 1])
    assert pool.counts.tolist() == [2]  # and the pool learns nothing from them


@given(data=st.data())
def test_pooling_a_texts_own_mentions_gives_means_that_sum_as_before(data: st.DataObject) -> None:
    named = data.draw(st.lists(st.sampled_from(["Nile", "Ems", "Elbe"]), max_size=8))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    rows = rng.dirichlet(np.ones(3), size=len(named)).astype(np.float32).reshape(len(named), 3)
    pooled = SurfacePool.of(rows, named).pooled(rows, named, own=True)
    for surface in set(named):
        where = [number for number, name in enumerate(named) if name == surface]
        np.testing.assert_allclose(pooled[where], [rows[where].mean(axis=0)] * len(where), rtol=1e-5)


def test_reassigned_targets_by_hand() -> None:
    rows = np.array([[0.75, 0.25], [0.5, 0.5]], dtype=np.float32)
    typed = TypedMentions(np.array([0, 2]), [(1, 3), (0, 1)], rows)
    first, second, third = soft_labels(typed, [4, 1, 1])
    outside = [1, 0, 0, 0, 0]
    assert first.tolist() == [
        outside,
        [0, 0.75 * 0.75, 0, 0.25 * 0.75, 0],  # B- of each type
        [0, 0, 0.75 * 0.75, 0, 0.25 * 0.75],  # I-
        outside,
    ]
    assert second.tolist() == [outside]
    assert third.tolist() == [[0, 0.25, 0, 0.25, 0]]
    assert first.dtype == np.float32


# --- mentions


class Fixed:
    """A tagger that scores as it is told."""

    types = ("person", "city")

    def __init__(self, *probabilities: list[list[float]]) -> None:
        self.scores = [np.log(np.array(rows, dtype=np.float32)) for rows in probabilities]

    def log_probs(self, sentences: list[Sentence]) -> list[Floats]:
        return self.scores


def test_mentions_are_found_with_their_beliefs() -> None:
    tagger = Fixed(
        [[0.9, 0.05, 0.01, 0.03, 0.01]],
        [[0.1, 0.5, 0.05, 0.3, 0.05], [0.1, 0.1, 0.5, 0.1, 0.2], [0.8, 0.05, 0.05, 0.05, 0.05]],
    )
    found = find_mentions(tagger, [])  # type: ignore[arg-type]
    assert found.sentence.tolist() == [1]
    assert list(found.spans) == [(0, 2)]
    person, city = (0.55 + 0.6) / 2, (0.35 + 0.3) / 2
    np.testing.assert_allclose(found.source, [[person / (person + city), city / (person + city)]], rtol=1e-5)


def test_where_nothing_is_found_there_are_no_rows() -> None:
    found = find_mentions(Fixed([[0.9, 0.05, 0.01, 0.03, 0.01]]), [])  # type: ignore[arg-type]
    assert found.source.shape == (0, 2)
    assert list(found.spans) == []


def test_gold_mentions_are_certain() -> None:
    found = gold_mentions(SOURCE.train[:3], SOURCE.type_names)
    expected = [(n, m) for n, sentence in enumerate(SOURCE.train[:3]) for m in sentence.mentions]
    assert found.sentence.tolist() == [n for n, _ in expected]
    assert list(found.spans) == [(m.start, m.end) for _, m in expected]
    assert [SOURCE.type_names[row.argmax()] for row in found.source] == [m.type for _, m in expected]
    assert found.source.sum() == len(expected)
    assert gold_mentions([], SOURCE.type_names).source.shape == (0, 2)
