"""Pairs of files and of lists that people score: schemes, columns, dialects and what is remarked."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import larbench
from benchmark.cli.score import score as score_command
from benchmark.domains.reading import ReadOptions
from benchmark.errors import InputError, UsageError
from benchmark.scoring.files import score


def pair(tmp_path, gold, predicted, names=("g.txt", "p.txt")):
    """Write tags of sentences, as ``B-PER O // O``, to two files of made tokens."""
    paths = []
    for name, text in zip(names, (gold, predicted), strict=True):
        sentences = [part.split() for part in text.split("//")]
        blocks = [
            "".join(f"w{n}{place}\t{tag}\n" for place, tag in enumerate(tags))
            for n, tags in enumerate(sentences)
        ]
        (tmp_path / name).write_text("\n".join(blocks))
        paths.append(tmp_path / name)
    return paths


def f1(report, dialect="strict"):
    return round(100 * report.score.dialects.figures()[dialect].f1, 2)


@pytest.mark.parametrize(
    ("gold", "predicted", "scheme", "strict", "conlleval"),
    [
        # the scheme of predictions is gold's
        ("B-PER E-PER O // S-LOC", "B-PER I-PER O // O", "IOBES", 0.0, 66.67),
        ("I-PER O I-LOC O I-ORG O", "I-PER O I-LOC O B-ORG O", "IOB1", 80.0, 100.0),
        ("U-PER U-PER O", "U-PER O O", "BILOU", 66.67, 66.67),
        ("B-PER L-PER O U-LOC", "B-PER I-PER O B-LOC", "BILOU", 0.0, 100.0),
        ("B-PER M-PER E-PER O S-LOC", "B-PER M-PER E-PER O B-LOC", "BMES", 66.67, 100.0),
        ("I-PER E-PER O E-LOC", "I-PER E-PER O I-LOC", "IOE2", 66.67, 100.0),
        ("PER PER O LOC", "PER O O LOC", "IO", 50.0, 50.0),
        ("B I O B", "B I O I", "IOB2", 66.67, 100.0),
        # unless they cannot be
        ("B-PER I-PER O B-LOC", "B-PER E-PER O S-LOC", "IOBES", 100.0, 100.0),
        ("I-PER I-PER O I-LOC", "B-PER L-PER O U-LOC", "BILOU", 100.0, 100.0),
    ],
)
def test_predictions_are_read_in_golds_scheme(tmp_path, gold, predicted, scheme, strict, conlleval):
    report = score(*pair(tmp_path, gold, predicted))
    assert report.predicted.scheme == scheme
    assert (f1(report), f1(report, "conlleval")) == (strict, conlleval)
    assert "gold's scheme" in report.predicted.why
    lists = [[part.split() for part in text.split("//")] for text in (gold, predicted)]
    assert f1(larbench.score(*lists)) == strict


@pytest.mark.parametrize(
    ("gold", "predicted", "schemes", "strict", "said"),
    [
        ("B-x I-x O B-y", "x x O y", ("IOB2", "IO"), 100.0, "predicted: tags without a prefix"),
        ("x x O y", "B-x I-x O O", ("IO", "IOB2"), 66.67, "gold: tags without a prefix"),
    ],
)
def test_one_side_may_have_tags_without_prefix(tmp_path, gold, predicted, schemes, strict, said):
    report = score(*pair(tmp_path, gold, predicted))
    assert (report.gold.scheme, report.predicted.scheme) == schemes
    assert f1(report) == strict and report.remarks[0].startswith(said)
    assert report.predicted.why.endswith("tags of one side have no prefix")
    with pytest.raises(InputError, match="'z' has no known prefix"):
        score(*pair(tmp_path, "B-x I-x O B-y", "z z O O"))


def test_the_scheme_of_predictions_may_be_stated(tmp_path):
    paths = pair(tmp_path, "B-PER E-PER O // S-LOC", "B-PER I-PER O // O")
    assert score(*paths).predicted.why == "gold's scheme; its tags alone look like IOB2"
    stated = score(*paths, predicted_scheme="IOB2")
    assert (f1(stated), stated.predicted.why) == (66.67, "stated")
    output = CliRunner().invoke(score_command, [*map(str, paths)]).output
    assert "IOBES, gold's scheme; its tags alone look like IOB2" in output
    other = score(*pair(tmp_path, "B-PER I-PER O", "B-PER E-PER S-LOC"))
    assert other.predicted.why == "not gold's scheme, IOB2, which has no E-, S-"


@pytest.mark.parametrize(
    ("gold", "predicted", "no_misc"),
    [
        ("B-PER O", "B-PER B-MISC", 100.0),
        ("B-PER O", "B-PER B-misc", 100.0),
        ("B-PER B-MISC O", "B-PER O B-misc", 100.0),
        ("B-PER B-MISC O", "B-PER O B-LOC", 66.67),
    ],
)
def test_no_misc_leaves_out_misc_declared_or_not(tmp_path, gold, predicted, no_misc):
    assert f1(score(*pair(tmp_path, gold, predicted)), "no-misc") == no_misc


def test_undefined_figures_are_remarked(tmp_path):
    report = score(*pair(tmp_path, "O O // O", "O O // O"))
    assert report.remarks == (
        "no mention in gold: recall and F1 are undefined, shown as 0.00",
        "no mention is predicted: precision is undefined, shown as 0.00",
    )
    result = CliRunner().invoke(score_command, [str(tmp_path / "g.txt"), str(tmp_path / "p.txt")])
    assert "note: no mention in gold: recall and F1 are undefined" in result.output
    assert score(*pair(tmp_path, "B-x O", "B-x O")).remarks == ()


def test_declared_types_without_gold_are_remarked(tmp_path):
    paths = pair(tmp_path, "B-x O", "B-x O")
    report = score(*paths, types=["x", "y", "z"])
    assert report.remarks == ("2 declared types without a mention in gold, 0 in every average: y, z",)
    assert report.averages()["strict"].macro.f1 == pytest.approx(1 / 3)
    assert report.averages()["strict"].weighted.f1 == 1.0


def test_one_file_with_two_tag_columns(tmp_path):
    path = tmp_path / "both.txt"
    path.write_text("Ada B-PER B-PER\nMoor I-PER O\n\nElm B-LOC B-LOC\n")
    report = score(path, gold_column=2, predicted_column=3)
    assert (f1(report), report.remarks) == (50.0, ())
    arguments = [str(path), "--gold-column", "2", "--pred-column", "-1"]
    assert json.loads(CliRunner().invoke(score_command, [*arguments, "--json"]).output)["dialects"]["strict"][
        "f1"
    ] == pytest.approx(0.5)
    with pytest.raises(UsageError, match="which columns"):
        score(path)
    path.write_text("word\tgold\tpred\nAda\tB-PER\tB-PER\nMoor\tI-PER\tO\n\nElm\tB-LOC\tB-LOC\n")
    assert f1(score(path, gold_column="gold", predicted_column="pred")) == 50.0
    with pytest.raises(InputError, match="no column named 'prd'; it has word, gold, pred"):
        score(path, gold_column="gold", predicted_column="prd")
    path.write_text("Ada B-PER B-PER\nMoor I-PER O\n\nElm B-LOC B-LOC\n")
    itself = score(path, path)
    assert f1(itself) == 100.0 and "scored against itself" in itself.remarks[0]
    assert "column 3 holds tags too" in itself.gold.read


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.jsonl", '{"tokens": ["Ada", "Moor", "left"], "tags": ["B-PER", "I-PER", "O"]}\n'),
        ("p.json", '{"sentence": ["Ada", "Moor", "left"], "ner": [[0, 1, "PER"]]}\n'),
        ("p.csv", "sentence_id,token,tag\n1,Ada,B-PER\n1,Moor,I-PER\n1,left,O\n"),
        ("p.txt", "Ada|B-PER Moor|I-PER left|O\n"),
        ("p.conll", "1\tAda\t_\tB-PER\n2\tMoor\t_\tI-PER\n3\tleft\t_\tO\n"),
        ("p.latin", "Ada\tS-PER\nMoor\tE-PER\nleft\tO\n"),
    ],
)
def test_the_two_files_may_be_of_two_formats(tmp_path, name, text):
    gold, predicted = tmp_path / "gold.txt", tmp_path / name
    gold.write_text("Ada B-PER\nMoor I-PER\nleft O\n")
    predicted.write_text(text)
    assert f1(score(gold, predicted)) == (0.0 if name == "p.latin" else 100.0)


def test_predictions_for_other_words_do_not_pass(tmp_path):
    (tmp_path / "g").write_text("1\tAda\tPROPN\tB-PER\n2\tMoor\tPROPN\tI-PER\n")
    (tmp_path / "p").write_text("1\tEve\tPROPN\tB-PER\n2\tMoor\tPROPN\tI-PER\n")
    with pytest.raises(InputError, match="found the token 'Eve'; expected 'Ada'"):
        score(tmp_path / "g", tmp_path / "p")


def test_a_label_map_is_proposed_shown_and_applied_where_asked(tmp_path):
    paths = pair(tmp_path, "B-person O B-location B-organisation", "B-PER O B-LOC B-Organization")
    report = score(*paths)
    assert f1(report) == 0.0
    proposed = "--map common, or --map PER=person --map LOC=location --map Organization=organisation"
    assert report.remarks[0].endswith(proposed)
    names = {"PER": "person", "LOC": "location", "Organization": "organisation"}
    assert f1(score(*paths, options=ReadOptions(map=names))) == 100.0
    arguments = [*map(str, paths), *(f"--map={one}={other}" for one, other in names.items()), "--json"]
    assert json.loads(CliRunner().invoke(score_command, arguments).output)["dialects"]["strict"]["f1"] == 1.0
    result = CliRunner().invoke(score_command, [*map(str, paths), "--map", "PER"])
    assert isinstance(result.exception, UsageError)


def test_the_map_of_common_spellings_is_applied_where_asked_and_said(tmp_path):
    paths = pair(tmp_path, "B-person O B-location B-organisation", "B-PER O B-GPE B-ORGANIZATION")
    said = "types mapped by common spellings: GPE = location, ORGANIZATION = organisation, PER = person"
    report = score(*paths, common_map=True)
    assert f1(report) == 100.0 and report.remarks[0] == said and not report.undeclared
    result = CliRunner().invoke(score_command, [*map(str, paths), "--map", "common"])
    assert result.exit_code == 0 and f"note: {said}" in result.output
    # what is stated goes first
    stated = [*map(str, paths), "--map", "common", "--map", "PER=location", "--json"]
    found = json.loads(CliRunner().invoke(score_command, stated).output)
    assert round(found["dialects"]["strict"]["f1"], 4) == 0.6667
    lists = [["B-person", "O"], ["B-PER", "O"]], [[(0, 1, "person")], [(0, 1, "PER")]]
    for gold, predicted in lists:
        report = larbench.score([gold], [predicted], common_map=True)
        assert f1(report) == 100.0 and report.remarks[0].endswith("PER = person")


def test_gold_is_mapped_to_the_declared_types_too(tmp_path):
    paths = pair(tmp_path, "B-PER O B-LOC", "B-Person O B-loc")
    report = score(*paths, types=["person", "location"], common_map=True)
    assert f1(report) == 100.0 and report.types == ("person", "location")
    with pytest.raises(InputError, match="B-PER"):
        score(*paths, types=["person", "location"])


def test_a_common_map_that_finds_nothing_says_so(tmp_path):
    report = score(*pair(tmp_path, "B-person O", "B-river O"), common_map=True)
    assert report.remarks[0].endswith("none is another in another spelling")


@pytest.mark.parametrize("kind", ["[/x]", "[bold]", ":smile:", "[link=x]y", "\x1b[31mred\x07"])
def test_what_comes_from_a_file_is_never_markup(tmp_path, kind):
    names = ("g[red].txt", "p[bold].txt")
    paths = pair(tmp_path, f"B-{kind} O B-x", f"B-{kind} B-y O", names)
    for path in paths:
        path.write_text(path.read_text().replace("w00", "w[/b]"))
    result = CliRunner().invoke(score_command, [*map(str, paths)])
    assert result.exit_code == 0, result.output
    shown = kind.replace("\x1b", "\\x1b").replace("\x07", "\\x07")
    assert f" {shown} " in result.output and "\x1b" not in result.output
    assert all(str(path) in result.output for path in paths)
    single = pair(tmp_path, "O", f"B-{kind}")
    assert shown in CliRunner().invoke(score_command, [*map(str, single)]).output


def test_precision_and_recall_stand_beside_macro_and_weighted_f1(tmp_path):
    report = score(*pair(tmp_path, "B-x O B-x B-y O B-y", "B-x B-y O B-y O O"))
    stated = report.to_json()["averages"]["strict"]
    assert stated["macro"] == {"precision": 0.75, "recall": 0.5, "f1": pytest.approx((2 / 3 + 0.5) / 2)}
    assert stated["weighted"] == stated["macro"]
    assert report.token_accuracy == pytest.approx(3 / 6)
    (line,) = [
        line
        for line in CliRunner()
        .invoke(score_command, [str(tmp_path / n) for n in ("g.txt", "p.txt")])
        .output.splitlines()
        if " weighted " in line
    ]
    assert line.count("75.00") == 1 and line.count("50.00") == 1 and line.count("58.33") == 2


def test_token_accuracy_does_not_hang_on_the_scheme(tmp_path):
    same = score(*pair(tmp_path, "B-x I-x O B-y", "B-x E-x O S-y"))
    assert same.token_accuracy == 1.0
    other = score(*pair(tmp_path, "B-x I-x O B-y", "S-x S-x O O"))
    assert other.token_accuracy == 0.5


SPANS = [[(0, 1, "per"), (2, 3, "loc")], []]


def test_spans_are_scored():
    report = larbench.score(SPANS, [[(0, 1, "per"), (2, 4, "loc")], [(0, 1, "per")]])
    assert f1(report) == 40.0 and report.gold.scheme == "spans" and report.token_accuracy is None
    assert "set-of-strings" not in report.score.dialects.tallies
    assert report.schemas["type"].correct == 2
    tokens = [["Ada", "in", "New", "York"], ["left"]]
    whole = larbench.score(SPANS, SPANS, tokens=tokens)
    assert f1(whole, "set-of-strings") == 100.0 and whole.tokens == 5
    assert json.dumps(whole.to_json())
    mapped = larbench.score(SPANS, [[(0, 1, "PER")], []], options=ReadOptions(map={"PER": "per"}))
    assert f1(mapped) == 66.67


@pytest.mark.parametrize(
    ("gold", "predicted", "tokens", "message"),
    [
        ([["O"]], [["O"], ["O"]], None, "predictions of 2 sentences; expected 1"),
        ([["O"]], [["O", "O"]], None, "a sentence of 2 tokens; expected 1 token"),
        ([["B-x", "O"]], [["B-x", -100]], None, "the tag -100; expected a text; remove padding"),
        ([["B-x"]], [["PERSON"]], None, "has no known prefix"),
        ([["B-x"]], [["B-x"]], [["a", "b"]], "1 tag; expected 2, as many as tokens"),
        (SPANS, [[(0, 9, "per")], []], [["a"], ["b"]], "behind the last token"),
        (SPANS, [[(0, 2, "per"), (1, 3, "loc")], []], None, "two mentions that overlap"),
        (SPANS, [["x", "y"], []], None, "tag|span"),
        (SPANS, [[(0, 1)], []], None, r"the span \(0, 1\)"),
        ([], [], None, "no sentence"),
    ],
)
def test_lists_that_do_not_fit_are_refused(gold, predicted, tokens, message):
    with pytest.raises(InputError, match=message):
        larbench.score(gold, predicted, tokens=tokens)


def test_lists_and_files_do_not_mix(tmp_path):
    with pytest.raises(UsageError, match="lists"):
        larbench.score([["O"]], tmp_path)
    with pytest.raises(UsageError, match="file"):
        larbench.score(tmp_path, [["O"]])


def test_missing_sentence_breaks_are_remarked(tmp_path):
    text = "w O\n" * 3000 + "v B-x\n"
    for name in "gp":
        (tmp_path / name).write_text(text)
    assert (
        "1 sentence of 3,001 tokens: are sentence breaks missing?"
        in score(tmp_path / "g", tmp_path / "p").remarks
    )


def test_what_was_flattened_is_said(tmp_path):
    for name in "gp":
        (tmp_path / name).write_text('{"tokens": ["a", "b"], "mentions": [[0, 2, "x"], [0, 1, "x"]]}\n')
    report = score(tmp_path / "g", tmp_path / "p", options=ReadOptions(format="json-lines"))
    assert "1 nested or overlapping mention left out" in report.gold.read
