"""Tags: round trips over the schemes, conlleval's reading of illegal ones, transitions, detection."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from benchmark.domains.corpus import Mention
from benchmark.domains.tags import (
    BILOU,
    BMES,
    IO,
    IOB1,
    IOB2,
    IOBES,
    IOE1,
    IOE2,
    PREFIXES,
    SCHEMES,
    decode,
    decode_bio,
    detect_scheme,
    encode,
    encode_bio,
    illegal_transitions,
    split_tag,
)

TYPES = ("person", "location", "a-b")


@st.composite
def sentences(draw: st.DrawFn) -> tuple[list[Mention], int]:
    mentions, position = [], 0
    for gap, size, kind in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(TYPES)), max_size=6)
    ):
        mentions.append(Mention(position + gap, position + gap + size, kind))
        position += gap + size
    return mentions, position + draw(st.integers(0, 3))


def tags_of(scheme: str) -> st.SearchStrategy[list[str]]:
    known = ["O", *(f"{prefix}-{kind}" for prefix in PREFIXES[scheme] for kind in TYPES)]
    return st.lists(st.sampled_from(known), max_size=12)


def apart(mentions):
    """Whether no two neighbours of one type touch: what IO can say."""
    return all(one.end < other.start or one.type != other.type for one, other in pairwise(mentions))


@given(sentences(), st.sampled_from(SCHEMES))
def test_what_is_encoded_is_decoded_and_legal(sentence, scheme):
    mentions, length = sentence
    if scheme == IO and not apart(mentions):
        with pytest.raises(ValueError, match="touches another"):
            encode(mentions, length, scheme)
        return
    tags = encode(mentions, length, scheme)
    assert len(tags) == length
    assert decode(tags, scheme) == mentions
    assert illegal_transitions(tags, scheme) == []


@given(st.data(), st.sampled_from(SCHEMES))
def test_legal_tags_are_encoded_as_they_were(data, scheme):
    tags = data.draw(tags_of(scheme))
    rewritten = encode(decode(tags, scheme), len(tags), scheme)
    assert (rewritten == tags) == (illegal_transitions(tags, scheme) == [])
    assert decode(rewritten, scheme) == decode(tags, scheme)


@given(
    st.sampled_from([IOB2, IOBES]).flatmap(lambda scheme: tags_of(scheme).map(lambda tags: (scheme, tags)))
)
def test_illegal_sequences_are_read_as_seqeval_reads_them(case):
    scheme, tags = case
    theirs = [Mention(start, end + 1, kind) for kind, start, end in get_entities(tags)]
    assert decode(tags, scheme) == theirs


@given(tags_of(IOB2))
def test_bio_reading_is_independent_of_the_container(tags):
    assert decode_bio(iter(tags)) == decode_bio(tags) == decode(tags, IOB1)


def test_encoding_by_hand():
    mentions = [Mention(1, 3, "x"), Mention(3, 4, "x"), Mention(4, 5, "y")]
    assert encode_bio(mentions, 6) == ["O", "B-x", "I-x", "B-x", "B-y", "O"]
    assert encode(mentions, 6, IOB1) == ["O", "I-x", "I-x", "B-x", "I-y", "O"]
    assert encode(mentions, 6, IOBES) == ["O", "B-x", "E-x", "S-x", "S-y", "O"]
    assert encode(mentions, 6, BILOU) == ["O", "B-x", "L-x", "U-x", "U-y", "O"]
    assert encode(mentions, 6, BMES) == ["O", "B-x", "E-x", "S-x", "S-y", "O"]
    assert encode(mentions, 6, IOE2) == ["O", "I-x", "E-x", "E-x", "E-y", "O"]
    assert encode(mentions, 6, IOE1) == ["O", "I-x", "E-x", "I-x", "I-y", "O"]


@pytest.mark.parametrize(
    "mentions",
    [
        [Mention(0, 0, "x")],
        [Mention(-1, 1, "x")],
        [Mention(1, 4, "x")],
        [Mention(2, 1, "x")],
        [Mention(0, 1, "")],
        [Mention(0, 2, "x"), Mention(1, 3, "x")],
    ],
)
def test_mentions_that_fit_no_tags_are_refused(mentions):
    with pytest.raises(ValueError, match="mention"):
        encode_bio(mentions, 3)


@pytest.mark.parametrize(
    "tag", ["", "o", "PERSON", "B-", "B", "X-person", "b-person", "-person", "BI-x", "B_x"]
)
def test_malformed_tags_are_refused(tag):
    with pytest.raises(ValueError, match="tag"):
        split_tag(tag)
    with pytest.raises(ValueError, match="tag"):
        decode_bio(["O", tag])


def test_prefixes_of_other_schemes_are_no_bio():
    with pytest.raises(ValueError, match="S-x"):
        decode_bio(["S-x"])


def test_a_type_may_hold_hyphens():
    assert split_tag("B-product-other") == ("B", "product-other")


@pytest.mark.parametrize(
    ("scheme", "tags", "steps"),
    [
        (IOB2, ["O", "I-x", "I-y", "O"], ["O → I-x", "I-x → I-y"]),
        (IOB2, ["I-x"], ["O → I-x"]),
        (IOB1, ["B-x", "I-x", "B-x", "B-y"], ["O → B-x", "B-x → B-y"]),
        (IOBES, ["I-x", "E-x", "B-x", "O"], ["O → I-x", "B-x → O"]),
        (IOBES, ["S-x", "E-x", "B-x", "E-y"], ["S-x → E-x", "B-x → E-y"]),
        (BILOU, ["B-x", "I-x"], ["I-x → O"]),
        (BILOU, [], []),
        (BMES, ["B-x", "E-x", "M-x", "S-x"], ["E-x → M-x", "M-x → S-x"]),
        (IOE2, ["I-x", "E-x", "E-x", "I-x", "O"], ["I-x → O"]),
        (IOE1, ["I-x", "E-x", "I-x", "E-x", "O"], ["E-x → O"]),
        (IO, ["I-x", "I-y", "O"], []),
    ],
)
def test_illegal_transitions_by_hand(scheme, tags, steps):
    assert [str(step) for step in illegal_transitions(tags, scheme)] == steps


@given(st.lists(sentences(), min_size=1, max_size=5))
def test_a_scheme_that_shows_is_detected(corpus):
    for scheme in SCHEMES:
        if scheme == IO and not all(apart(mentions) for mentions, _ in corpus):
            continue
        tagged = [encode(mentions, length, scheme) for mentions, length in corpus]
        found = detect_scheme(tagged)
        # whatever is found reads the corpus rightly; single-token files look alike in some schemes
        assert [decode(tags, found) for tags in tagged] == [mentions for mentions, _ in corpus]
        assert not any(illegal_transitions(tags, found) for tags in tagged)


@pytest.mark.parametrize(
    ("tagged", "scheme"),
    [
        ([], IOB2),
        ([["O", "O"]], IOB2),
        ([["I-x", "I-x", "B-x"]], IOB1),
        ([["I-x"] * 3, ["O", "I-y"]], IOB1),
        ([["B-x", "I-x"], ["O", "I-y"], ["I-y"]], IOB2),
        ([["PERSON", "B-x"]], IOB2),
        ([["S-x"]], IOBES),
        ([["U-x", "U-y", "S-x"]], BILOU),
        ([["B-x", "M-x", "E-x"]], BMES),
        ([["I-x", "E-x", "O", "E-x"]], IOE2),
        ([["I-x", "E-x", "I-x", "O", "I-x"]], IOE1),
    ],
)
def test_detection_by_hand(tagged, scheme):
    assert detect_scheme(tagged) == scheme
