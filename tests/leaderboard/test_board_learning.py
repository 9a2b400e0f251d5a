"""Learning curves by hand, from the cells of the tiny board in other settings.

=========== ====== ====== ==========  ======================================
label       zero   1 shot 5 shots     supervised
=========== ====== ====== ==========  ======================================
alpha       0.65   0      0.65        1     (perfect is 1, persons alone are 0.65)
beta        none   0.65   1           none
gamma       0.65   none   none        none  (no few-shot cell: no curve)
=========== ====== ====== ==========  ======================================
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boards import assemble, text_of, write_own

from benchmark.domains.corpus import Mention
from benchmark.store.record import Record
from leaderboard.analyses.learning import LEARNING, average_table, figure, support_table, tables
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, on_screen
from leaderboard.page.figures import drawn
from leaderboard.page.leaders import leaders
from leaderboard.results.gold import Gold
from leaderboard.results.measure import ScoredCell, measure, unfinished

DOMAINS = ("politics", "ai")
Predictions = dict[str, dict[str, list[Mention]]]  # domain → sentence → mentions
SUPPORT: dict[str, Any] = {
    "shots": 5,
    "sentences": 3,
    "of": 8,
    "words": 20,
    "mentions": {"person": 6, "party": 4},
    "short": ["party"],
    "ids": ["politics/train/0", "politics/train/1", "politics/train/4"],
}


@pytest.fixture
def made(record: Callable[..., Record], gold: Callable[[str], Gold]) -> Callable[..., list[ScoredCell]]:
    """Make the cells of a row in a setting: both domains, seeds 1 and 2, one set of predictions each."""

    def make(label: str, setting: str, found: Predictions, **more: Any) -> list[ScoredCell]:
        rows = []
        for domain in DOMAINS:
            for seed in (1, 2):
                fields = {"setting": setting, **more}
                fields["notes"] = {**more.get("notes", {}), **_note(setting, domain, seed)}
                fields |= {"corpus": "crossner", "source_corpus": "crossner"}
                one = record(label, domain, seed, **fields)
                rows.append(measure(one, gold(domain), found[domain], Path("p.jsonl")))
        return rows

    return make


def _note(setting: str, domain: str, seed: int) -> dict[str, Any]:
    if setting != "few-shot-5":
        return {}
    short = SUPPORT["short"] if domain == "politics" else []
    return {"few_shot": {**SUPPORT, "sentences": 2 + seed, "short": short}}


@pytest.fixture
def persons(right: Predictions) -> Predictions:
    """What is right of persons alone: F1 0.8 in politics, 0.5 in ai."""
    return _filtered(right, lambda mention: mention.type == "person")


def _filtered(right: Predictions, keep: Callable[[Mention], bool]) -> Predictions:
    return {d: {name: [m for m in some if keep(m)] for name, some in one.items()} for d, one in right.items()}


@pytest.fixture
def cells(
    made: Callable[..., list[ScoredCell]], right: Predictions, persons: Predictions
) -> list[ScoredCell]:
    return [
        *made("alpha", "supervised", right),
        *made("alpha", "few-shot-5", persons),
        *made("alpha", "few-shot-1", _filtered(right, lambda _: False)),
        *made("alpha", "zero-shot", persons),
        *made("beta", "few-shot-1", persons),
        *made("beta", "few-shot-5", right),
        *made("gamma", "zero-shot", persons),
    ]


def a_board(cells: list[ScoredCell], **more: Any) -> Board:
    return assemble(cells, suite="tiny", domains=DOMAINS, resamples=100, **more)


def test_curves_by_hand(cells: list[ScoredCell]) -> None:
    board = a_board(cells)
    (table,) = board.get(LEARNING)
    assert table.settings == ("zero-shot", "few-shot-1", "few-shot-5", "supervised")
    assert tuple(board[RANKING].tables) == table.settings  # a table of its own each, from no labels to all
    beta, alpha = table.curves  # beta has more with five shots; gamma has none
    assert (beta.label, alpha.label) == ("beta", "alpha")
    scores = {c.label: [c.score(setting) for setting in table.settings] for c in table.curves}
    averages = {label: [s.f1 if s else None for s in some] for label, some in scores.items()}
    assert averages["alpha"] == pytest.approx([0.65, 0, 0.65, 1])
    assert averages["beta"] == [None, pytest.approx(0.65), 1, None]
    score = alpha.score("zero-shot", "politics")
    assert score is not None and score.f1 == pytest.approx(0.8)
    # the point is the figure of the setting's own table, interval included
    (row,) = (row for row in board[RANKING].tables["few-shot-5"] if row.label == "alpha")
    assert alpha.score("few-shot-5") is row.average


def test_tables_say_what_was_seen(cells: list[ScoredCell]) -> None:
    board = a_board(cells)
    titles = {grid.title for grid in board.tables("latex")}
    says = "few-shot-{}: the target's train sentences that hold {} of each type, drawn by seed; no dev label"
    assert titles > {says.format(1, "1 mention"), says.format(5, "5 mentions")}
    told = {grid.title.partition(":")[0]: " ".join(grid.notes) for grid in board.tables("latex")}
    seen = {setting for setting, notes in told.items() if "No label of dev is seen" in notes}
    assert seen == {"few-shot-1", "few-shot-5"}
    assert average_table(board.get(LEARNING)[0]).header[2:] == ("k = 0", "k = 1", "k = 5", "k = all")
    beta, alpha = average_table(board.get(LEARNING)[0]).rows
    assert beta[2] == beta[5] == "—" and beta[4].startswith("100.0 (")
    assert alpha[3].startswith("0.0 (") and alpha[4].startswith("65.0 (")
    politics, ai = list(tables(board.get(LEARNING), "file"))[2:]
    assert politics.rows[1][4].startswith("80.0 (") and ai.rows[1][4].startswith("50.0 (")
    assert "learning curves" in on_screen(board)
    assert "![F1 over the number of shots](learning.svg)" in text_of(board, "board.md")
    assert "k = all |" in text_of(board, "board.md")
    asks = {one.setting: one.asks for one in leaders(board)}
    assert asks["few-shot-1"] == "With 1 mention of each of the new domain's types"


def test_what_the_shots_are(cells: list[ScoredCell]) -> None:
    (table,) = a_board(cells).get(LEARNING)
    grid = support_table(table)
    assert grid.header == ("domain", "k = 5")
    assert grid.rows == (("politics", "3.5 (10) of 8"), ("ai", "3.5 (10) of 8"))
    assert grid.notes[1] == "fewer than 5 mentions, all that train has: politics: party"


@pytest.mark.parametrize(
    "note",
    [
        *(None, [], {}, {**SUPPORT, "mentions": None}, {**SUPPORT, "short": "party"}),
        *({**SUPPORT, "sentences": "3"}, {**SUPPORT, "of": True}, {**SUPPORT, "mentions": {"a": -1}}),
    ],
)
def test_a_note_that_cannot_be_read_is_passed_over(cells: list[ScoredCell], note: object) -> None:
    changed = [
        replace(c, record=c.record.changed(notes={"few_shot": note})) if "few_shot" in c.record.notes else c
        for c in cells
    ]
    (table,) = a_board(changed).get(LEARNING)
    assert table.support == {} and support_table(table).header == ("domain",)


def test_a_missing_cell_leaves_a_hole_and_is_named(cells: list[ScoredCell]) -> None:
    lost = next(c for c in cells if (c.record.spec.label, c.record.spec.setting) == ("beta", "few-shot-1"))
    failed = unfinished(replace(lost.record, state="failed", reason="no memory"))
    board = a_board([c for c in cells if c is not lost] + [failed])
    (table,) = board.get(LEARNING)
    beta = table.curves[0]
    assert beta.score("few-shot-1") is None and beta.score("few-shot-1", "ai") is not None
    assert "beta (mini) has no average in few-shot-1: cells are missing" in average_table(table).notes


def test_neither_oracles_nor_declined_settings_have_a_curve(
    cells: list[ScoredCell], made: Callable[..., list[ScoredCell]], persons: Predictions
) -> None:
    oracle = made("oracle", "few-shot-5", persons, params={"oracle": 1.0})
    declined = [
        unfinished(cell.record.changed(state="skipped", reason="no"))
        for cell in made("gamma", "few-shot-1", persons)
    ]
    (table,) = a_board([*cells, *oracle, *declined]).get(LEARNING)
    assert [curve.label for curve in table.curves] == ["beta", "alpha"]


def test_a_board_without_few_shots_has_no_curve(cells: list[ScoredCell], tmp_path: Path) -> None:
    board = a_board([c for c in cells if not c.record.spec.setting.startswith("few-shot")])
    assert board.get(LEARNING) is None and write_own(board, "learning", tmp_path) == []
    assert "learning" not in text_of(board, "board.md")


def test_files_hold_the_curves_and_the_same_bytes_twice(cells: list[ScoredCell], tmp_path: Path) -> None:
    board = a_board(cells)
    paths = write_own(board, "learning", tmp_path / "one")
    assert [path.name for path in paths] == [f"learning.{s}" for s in ("md", "csv", "json", "png", "svg")]
    again = write_own(a_board(cells), "learning", tmp_path / "two")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]
    lines = list(csv.DictReader(io.StringIO(paths[1].read_text())))
    (line,) = (
        one
        for one in lines
        if (one["label"], one["setting"], one["domain"]) == ("alpha", "few-shot-5", "politics")
    )
    assert (float(line["f1"]), line["shots"], line["support_sentences"]) == (0.8, "5", "3.5")
    assert {one["kind"] for one in lines} == {"domain", "average"}
    content = json.loads(paths[2].read_text())
    beta, alpha = content["tables"][0]["rows"]
    assert [point["setting"] for point in beta["points"]] == ["few-shot-1", "few-shot-5"]
    assert [point["average"]["f1"] for point in alpha["points"]] == [0.65, 0, 0.65, 1]
    assert content["tables"][0]["support"]["few-shot-5"]["politics"]["short"] == ["party"]
    assert paths[3].read_bytes().startswith(b"\x89PNG") and b"<svg" in paths[4].read_bytes()
    assert "![F1 over the number of shots](learning.svg)" in paths[0].read_text()


def test_own_domains_have_curves_of_their_own(cells: list[ScoredCell]) -> None:
    mine = [replace(c, record=c.record.changed(corpus="own", cell=f"{c.record.cell}-own")) for c in cells]
    main, own = assemble([*cells, *mine], suite="tiny", domains=DOMAINS, resamples=50).get(LEARNING)
    assert (main.own, own.own) == (False, True)
    (table,) = a_board(mine).get(LEARNING)  # of such domains alone: they are the main ones
    assert not table.own


def test_the_page_draws_them(cells: list[ScoredCell]) -> None:
    board = a_board(cells)
    _, (panel,) = drawn(figure(board.get(LEARNING)))
    assert [mark.text for mark in panel["across"].marks] == ["0", "1", "5", "all"]
    assert [mark.at for mark in panel["across"].marks] == [12.5, 37.5, 62.5, 87.5]
    average = panel["places"][0]
    assert average["title"] == "average" and len(average["curves"]) == 2
    beta, alpha = average["curves"]
    assert [x for x, _ in beta["marks"]] == [37.5, 62.5] and len(alpha["marks"]) == 4
    heights = [y for _, y in alpha["marks"]]
    assert heights[1] > heights[0] == heights[2] > heights[3]  # down is worse
    assert [place["title"] for place in panel["places"]] == ["average", *DOMAINS]


def test_marks_of_transductive_rows(
    cells: list[ScoredCell], made: Callable[..., list[ScoredCell]], persons: Predictions
) -> None:
    more = made("delta", "few-shot-1", persons, notes={"transductive": True})
    (table,) = a_board([*cells, *more]).get(LEARNING)
    assert "delta [transductive]" in [row[0] for row in average_table(table).rows]
