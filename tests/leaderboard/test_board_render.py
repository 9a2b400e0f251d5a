from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import assemble, text_of

from benchmark.domains.corpus import Mention
from benchmark.store.record import Record
from leaderboard.board import Board, on_screen, write
from leaderboard.output.escape import latex, markdown, plain, with_code
from leaderboard.results.columns import COLUMNS
from leaderboard.results.gold import Ceiling, Gold
from leaderboard.results.measure import ScoredCell, measure

GOLDEN = Path(__file__).parent / "golden_board.txt"
HOSTILE = "a|b <script>alert(1)</script> \\x_{y}% & $z$ #1 ~^ *b* [l](u) `c`\nnext\x1b[31m"


@pytest.fixture
def board(cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]) -> Board:
    """A board with a complete row, a row with a hole, one that was declined, and ceilings; on the sample."""
    cells = but(cells, "alpha", "ai", 2, "failed", "ValueError: too | many")
    for domain in ("politics", "ai"):
        cells = but(cells, "gamma", domain, 1, "skipped", "made for supervised only")
    cells = [
        ScoredCell(c.record.changed(corpus="sample", source_corpus="sample"), c.counts, c.values)
        for c in cells
    ]
    ceilings = {"politics": Ceiling(2 / 3, 0.75), "ai": Ceiling(1 / 3, 0.5)}
    return assemble(cells, suite="tiny", ceilings=ceilings, pending=["alpha-zero-shot-ai-mini-s3"])


def hostile_board(cells: list[ScoredCell]) -> Board:
    rude = [
        ScoredCell(c.record.changed(label=HOSTILE, notes={"reading": HOSTILE}), c.counts, c.values)
        for c in cells
        if c.record.spec.label == "alpha"
    ]
    return assemble(rude, suite="tiny")


def test_the_terminal_form_stays_as_it_is(board: Board) -> None:
    """A golden copy: look at the difference, and copy the new text over where it is meant."""
    assert on_screen(board) == GOLDEN.read_text(encoding="utf-8")


def test_a_screen_of_five_domains_is_at_most_110_columns_wide(cells: list[ScoredCell]) -> None:
    five = ("politics", "science", "music", "literature", "ai")
    wide = [
        ScoredCell(
            c.record.changed(domain=domain, cell=f"{label}-{domain}-{c.record.spec.seed}", label=label),
            c.counts,
            c.values,
        )
        for c in cells
        if c.record.spec.domain == "politics"
        for domain in five
        for label in [{"alpha": "source-only", "beta": "lar-direct"}[c.record.spec.label]]
    ]
    made = assemble(wide, suite="tiny", ceilings=dict.fromkeys(five, Ceiling(0.5, 0.6)))
    assert max(map(len, on_screen(made).splitlines())) <= 110


def test_a_sample_board_says_so_before_any_number(board: Board, cells: list[ScoredCell]) -> None:
    for text in (on_screen(board), text_of(board, "board.md")):
        assert "SAMPLE, NOT CROSSNER" in text[:200]
    assert "\n\\multicolumn{9}{l}{SAMPLE, NOT CROSSNER} \\\\\n" in text_of(board, "board.tex")
    assert "SAMPLE, NOT CROSSNER" in json.loads(text_of(board, "board.json"))["warning"]
    assert "SAMPLE" not in text_of(assemble(cells, suite="tiny"), "board.md")


def test_the_page_states_how_its_numbers_were_made(board: Board) -> None:
    page = text_of(board, "board.md")
    head = page[: page.index("##")]
    for words in (
        "exact span and type",
        "scorer version",
        "bootstrap",
        "10,000 resamples",
        "development domains re3d, wnut17, cyner alone, and no label of a ranked target",
    ):
        assert words in head
    assert "persons only" in head
    assert "ValueError: too \\| many" in page
    assert "gamma (mini), every domain: skipped: made for supervised only" in page
    assert "| gamma" not in page


def test_csv_is_tidy_and_keeps_holes(board: Board) -> None:
    lines = list(csv.DictReader(io.StringIO(text_of(board, "board.csv"))))
    by_place = {(line["label"], line["kind"], line["domain"]): line for line in lines}
    assert len(by_place) == len(lines) == 9
    assert float(by_place["beta", "average", ""]["f1"]) == pytest.approx(0.65)
    assert by_place["alpha", "average", ""]["f1"] == ""
    assert by_place["alpha", "domain", "ai"]["seeds"] == "1"
    assert by_place["alpha", "domain", "ai"]["missing"] == "seed 2 failed ValueError: too | many"
    assert by_place["beta", "domain", "politics"]["above_ceiling"] == "True"
    assert {column.key for column in COLUMNS} <= set(lines[0])


def test_json_holds_everything(board: Board) -> None:
    content = json.loads(text_of(board, "board.json"))
    beta, alpha, gamma = content["tables"]["zero-shot"]
    assert [row["label"] for row in (beta, alpha, gamma)] == ["beta", "alpha", "gamma"]
    assert beta["average"]["f1"] == pytest.approx(0.65)
    assert beta["average"]["f1_low"] < 0.65 < beta["average"]["f1_high"]
    assert alpha["average"] is None
    assert alpha["coverage"] == "1/2"
    assert alpha["holes"] == [
        {"domain": "ai", "seed": 2, "state": "failed", "reason": "ValueError: too | many"}
    ]
    assert content["ceilings"]["ai"] == {"all_spans": 0.333333, "source_spans": 0.5}
    assert content["not_run"] == ["alpha-zero-shot-ai-mini-s3"]


def test_hostile_text_stays_text(cells: list[ScoredCell]) -> None:
    board = hostile_board(cells)
    page = text_of(board, "board.md")
    assert "<script" not in page
    for line in page.splitlines():
        if line.startswith("| a"):
            assert line.replace("\\|", "").count("|") in (9, 10, 12)
    assert "\x1b" not in page + on_screen(board) + text_of(board, "board.tex")
    assert "next" not in [line.strip() for line in on_screen(board).splitlines()]
    row = next(line for line in text_of(board, "board.tex").splitlines() if r"\textbar{}" in line)
    assert row.rstrip().endswith(r"\\")
    assert row.replace(r"\&", "").count("&") == 8  # nine cells
    lines = list(csv.DictReader(io.StringIO(text_of(board, "board.csv"))))
    assert {line["label"] for line in lines} == {HOSTILE}  # data stays data, quoted as CSV asks
    assert json.loads(text_of(board, "board.json"))["tables"]["zero-shot"][0]["label"] == HOSTILE


@pytest.mark.parametrize(
    ("text", "in_markdown", "in_latex"),
    [
        ("a|b", r"a\|b", r"a\textbar{}b"),
        ("<b>&", "&lt;b&gt;&amp;", r"\textless{}b\textgreater{}\&"),
        ("50% of_x", r"50% of\_x", r"50\% of\_x"),
        ("\\ {~^$#}", r"\\ \{\~^\$\#\}", r"\textbackslash{} \{\textasciitilde{}\textasciicircum{}\$\#\}"),
        ("[x]*", r"\[x\]\*", "{[}x{]}{*}"),
    ],
)
def test_escaping(text: str, in_markdown: str, in_latex: str) -> None:
    assert markdown(text) == in_markdown
    assert latex(text) == in_latex


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("run `a --x [b_c] <d> | e`, not_this <f>", r"run `a --x [b_c] <d> | e`, not\_this &lt;f&gt;"),
        ("`a_b` and `c_d`", "`a_b` and `c_d`"),
        ("one ` alone <b>", r"one \` alone &lt;b&gt;"),
        ("``<b>` x", r"\`\`&lt;b&gt;\` x"),  # two backticks are not closed by one
    ],
)
def test_commands_stay_as_they_are_typed(text: str, written: str) -> None:
    assert with_code(text) == written


def test_control_and_invisible_characters_go() -> None:
    assert plain("a\x1b[31m\nb\u202ec\u200bd\te") == "a [31m b c d e"


def test_the_same_board_gives_the_same_bytes(board: Board, cells: list[ScoredCell], tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in write(board, tmp_path / "one")}
    again = {path.name: path.read_bytes() for path in write(board, tmp_path / "two")}
    assert first == again
    decision = {"decision.md", "decision.csv", "decision.json"}
    assert set(first) == {"board.md", "board.csv", "board.json", "board.tex"} | decision
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(first)


def test_a_terminal_marks_the_readers_own_row_and_files_do_not(
    record: Callable[..., Record], gold: Callable[[str], Gold], right: dict[str, dict[str, list[Mention]]]
) -> None:
    cells = []
    for label, module in (("theirs", "lar.method"), ("mine", "larbench_gazetteer.method")):
        for domain in ("politics", "ai"):
            one = record(label, domain, 1, identity={"code": {"benchmark.task": "1", module: "2"}})
            cells.append(measure(one, gold(domain), right[domain], Path("p.jsonl")))
    board = assemble(cells, suite="tiny", resamples=20)
    lines = on_screen(board).splitlines()
    assert [line.split("  ")[0] for line in lines if line.startswith(("mine", "theirs"))] == [
        "mine <- yours",
        "theirs",
    ]
    assert "- <- yours: a method whose code is not of this project." in lines
    assert "yours" not in text_of(board, "board.md")
