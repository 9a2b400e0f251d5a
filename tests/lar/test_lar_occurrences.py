"""Other places of a mention's words: which are counted, which become mentions."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lar.inference.occurrences import SHARE, Occurrences

LINES = [
    tuple(line.split()) for line in ("Nokia fell", "Nokia rose", "Nokia Bell Labs", "old Nokia fell Nokia")
]


def test_a_place_counts_as_passed_over_where_no_word_of_it_was_found() -> None:
    counted = Occurrences.of(LINES, [[(0, 1)], [(0, 1)], [(0, 3)], []])
    assert counted.found == {("Nokia",): 2, ("Nokia", "Bell", "Labs"): 1}
    assert counted.passed == {("Nokia",): 2}


def test_words_that_are_found_nearly_everywhere_are_mentions_everywhere() -> None:
    lines = [("Nokia", "fell")] * 7 + [("the", "Nokia")] * 3
    spans = [[(0, 1)]] * 7 + [[]] * 3
    assert Occurrences.of(lines, spans).completed(lines, spans, own=True) == [[(0, 1)]] * 7 + [[(1, 2)]] * 3
    fewer = [*spans[:6], [], *spans[7:]]
    assert Occurrences.of(lines, fewer).completed(lines, fewer, own=True) == fewer


def test_a_place_in_another_text_counts_for_itself() -> None:
    lines = [("Nokia", "fell")] * 3
    known = Occurrences.of(lines, [[(0, 1)]] * 3)
    assert known.completed([("old", "Nokia")], [[]], own=False) == [[(1, 2)]]  # three of four
    known = Occurrences.of(lines[:2], [[(0, 1)]] * 2)
    assert known.completed([("old", "Nokia")], [[]], own=False) == [[]]  # two of three


def test_of_places_that_overlap_the_longest_is_the_mention() -> None:
    known = Occurrences({("New", "York"): 9, ("York",): 9, ("York", "Times", "Square"): 9}, {})
    assert known.completed([("New", "York", "Times", "Square")], [[]], own=False) == [[(1, 4)]]


def test_a_digest_tells_counts_apart() -> None:
    one = Occurrences.of(LINES, [[(0, 1)], [], [], []])
    assert one.digest() == Occurrences.of(LINES, [[(0, 1)], [], [], []]).digest()
    assert one.digest() != Occurrences.of(LINES, [[(0, 1)], [(0, 1)], [], []]).digest()


_SENTENCES = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=8).map(tuple), max_size=6)


@given(_SENTENCES, st.data())
def test_completed_mentions_hold_the_found_ones_in_order_and_apart(
    sentences: list[tuple[str, ...]], data: st.DataObject
) -> None:
    spans = []
    for words in sentences:
        cuts = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=4)))
        spans.append(list(zip(cuts[::2], cuts[1::2], strict=False)))
    counted = Occurrences.of(sentences, spans)
    for before, after, words in zip(
        spans, counted.completed(sentences, spans, own=True), sentences, strict=True
    ):
        assert set(before) <= set(after)
        assert all(a[1] <= b[0] for a, b in pairwise(after))
        for start, end in set(after) - set(before):
            places = counted.found[words[start:end]], counted.passed[words[start:end]]
            assert places[0] >= SHARE * sum(places)
