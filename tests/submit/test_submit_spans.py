"""Spans of annotation tools and taggers: their forms, what their offsets count, and what is told of them."""

from __future__ import annotations

import json

import pytest
from submission_bundles import write_corpora

from benchmark.domains.corpus import Mention
from benchmark.domains.load import load_domain
from leaderboard.submit.findings import Refused
from leaderboard.submit.spans import from_spans

TEXT = "Ada met the Blue Party in old Rome"
TEXTS = (TEXT, "Bob left", "nothing")
SPANS = ((0, 3, "person"), (12, 22, "party"), (26, 34, "place"))
FOUND = [Mention(0, 1, "person"), Mention(3, 5, "party"), Mention(6, 8, "place")]


@pytest.fixture
def politics(corpora):
    return load_domain(str(corpora[0]))


@pytest.fixture
def emoji(tmp_path):
    """A domain of one sentence with a character beyond the first plane."""
    text = "\N{GRINNING FACE} O\nAda B-person\nsaw O\nRome B-place\n"
    (folder,) = write_corpora(tmp_path / "other", {"news": text})
    return load_domain(str(folder))


@pytest.fixture
def read(tmp_path, politics):
    def call(items, domain=politics, *, array=False, **options):
        path = tmp_path / "spans.jsonl"
        lines = [json.dumps(item) for item in items]
        path.write_text(f"[{', '.join(lines)}]" if array else "\n".join(lines), encoding="utf-8")
        return from_spans(path, domain, **options)

    return call


def task(text, spans):
    """A task of Label Studio with one annotation."""
    values = [{"start": s, "end": e, "text": text[s:e], "labels": [kind]} for s, e, kind in spans]
    result = [{"value": value, "type": "labels", "from_name": "label"} for value in values]
    return {"id": 71, "data": {"text": text}, "annotations": [{"id": 1, "result": result}], "predictions": []}


def named(spans, start="start", end="end", label="label", **more):
    return [{start: s, end: e, label: kind, **more} for s, e, kind in spans]


FORMS = {
    "doccano": lambda n, text, spans: {"id": 500 + n, "text": text, "label": [list(one) for one in spans]},
    "doccano with relations": lambda n, text, spans: {
        "id": n,
        "text": text,
        "entities": named(spans, "start_offset", "end_offset", id=9),
        "relations": [],
    },
    "Prodigy": lambda n, text, spans: {
        "text": text,
        "spans": named(spans, token_start=0, token_end=0),
        "answer": "accept",
        "_input_hash": 7,
    },
    "spaCy": lambda n, text, spans: {"text": text, "ents": named(spans), "tokens": []},
    "spaCy's training": lambda n, text, spans: [text, {"entities": [list(one) for one in spans]}],
    "triples": lambda n, text, spans: [list(one) for one in spans],
    "a pipeline": lambda n, text, spans: [
        {"entity_group": k, "score": 0.9, "word": text[s:e].lower(), "start": s, "end": e}
        for s, e, k in spans
    ],
    "GLiNER": lambda n, text, spans: [
        {"start": s, "end": e, "text": text[s:e], "label": k, "score": 0.9} for s, e, k in spans
    ],
    "Label Studio": lambda n, text, spans: task(text, spans),
    "Label Studio's small": lambda n, text, spans: {
        "id": n,
        "text": text,
        "label": [{"start": s, "end": e, "text": text[s:e], "labels": [k]} for s, e, k in spans],
    },
}


@pytest.mark.parametrize(  # one array of triples alone is one sentence's
    ("form", "array"),
    [(form, array) for form in FORMS for array in (False, True) if form != "triples" or not array],
)
def test_every_form_becomes_the_same_predictions(read, form, array):
    items = [FORMS[form](n, text, SPANS if n == 0 else ()) for n, text in enumerate(TEXTS)]
    made = read(items, array=array)
    assert made.predictions == {"politics/test/0": FOUND, "politics/test/1": [], "politics/test/2": []}
    assert (made.widened, made.overlapping, made.blank, made.undeclared) == ((), (), (), {})


def test_a_span_whose_text_is_not_there_is_refused_with_its_line_and_both_texts(read):
    wrong = {"start": 0, "end": 5, "text": "Agrarians", "label": "party"}
    right = {"start": 0, "end": 3, "text": "Bob", "label": "person"}
    with pytest.raises(
        Refused, match=r"spans\.jsonl:1: found the span 0 to 5, which is 'Ada m'; expected 'Agrar"
    ):
        read([[wrong], [right], []])
    with pytest.raises(Refused, match=r"which is 'Ada m'; expected 'adam boy'"):
        read([[{**wrong, "text": None, "word": "adam boy"}], [right], []])


def test_a_tokenisers_spelling_is_the_same_text(read):
    words = [[{"start": 12, "end": 22, "word": "blue ##par ##ty", "label": "party"}], [], []]
    assert read(words).predictions["politics/test/0"] == FOUND[1:2]


@pytest.mark.parametrize(
    ("unit", "spans"),
    [
        ("characters", [(2, 5, "Ada"), (10, 14, "Rome")]),
        ("utf-16", [(3, 6, "Ada"), (11, 15, "Rome")]),
        ("tokens", [(1, 2, "Ada"), (3, 4, "Rome")]),
    ],
)
def test_what_offsets_count_is_found_by_the_spans_own_texts_or_stated(read, emoji, unit, spans):
    kinds = {"Ada": "person", "Rome": "place"}
    items = [{"start": s, "end": e, "text": text, "label": kinds[text]} for s, e, text in spans]
    expected = {"news/test/0": [Mention(1, 2, "person"), Mention(3, 4, "place")]}
    made = read([items], emoji)
    assert (made.predictions, made.offsets) == (expected, f"{unit}, as the texts of the spans say (2)")
    bare = [{key: value for key, value in one.items() if key != "text"} for one in items]
    assert read([bare], emoji, offsets=unit).predictions == expected
    for other in {"characters", "utf-16", "tokens"} - {unit}:
        with pytest.raises(Refused, match=f"offsets are {other}"):
            read([items], emoji, offsets=other)


def test_offsets_that_nothing_tells_are_taken_for_characters_and_that_is_said(read):
    made = read([[{"start": 0, "end": 3, "label": "person"}], [], []])
    assert made.offsets == "taken for characters: no span states its text"


def test_half_of_a_surrogate_pair_is_no_place(read, emoji):
    with pytest.raises(Refused, match="the span 1 to 6"):
        read([[{"start": 1, "end": 6, "label": "person"}]], emoji, offsets="utf-16")


def test_what_was_widened_dropped_or_held_no_word_is_counted_and_named(read):
    spans = [
        {"start": 3, "end": 4, "label": "person"},
        {"start": 12, "end": 15, "label": "place", "score": 0.2},
        {"start": 12, "end": 22, "label": "party", "score": 0.8},
    ]
    made = read([spans, [{"start": 1, "end": 3, "label": "person"}], []])
    assert made.blank == ("line 1: 3 to 4",)
    assert made.widened == ("line 1: 'Blu' to 'Blue'", "line 2: 'ob' to 'Bob'")
    assert made.overlapping == ("line 1: 'Blue' as 'place'",)


def test_numbers_as_ids_count_from_0_or_go_by_the_text(read):
    items = [{"id": 2, "ents": []}, {"id": 0, "ents": [[0, 3, "person"]]}, {"id": 1, "ents": []}]
    assert read(items).predictions["politics/test/0"] == FOUND[:1]
    from_one = [{"id": n + 1, "text": text, "label": []} for n, text in enumerate(TEXTS)]
    assert set(read(from_one).predictions) == {f"politics/test/{n}" for n in range(3)}


def test_all_undeclared_types_are_listed_with_their_numbers(read):
    kinds = [f"kind{number:02}" for number in range(30)]
    items = [[{"start": 0, "end": 3, "label": kind} for kind in (*kinds, "PER", "PER")], [], []]
    with pytest.raises(Refused) as caught:
        read(items)
    text = str(caught.value)
    assert all(f"'{kind}' (1)" in text for kind in kinds) and "'PER' (2)" in text
    assert "--map common or --map PER=person, or --drop-undeclared" in text


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"text": TEXT, "spans": [], "answer": "reject"}, "the answer 'reject'"),
        ({"data": {"text": TEXT}, "annotations": [{"result": []}] * 2}, "2 annotations of a task"),
        ([{"start": 0, "end": 3, "labels": ["person", "party"]}], "a span with 2 labels"),
        ([{"start": None, "end": None, "entity_group": "person"}], "the span None to None"),
        ([[0, 3]], "a span of another form"),
        ([["0", 3, "person"]], "the span '0' to 3"),
        ({"text": TEXT, "label": "person"}, "no list of spans"),
        ("Ada", "an item that is 'Ada'"),
    ],
)
def test_what_cannot_be_read_is_told(read, item, told):
    with pytest.raises(Refused) as caught:
        read([item, [], []])
    assert f"spans.jsonl:1: found {told}" in str(caught.value)


def test_the_command_tells_what_it_took_and_that_seeds_are_equal(tmp_path, command, corpora):
    path = tmp_path / "spans.jsonl"
    items = [[{"start": 0, "end": 2, "text": "Ad", "label": "person"}, [3, 4, "person"]], [], []]
    path.write_text("\n".join(json.dumps(item) for item in items), encoding="utf-8")
    common = ("submit", "from-spans", path, corpora[0], "--setting", "zero-shot", "--into", tmp_path / "work")
    first = command(*common, "--seed", "1", gold=False)
    assert "  offsets are characters, as the texts of the spans say (1)" in first.output
    assert "  1 span cut a token: widened to whole ones (line 1: 'Ad' to 'Ada')" in first.output
    assert "  1 span held no token: left out (line 1: 3 to 4)" in first.output
    assert "same predictions" not in first.output
    second = command(*common, "--seed", "2", gold=False)
    assert "the seeds 1, 2 have the same predictions, to the byte: they are one seed" in second.output


def test_equal_predictions_of_several_seeds_are_told_with_the_check(bundle, command, store):
    done = command("submit", "validate", bundle(), "--store", store.root)
    for domain in ("politics", "ai"):
        told = f"One seed: zero-shot {domain} has the same predictions, to the byte, for the seeds 1, 2"
        assert told in done.output
