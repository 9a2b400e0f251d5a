from __future__ import annotations

import json
import tempfile
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import larbench
from benchmark.cli.score import score as score_command
from benchmark.domains.corpus import Mention
from benchmark.domains.formats import Unstreamable, source
from benchmark.domains.tags import PREFIXES, SCHEMES, encode
from benchmark.errors import InputError, UsageError
from benchmark.scoring import files
from benchmark.scoring.dialects import Tally
from benchmark.scoring.files import score

TOKENS = [["Ann", "Lee", "met", "Bo", "."], ["Oslo", "won"]]
GOLD = [["B-per", "I-per", "O", "B-per", "O"], ["B-loc", "O"]]
PREDICTED = [["I-per", "I-per", "O", "B-loc", "O"], ["B-loc", "B-org"]]
TYPES_TOML = 'language = "en"\n' + "".join(
    f'[types.{name}]\nname = "{name}"\ndescription = "{name} of any kind"\n' for name in ("per", "loc", "org")
)


def write(path: Path, tags, tokens=TOKENS) -> Path:
    sentences = (zip(*pair, strict=True) for pair in zip(tokens, tags, strict=True))
    blocks = ("".join(f"{token}\t{tag}\n" for token, tag in sentence) for sentence in sentences)
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


@pytest.fixture
def gold(tmp_path):
    return write(tmp_path / "gold.txt", GOLD)


@pytest.fixture
def predicted(tmp_path):
    return write(tmp_path / "predicted.txt", PREDICTED)


def test_a_report_by_hand(gold, predicted):
    report = score(gold, predicted)
    assert (report.sentences, report.tokens, report.types) == (2, 7, ("loc", "per"))
    assert (report.gold.scheme, report.gold.illegal_transitions) == ("IOB2", 0)
    assert (report.predicted.scheme, report.predicted.illegal_transitions) == ("IOB2", 1)
    assert report.undeclared == {"org": 1}
    assert report.score.dialects.tallies["strict"] == Tally(1, 3, 3)
    assert report.score.dialects.tallies["conlleval"] == Tally(2, 4, 3)
    assert report.score.dialects.tallies["boundaries-only"] == Tally(3, 4, 3)
    assert report.score.decomposition.wrong_type == 1
    assert report.score.decomposition.spurious == 1


def test_declared_types_set_the_order_and_the_macro_average(gold, predicted, tmp_path):
    declared = tmp_path / "domain.toml"
    declared.write_text(TYPES_TOML, encoding="utf-8")
    report = score(gold, predicted, types=declared)
    assert report.types == ("per", "loc", "org")
    assert report.undeclared == {}
    assert report.score.dialects.conlleval.macro() == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    declared.write_text(TYPES_TOML.replace("[types.loc]", "[types.place]"), encoding="utf-8")
    with pytest.raises(InputError, match=r"gold\.txt:7: found the tag 'B-loc'"):
        score(gold, predicted, types=declared)


def test_types_may_be_declared_without_a_language_but_not_left_out(gold, predicted, tmp_path):
    declared = tmp_path / "domain.toml"
    declared.write_text(TYPES_TOML.partition("\n")[2], encoding="utf-8")
    assert score(gold, predicted, types=declared).types == ("per", "loc", "org")
    declared.write_text('language = "en"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"domain\.toml: found no types"):
        score(gold, predicted, types=declared)


def test_the_package_exports_it(gold, predicted):
    assert larbench.score(str(gold), str(predicted)).tokens == 7


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (
            [["Ann", "Lea", "met", "Bo", "."], TOKENS[1]],
            r":2: found the token 'Lea'; expected 'Lee', as .*gold.txt:2",
        ),
        ([TOKENS[0], ["Oslo"]], r":7: found a sentence of 1 token; expected 2 tokens, .* at .*gold.txt:7"),
        ([TOKENS[0]], r":5: found 1 sentence; expected 2, as in .*gold.txt"),
        ([*TOKENS, ["more"]], r":10: found 3 sentences; expected 2"),
    ],
)
def test_other_tokens_are_refused_by_file_and_line(gold, tmp_path, tokens, message):
    other = write(tmp_path / "other.txt", [["O"] * len(words) for words in tokens], tokens)
    with pytest.raises(InputError, match=r"other\.txt" + message):
        score(gold, other)


@pytest.mark.parametrize("tag", ["PERSON", "B-", "X-per"])
def test_malformed_tags_are_refused_by_file_and_line(gold, tmp_path, tag):
    other = write(tmp_path / "other.txt", [["O", tag, "O", "O", "O"], ["O", "O"]])
    with pytest.raises(InputError, match=r"other\.txt:2: found .*; expected O, or a prefix of B, I"):
        score(gold, other)
    with pytest.raises(InputError, match=r"other\.txt:2: found"):
        score(other, gold)


def test_a_prefix_of_another_scheme_is_refused(gold, predicted, tmp_path):
    mixed = write(tmp_path / "mixed.txt", [["S-per", "U-per", "O", "O", "O"], ["S-loc", "O"]])
    with pytest.raises(InputError, match=r"mixed\.txt:2: found the tag 'U-per'; .* B, I, E, S"):
        score(gold, mixed)
    with pytest.raises(UsageError, match="unknown scheme"):
        score(gold, predicted, predicted_scheme="IOB3")


def test_predictions_without_b_are_broken_iob2_beside_gold_in_iob2(gold, tmp_path):
    without = write(tmp_path / "without.txt", [[tag.replace("B-", "I-") for tag in tags] for tags in GOLD])
    report = score(gold, without)
    assert (report.predicted.scheme, report.predicted.illegal_transitions) == ("IOB2", 3)
    assert report.score.dialects.tallies["strict"] == Tally(0, 0, 3)
    assert report.score.dialects.tallies["conlleval"] == Tally(3, 3, 3)
    stated = score(gold, without, predicted_scheme="IOB1")
    assert stated.score.dialects.tallies["strict"] == Tally(3, 3, 3)
    # the other way round gold is IOB1, and so are its predictions, whatever they look like alone
    other = score(without, gold)
    assert other.predicted.why == "gold's scheme; its tags alone look like IOB2"
    assert other.score.dialects.tallies["strict"] == Tally(0, 0, 3)
    stated = score(without, gold, predicted_scheme="IOB2")
    assert stated.score.dialects.tallies["strict"] == Tally(3, 3, 3)


def tagged_alike(draw_size):
    tags = st.sampled_from(["O", "B-per", "I-per", "B-loc", "I-loc", "B-odd"])
    sizes = st.lists(st.integers(1, 4), min_size=1, max_size=draw_size)
    return sizes.flatmap(lambda some: st.tuples(*(st.tuples(*[tags] * 2 * size) for size in some)))


@given(tagged_alike(12), st.integers(1, 5))
def test_blocks_add_up_to_the_whole(sides, size):
    tokens = [[f"w{n % 3}" for n in range(len(both) // 2)] for both in sides]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        gold = write(Path(name) / "gold.txt", [both[::2] for both in sides], tokens)
        predicted = write(Path(name) / "predicted.txt", [both[1::2] for both in sides], tokens)
        whole = score(gold, predicted).to_json()
        patch.setattr(source, "PART", size)
        assert score(gold, predicted).to_json() == whole


def test_files_that_must_be_read_whole_score_the_same(gold, predicted):
    plain = score(gold, predicted).to_json()
    gold.write_text("\N{ZERO WIDTH SPACE}\tO\n\n" + gold.read_text())
    predicted.write_text("\N{ZERO WIDTH SPACE}\tO\n\n" + predicted.read_text())
    assert score(gold, predicted).to_json()["dialects"] == plain["dialects"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "StreamedFile", unstreamable)
        assert score(gold, predicted).to_json()["dialects"] == plain["dialects"]


def unstreamable(*_):
    raise Unstreamable


def test_ill_formed_iobes_is_not_strict(tmp_path):
    gold = write(tmp_path / "gold.txt", [["B-per", "E-per", "O", "S-per", "O"], ["S-loc", "O"]])
    predicted = write(tmp_path / "predicted.txt", [["B-per", "E-per", "O", "B-per", "O"], ["E-loc", "O"]])
    report = score(gold, predicted)
    assert (report.gold.scheme, report.gold.illegal_transitions) == ("IOBES", 0)
    assert report.predicted.illegal_transitions == 2
    assert report.score.dialects.tallies["strict"] == Tally(1, 1, 3)
    assert report.score.dialects.tallies["conlleval"] == Tally(3, 3, 3)


@st.composite
def tagged_twice(draw):
    """Gold and predicted mentions of one sentence, some of them neighbours of one type."""
    sides = []
    for _ in range(2):
        at, mentions = 0, []
        for gap, size, kind in draw(
            st.lists(
                st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(("per", "loc"))),
                min_size=1,
                max_size=5,
            )
        ):
            mentions.append(Mention(at + gap, at + gap + size, kind))
            at += gap + size
        sides.append(mentions)
    return sides


@given(tagged_twice(), st.sampled_from([scheme for scheme in SCHEMES if scheme != "IO"]))
def test_every_scheme_gives_the_same_figures(sides, scheme):
    length = 26
    tokens = [[f"w{number}" for number in range(length)]]
    with tempfile.TemporaryDirectory() as folder:
        plain, mixed = (
            score(
                *(
                    write(Path(folder) / f"{index}.txt", [encode(side, length, written)], tokens)
                    for index, side in enumerate(sides)
                ),
                gold_scheme=written,
                predicted_scheme=written,
            )
            for written in ("IOB2", scheme)
        )
    assert mixed.score.dialects.tallies == plain.score.dialects.tallies
    assert (mixed.gold.illegal_transitions, mixed.predicted.illegal_transitions) == (0, 0)
    assert plain.score.dialects.tallies["strict"].correct == len(set(sides[0]) & set(sides[1]))


@given(st.sampled_from(["IOB2", "IOBES", "BILOU"]), st.data())
def test_strict_is_seqevals_strict_in_every_scheme_that_it_reads_rightly(seqeval_says, scheme, data):
    tag = st.sampled_from(
        ["O", *(f"{prefix}-{kind}" for prefix in PREFIXES[scheme] for kind in ("per", "loc"))]
    )
    gold, predicted = data.draw(
        st.lists(st.tuples(tag, tag), min_size=1, max_size=9).map(lambda pairs: zip(*pairs, strict=True))
    )
    tokens = [[f"w{number}" for number in range(len(gold))]]
    with tempfile.TemporaryDirectory() as folder:
        paths = [write(Path(folder) / name, [tags], tokens) for name, tags in (("g", gold), ("p", predicted))]
        figures = score(*paths, gold_scheme=scheme, predicted_scheme=scheme).score.dialects.figures()[
            "strict"
        ]
    assert astuple(figures) == seqeval_says([gold], [predicted], strict=True, scheme=scheme).micro


def test_the_command_prints_tables(gold, predicted):
    result = CliRunner().invoke(score_command, [str(gold), str(predicted)])
    assert result.exit_code == 0, result.output
    for text in (
        "illegal transitions: 1",
        "not declared, all wrong: org (1)",
        "set-of-strings",
        "57.14",
        "lost: ",
    ):
        assert text in result.output
    assert "…" not in result.output


@pytest.mark.parametrize(
    ("correct", "shown"), [(2, "2"), (2.5, "2.5"), (1_234_567.0, "1,234,567"), (1_234_567.5, "1,234,567.5")]
)
def test_no_digit_of_a_count_is_lost(gold, predicted, monkeypatch, correct, shown):
    report = score(gold, predicted)
    large = replace(report.score.dialects, tallies={"partial-overlap": Tally(correct, 3, 9_999_999)})
    report = replace(report, score=replace(report.score, dialects=large))
    monkeypatch.setattr("benchmark.cli.score.score_files", lambda *_, **__: report)
    output = CliRunner().invoke(score_command, [str(gold), str(predicted)]).output
    (line,) = [line for line in output.splitlines() if "partial-overlap" in line]
    assert shown in line.split() and "9,999,999" in line.split()


def test_the_command_prints_json(gold, predicted):
    result = CliRunner().invoke(score_command, [str(gold), str(predicted), "--json"])
    stated = json.loads(result.output)
    assert stated["schema"] == 1
    assert stated["dialects"]["conlleval"] == {
        "precision": 0.5,
        "recall": 2 / 3,
        "f1": pytest.approx(4 / 7),
        "correct": 2,
        "predicted": 4,
        "gold": 3,
    }
    assert stated["per_type"]["conlleval"]["(undeclared)"]["predicted"] == 1
    assert sum(stated["decomposition"]["lost"].values()) == pytest.approx(1 - stated["decomposition"]["f1"])


@pytest.mark.parametrize("option", ["--predicted-scheme", "--pred-scheme"])
def test_the_command_takes_schemes_under_the_names_of_the_function(gold, predicted, option):
    arguments = [str(gold), str(predicted), "--gold-scheme", "iob2", option, "iob1", "--json"]
    stated = json.loads(CliRunner().invoke(score_command, arguments).output)
    assert stated == score(gold, predicted, gold_scheme="IOB2", predicted_scheme="IOB1").to_json()
    assert "[IOB2|IOB1|IOBES|BILOU|BMES|IOE2|IOE1|IO]" in CliRunner().invoke(score_command, ["--help"]).output


def test_the_command_line_tells_mistakes_in_one_line(gold, tmp_path, capsys):
    from benchmark.cli import main

    with pytest.raises(SystemExit) as caught:
        main(["score", str(gold), str(tmp_path / "absent.txt")])
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert "absent.txt" in told
    assert "Traceback" not in told
