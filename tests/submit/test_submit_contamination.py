"""Test sentences inside training corpora: what is found, what is not, and what it costs."""

from __future__ import annotations

import json
import unicodedata

import pytest
from submission_bundles import CARD

from benchmark.domains.corpus import LabelledSentence, Mention
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import build
from leaderboard.submit.contamination import Scan, read_corpus, scan, words

LONG = [
    "The",
    "minister",
    "of",
    "Rome",
    "opened",
    "the",
    "new",
    "bridge",
    "over",
    "the",
    "river",
    "on",
    "Monday",
    "morning",
]
TEST = [
    LabelledSentence("t/test/0", tuple(LONG), (Mention(1, 4, "person"),)),
    LabelledSentence("t/test/1", ("Nobody", "knew", "the", "old", "song"), ()),
    LabelledSentence("t/test/2", ("Too", "short"), (Mention(0, 2, "thing"),)),
]


def found_in(path, text):
    path.write_text(text, encoding="utf-8")
    one = Scan("t", TEST)
    scan(path, [one])
    return one.found()


@pytest.mark.parametrize(
    "text",
    [
        " ".join(LONG),
        "and then THE MINISTER of Rome opened the new bridge, over the river. Much later",
        "".join(f"{token} O\n" for token in LONG) + "\n",
        "".join(f"{token}\tNN\tB-x\n" for token in LONG),
        '{"tokens": ["' + '", "'.join(LONG) + '"]}',
    ],
    ids=["text", "half of it in other dress", "CoNLL", "CoNLL of three columns", "JSON lines"],
)
def test_a_sentence_is_found_in_any_dress(tmp_path, text):
    found = found_in(tmp_path / "corpus", text)
    assert (found.judged, found.inside, found.examples) == (2, 1, ("t/test/0",))
    assert (found.mentions, found.mentions_inside) == (2, 1)
    assert found.over


@pytest.mark.parametrize(
    "text",
    [
        " ".join(reversed(LONG)),
        "the minister of Rome opened the new house",  # seven words in a row
        "Nobody knew the old tune",
        "Too short",
    ],
)
def test_fewer_words_in_a_row_or_a_sentence_too_short_are_not_held_against_it(tmp_path, text):
    found = found_in(tmp_path / "corpus", text)
    assert (found.inside, found.over) == (0, False)


def test_a_short_sentence_is_found_as_a_whole(tmp_path):
    assert found_in(tmp_path / "corpus", "x nobody knew the old song y").examples == ("t/test/1",)


def test_words_are_without_case_punctuation_or_compatibility_forms():
    assert words("The “Ｆｉｎｅ” co-op_2 STRASSE, ﬁne") == ["the", "fine", "co", "op", "2", "strasse", "fine"]


def test_a_corpus_of_any_bytes_is_read(tmp_path):
    path = tmp_path / "corpus"
    path.write_bytes(bytes(range(256)) * 100)
    assert list(read_corpus(path)) is not None


SAID = ["Herr", "Müller", "ließ", "die", "Brücke", "über", "den", "Fluß", "öffnen"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"text": " ".join(SAID)}),
        json.dumps({"text": "\t".join(SAID)}),
        json.dumps({"id": 1, "tokens": SAID, "tags": [0] * len(SAID)}),
        json.dumps([["x", {"said": [{"word": word} for word in SAID]}]]),
        "[\n" + json.dumps({"text": " ".join(SAID)}) + ",\n" + json.dumps({"text": "x"}) + "\n]\n",
        '{"text": ' + json.dumps(" ".join(SAID)) + ', "text": "x"}',
    ],
    ids=["letters", "tabs", "tokens", "deep", "an array over lines", "a key twice"],
)
def test_escapes_of_json_hide_nothing(tmp_path, text):
    path = tmp_path / "corpus"
    path.write_text(text, encoding="utf-8")
    one = Scan("de", [LabelledSentence("de/test/0", tuple(SAID), (Mention(0, 2, "person"),))])
    scan(path, [one])
    assert (one.found().inside, one.found().mentions_inside) == (1, 1)


@pytest.mark.parametrize("begin", ["[", '{"a":', "[1] ", '{"text": "cut off '])
def test_what_only_begins_like_json_is_read_as_text(tmp_path, begin):
    assert found_in(tmp_path / "corpus", begin * 50_000 + " ".join(LONG)).inside == 1


def test_undeclared_overlap_costs_the_rank_and_declared_does_not(bundle, command, store, corpora, tmp_path):
    corpus = tmp_path / "web.txt"
    corpus.write_text("Ada met the Blue Party in old Rome\n", encoding="utf-8")

    def ranked():
        board = build(store.root, "tiny", own=corpora, resamples=20)
        (row,) = [row for row in board[RANKING].rows if row.label == "mine [submitted]"]
        return row.unranked

    declared = CARD.replace("training = []", '[[training]]\nname = "web"\ncontains_test = ["politics"]')
    for card, expected in ((CARD, 1), (declared, 0)):
        assert command("submit", "add", bundle(card=card), "--store", store.root).exit_code == 0
        assert ranked() == ()
        done = command("submit", "scan", "mine", corpus, "--store", store.root)
        assert "politics: 1 of 1 test sentences inside" in done.output
        assert len(ranked()) == expected
        if expected:
            assert "not declared: politics: 1 of 1 in web.txt (such as politics/test/0)" in ranked()[0]
        command("submit", "undo", "mine", "--store", store.root, gold=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("हिन्दी में, लिखा।", ["हिन्दी", "में", "लिखा"]),
        ("Café cafe\u0301 ＡＢＣ", ["café", "café", "abc"]),
        ("北京Tokyo東京 2019年", ["北", "京", "tokyo", "東", "京", "2019", "年"]),
        ("ที่นี่ x_y", ["ที่", "นี่", "x", "y"]),
        ("שָׁלוֹם דוד־2", ["שָׁלוֹם", "דוד", "2"]),
    ],
)
def test_words_of_any_script(text, said):
    assert words(text) == [unicodedata.normalize("NFKC", word) for word in said]


def test_a_sentence_without_spaces_is_found_however_it_was_tokenised(tmp_path):
    """WikiANN's Chinese stands character by character; a corpus to train on holds running text."""
    test = [
        LabelledSentence("zh/test/0", tuple("北京大學位於海淀區中關村"), (Mention(0, 4, "organisation"),))
    ]
    for number, text in enumerate(("他說：北京大學位於海淀區中關村。", "北京 大學 位於 海淀區 中關村\n")):
        path = tmp_path / f"{number}.txt"
        path.write_text(text, encoding="utf-8")
        one = Scan("zh", test)
        scan(path, [one])
        assert (one.found().inside, one.found().mentions_inside) == (1, 1)
    path.write_text("北京在中國北方，大學很多。", encoding="utf-8")
    one = Scan("zh", test)
    scan(path, [one])
    assert one.found().inside == 0
