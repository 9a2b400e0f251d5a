"""Tags in IOB2 to spans and counts: as seqeval scores them, by type too, in both readings."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scored import spans_in_iob2

from benchmark.domains.corpus import Mention
from benchmark.domains.tags import decode_bio, encode_bio, illegal_transitions
from benchmark.errors import InputError
from benchmark.scoring.counts import count_mentions, count_spans
from benchmark.scoring.scheme_spans import SchemeEncoder
from benchmark.scoring.spans import Numbering

TYPES = ("per", "org", "a-b")  # a hyphen within a type is legal; seqeval strips one at its ends
TAGS = ["O", *(f"{prefix}-{kind}" for kind in TYPES for prefix in "BI")]

tag_lists = st.lists(st.sampled_from(TAGS), max_size=12)
pairs = st.lists(
    tag_lists.flatmap(lambda gold: st.tuples(st.just(gold), _same_length(gold))), min_size=1, max_size=6
)


def _same_length(tags):
    return st.lists(st.sampled_from(TAGS), min_size=len(tags), max_size=len(tags))


@st.composite
def legal_pairs(draw):
    """Sentences with two legal IOB2 taggings: what a reader of illegal tags would read, written anew."""
    return [tuple(encode_bio(decode_bio(side), len(side)) for side in pair) for pair in draw(pairs)]


def _count(sentences, *, strict, types=TYPES):
    """Count one reading alone: in the strict one, gold may have types that only illegal tags name."""
    numbering = Numbering(types)
    sides = [spans_in_iob2(side, numbering) for side in zip(*sentences, strict=True)]
    gold, predicted = (side.select(side.legal) if strict else side for side in sides)
    return count_spans(gold, predicted, types, len(sentences))


def _assert_equal_to_seqeval(sentences, seqeval_says, *, strict):
    expected = seqeval_says(*zip(*sentences, strict=True), strict=strict)
    counts = _count(sentences, strict=strict)
    assert astuple(counts.micro()) == expected.micro
    assert {name: astuple(figures) for name, figures in counts.per_type().items()} == {
        name: expected.per_type.get(name, (0.0, 0.0, 0.0)) for name in TYPES
    }
    assert counts.support() == {name: expected.support.get(name, 0) for name in TYPES}
    # seqeval's macro average is over the types that it sees: it agrees where just those are declared
    seen = sorted(expected.per_type)
    if seen:
        assert _count(sentences, strict=strict, types=seen).macro() == expected.macro


@given(pairs)
@example([(["O"], ["O"])])
@example([([], [])])
@example([(["B-per", "I-org"], ["B-per", "I-per"])])
@example([(["B-per", "I-per"], ["O", "I-per"]), (["I-per"], ["I-per"])])
def test_any_tags_score_as_seqeval_scores_them(seqeval_says, sentences):
    _assert_equal_to_seqeval(sentences, seqeval_says, strict=False)
    _assert_equal_to_seqeval(sentences, seqeval_says, strict=True)


@given(legal_pairs())
def test_both_readings_agree_on_legal_tags_and_with_mentions(sentences):
    conlleval, strict = (_count(sentences, strict=strict) for strict in (False, True))
    mentions = [[decode_bio(side) for side in column] for column in zip(*sentences, strict=True)]
    from_mentions = count_mentions(*mentions, TYPES)
    for other in (strict, from_mentions):
        assert conlleval.types == other.types
        for name in ("tp", "predicted", "gold"):
            assert np.array_equal(getattr(conlleval, name), getattr(other, name))


@given(st.lists(tag_lists, max_size=6))
def test_spans_are_the_mentions_and_illegal_ones_the_illegal_transitions(sentences):
    spans = spans_in_iob2(sentences, Numbering(TYPES))
    offsets = np.cumsum([0, *(len(tags) for tags in sentences)])
    found = [[] for _ in sentences]
    for index, start, end, kind in zip(spans.sentence, spans.start, spans.end, spans.type, strict=True):
        found[index].append(Mention(int(start - offsets[index]), int(end - offsets[index]), TYPES[kind]))
    assert found == [decode_bio(tags) for tags in sentences]
    assert (~spans.legal).sum() == sum(len(illegal_transitions(tags)) for tags in sentences)


def test_strict_drops_what_an_illegal_transition_begins():
    tags = [["I-per", "O", "B-per", "I-org", "I-org", "B-org"]]
    spans = spans_in_iob2(tags, Numbering(TYPES))
    assert spans.start.tolist() == [0, 2, 3, 5]
    assert spans.end.tolist() == [1, 3, 5, 6]
    assert spans.legal.tolist() == [False, True, False, True]


def test_a_sentence_ends_its_mentions():
    sentences = [(["O", "B-per"], ["O", "B-per"]), (["I-per"], ["O"]), ([], []), (["B-org"], ["B-org"])]
    counts = _count(sentences, strict=False)
    assert counts.gold.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert counts.tp.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_many_types_need_wider_ids():
    types = tuple(f"t{number}" for number in range(300))
    tags = [[f"{prefix}-{kind}" for kind in types for prefix in "BI"]]
    assert SchemeEncoder(Numbering(types)).encode(tags[0]).max() > 255
    assert spans_in_iob2(tags, Numbering(types)).type.tolist() == list(range(300))


def test_undeclared_types_stay_apart_as_spans_and_share_a_column():
    counts = _count([(["B-per", "O", "O"], ["B-x", "I-x", "I-y"])], strict=False)
    assert counts.types == (*TYPES, "(undeclared)")
    assert counts.predicted.tolist() == [[0, 0, 0, 2]]
    with pytest.raises(InputError, match="type number 3 in gold"):
        _count([(["B-x"], ["O"])], strict=False)


def test_seqeval_strips_hyphens_at_a_types_end_in_strict_mode_and_this_scorer_does_not(seqeval_says):
    gold, predicted = [["B-x-", "B-y"]], [["B-x", "B-y"]]
    assert seqeval_says(gold, predicted, strict=False).micro == (0.5, 0.5, 0.5)
    assert seqeval_says(gold, predicted, strict=True).micro == (1.0, 1.0, 1.0)
    assert _count([(gold[0], predicted[0])], strict=True, types=("x-", "x", "y")).micro().f1 == 0.5
