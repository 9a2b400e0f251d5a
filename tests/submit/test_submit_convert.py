"""Other frameworks' output becomes predictions: CoNLL columns, spaCy, GLiNER, a transformers pipeline."""

from __future__ import annotations

import json

import pytest

from benchmark.domains.corpus import Mention
from benchmark.domains.load import load_domain
from benchmark.domains.tags import SCHEMES, encode
from benchmark.store.predictions import parse_predictions
from leaderboard.submit.convert import from_conll, texts
from leaderboard.submit.findings import Refused
from leaderboard.submit.spans import from_spans

SPACY = [
    {
        "text": "Ada met the Blue Party in old Rome",
        "ents": [
            {"start": 0, "end": 3, "label": "PER"},
            {"start": 12, "end": 22, "label": "party"},
            {"start": 30, "end": 34, "label": "place"},
        ],
        "tokens": [],
    },
    {"text": "Bob left", "ents": []},
    {"text": "nothing", "ents": []},
]
FOUND = {
    "politics/test/0": [Mention(0, 1, "person"), Mention(3, 5, "party"), Mention(7, 8, "place")],
    "politics/test/1": [],
    "politics/test/2": [],
}


@pytest.fixture
def politics(corpora):
    return load_domain(str(corpora[0]))


def write(path, items):
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


@pytest.mark.parametrize("as_array", [False, True])
def test_spacys_json_becomes_predictions(tmp_path, politics, as_array):
    path = write(tmp_path / "docs.jsonl", SPACY)
    if as_array:
        path.write_text(json.dumps(SPACY), encoding="utf-8")
    made = from_spans(path, politics, names={"PER": "person"})
    assert (made.predictions, made.widened, made.overlapping) == (FOUND, (), ())


def test_gliners_overlapping_spans_leave_the_best_and_cut_tokens_are_made_whole(tmp_path, politics):
    path = write(
        tmp_path / "gliner.jsonl",
        [
            [
                {"start": 0, "end": 2, "text": "Ad", "label": "person", "score": 0.9},
                {"start": 12, "end": 16, "text": "Blue", "label": "place", "score": 0.4},
                {"start": 12, "end": 22, "text": "Blue Party", "label": "party", "score": 0.8},
            ],
            [],
            [],
        ],
    )
    made = from_spans(path, politics)
    assert made.predictions["politics/test/0"] == [Mention(0, 1, "person"), Mention(3, 5, "party")]
    assert made.widened == ("line 1: 'Ad' to 'Ada'",)
    assert made.overlapping == ("line 1: 'Blue' as 'place'",)


def test_items_with_ids_may_come_in_any_order(tmp_path, politics):
    items = [{"id": f"politics/test/{n}", **SPACY[n]} for n in (2, 0, 1)]
    made = from_spans(write(tmp_path / "docs.jsonl", items), politics, names={"PER": "person"})
    assert made.predictions == FOUND


def test_everything_wrong_with_spans_is_told_at_once_with_its_line(tmp_path, politics):
    items = [
        {**SPACY[0], "text": "Ada met the Blue Party."},
        [{"start": 3, "end": 99, "label": "person"}],
        [{"entity": "B-PER", "start": 0, "end": 3}],
    ]
    with pytest.raises(Refused) as caught:
        from_spans(write(tmp_path / "docs.jsonl", items), politics)
    text = str(caught.value)
    assert "docs.jsonl:1: found the text 'Ada met the Blue Party.'" in text
    assert "docs.jsonl:2: found the span 3 to 99" in text
    assert "docs.jsonl:3: found a span of another form" in text
    assert "aggregation_strategy" in text


@pytest.mark.parametrize("name", [["a"], {}, 3, -1, True, None, "x"])
def test_an_id_that_is_of_no_sentence_is_refused_with_its_line(tmp_path, politics, name):
    items = [SPACY[0], {"id": name, "ents": []}, SPACY[2]]
    with pytest.raises(Refused, match=r"docs\.jsonl:2: found the id .*such as .politics/test/0."):
        from_spans(write(tmp_path / "docs.jsonl", items), politics, names={"PER": "person"})


def test_a_score_beyond_all_floats_is_the_best(tmp_path, politics):
    spans = [
        {"start": 12, "end": 16, "label": "place", "score": 10**400},
        {"start": 12, "end": 22, "label": "party", "score": 0.9},
    ]
    made = from_spans(write(tmp_path / "spans.jsonl", [spans, [], []]), politics)
    assert made.predictions["politics/test/0"] == [Mention(3, 4, "place")]


def test_undeclared_types_are_refused_with_their_numbers_or_dropped(tmp_path, politics):
    path = write(tmp_path / "docs.jsonl", SPACY)
    with pytest.raises(Refused, match=r"the types 'PER' \(1\).*--map common or --map PER=person, or --drop"):
        from_spans(path, politics)
    made = from_spans(path, politics, drop_undeclared=True)
    assert made.predictions["politics/test/0"] == FOUND["politics/test/0"][1:]
    assert made.undeclared == {"PER": 1}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_conll_columns_in_any_scheme_become_the_same_predictions(tmp_path, politics, scheme):
    blocks = [
        "\n".join(
            f"{token}\t{tag}"
            for token, tag in zip(s.tokens, encode(FOUND[s.id], len(s.tokens), scheme), strict=True)
        )
        for s in politics.test
    ]
    path = tmp_path / "predicted.conll"
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    assert from_conll(path, politics, scheme=scheme).predictions == FOUND


def test_conll_with_other_tokens_tags_or_sentences_is_refused_line_by_line(tmp_path, politics):
    path = tmp_path / "predicted.conll"
    path.write_text("Ada B-person\nmet O\na O\n\nBob B-persn\nleft O\n", encoding="utf-8")
    with pytest.raises(Refused) as caught:
        from_conll(path, politics)
    text = str(caught.value)
    assert "predicted.conll: found 2 sentences; expected 3" in text
    assert "predicted.conll:3: found 'a'; expected 'the', as in politics/test/0" in text
    assert "predicted.conll:5: found the type 'persn'" in text


def test_tags_in_common_spellings_are_mapped_where_asked(tmp_path, politics):
    path = tmp_path / "predicted.conll"
    rows = [[(token, "O") for token in sentence.tokens] for sentence in politics.test]
    rows[0][0] = (rows[0][0][0], "B-PER")
    path.write_text("\n\n".join("\n".join(map(" ".join, some)) for some in rows) + "\n", encoding="utf-8")
    with pytest.raises(Refused, match="--map common does so"):
        from_conll(path, politics)
    made = from_conll(path, politics, common=True)
    assert made.mapped == {"PER": "person"}
    assert made.predictions["politics/test/0"] == [Mention(0, 1, "person")]


def test_the_texts_to_predict_fit_what_is_read_back(tmp_path, politics):
    items = [{**json.loads(line), "ents": []} for line in texts(politics)]
    made = from_spans(write(tmp_path / "docs.jsonl", items), politics)
    assert made.predictions == {sentence.id: [] for sentence in politics.test}


def test_a_spacy_file_becomes_a_row_by_commands_alone(tmp_path, command, store, corpora):
    work = tmp_path / "work"
    docs = write(tmp_path / "docs.jsonl", SPACY)
    common = ("--setting", "zero-shot", "--seed", "1", "--into", work)
    done = command("submit", "from-spans", docs, corpora[0], *common, "--map", "PER=person", gold=False)
    assert done.exit_code == 0, done.exception
    found = parse_predictions((work / "predictions/zero-shot/politics/s1.jsonl").read_bytes(), work)
    assert found == FOUND
    done = command("submit", "from-spans", docs, corpora[0], *common, "--map", "common", gold=False)
    assert "types mapped by common spellings: PER = person" in done.output
    assert parse_predictions((work / "predictions/zero-shot/politics/s1.jsonl").read_bytes(), work) == FOUND
    (work / "method.toml").write_text(
        command("submit", "template", "mine", "--author", "Ada Example", gold=False).output, "utf-8"
    )
    bundle = tmp_path / "mine.zip"
    packed = command(
        "submit", "pack", work, "--name", "mine", "--suite", "tiny", "--output", bundle, gold=False
    )
    assert packed.exit_code == 0, packed.exception
    added = command("submit", "add", bundle, "--store", store.root)
    assert added.exit_code == 0, added.exception
    # 2 right of 3, 4 gold: the place's boundary is wrong
    assert f"zero-shot politics (seed 1): F1 {100 * 2 * 2 / (3 + 4):.2f}" in added.output
