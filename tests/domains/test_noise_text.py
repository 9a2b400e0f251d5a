from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.noise.carry import carry
from benchmark.domains.noise.condition import KINDS, Noise
from benchmark.domains.noise.text import _changes, _rewrite, corrupt_sentence, corrupt_text
from benchmark.domains.noise.tokens import characters, outcomes

ODD = (
    "東京",
    "🏳️‍🌈",
    "é",
    "e\u0301a",
    "ß",
    "İ",
    "!!",
    "``",
    "\u200b",
    "Ελλάδα",
    "नमस्ते",
    "\x00",
    "’s",
    "1998",
    "-",
)
WORDS = st.one_of(
    st.sampled_from(ODD), st.text(min_size=1, max_size=6), st.sampled_from(("New", "York", ",", "."))
)


@st.composite
def labelled(draw: st.DrawFn) -> LabelledSentence:
    """A sentence of any tokens, with mentions that may touch each other."""
    tokens = draw(st.lists(WORDS, min_size=1, max_size=10))
    cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    spans = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    mentions = tuple(Mention(start, end, draw(st.sampled_from("ab"))) for start, end in spans)
    return LabelledSentence(f"any/test/{draw(st.integers(0, 99))}", tuple(tokens), mentions)


@st.composite
def noises(draw: st.DrawFn) -> Noise:
    kinds = draw(st.lists(st.sampled_from(KINDS["target"]), min_size=1, max_size=5, unique=True))
    where = draw(st.sampled_from(("everywhere", "inside", "outside")))
    return Noise("target", draw(st.floats(0, 1)), tuple(kinds), draw(st.integers(0, 9)), where=where)


@settings(max_examples=40)
@given(labelled(), noises())
def test_gold_is_carried_and_legal(sentence: LabelledSentence, noise: Noise) -> None:
    noisy, report = corrupt_sentence(sentence, noise)
    assert noisy.id == sentence.id and noisy.tokens and all(noisy.tokens)
    ends = 0
    for mention in noisy.mentions:
        assert ends <= mention.start < mention.end <= len(noisy.tokens)
        ends = mention.end
    assert [m.type for m in noisy.mentions] == [m.type for m in sentence.mentions]
    assert (report.lost, report.mentions, report.total) == (0, len(sentence.mentions), len(sentence.tokens))
    assert report.changed == sum(report.kinds.values()) <= report.eligible <= report.total


@settings(max_examples=40)
@given(labelled(), noises())
def test_a_carried_mention_covers_what_became_of_its_surface(
    sentence: LabelledSentence, noise: Noise
) -> None:
    everything = _changes(sentence, noise)
    tokens, spans = _rewrite(sentence.tokens, everything)
    carried = carry(sentence.mentions, spans)
    assert carried.lost == 0
    for old, new in zip(sentence.mentions, carried.mentions, strict=True):
        pieces = [
            (sentence.tokens[place],) if change is None or change.join else change.instead
            for place in range(old.start, old.end)
            for change in [everything.get(place)]
        ]
        surface = "".join(part for piece in pieces for part in piece)
        covered = "".join(tokens[new.start : new.end])
        assert surface and surface in covered
        # nothing is covered besides but words that were joined with the mention at its ends
        before = everything.get(old.start - 1)
        after = everything.get(old.end - 1)
        joined = (before is not None and before.join) or (after is not None and after.join)
        assert joined or surface == covered


@settings(max_examples=40)
@given(labelled(), noises(), st.floats(0, 1))
def test_what_is_changed_at_a_rate_is_changed_at_every_higher_one(
    sentence: LabelledSentence, noise: Noise, rate: float
) -> None:
    low, high = sorted((noise.rate, rate))
    small, large = (corrupt_sentence(sentence, replace(noise, rate=r))[1] for r in (low, high))
    assert small.eligible == large.eligible
    assert all(count <= large.kinds[kind] for kind, count in small.kinds.items())


@settings(max_examples=40)
@given(labelled(), noises())
def test_the_ends_of_the_scale(sentence: LabelledSentence, noise: Noise) -> None:
    assert corrupt_sentence(sentence, replace(noise, rate=0.0))[0] == sentence
    whole = corrupt_sentence(sentence, replace(noise, rate=1.0))[1]
    assert whole.changed == whole.eligible and whole.realised == (1.0 if whole.eligible else 0.0)


@settings(max_examples=40)
@given(st.lists(labelled(), min_size=2, max_size=4, unique_by=lambda s: s.id), noises())
def test_neither_order_nor_other_sentences_count(sentences: list[LabelledSentence], noise: Noise) -> None:
    together, report = corrupt_text(sentences, noise)
    turned, again = corrupt_text(sentences[::-1], noise)
    assert together == turned[::-1] and report == again
    assert together[0] == corrupt_sentence(sentences[0], noise)[0]


@settings(max_examples=40)
@given(labelled(), noises())
def test_only_the_tokens_asked_for_are_changed(sentence: LabelledSentence, noise: Noise) -> None:
    covered = {place for m in sentence.mentions for place in range(m.start, m.end)}
    changes = _changes(sentence, replace(noise, where="inside"))
    assert set(changes) <= covered
    assert all(place + 1 in covered for place, change in changes.items() if change.join)
    changes = _changes(sentence, replace(noise, where="outside"))
    assert not set(changes) & covered
    assert all(place + 1 not in covered for place, change in changes.items() if change.join)


@settings(max_examples=40)
@given(st.text(max_size=8), st.sampled_from(KINDS["target"]))
def test_outcomes_differ_and_tear_no_character(token: str, kind: str) -> None:
    for outcome in outcomes(kind, token):
        assert outcome != (token,) and all(outcome)
    for one, other in outcomes("spacing", token):
        assert characters(one) + characters(other) == characters(token)


@pytest.mark.parametrize(
    ("kind", "token", "some", "never"),
    [
        ("typos", "New", {("Mew",), ("NNew",), ("ew",), ("eNw",)}, {("new",)}),
        ("typos", "été", {("rté",), ("té",), ("éété",)}, set()),
        ("typos", "I", {("U",), ("II",)}, {("",)}),
        ("typos", "e\u0301a", {("ra",), ("e\u0301e\u0301a",), ("a",), ("ae\u0301",)}, {("\u0301ea",)}),
        ("typos", "नमस्ते", {("मनस्ते",), ("नमस्तेस्ते",), ("नम",)}, {("नमसते",)}),
        ("casing", "McKay", {("mckay",), ("MCKAY",), ("mcKay",)}, {("McKay",)}),
        ("casing", "straße", {("STRASSE",), ("Straße",)}, set()),
        ("ocr", "born", {("bom",), ("b0rn",), ("horn",)}, set()),
        ("ocr", "1998", {("l998",), ("199B",)}, set()),
        ("punctuation", ",", {(), (",", ",")}, set()),
        ("spacing", "Rome", {("R", "ome"), ("Ro", "me"), ("Rom", "e")}, {("", "Rome")}),
        ("spacing", "e\u0301a", {("e\u0301", "a")}, {("e", "\u0301a")}),
    ],
)
def test_what_may_become_of_a_token(kind: str, token: str, some: set, never: set) -> None:
    found = set(outcomes(kind, token))
    assert some <= found
    assert not never & found


@pytest.mark.parametrize(
    ("kind", "token"),
    [("typos", "1998"), ("typos", ","), ("casing", "東京"), ("punctuation", "a,"), ("spacing", "a")],
)
def test_what_a_kind_cannot_touch(kind: str, token: str) -> None:
    assert outcomes(kind, token) == ()


def test_two_mentions_never_end_in_one_token() -> None:
    sentence = LabelledSentence(
        "x/test/0", ("Ann", "Bob", "Eve"), (Mention(0, 1, "p"), Mention(1, 2, "p"), Mention(2, 3, "p"))
    )
    noise = Noise("target", 1.0, ("spacing",))
    for number in range(50):
        noisy, _ = corrupt_sentence(replace(sentence, id=f"x/test/{number}"), noise)
        assert len(noisy.mentions) == 3 and len(noisy.tokens) == 6  # split, each of them: never joined


def test_words_are_joined_and_split_where_they_may() -> None:
    sentence = LabelledSentence("x/test/0", ("in", "New", "York", "now"), (Mention(1, 3, "city"),))
    seen = set()
    for number in range(200):
        noisy, _ = corrupt_sentence(
            replace(sentence, id=f"x/test/{number}"), Noise("target", 0.5, ("spacing",))
        )
        ((start, end, _),) = noisy.mentions
        seen.add(" ".join(noisy.tokens[start:end]))
    assert {"New York", "NewYork", "inNew York", "New Yorknow", "N ew York"} <= seen


def test_punctuation_alone_is_never_dropped_away() -> None:
    band = LabelledSentence("x/test/0", ("!", "!", "sang", "."), (Mention(0, 2, "band"),))
    dropped = 0
    for number in range(50):
        noisy, report = corrupt_sentence(
            replace(band, id=f"x/test/{number}"), Noise("target", 1.0, ("punctuation",))
        )
        assert noisy.tokens[:4] == ("!",) * 4 and noisy.mentions == (Mention(0, 4, "band"),)
        assert report.eligible == 3 and report.changed == 3
        dropped += noisy.tokens[4:] == ("sang",)
    assert 10 < dropped < 40  # the full stop goes in about half of them


def test_what_cannot_be_carried_is_counted() -> None:
    mentions = (Mention(0, 1, "a"), Mention(1, 2, "b"), Mention(2, 4, "c"), Mention(4, 5, "d"))
    # the first two share a new token, nothing is left of the last
    carried = carry(mentions, [(0, 1), (0, 1), (1, 3), (3, 3), (3, 3)])
    assert carried.mentions == (Mention(0, 1, "a"), Mention(1, 3, "c")) and carried.lost == 2


def test_about_the_rate_that_was_asked_for_is_realised() -> None:
    words = tuple(f"word{letter}" for letter in "abcdefghij")
    sentences = [LabelledSentence(f"x/test/{n}", words, ()) for n in range(200)]
    _, report = corrupt_text(sentences, Noise("target", 0.2, ("typos", "casing")))
    assert report.eligible == report.total == 2000
    assert 0.16 < report.realised < 0.24 and report.to_json()["requested"] == 0.2
    assert min(report.kinds.values()) > 120  # both kinds, each in about half


def test_noise_on_the_source_is_refused() -> None:
    with pytest.raises(ValueError, match="does not change a text"):
        corrupt_sentence(LabelledSentence("x/test/0", ("a",), ()), Noise("source", 0.1))


def test_a_word_is_joined_on_one_side_only() -> None:
    """Joined on both sides, the word between would put two mentions into one token."""
    sentence = LabelledSentence("x/test/0", ("a", "b", "c"), (Mention(0, 1, "p"), Mention(2, 3, "p")))
    noisy, report = corrupt_sentence(sentence, Noise("target", 1.0, ("spacing",)))
    assert (noisy.tokens, noisy.mentions, report.lost) == (
        ("ab", "c"),
        (Mention(0, 1, "p"), Mention(1, 2, "p")),
        0,
    )
