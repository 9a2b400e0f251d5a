"""Answers that authors publish: GNER's words with tags, and strings by type."""

from __future__ import annotations

import json

import pytest
from submission_bundles import write_corpora

from benchmark.domains.corpus import Mention
from benchmark.domains.load import load_domain
from benchmark.errors import UsageError
from leaderboard.submit.findings import Refused
from leaderboard.submit.strings import from_strings
from leaderboard.submit.word_bio import from_word_bio

TEXTS = ("Ada met the Blue Party in old Rome", "Bob left", "nothing")


@pytest.fixture
def politics(corpora):
    return load_domain(str(corpora[0]))


@pytest.fixture
def write(tmp_path):
    def call(*items):
        path = tmp_path / "answers.jsonl"
        path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
        return path

    return call


def gner(*answers, **more):
    return [
        {"instance": {"words": text.split()}, "prediction": answer, **more}
        for text, answer in zip(TEXTS, answers, strict=False)
    ]


def strings(*answers, **more):
    return [
        {"text": text, "prediction": answer, **more} for text, answer in zip(TEXTS, answers, strict=False)
    ]


# ---- GNER


ADA = "Ada(B-person) met(O) the(O) Blue(B-party) Party(I-party) in(O) old(B-place) Rome(I-place)"


def test_words_with_tags_become_predictions_whatever_the_order_of_the_items(write, politics):
    items = gner(ADA, "bob(B-Person) left(O)", "nothing(O)")
    made = from_word_bio(write(*reversed(items)), politics)
    assert made.predictions == {
        "politics/test/0": [Mention(0, 1, "person"), Mention(3, 5, "party"), Mention(6, 8, "place")],
        "politics/test/1": [Mention(0, 1, "person")],
        "politics/test/2": [],
    }
    assert (made.missing, made.undeclared) == ((), {})


def test_words_left_out_invented_or_changed_lose_those_alone(write, politics):
    answer = (
        "Ada(B-person) the(O) Blu(B-party) Party(I-party) in(O) old(O) old(O) Rome(B-place) Paris(B-place)"
    )
    made = from_word_bio(write(*gner(answer, "", "no(B-place) thing(O)")), politics)
    assert made.predictions["politics/test/0"] == [
        Mention(0, 1, "person"), Mention(3, 5, "party"), Mention(7, 8, "place"),
    ]  # fmt: skip
    assert made.predictions["politics/test/2"] == []
    assert made.missing == ("line 1: 'old'", "line 1: 'Paris'", "line 3: 'no'", "line 3: 'thing'")


def test_an_i_of_another_type_is_read_as_gner_reads_it_or_as_conlleval(write, politics):
    answer = "Ada(O) met(O) the(O) Blue(B-place) Party(I-party) in(O) old(O) Rome(O)"
    path = write(*gner(answer, "", ""))
    assert from_word_bio(path, politics).predictions["politics/test/0"] == [Mention(3, 5, "party")]
    two = from_word_bio(path, politics, reading="conlleval").predictions["politics/test/0"]
    assert two == [Mention(3, 4, "place"), Mention(4, 5, "party")]
    with pytest.raises(UsageError, match="no reading 'mine'"):
        from_word_bio(path, politics, reading="mine")


def test_types_are_mapped_dropped_or_refused_with_their_numbers(write, politics):
    path = write(*gner("Ada(B-human) met(B-verb)", "Bob(B-human)", ""))
    with pytest.raises(Refused, match=r"the types 'human' \(2\), 'verb' \(1\)"):
        from_word_bio(path, politics)
    made = from_word_bio(path, politics, names={"human": "person"}, drop_undeclared=True)
    assert made.predictions["politics/test/0"] == [Mention(0, 1, "person")]
    assert (made.undeclared, made.mapped) == ({"verb": 1}, {"human": "person"})


def test_a_readable_name_of_a_type_is_the_type(write, tmp_path):
    (folder,) = write_corpora(tmp_path / "other", {"news": "Rome B-capitalcity\n"})
    (folder / "domain.toml").write_text(
        'name = "news"\nlanguage = "en"\n[types.capitalcity]\nname = "capital city"\n', encoding="utf-8"
    )
    path = write({"instance": {"words": ["Rome"]}, "prediction": "Rome(B-Capital City)"})
    made = from_word_bio(path, load_domain(str(folder)))
    assert made.predictions == {"news/test/0": [Mention(0, 1, "capitalcity")]}


# ---- which sentence


def test_of_several_data_sets_one_is_to_be_said(write, politics):
    other = {"instance": {"words": ["x"]}, "prediction": "x(O)", "dataset": "mit-movie"}
    path = write(other, *gner(ADA, "", "", dataset="crossner_politics"))
    with pytest.raises(
        UsageError, match="several data sets: say one with --dataset: crossner_politics, mit-"
    ):
        from_word_bio(path, politics)
    with pytest.raises(UsageError, match="no data set 'music'"):
        from_word_bio(path, politics, dataset="music")
    assert len(from_word_bio(path, politics, dataset="crossner_politics").predictions["politics/test/0"]) == 3


def test_other_sentences_are_refused_and_so_are_missing_ones(write, politics):
    with pytest.raises(Refused, match=r"answers\.jsonl:4: found 'Ada left', no test sentence"):
        from_strings(write(*strings({}, {}, {}), {"text": "Ada left", "prediction": {}}), politics)
    with pytest.raises(Refused, match="'Bob left' a time more than the test set has it"):
        from_strings(write(*strings({}, {}, {}), strings({}, {})[1]), politics)
    with pytest.raises(Refused, match="no item for politics/test/1 and 1 more"):
        from_strings(write(*strings({})), politics)
    with pytest.raises(Refused, match="an item that is 7"):
        from_strings(write(7), politics)


def test_without_words_the_place_counts(write, politics):
    made = from_strings(write(*({"entities": {"person": [n]}} for n in ("Ada", "Bob", "X"))), politics)
    assert made.predictions["politics/test/1"] == [Mention(0, 1, "person")]
    assert made.missing == ("line 3: 'X' as 'person'",)


def test_equal_sentences_take_their_items_in_turn(write, tmp_path):
    (folder,) = write_corpora(tmp_path / "twice", {"news": "Rome B-place\n\nRome B-place\n"})
    items = [{"text": "Rome", "prediction": {"place": found}} for found in (["Rome"], [])]
    made = from_strings(write(*items), load_domain(str(folder)))
    assert made.predictions == {"news/test/0": [Mention(0, 1, "place")], "news/test/1": []}


# ---- strings


FOUND = [Mention(0, 1, "person"), Mention(3, 5, "party"), Mention(7, 8, "place")]
BY_TYPE = {"person": ["Ada"], "PARTY": ["Blue  Party"], "place": "rome"}


@pytest.mark.parametrize(
    "answer",
    [
        BY_TYPE,
        json.dumps(BY_TYPE),
        f'<think>Is {{"person": []}} right?</think>\n```json\n{json.dumps(BY_TYPE)}\n```',
        "person: Ada; party: Blue Party; place: Rome",
    ],
)
def test_every_form_of_an_answer_becomes_the_same_predictions(write, politics, answer):
    made = from_strings(write(*strings(answer, "None", "")), politics)
    assert made.predictions == {"politics/test/0": FOUND, "politics/test/1": [], "politics/test/2": []}
    assert (made.missing, made.ambiguous, made.overlapping, made.unread) == ((), (), (), ())


def test_an_item_may_be_of_one_type_as_universal_ner_asks(write, politics):
    answers = {"person": ["Ada"], "party": ["Blue Party"], "place": ["Rome"]}
    items = []
    for text in TEXTS:
        for kind, found in answers.items():
            said = json.dumps(found if text == TEXTS[0] else [])
            turns = [("human", f"Text: {text}"), ("gpt", "I've read this text."),
                     ("human", f"What describes {kind} in the text?"), ("gpt", said)]  # fmt: skip
            items.append({"conversations": [{"from": who, "value": value} for who, value in turns]})
    assert from_strings(write(*items), politics).predictions["politics/test/0"] == FOUND


def test_strings_found_twice_overlapping_or_not_at_all_are_told(write, tmp_path):
    text = "New B-place\nLima I-place\n, O\nLima B-person\n, O\nLima O\n"
    (folder,) = write_corpora(tmp_path / "lima", {"news": text})
    answer = {"person": ["Lima", "Limas"], "place": ["New Lima", "New"]}
    path = write({"text": "New Lima, Lima, Lima", "prediction": answer})
    made = from_strings(path, load_domain(str(folder)))
    place, *lima = Mention(0, 2, "place"), Mention(3, 4, "person"), Mention(5, 6, "person")
    assert made.predictions["news/test/0"] == [place, *lima]
    assert made.ambiguous == ("line 1: 'Lima' as 'person'",)
    assert made.overlapping == ("line 1: 'New' as 'place'",)
    assert made.missing == ("line 1: 'Limas' as 'person'",)
    first = from_strings(path, load_domain(str(folder)), places="first")
    assert first.predictions["news/test/0"] == [place, lima[0]]


def test_an_answer_of_no_known_form_is_told(write, politics):
    made = from_strings(write(*strings("I can't say.", 5, {})), politics)
    assert made.unread == ("line 1", "line 2")


def test_the_commands_say_what_they_did(write, command, corpora, tmp_path):
    path = write(*strings({"person": ["Ada", "Eve"], "verb": ["met"]}, "?", {}))
    place = (corpora[0], "--setting", "zero-shot", "--seed", "1", "--into", tmp_path / "into")
    refused = command("submit", "from-strings", path, *place, gold=False)
    assert refused.exit_code != 0
    said = command("submit", "from-strings", path, *place, "--drop-undeclared", gold=False).output
    assert "1 mentions in 3 sentences" in said
    assert "1 text not in the sentence: left out (line 1: 'Eve' as 'person')" in said
    assert "1 answer of no form that is known: taken for empty (line 2)" in said
    assert "1 spans of the type 'verb', which politics does not have: left out" in said
    path = write(*gner(ADA, "", ""))
    assert "3 mentions" in command("submit", "from-word-bio", path, *place, gold=False).output
