"""Words back to tokens: what is found, what is counted, and that nothing is made up."""

from __future__ import annotations

from collections import Counter

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from toys import ODD_WORDS, TARGET

from baselines.llm_prompt.align_words import (
    ALL,
    AMBIGUOUS,
    DROP,
    FIRST,
    Aligned,
    Answered,
    ShownSentence,
    align,
    squeeze,
)
from baselines.llm_prompt.answers import read_answer, render_answer
from baselines.llm_prompt.round_trip import ceiling, main, retraced
from benchmark.domains.corpus import EntityType, LabelledSentence, Mention

TYPES = tuple(EntityType(name, name, f"a {name}") for name in ("one", "two"))
words = st.sampled_from(("a", "b", "ab", "B", ".", "a-b", "東京", "I\u0307"))
odd_words = st.one_of(words, st.sampled_from((*ODD_WORDS, " ", "\u00a0", "a b", "\ud800", "\n")))
occurrences = st.none() | st.integers(-1, 4)
answers = st.lists(
    st.builds(
        Answered,
        st.text("abB. ", max_size=4) | odd_words,
        st.sampled_from(("one", "two")),
        occurrences,
    ),
    max_size=6,
)


def aligned(text: str, *found: Answered, ambiguous: str = FIRST) -> Aligned:
    return align(found, text.split(), ambiguous=ambiguous)


@st.composite
def labelled(draw: st.DrawFn, kinds: st.SearchStrategy[str] = words) -> LabelledSentence:
    tokens = tuple(draw(st.lists(kinds, max_size=10)))
    cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=8)))
    spans = zip(cuts[::2], cuts[1::2], strict=False)
    names = st.sampled_from(("one", "two"))
    return LabelledSentence("s/0", tokens, tuple(Mention(a, b, draw(names)) for a, b in spans))


def test_words_that_stand_once_are_found_whatever_their_white_space() -> None:
    found = aligned("she left  New Lima today", Answered(" New\u00a0 Lima\n", "city"))
    assert found.mentions == [Mention(2, 4, "city")]
    assert found.met == Counter(answered=1, placed=1)


def test_what_does_not_begin_and_end_with_a_token_is_not_found() -> None:
    for text in ("ew Lima", "New Lim", "new lima", "Lima New", "", " ", "New Lima City", "New.Lima"):
        assert aligned("New Lima Oslo", Answered(text, "city")) == Aligned(
            [], Counter({"answered": 1, "not-found": 1})
        )


def test_white_space_is_left_out_where_nothing_else_helps_and_that_is_counted() -> None:
    found = aligned("in Washington , D.C. .", Answered("Washington, D.C.", "city"))
    assert found.mentions == [Mention(1, 4, "city")]
    assert found.met["respaced"] == 1


def test_another_form_of_unicode_is_the_same_word_and_counted() -> None:
    composed, apart = "Zürich", "Zu\u0308rich"
    for sentence, answer in ((composed, apart), (apart, composed)):
        found = aligned(f"in {sentence} , again", Answered(answer, "city"))
        assert found.mentions == [Mention(1, 2, "city")]
        assert found.met["normalised"] == 1
    assert aligned(f"in {composed}", Answered(composed, "city")).met["normalised"] == 0


def test_the_named_occurrence_is_taken() -> None:
    found = aligned("Ems and Ems and Ems", Answered("Ems", "river", 3), Answered("Ems", "dog", 1))
    assert found.mentions == [Mention(0, 1, "dog"), Mention(4, 5, "river")]
    assert "found-twice" not in found.met


def test_as_many_answers_as_places_are_taken_in_order() -> None:
    found = aligned("Ems or Ems", Answered("Ems", "river"), Answered("Ems", "dog"))
    assert found.mentions == [Mention(0, 1, "river"), Mention(2, 3, "dog")]
    assert "found-twice" not in found.met
    mixed = aligned("Ems or Ems", Answered("Ems", "river"), Answered("Ems", "dog", 1))
    assert mixed.mentions == [Mention(0, 1, "dog"), Mention(2, 3, "river")]


@pytest.mark.parametrize(
    ("rule", "spans"), [(FIRST, [(0, 1)]), (ALL, [(0, 1), (2, 3), (4, 5)]), (DROP, [])], ids=AMBIGUOUS
)
def test_words_found_more_than_once_follow_the_rule_and_are_counted(
    rule: str, spans: list[tuple[int, int]]
) -> None:
    found = aligned("Ems or Ems or Ems", Answered("Ems", "river"), ambiguous=rule)
    assert [mention[:2] for mention in found.mentions] == spans
    assert found.met["found-twice"] == 1
    assert found.met["placed"] == len(spans)


def test_an_occurrence_that_does_not_exist_is_counted_and_not_believed() -> None:
    assert aligned("Ems", Answered("Ems", "river", 2)) == Aligned(
        [Mention(0, 1, "river")], Counter({"answered": 1, "placed": 1, "wrong-occurrence": 1})
    )
    twice = aligned("Ems or Ems", Answered("Ems", "river", 0), ambiguous=DROP)
    assert twice == Aligned([], Counter({"answered": 1, "found-twice": 1, "wrong-occurrence": 1}))


def test_a_place_inside_what_is_certain_is_not_meant() -> None:
    found = aligned("New Lima is not Lima", Answered("Lima", "city"), Answered("New Lima", "city"))
    assert found.mentions == [Mention(0, 2, "city"), Mention(4, 5, "city")]
    assert "found-twice" not in found.met


def test_overlap_leaves_the_longer_then_the_earlier_then_the_first_answered() -> None:
    longer = aligned("a b c", Answered("a", "one"), Answered("a b", "one"), Answered("c", "two"))
    assert longer.mentions == [Mention(0, 2, "one"), Mention(2, 3, "two")]
    earlier = aligned("a b c", Answered("b c", "one"), Answered("a b", "two"))
    assert earlier.mentions == [Mention(0, 2, "two")]
    first = aligned("a b c", Answered("b", "two"), Answered("b", "one"), Answered("b", "two"))
    assert first.mentions == [Mention(1, 2, "two")]
    assert first.met == Counter(answered=3, placed=3, overlapping=1, repeated=1)
    assert longer.met["overlapping"] == earlier.met["overlapping"] == 1


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown rule"):
        align([], ("a",), ambiguous="guess")


@given(st.lists(odd_words, max_size=8), answers, st.sampled_from(AMBIGUOUS))
def test_nothing_is_made_up_and_every_answer_is_accounted_for(
    tokens: list[str], given_: list[Answered], rule: str
) -> None:
    found = align(given_, tokens, ambiguous=rule)
    end = 0
    for mention in found.mentions:
        assert end <= mention.start < mention.end <= len(tokens)
        end = mention.end
        said = squeeze(" ".join(tokens[mention.start : mention.end])).replace(" ", "")
        assert any(
            squeeze(answer.text).replace(" ", "") == said and answer.type == mention.type for answer in given_
        )
    met = found.met
    assert met["answered"] == len(given_)
    assert met["placed"] == len(found.mentions) + met["repeated"] + met["overlapping"]
    if rule == FIRST:
        assert met["answered"] == met["placed"] + met["not-found"]
    elif rule == DROP:
        assert met["answered"] == met["placed"] + met["not-found"] + met["found-twice"]
    assert all(count > 0 for count in met.values()) or not given_


@given(st.lists(odd_words, max_size=8), st.text("ab. ", max_size=5))
def test_all_places_of_words_are_found(tokens: list[str], text: str) -> None:
    places, repair = ShownSentence(tokens).places(text)
    wanted = squeeze(text)
    spans = [
        (start, end)
        for start in range(len(tokens))
        for end in range(start + 1, len(tokens) + 1)
        # blank tokens are not shown, so no mention begins or ends with one
        if squeeze(tokens[start]) and squeeze(tokens[end - 1])
    ]
    joined = {span: squeeze(" ".join(tokens[slice(*span)])) for span in spans}
    exact = [span for span in spans if wanted and joined[span] == wanted]
    bare = [span for span in spans if wanted and joined[span].replace(" ", "") == wanted.replace(" ", "")]
    assert places == (exact or bare)
    assert (repair == "respaced") == (not exact and bool(bare))


@given(labelled())
def test_gold_survives_the_way_through_an_answer(sentence: LabelledSentence) -> None:
    assert retraced(sentence, TYPES).mentions == list(sentence.mentions)
    assert ceiling([sentence], TYPES) == 100.0


@given(labelled(odd_words), st.booleans(), st.sampled_from(AMBIGUOUS))
def test_what_gold_loses_on_the_way_is_counted(sentence: LabelledSentence, numbered: bool, rule: str) -> None:
    found = retraced(sentence, TYPES, numbered=numbered, ambiguous=rule)
    lost = set(sentence.mentions) - set(found.mentions)
    trouble = ("not-found", "found-twice", "overlapping", "repeated", "respaced")
    blank = any(not squeeze(token) for token in sentence.tokens)
    assert not lost or blank or any(found.met[kind] for kind in trouble)
    assert found.met["answered"] == len(sentence.mentions)


def test_the_ceiling_falls_where_answers_do_not_number() -> None:
    sentence = LabelledSentence("s/0", ("a", "b", "a"), (Mention(2, 3, "one"),))
    assert ceiling([sentence], TYPES) == 100.0
    assert ceiling([sentence], TYPES, numbered=False) == 0.0
    assert ceiling([LabelledSentence("s/1", ("a",), ())], TYPES) == 100.0
    sentences = [*TARGET.train, *TARGET.dev, *TARGET.test]
    assert ceiling(sentences, TARGET.types) == 100.0


def test_rendering_numbers_only_what_stands_more_than_once() -> None:
    text = render_answer([Mention(0, 1, "one"), Mention(3, 4, "two")], ("a", "b", "c", "b"))
    found = read_answer(text, {"one": "one", "two": "two"})
    assert found.mentions == (Answered("a", "one"), Answered("b", "two", 2))


def test_the_command_prints_the_ceiling_with_and_without_occurrences() -> None:
    done = CliRunner().invoke(main, ["sample/politics"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("sample/politics  100.00  without occurrences ")
