"""Mentions that the source has no type for: dated happenings extended, common nouns like an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import MemoryStore

from benchmark.domains.corpus import EntityType, Sentence
from lar.alignment.align import Alignment, align
from lar.inference.common_nouns import SimilarPhrases, similar_phrases
from lar.inference.dated_events import REACH, extend_dated_events, naming_nouns
from lar.inference.mentions import TypedMentions
from lar.inference.novel_mentions import NovelMentions

Floats = npt.NDArray[np.float32]
Row = tuple[int, int, int, int]  # sentence, start, end, type


def _typed(rows: Sequence[Row], types: int = 3) -> TypedMentions:
    """Mentions that are unsure of their types: 0.6 for the one told."""
    distribution = np.full((len(rows), types), 0.4 / (types - 1), dtype=np.float32)
    distribution[np.arange(len(rows)), [kind for *_, kind in rows]] = 0.6
    spans = [(start, end) for _, start, end, _ in rows]
    return TypedMentions(np.array([row[0] for row in rows], dtype=np.int64), spans, distribution)


def _rows(typed: TypedMentions) -> list[Row]:
    return [
        (number, start, end, int(row.argmax()))
        for number, (start, end), row in zip(
            typed.sentence.tolist(), typed.spans, typed.distribution, strict=True
        )
    ]


# --- dated happenings

NOUNS = {"election": 1, "games": 2}
FUNCTION = frozenset({"the", "of", "in"})


def _dated(text: str, *rows: tuple[int, int, int]) -> list[Row]:
    typed = _typed([(0, *row) for row in rows])
    return _rows(extend_dated_events(typed, [text.split()], NOUNS, FUNCTION))


def test_year_mention_and_noun_become_one_mention_that_is_sure_of_its_type() -> None:
    text = ["the", "2006", "Canadian", "federal", "election", "in", "Quebec"]
    found = extend_dated_events(_typed([(0, 2, 3, 0), (0, 6, 7, 0)]), [text], NOUNS, FUNCTION)
    assert _rows(found) == [(0, 1, 5, 1), (0, 6, 7, 0)]
    np.testing.assert_allclose(found.distribution, [[0, 1, 0], [0.6, 0.2, 0.2]], rtol=1e-6)


def test_a_mention_that_holds_its_year_is_extended_too() -> None:
    assert _dated("the 1936 Olympic games", (1, 3, 0)) == [(0, 1, 4, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "the old Canadian federal election",  # no year before it
        "the 96 Canadian federal election",
        "the 2006 Canadian Federal election",  # a capital between
        "the 2006 Canadian vote of election",  # a function word between
        "the 2006 Canadian federal vote",  # no noun that names a type
        "the 2006 Canadian " + "great " * REACH + "election",  # too far
        "the 2006 Canadian",
        "the 2006 Canadian , election",  # punctuation is not lower case
    ],
)
def test_other_mentions_stay_as_they_are(text: str) -> None:
    typed = _typed([(0, 2, 3, 0)])
    found = extend_dated_events(typed, [text.split()], NOUNS, FUNCTION)
    assert _rows(found) == [(0, 2, 3, 0)]
    np.testing.assert_array_equal(found.distribution, typed.distribution)


def test_what_an_extended_mention_covers_is_left_out() -> None:
    text = "2006 Canadian federal election results"
    assert _dated(text, (0, 1, 2), (1, 2, 0), (3, 4, 2), (4, 5, 0)) == [(0, 0, 4, 1), (0, 4, 5, 0)]


def test_the_year_of_another_mention_is_left_to_it() -> None:
    assert _dated("Games 2006 Canadian election", (0, 2, 2), (2, 3, 0)) == [(0, 0, 2, 2), (0, 2, 3, 0)]


def test_no_mention_is_none() -> None:
    found = extend_dated_events(
        TypedMentions(np.zeros(0, np.int64), [], np.zeros((0, 3), np.float32)),
        [["2006"], []],
        NOUNS,
        FUNCTION,
    )
    assert _rows(found) == []
    assert found.distribution.shape == (0, 3)


@st.composite
def _texts(draw: st.DrawFn) -> tuple[list[list[str]], list[Row]]:
    """Sentences of few words, with mentions in order and free of overlap."""
    vocabulary = st.sampled_from(["2006", "1999", "Canadian", "federal", "election", "games", "the", ","])
    sentences = draw(st.lists(st.lists(vocabulary, max_size=9), max_size=3))
    rows: list[Row] = []
    for number, words in enumerate(sentences):
        at = 0
        while at < len(words):
            length = draw(st.integers(0, 3))
            end = min(len(words), at + length)
            if length:
                rows.append((number, at, end, draw(st.integers(0, 2))))
            at = max(end, at + 1)
    return sentences, rows


@given(text=_texts())
def test_dated_happenings_leave_no_overlap_and_change_nothing_else(
    text: tuple[list[list[str]], list[Row]],
) -> None:
    sentences, rows = text
    found = _rows(extend_dated_events(_typed(rows), sentences, NOUNS, FUNCTION))
    assert found == sorted(found)
    for one, other in pairwise(found):
        assert one[0] < other[0] or one[2] <= other[1]
    kept, new = set(found) & set(rows), set(found) - set(rows)
    for number, start, end, kind in new:
        words = sentences[number][start:end]
        assert words[0] in ("2006", "1999")
        assert NOUNS[words[-1]] == kind
        assert any(start <= row[1] and row[2] <= end for row in rows if row[0] == number)
    alone = [*map(_rows, (extend_dated_events(_typed([row]), sentences, NOUNS, FUNCTION) for row in rows))]
    extended = {long for (long,), row in zip(alone, rows, strict=True) if long != row}
    # as if it stood alone, or without the year before it, where that is another's
    assert new <= extended | {(number, start + 1, end, kind) for number, start, end, kind in extended}
    for lost in set(rows) - kept:  # no mention is lost but under one that was extended and begins no later
        assert any(one[0] == lost[0] and one[1] <= lost[1] < one[2] for one in new)


# --- which nouns name types


class Told:
    """Embeds texts as it is told, all others apart from these; counts what it was asked."""

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        self.vectors = {text: np.array(vector, dtype=np.float32) for text, vector in vectors.items()}
        self.asked: list[str] = []

    def texts(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        rows = [self.vectors.get(text, np.array([0, 0, 0, 1], dtype=np.float32)) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), 4)


def _pairs(targets: Sequence[str], partners: Sequence[str | None]) -> Alignment:
    """An alignment with person and misc; None is a novel type."""
    sources = ("person", "misc")
    similarity = [
        [0.0, 0.0] if name is None else [float(name == kind) for kind in sources] for name in partners
    ]
    return align(
        sources,
        tuple(targets),
        np.array(similarity, np.float32),
        solver="argmax",
        threshold=0.5,
        temperature=0.1,
    )


def test_nouns_name_types_whose_partner_is_for_other_kinds() -> None:
    types = [EntityType(name, name, "") for name in ("poll", "singer", "match")]
    pairs = _pairs(["poll", "singer", "match"], ["misc", "person", "misc"])
    embedder = Told(
        {
            "poll": [1, 0, 0, 0],
            "singer": [0, 1, 0, 0],
            "match": [0, 0, 1, 0],
            "election": [0.9, 0, 0.44, 0],
            "tenor": [0, 1, 0, 0],  # names a type, but a person is found by the source tagger
            "cup": [0.44, 0, 0.9, 0],
            "vote": [0.79, 0, 0, 0.61],
            "Elections": [1, 0, 0, 0],  # has a capital
        }
    )
    text = [["the", "election", "and", "Elections"], ["tenor", "cup", "vote"]]
    assert naming_nouns(text, types, pairs, embedder) == {"election": 0, "cup": 2}  # type: ignore[arg-type]
    assert naming_nouns([], types, pairs, embedder) == {}  # type: ignore[arg-type]
    none = _pairs(["poll", "singer", "match"], ["person", "person", None])
    assert naming_nouns(text, types, none, embedder) == {}  # type: ignore[arg-type]


# --- phrases like an example

TYPES = (
    EntityType("river", "river", "water that flows, such as a brook"),
    EntityType("instrument", "instrument", "a thing that is played, such as a lute or a kettle drum"),
    EntityType("dance", "dance", "such as a jig"),
)
PAIRS = _pairs([kind.name for kind in TYPES], ["misc", None, None])
VECTORS = np.eye(4, dtype=np.float32)[:3]
KNOWN = {
    "lute": [0, 1, 0, 0],
    "kettle drum": [0, 1, 0, 0],
    "jig": [0, 0, 1, 0],
    "lutes": [0, 0.9, 0, 0.44],
    "slow jig": [0, 0, 0.8, 0.6],
    "old lute": [0, 0.7, 0, 0.71],  # not like it enough
    "brook": [1, 0, 0, 0],
}


def _like(
    *texts: str, known: Mapping[str, Sequence[float]] = KNOWN, store: Any = None, hubs: Any = None
) -> SimilarPhrases:
    sentences = [Sentence(f"s/{n}", tuple(text.split())) for n, text in enumerate(texts)]
    return similar_phrases(
        sentences,
        TYPES,
        VECTORS,
        PAIRS,
        Told(known),  # type: ignore[arg-type]
        frozenset({"a", "the"}),
        store or MemoryStore(),
        hubs=hubs,
    )


def test_phrases_like_an_example_of_a_novel_type_are_found() -> None:
    found = _like("a lute and lutes", "the slow jig by the brook", "it rained")
    rows = list(zip(found.place.tolist(), found.kind.tolist(), found.similarity.tolist(), strict=True))
    assert [(place, kind) for place, kind, _ in rows] == [
        ([0, 1, 2], 1),
        ([0, 3, 4], 1),
        ([1, 1, 3], 2),
        ([1, 2, 3], 2),
    ]
    assert [similarity for *_, similarity in rows] == pytest.approx([1, 0.9, 0.8, 1])


MORE = " ".join(f"word{number}" for number in range(30))  # so that no phrase weighs much in the means


def test_a_phrase_that_is_not_like_it_enough_or_nearer_to_a_type_with_a_partner_is_not() -> None:
    assert _like("old lute", MORE).place.tolist() == [[0, 1, 2]]  # the lute alone
    near = {**KNOWN, "drowned lute": [0.6, 0.8, 0, 0]}
    assert [0, 0, 2] in _like("drowned lute", MORE, known=near).place.tolist()
    nearer = {**KNOWN, "drowned lute": [0.9, 0.8, 0, 0]}
    assert [0, 0, 2] not in _like("drowned lute", MORE, known=nearer).place.tolist()


def test_a_sentence_is_judged_by_itself_and_by_the_unlabelled_text() -> None:
    known = {**KNOWN, "drowned lute": [0.6, 0.8, 0, 0]}
    hubs = _like("a lute and a brook", MORE, known=known).hubs
    alone = _like("drowned lute", known=known, hubs=hubs)
    beside = _like("drowned lute", MORE, known=known, hubs=hubs)
    assert [0, 0, 2] in alone.place.tolist()
    assert alone.place.tolist() == [place for place in beside.place.tolist() if place[0] == 0]


def test_the_store_keeps_what_was_found() -> None:
    store = MemoryStore()
    first, again = _like("a lute", store=store), _like("a lute", store=store)
    assert store.made == 1
    np.testing.assert_array_equal(first.place, again.place)
    _like("the lute", store=store)
    assert store.made == 2


def test_without_phrases_or_novel_types_nothing_is_found() -> None:
    for found in (_like(), _like("the"), _like(", .")):
        assert found.place.shape == (0, 3)
        assert _rows(found.mentions([[]] * 2, 3)) == []
    pairs = _pairs([kind.name for kind in TYPES], ["misc", "misc", "person"])
    sentences = [Sentence("s/0", ("a", "lute"))]
    found = similar_phrases(sentences, TYPES, VECTORS, pairs, Told(KNOWN), frozenset(), MemoryStore())  # type: ignore[arg-type]
    assert found.place.shape == (0, 3)


def _phrases(*rows: tuple[int, int, int, int, float]) -> SimilarPhrases:
    return SimilarPhrases(
        np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3),
        np.array([row[3] for row in rows], dtype=np.int64),
        np.array([row[4] for row in rows], dtype=np.float32),
        np.zeros(3, dtype=np.float32),
    )


def test_of_phrases_that_overlap_the_most_alike_stays_of_equals_the_longest() -> None:
    found = _phrases(
        (0, 0, 2, 1, 0.8), (0, 1, 3, 2, 0.9), (0, 5, 6, 0, 0.8), (0, 5, 7, 1, 0.8), (1, 0, 1, 2, 0.8)
    )
    chosen = found.mentions([[], []], 3)
    assert _rows(chosen) == [(0, 1, 3, 2), (0, 5, 7, 1), (1, 0, 1, 2)]
    assert sorted(chosen.distribution.ravel()) == [0] * 6 + [1] * 3
    assert _rows(found.mentions([[(2, 3)], [(1, 2)]], 3)) == [(0, 0, 2, 1), (0, 5, 7, 1), (1, 0, 1, 2)]


spans = st.tuples(st.integers(0, 8), st.integers(1, 4)).map(lambda span: (span[0], span[0] + span[1]))


@given(
    data=st.lists(st.tuples(st.integers(0, 1), spans, st.integers(0, 2), st.sampled_from([0.75, 0.8, 0.9]))),
    taken=st.lists(st.lists(spans, max_size=3), min_size=2, max_size=2),
)
def test_phrases_left_overlap_nothing_and_every_other_had_to_go(
    data: list[tuple[int, tuple[int, int], int, float]], taken: list[list[tuple[int, int]]]
) -> None:
    found = _phrases(*((number, *span, kind, alike) for number, span, kind, alike in data))
    chosen = _rows(found.mentions(taken, 3))
    assert chosen == sorted(chosen)
    given_ = [(number, *span, kind) for number, span, kind, _ in data]
    assert set(chosen) <= set(given_)

    def meets(one: tuple[int, int], other: tuple[int, int]) -> bool:
        return one[0] < other[1] and other[0] < one[1]

    best = {
        (number, *span): max(d[3] for d in data if (d[0], d[1]) == (number, span))
        for number, span, *_ in data
    }
    for number, start, end, _ in chosen:
        assert not any(meets((start, end), span) for span in taken[number])
        assert sum(row[0] == number and meets((start, end), row[1:3]) for row in chosen) == 1
    for (number, start, end), alike in best.items():
        over = [row for row in chosen if row[0] == number and meets((start, end), row[1:3])]
        assert over or any(meets((start, end), span) for span in taken[number])
        if not any(meets((start, end), span) for span in taken[number]):
            # at least one in its way is as much alike, and of equals no shorter
            ranks = [(best[row[:3]], row[2] - row[1]) for row in over]
            assert max(ranks) >= (alike, end - start)


# --- both together


def test_dated_happenings_and_common_nouns_join_what_was_found() -> None:
    further = NovelMentions(
        types=TYPES,
        pairs=PAIRS,
        vectors=VECTORS,
        embedder=Told(KNOWN),  # type: ignore[arg-type]
        artefacts=MemoryStore(),
        function_words=frozenset({"the", "a", "of"}),
        unlabelled=[Sentence("u/0", ("flood",))],
    )
    sentences = [
        Sentence("s/0", ("a", "lute", "in", "the", "2006", "Nile", "flood")),
        Sentence("s/1", ("lute",)),
    ]
    found = further.added_to(_typed([(0, 5, 6, 1), (1, 0, 1, 0)]), sentences)
    # what was found already is no common noun
    assert _rows(found) == [(0, 1, 2, 1), (0, 4, 7, 0), (1, 0, 1, 0)]
    assert found.distribution[2].max() == pytest.approx(0.6)
