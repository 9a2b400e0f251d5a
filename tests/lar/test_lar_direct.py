"""Direct inference against its formula written out slowly; embeddings; pooling; reassignment."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from found_mentions import found_mentions
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
    return found_mentions(np.arange(count), [(0, 1)] * count, source, np.ones(count, np.float32))


def _slowly(
    found: FoundMentions,
    embeddings: MentionEmbeddings,
    means: Floats,
    types: Floats,
    source_types: Floats,
    alignment: Alignment,
    w: Weights,
) -> list[list[float]]:
    """The formula in the module's docstring, one number at a time."""

    def dot(one: Floats, other: Floats) -> float:
        return sum(float(a) * float(b) for a, b in zip(one, other, strict=True))

    claimed = alignment.weights.sum(axis=0)
    answer = []
    for m in range(len(found.spans)):

        def score(text: Floats, shares: list[float], more: float, m: int = m) -> float:
            total = 0.0
            for share, view, mean in zip((w.mention, w.context, w.sentence), embeddings, means, strict=True):
                total += share * (dot(view[m], text) - w.hubness * dot(mean, text))
            aligned = sum(float(q) * a for q, a in zip(found.source[m], shares, strict=True))
            return total / w.temperature + w.prior * math.log(aligned + EPSILON) + more

        z = []
        for t, name in enumerate(alignment.target_types):
            partner = alignment.core.get(name)
            alone = partner is not None and claimed[alignment.source_types.index(partner)] - 1 < 0.5
            z.append(score(types[t], alignment.weights[t].tolist(), w.alone * alone))
        for s in range(len(alignment.source_types)):
            if claimed[s] < 0.5:
                own = np.eye(len(alignment.source_types))[s].tolist()
                z.append(score(source_types[s], own, -w.discount))
        top = max(z)
        summed = sum(math.exp(value - top) for value in z)
        answer.append([math.exp(value - top) / summed for value in z[: len(types)]])
    return answer


@given(
    seed=st.integers(0, 10**6),
    counts=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3)),
    numbers=st.tuples(*[st.floats(0, 2)] * 7, st.floats(0.05, 1)),
    threshold=st.sampled_from([None, 0.0, 0.5]),
)
def test_the_formula(
    seed: int, counts: tuple[int, int, int], numbers: tuple[float, ...], threshold: float | None
) -> None:
    mentions, targets, sources = counts
    *others, temperature = numbers
    names = ("mention", "context", "sentence", "prior", "hubness", "alone", "discount")
    weights = Weights(**dict(zip(names, others, strict=True)), temperature=temperature)
    rng = np.random.default_rng(seed)
    types, source_types, means = _rows(rng, targets), _rows(rng, sources), _rows(rng, 3) / 2
    alignment = align(
        [f"s{n}" for n in range(sources)],
        [f"t{n}" for n in range(targets)],
        types @ source_types.T,
        temperature=0.1,
        threshold=threshold,
    )
    found, embeddings = _beliefs(rng, mentions, sources), _views(rng, mentions)
    inference = DirectInference(alignment, types, source_types, means, weights)
    rows = inference.distribution(found, embeddings)
    assert rows.dtype == np.float32
    assert (rows.sum(axis=1) <= 1 + 1e-5).all()
    expected = _slowly(found, embeddings, means, types, source_types, alignment, weights)
    np.testing.assert_allclose(rows, expected, atol=3e-4)


NOTHING = Weights(mention=0, context=0, sentence=0, temperature=1, prior=0, hubness=0, alone=0, discount=0)


def _two_types(second: float = 0.5, threshold: float | None = None) -> tuple[Alignment, Floats]:
    """A target type with a partner (core), and one that attaches to the same."""
    similarity = np.array([[0.9], [second]], np.float32)
    alignment = align(("place",), ("place", "river"), similarity, temperature=0.1, threshold=threshold)
    return alignment, np.eye(2, dtype=np.float32)


def _inference(alignment: Alignment, types: Floats, means: Floats, weights: Weights) -> DirectInference:
    return DirectInference(alignment, types, np.ones((1, 2), np.float32), means, weights)


NO_MEANS = np.zeros((3, 2), np.float32)


def test_without_weights_all_types_are_alike() -> None:
    alignment, types = _two_types()
    rng = np.random.default_rng(0)
    embeddings = MentionEmbeddings(*[_rows(rng, 3, 2) for _ in range(3)])
    rows = _inference(alignment, types, NO_MEANS, NOTHING).distribution(_beliefs(rng, 3, 1), embeddings)
    np.testing.assert_allclose(rows, 0.5)


def test_a_type_that_has_its_source_type_for_itself_is_trusted() -> None:
    embeddings = MentionEmbeddings(*[np.full((1, 2), 0.5**0.5, np.float32)] * 3)
    found = _beliefs(np.random.default_rng(0), 1, 1)
    weights = replace(NOTHING, alone=1.0)
    shared = _inference(*_two_types(), NO_MEANS, weights).distribution(found, embeddings)[0]
    assert shared[0] == pytest.approx(shared[1])
    own = _inference(*_two_types(0.1, 0.5), NO_MEANS, weights).distribution(found, embeddings)[0]
    assert own[0] / own[1] == pytest.approx(math.e, rel=1e-5)


def test_mentions_of_a_source_type_that_no_target_type_is_like_are_of_none() -> None:
    similarity = np.array([[0.1, 0.9]], np.float32)
    alignment = align(("person", "place"), ("place",), similarity, temperature=0.1, threshold=0.5)
    assert alignment.unclaimed == (0,)
    source = np.array([[1, 0], [0, 1]], np.float32)
    found = found_mentions(np.array([0, 1]), [(0, 1)] * 2, source, np.ones(2, np.float32))
    embeddings = MentionEmbeddings(*[np.zeros((2, 2), np.float32)] * 3)
    inference = DirectInference(
        alignment, np.eye(2, dtype=np.float32)[:1], np.eye(2, dtype=np.float32), NO_MEANS,
        replace(NOTHING, prior=2.0),
    )  # fmt: skip
    person, place = inference.distribution(found, embeddings)[:, 0]
    assert person < 0.01 and place > 0.99


def test_a_type_near_to_every_source_mention_loses_its_lead() -> None:
    alignment, types = _two_types()
    same = np.array([[0.9, 0.1], [0.9, 0.1]], np.float32)
    embeddings = MentionEmbeddings(same, same, same)
    found = _beliefs(np.random.default_rng(0), 2, 1)
    plain = _inference(alignment, types, same[[0, 0, 0]], replace(NOTHING, mention=1))
    freed = _inference(alignment, types, same[[0, 0, 0]], replace(NOTHING, mention=1, hubness=1))
    assert plain.distribution(found, embeddings)[0, 0] > 0.6
    np.testing.assert_allclose(freed.distribution(found, embeddings), 0.5, rtol=1e-6)


def test_where_each_target_type_is_a_source_type_the_taggers_word_stands() -> None:
    rng = np.random.default_rng(0)
    names, types = ("person", "city", "rest"), _rows(rng, 3)
    matching = align(names, ("TOWN", "PER"), types[[0, 1]] @ types.T, temperature=0.1)
    found = _beliefs(rng, 4, 3)
    for equal, inferred in (({"TOWN": "city", "PER": "person"}, False), ({"PER": "person"}, True)):
        alignment = replace(matching, equal=equal)
        inference = DirectInference(alignment, types[:2], types, np.zeros((3, 6), np.float32), Weights())
        rows = inference.distribution(found, _views(rng, 4))
        assert np.array_equal(rows, found.source[:, [1, 0]]) != inferred


def test_no_mentions_no_rows() -> None:
    alignment, types = _two_types()
    embeddings = MentionEmbeddings(*[np.zeros((0, 2), np.float32)] * 3)
    inference = _inference(alignment, types, NO_MEANS, Weights())
    empty = found_mentions(np.zeros(0, np.int64), [], np.zeros((0, 1), np.float32), np.zeros(0))
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
    found = found_mentions(
        np.array([0, 0, 2]), [(10, 12), (0, 1), (0, 2)], np.zeros((3, 1), np.float32), np.ones(3)
    )
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
    found = found_mentions(np.array([0, 1]), [(0, 1), (0, 1)], np.zeros((2, 1), np.float32), np.ones(2))
    recorder = Recorder()
    embeddings = embed_mentions(found, sentences, recorder)  # type: ignore[arg-type]
    assert ["a"] in recorder.asked
    assert embeddings.mention.tolist() == [[0], [0]]


def test_no_mention_no_view(tiny_backbone: str) -> None:
    from larbench.tagger.embedding import Embedder

    empty = found_mentions(np.zeros(0, np.int64), [], np.zeros((0, 1), np.float32), np.zeros(0))
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
    np.testing.assert_allclose(found.certainty, [person + city], rtol=1e-5)


def test_what_joins_a_mention_changes_nothing_of_what_the_tagger_says_of_it() -> None:
    outside = [0.9, 0.05, 0.01, 0.03, 0.01]
    tagger = Fixed([outside, [0.1, 0.5, 0.05, 0.3, 0.05], outside])
    words = Sentence("s", ("the", "Windows", "10"))
    plain = find_mentions(tagger, [words])  # type: ignore[arg-type]
    found = find_mentions(tagger, [words], numbers=True)  # type: ignore[arg-type]
    assert (list(plain.spans), list(found.spans)) == ([(1, 2)], [(1, 3)])
    np.testing.assert_array_equal(found.source, plain.source)
    np.testing.assert_array_equal(found.certainty, plain.certainty)


def test_places_of_a_mentions_words_that_the_tagger_passed_over_are_marked_as_such() -> None:
    outside, inside = [0.9, 0.05, 0.01, 0.03, 0.01], [0.1, 0.5, 0.05, 0.3, 0.05]
    tagger = Fixed([inside], [inside], [inside], [outside])
    words = [Sentence(str(number), ("Nokia",)) for number in range(4)]
    found = find_mentions(tagger, words, occurrences=True)  # type: ignore[arg-type]
    assert found.sentence.tolist() == [0, 1, 2, 3]
    assert found.tagged.tolist() == [True, True, True, False]
    np.testing.assert_allclose(found.certainty, [0.9, 0.9, 0.9, 0.1], rtol=1e-5)
    assert found.occurrences(words).passed == {("Nokia",): 1}


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
