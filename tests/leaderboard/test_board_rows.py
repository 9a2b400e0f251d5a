from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from boards import assemble

from benchmark.errors import InputError
from benchmark.scoring.statistics import bootstrap_average, bootstrap_f1
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, on_screen
from leaderboard.results.gold import Ceiling
from leaderboard.results.measure import ScoredCell, unfinished
from leaderboard.results.rows import NOT_RUN, Row

CellChange = Callable[..., list[ScoredCell]]


def only(board: Board, label: str) -> Row:
    (row,) = (row for row in board[RANKING].rows if row.label == label)
    return row


def test_domains_and_averages_are_those_computed_by_hand(cells: list[ScoredCell]) -> None:
    board = assemble(cells, suite="tiny")
    assert board.results.domains == ("politics", "ai")
    assert [row.label for row in board[RANKING].tables["zero-shot"]] == ["beta", "alpha"]
    alpha, beta = only(board, "alpha"), only(board, "beta")
    assert alpha.scores["politics"].f1 == pytest.approx(0.9)
    assert alpha.scores["ai"].f1 == pytest.approx(0.2)
    assert beta.scores["politics"].f1 == pytest.approx(0.8)
    assert beta.scores["ai"].f1 == pytest.approx(0.5)
    assert alpha.average is not None
    assert beta.average is not None
    assert alpha.average.f1 == pytest.approx(0.55)
    assert beta.average.f1 == pytest.approx(0.65)
    assert alpha.coverage == "2/2"
    assert alpha.seeds == (1, 2)


def test_secondary_columns_are_averaged_like_the_primary(cells: list[ScoredCell]) -> None:
    alpha = only(assemble(cells, suite="tiny"), "alpha")
    # ai, seed 1: the wrong type on a right span costs 2 of 5 mentions; boundaries alone: 2 of 2 found, 3 gold
    assert alpha.scores["ai"].values["lost_to_types"] == pytest.approx((2 / 5 + 0) / 2)
    assert alpha.scores["ai"].values["boundaries_f1"] == pytest.approx((4 / 5 + 0) / 2)
    assert alpha.average is not None
    assert alpha.average.values["train_seconds"] == 15.0


def test_intervals_are_those_of_the_scoring_room(cells: list[ScoredCell]) -> None:
    alpha = only(assemble(cells, suite="tiny", resamples=300), "alpha")
    runs = {
        domain: [
            cell.counts
            for cell in cells
            if cell.record.spec.label == "alpha"
            and cell.record.spec.domain == domain
            and cell.counts is not None
        ]
        for domain in ("politics", "ai")
    }
    assert alpha.average is not None
    expected = bootstrap_average(runs, resamples=300)
    assert alpha.average.interval.low == pytest.approx(expected.low)
    assert alpha.average.interval.high == pytest.approx(expected.high)
    widest = bootstrap_f1(runs["politics"], resamples=20_000, seed=1)
    assert alpha.scores["politics"].interval.low == pytest.approx(widest.low, abs=0.05)


@pytest.mark.parametrize("state", ["failed", "skipped", "over-budget"])
def test_a_hole_leaves_the_average_empty_and_says_why(
    cells: list[ScoredCell], but: CellChange, state: str
) -> None:
    board = assemble(but(cells, "alpha", "ai", 2, state, "too slow"), suite="tiny")
    alpha = only(board, "alpha")
    assert alpha.average is None
    assert alpha.coverage == "1/2"
    assert alpha.scores["ai"].f1 == pytest.approx(0.4)  # seed 1 alone, and marked as such
    assert alpha.scores["ai"].seeds == 1
    (hole,) = alpha.holes
    assert (hole.domain, hole.seed, hole.state, hole.reason) == ("ai", 2, state, "too slow")
    assert only(board, "beta").average is not None


def test_a_cell_that_was_never_run_is_a_hole(cells: list[ScoredCell]) -> None:
    left = [c for c in cells if (c.record.spec.label, c.record.spec.domain) != ("alpha", "ai")]
    alpha = only(assemble(left, suite="tiny"), "alpha")
    assert alpha.average is None
    assert [(hole.domain, hole.seed, hole.state) for hole in alpha.holes] == [
        ("ai", 1, NOT_RUN),
        ("ai", 2, NOT_RUN),
    ]


def test_an_average_is_over_the_domains_of_the_suite_even_where_nobody_ran_them(
    cells: list[ScoredCell],
) -> None:
    cells = [ScoredCell(c.record.changed(corpus="sample"), c.counts, c.values) for c in cells]
    board = assemble(cells, suite="tiny", domains=("politics", "music", "ai"))
    assert board.results.domains == ("politics", "music", "ai")
    assert all(row.average is None and row.coverage == "2/3" for row in board[RANKING].rows)


def test_incomplete_rows_stand_below_complete_ones(cells: list[ScoredCell], but: CellChange) -> None:
    board = assemble(but(cells, "beta", "ai", 2, "failed", "x"), suite="tiny")
    assert [row.label for row in board[RANKING].rows] == ["alpha", "beta"]


def test_rows_may_differ_in_their_seeds(cells: list[ScoredCell]) -> None:
    left = [c for c in cells if c.record.spec.label != "beta" or c.record.spec.seed == 1]
    board = assemble(left, suite="tiny")
    assert only(board, "beta").seeds == (1,)
    assert only(board, "beta").average is not None
    assert only(board, "alpha").seeds == (1, 2)


def test_a_method_that_declined_everything_is_not_a_row_of_numbers(
    record: Callable[..., object], cells: list[ScoredCell]
) -> None:
    declined = [
        unfinished(record("gamma", domain, 1, state="skipped", reason="supervised only"))  # type: ignore[arg-type]
        for domain in ("politics", "ai")
    ]
    board = assemble([*cells, *declined], suite="tiny")
    assert only(board, "gamma").skipped
    assert not only(board, "alpha").skipped


def test_two_cells_for_one_place_are_refused(cells: list[ScoredCell]) -> None:
    double = ScoredCell(cells[0].record.changed(cell="other"), cells[0].counts, cells[0].values)
    with pytest.raises(InputError, match="two cells for one place"):
        assemble([*cells, double], suite="tiny")


def test_two_sources_are_refused(cells: list[ScoredCell]) -> None:
    other = ScoredCell(cells[0].record.changed(source="wiki"), cells[0].counts, cells[0].values)
    with pytest.raises(InputError, match="sources news, wiki"):
        assemble([*cells[1:], other], suite="tiny")


def test_a_tagger_of_source_types_above_its_ceiling_is_flagged(cells: list[ScoredCell]) -> None:
    exact = {"politics": Ceiling(2 / 3, 0.8), "ai": Ceiling(1 / 3, 0.5)}
    board = assemble(cells, suite="tiny", ceilings=exact)
    assert only(board, "beta").above_ceiling == ()
    lower = {"politics": Ceiling(0.6, 0.75), "ai": Ceiling(1 / 3, 0.5)}
    board = assemble(cells, suite="tiny", ceilings=lower)
    assert only(board, "beta").above_ceiling == ("politics",)
    assert [(one.seed, one.ceiling) for one in only(board, "beta").above] == [(1, 0.75), (2, 0.75)]
    assert only(board, "alpha").above_ceiling == ()  # it does not claim to keep source types


def test_the_source_in_its_own_domain_stands_apart(cells: list[ScoredCell]) -> None:
    cell = cells[0]
    probe = ScoredCell(
        cell.record.changed(domain="news", label="probe", cell="probe"), cell.counts, cell.values
    )
    board = assemble([*cells, probe], suite="tiny")
    assert board.results.domains == ("politics", "ai")
    assert "probe" not in [row.label for row in board[RANKING].rows]
    (row,) = board.results.in_domain
    assert row.average is not None
    assert row.average.f1 == 1.0


def test_domains_of_your_own_stand_apart_from_the_suites(cells: list[ScoredCell]) -> None:
    mixed = [
        ScoredCell(
            c.record.changed(
                corpus="own" if c.record.spec.domain == "ai" else "sample", source_corpus="sample"
            )
        )
        for c in cells
    ]
    mixed = [ScoredCell(m.record, c.counts, c.values) for m, c in zip(mixed, cells, strict=True)]
    board = assemble(mixed, suite="tiny", domains=("politics",))
    assert board.results.domains == ("politics",)
    assert board.results.own_domains == ("ai",)
    average = only(board, "alpha").average
    assert average is not None
    assert average.f1 == pytest.approx(0.9)
    (alpha,) = (row for row in board[RANKING].own["zero-shot"] if row.label == "alpha")
    assert alpha.scores["ai"].f1 == pytest.approx(0.2)
    assert "--suite crossner-mini --domain path/to/ai`" in on_screen(board)


def test_a_board_of_domains_of_your_own_alone_is_about_them(cells: list[ScoredCell]) -> None:
    own = [
        ScoredCell(c.record.changed(corpus="own", source_corpus="sample"), c.counts, c.values)
        for c in cells
        if c.record.spec.domain == "ai"
    ]
    board = assemble(own, suite="sample", domains=("politics", "science"))
    assert (board.results.domains, board.results.own_domains) == (("ai",), ())
    average = only(board, "alpha").average
    assert average is not None
    assert average.f1 == pytest.approx(0.2)
    text = on_screen(board)
    assert "SAMPLE, NOT CROSSNER" not in text
    assert "SOURCE FROM THE SAMPLE" in text
    assert "run --all --suite crossner-mini --domain path/to/ai`" in text


def test_the_order_of_cells_changes_nothing(cells: list[ScoredCell]) -> None:
    order = np.random.default_rng(0).permutation(len(cells))
    shuffled = assemble([cells[i] for i in order], suite="tiny")
    assert [(r.label, r.average, r.scores) for r in shuffled[RANKING].rows] == [
        (r.label, r.average, r.scores) for r in assemble(cells, suite="tiny")[RANKING].rows
    ]
