from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import scored, scored_tags

from benchmark.domains.corpus import Mention
from benchmark.scoring.counts import PRF
from benchmark.scoring.dialects import DIALECTS, Tally, normalise

TYPES = ("per", "org", "misc")


def test_dialects_by_hand():
    tokens = [
        ["The", "Pink", "Floyd", "met", "Ann", "of", "A.B.", "Corp", "."],
        ["Pink", "Floyd", "and", "Ann"],
    ]
    gold = [
        [Mention(1, 3, "org"), Mention(4, 5, "per"), Mention(6, 8, "org")],
        [Mention(0, 2, "org"), Mention(3, 4, "misc")],
    ]
    predicted = [
        [Mention(0, 3, "org"), Mention(4, 5, "org"), Mention(6, 7, "org")],
        [Mention(0, 2, "org"), Mention(3, 4, "misc")],
    ]
    dialects = scored(gold, predicted, TYPES, tokens).dialects
    assert tuple(dialects.tallies) == DIALECTS
    assert dialects.tallies == {
        "strict": Tally(2, 5, 5),
        "conlleval": Tally(2, 5, 5),
        "boundaries-only": Tally(3, 5, 5),  # Ann in sentence 0 besides
        "no-misc": Tally(1, 4, 4),
        "set-of-strings": Tally(3, 5, 5),  # "The Pink Floyd" reads as "pink floyd"
        "partial-overlap": Tally(3.0, 5, 5),  # Pink Floyd and Corp for one half each
    }
    assert dialects.figures()["boundaries-only"] == PRF.of(3, 5, 5)
    assert dialects.illegal_gold == dialects.illegal_predicted == 0


def test_a_text_counts_once_per_type_and_sentence():
    tokens = [["Ann", "met", "Ann"], ["Ann"]]
    gold = [[Mention(0, 1, "per"), Mention(2, 3, "per")], [Mention(0, 1, "org")]]
    predicted = [[Mention(2, 3, "per")], [Mention(0, 1, "per")]]
    assert scored(gold, predicted, TYPES, tokens).dialects.tallies["set-of-strings"] == Tally(1, 2, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S.  Senate", "us senate"),
        ("An apple , a day", "apple day"),
        ("Theatre Anna", "theatre anna"),  # articles are words
        ("A - B", "b"),
        ("the", ""),
        ("«Émile»", "«émile»"),  # ASCII punctuation only, as the original does
    ],
)
def test_normalised_texts(text, expected):
    assert normalise(text) == expected


def test_illegal_transitions_part_strict_from_conlleval():
    gold = [["B-per", "I-per", "O", "B-org"]]
    predicted = [["I-per", "I-per", "O", "B-org"]]
    dialects = scored_tags(gold, predicted, TYPES).dialects
    assert dialects.tallies["strict"] == Tally(1, 1, 2)
    assert dialects.tallies["conlleval"] == Tally(2, 2, 2)
    assert (dialects.illegal_gold, dialects.illegal_predicted) == (0, 1)
    assert dialects.strict.gold.sum() == 2


spans = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.sampled_from(("a", "b"))), max_size=6)


def _disjoint(drawn):
    kept: list[Mention] = []
    for start, size, kind in drawn:
        mention = Mention(start, start + size, kind)
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return kept


def _best_credit(gold, predicted):
    """Try every one-to-one pairing (there are few mentions)."""
    few, many = sorted((gold, predicted), key=len)

    def credit(left, right):
        if left.type != right.type or left.end <= right.start or right.end <= left.start:
            return 0.0
        return 1.0 if left == right else 0.5

    return max(sum(map(credit, few, order)) for order in permutations(many, len(few)))


@given(spans.map(_disjoint), spans.map(_disjoint))
def test_partial_overlap_is_the_best_one_to_one_pairing(gold, predicted):
    tally = scored([gold], [predicted], ("a", "b"), [["x"] * 13]).dialects.tallies["partial-overlap"]
    assert tally == Tally(_best_credit(gold, predicted), len(predicted), len(gold))


@given(spans.map(_disjoint), spans.map(_disjoint))
def test_credits_are_ordered(gold, predicted):
    dialects = scored([gold], [predicted], ("a", "b"), [[*"abcdefghijklm"]]).dialects
    credit = {name: tally.correct for name, tally in dialects.tallies.items()}
    assert credit["strict"] == credit["conlleval"] == len(set(gold) & set(predicted))
    assert credit["boundaries-only"] >= credit["conlleval"]
    assert credit["partial-overlap"] >= credit["conlleval"]
    assert all(tally.correct <= min(tally.predicted, tally.gold) for tally in dialects.tallies.values())
