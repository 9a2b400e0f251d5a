"""Texts without tokens, with spans of characters: tokens by a rule, spans laid on them, all said."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import larbench
from benchmark.domains.check import check_domain
from benchmark.domains.corpus import Mention
from benchmark.domains.folder import load_folder
from benchmark.domains.formats import read_file
from benchmark.domains.formats.plain_text import token_places
from benchmark.domains.tags import decode

TEXT = "Ada Moor left York."
TOKENS = ("Ada", "Moor", "left", "York", ".")
FOUND = [Mention(0, 2, "PER"), Mention(3, 4, "LOC")]
PAIRS = [[0, 8, "PER"], [14, 18, "LOC"]]
DICTS = [{"start": start, "end": end, "label": kind} for start, end, kind in PAIRS]


def write(tmp_path, *objects, whole=False):
    path = tmp_path / "x.jsonl"
    rows = [json.dumps(one, ensure_ascii=False) for one in objects]
    path.write_text(json.dumps(objects) + "\n" if whole else "\n".join(rows) + "\n", encoding="utf-8")
    return path


def sentences(path):
    file = read_file(path)
    assert not file.problems, file.problems[0].found
    return [(one.tokens, decode(one.tags, "IOB2")) for one in file.sentences], file


def result(*spans):
    return [{"type": "labels", "value": {**span, "labels": [span["label"]]}} for span in spans]


@pytest.mark.parametrize(
    "item",
    [
        [TEXT, {"entities": PAIRS}],  # spaCy's training data
        {"text": TEXT, "ents": DICTS},  # spaCy's Doc.to_json() without tokens
        {"text": TEXT, "spans": DICTS, "answer": "accept", "_input_hash": 1},  # Prodigy
        {"id": 4, "text": TEXT, "label": PAIRS},  # doccano
        {"id": 4, "text": TEXT, "labels": PAIRS},
        {
            "text": TEXT,
            "entities": [
                {"id": 1, "start_offset": start, "end_offset": end, "label": kind}
                for start, end, kind in PAIRS
            ],
            "relations": [],
        },
        {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": result(*DICTS)}]},  # Label Studio
        {"id": 1, "data": {"words": TEXT}, "annotations": [{"result": result(*DICTS)}]},
        {"id": 1, "text": TEXT, "label": [{**one, "labels": [one["label"]]} for one in DICTS]},
        {"sentence": TEXT, "entities": [{**one, "text": TEXT[one["start"] : one["end"]]} for one in DICTS]},
        {
            "text": TEXT,
            "ents": DICTS,
            "tokens": [
                {"id": 0, "start": TEXT.index(token), "end": TEXT.index(token) + len(token)}
                for token in TOKENS
            ],
        },
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_exports_of_annotation_tools_are_read(tmp_path, item, whole):
    found, file = sentences(write(tmp_path, item, item, whole=whole))
    assert found == [(TOKENS, FOUND)] * 2
    assert file.taken.startswith("JSON lines of texts with spans; tokens ")
    assert not file.traits


def test_what_tokens_are_made_by_is_said(tmp_path):
    report = str(check_domain(write(tmp_path, {"text": TEXT, "ents": DICTS})))
    assert "tokens made here: runs of letters and digits, each other character alone" in report


def test_spans_that_do_not_fit_are_widened_cut_or_left_out_and_counted(tmp_path):
    text = "Adas  book\nabout York-on-Sea"
    spans = [[0, 3, "PER"], [4, 6, "X"], [5, 16, "WORK"], [17, 21, "LOC"], [17, 28, "LOC"]]
    found, file = sentences(write(tmp_path, {"text": text, "label": spans}))
    assert found == [
        (("Adas", "book"), [Mention(0, 1, "PER"), Mention(1, 2, "WORK")]),
        (("about", "York", "-", "on", "-", "Sea"), [Mention(1, 6, "LOC")]),
    ]
    assert set(file.traits) == {
        "1 span on white space left out",
        "1 nested or overlapping mention left out",
        "1 span widened to whole tokens",
        "1 span cut at a line end",
    }


def test_blanks_at_the_ends_of_a_span_do_not_widen_it(tmp_path):
    found, file = sentences(write(tmp_path, {"text": "Ada  left", "label": [[0, 5, "PER"]]}))
    assert found == [(("Ada", "left"), [Mention(0, 1, "PER")])] and not file.traits


def test_offsets_in_utf_16_units_are_told_by_the_spans_own_texts(tmp_path):
    span = {"start": 3, "end": 6, "label": "PER", "text": "Ada"}
    found, _ = sentences(write(tmp_path, {"text": "\U0001f600 Ada", "spans": [span]}))
    assert found == [(("\U0001f600", "Ada"), [Mention(1, 2, "PER")])]
    span = {**span, "start": 2, "end": 5}
    found, _ = sentences(write(tmp_path, {"text": "\U0001f600 Ada", "spans": [span]}))
    assert found == [(("\U0001f600", "Ada"), [Mention(1, 2, "PER")])]


def test_what_nobody_annotated_is_left_out_and_counted(tmp_path):
    path = write(
        tmp_path,
        {"text": TEXT, "spans": DICTS, "answer": "accept"},
        {"text": TEXT, "spans": [], "answer": "reject"},
        {"tokens": [{"text": "Ada", "start": 0, "end": 3}], "spans": [], "answer": "ignore"},
        {"data": {"text": TEXT}, "annotations": []},
        {"text": " ", "spans": []},
    )
    found, file = sentences(path)
    assert found == [(TOKENS, FOUND)]
    assert file.traits == (
        "1 text with the answer 'reject' left out",
        "1 text with the answer 'ignore' left out",
        "1 task without an annotation left out",
        "1 text without a token left out",
    )


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("U.S.-based", ["U", ".", "S", ".", "-", "based"]),
        ("can't 3,5 a_b", ["can", "'", "t", "3", ",", "5", "a_b"]),
        ("東京に行く", ["東", "京", "に", "行", "く"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("ไทยดี", ["ไ", "ท", "ย", "ดี"]),
        ("cafe\u0301! x\u200by", ["cafe\u0301", "!", "x", "y"]),
        ("می\u200cروم", ["می\u200cروم"]),
        ("서울 시청", ["서울", "시청"]),
        ("", []),
    ],
)
def test_the_rule_of_tokens(text, tokens):
    assert [text[start:end] for start, end in token_places(text)] == tokens


@given(st.text(max_size=60))
def test_every_character_that_shows_is_in_one_token(text):
    places = token_places(text)
    assert all(0 <= a < b for a, b in places)
    assert all(one[1] <= other[0] for one, other in pairwise(places))
    covered = {place for a, b in places for place in range(a, b)}
    assert {n for n, c in enumerate(text) if c.isalnum()} <= covered
    assert not any(text[n].isspace() for n in covered)


def test_gold_and_predictions_as_texts_are_scored(tmp_path):
    gold = write(tmp_path, {"text": TEXT, "label": PAIRS})
    gold = gold.rename(tmp_path / "gold.jsonl")
    predicted = write(tmp_path, {"text": TEXT, "ents": DICTS[:1]})
    report = larbench.score(gold, predicted)
    assert report.score.dialects.strict.micro().recall == 0.5


def test_a_domain_of_texts_keeps_its_documents_whole(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    objects = [{"text": f"Ada{n} left\nYork{n} slept", "label": [[0, 4, "PER"]]} for n in range(20)]
    path = write(tmp_path, *objects)
    path.rename(folder / "notes.jsonl")
    domain = load_folder(folder)
    assert "whole documents, 20 documents" in " ".join(domain.notes)
    assert sum(len(domain.split(name)) for name in ("train", "dev", "test")) == 40
    for name in ("train", "dev", "test"):
        numbers = [sentence.tokens[0].strip("AdaYork") for sentence in domain.split(name)]
        assert all(numbers.count(number) == 2 for number in numbers)


@pytest.mark.parametrize(
    ("entities", "found"),
    [
        ([{"start": 0, "end": 8, "label": "PER"}], [Mention(0, 2, "PER")]),  # beyond the tokens: characters
        ([[0, 8, "PER"]], [Mention(0, 2, "PER")]),
        ([{"start": 0, "end": 2, "label": "PER"}], [Mention(0, 2, "PER")]),  # no token ends there: tokens
        ([{"start": 0, "end": 3, "label": "PER", "text": "Ada"}], [Mention(0, 1, "PER")]),  # as it says
        ([{"start": 0, "end": 3, "label": "PER", "text": "Ada Moor left"}], [Mention(0, 3, "PER")]),
        ([{"start": 0, "end": 3, "label": "PER"}], [Mention(0, 3, "PER")]),  # both would do
    ],
)
def test_tokens_beside_a_text(tmp_path, entities, found):
    item = {"text": TEXT, "tokens": TOKENS, "entities": entities}
    assert sentences(write(tmp_path, item))[0] == [(TOKENS, found)]
