from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boards import assemble, text_of, write_own

from benchmark.domains.corpus import Domain, LabelledSentence, Mention
from benchmark.scoring.frequency import surfaces
from benchmark.store.store import Store
from leaderboard.analyses.ranking import RANKING
from leaderboard.analyses.views import LEAK_FREE, NO_MISC, VIEWS_OF_BOARD, Views
from leaderboard.board import Board, analyse, build
from leaderboard.results.gold import Gold, Training
from leaderboard.results.measure import ScoredCell, measure

KNOWN = surfaces(
    [LabelledSentence("t/0", ("Ada", "Eve", "tagging"), (Mention(0, 1, "person"), Mention(1, 2, "task")))]
)
KEPT = {"politics": np.array([True, False, True]), "ai": np.array([True, True])}
TRAINING = {("own", domain): Training(KNOWN, kept) for domain, kept in KEPT.items()}


@pytest.fixture
def known_cells(cells: list[ScoredCell], gold: Callable[[str], Gold]) -> list[ScoredCell]:
    """The eight cells, with counts by frequency as of a system that predicts nothing."""
    made = []
    for cell in cells:
        of_domain = gold(cell.record.spec.domain)
        nothing: dict[str, list[Mention]] = {sentence.id: [] for sentence in of_domain.test}
        asked = measure(cell.record, of_domain, nothing, Path("p"), KNOWN)
        made.append(replace(cell, by_frequency=asked.by_frequency))
    return made


@pytest.fixture
def board(known_cells: list[ScoredCell]) -> Board:
    return assemble(known_cells, suite="tiny", training=TRAINING, resamples=200)


@pytest.fixture
def views(board: Board) -> Views:
    assert board.get(VIEWS_OF_BOARD) is not None
    return board.get(VIEWS_OF_BOARD)


def test_leaks_are_left_out_of_both_sides(views: Views) -> None:
    """Bob's sentence leaks: of politics, alpha keeps 2 of 2 with both seeds, beta 1 of 1 with 2 gold."""
    beta, alpha = views.settings["zero-shot"].tables[LEAK_FREE]
    assert (beta.key, alpha.key) == (("beta", "mini"), ("alpha", "mini"))
    assert alpha.domains["politics"].observed == pytest.approx(1.0)
    assert beta.domains["politics"].observed == pytest.approx(2 / 3)
    assert alpha.average is not None and alpha.change is not None
    assert alpha.average.observed == pytest.approx((1.0 + 0.2) / 2)
    assert alpha.change == pytest.approx((1.0 - 0.9) / 2)
    assert views.leaks == {"politics": (1, 3), "ai": (0, 2)}


def test_without_misc_it_is_the_dialect_of_that_name(board: Board, views: Views) -> None:
    for row, seen in zip(board[RANKING].rows, views.settings["zero-shot"].tables[NO_MISC], strict=True):
        assert row.average is not None and seen.average is not None
        assert seen.average.observed == pytest.approx(row.average.values["no_misc_f1"])


def test_misc_is_left_out(known_cells: list[ScoredCell]) -> None:
    called_misc = [
        replace(cell, counts=replace(cell.counts, types=("misc", "person")))
        if cell.record.spec.domain == "politics" and cell.counts is not None
        else cell
        for cell in known_cells
    ]
    made = assemble(called_misc, suite="tiny", training=TRAINING, resamples=200).get(VIEWS_OF_BOARD)
    assert made is not None
    beta = made.settings["zero-shot"].tables[NO_MISC][0]
    assert beta.domains["politics"].observed == pytest.approx(1.0)  # it finds all persons


def test_mentions_by_frequency(views: Views) -> None:
    """Ada is seen; Eve is a task in train and a person here; nothing else of gold is in train."""
    assert views.mentions == {
        "politics": {"seen": 1, "ambiguous": 0, "unseen": 2},
        "ai": {"seen": 0, "ambiguous": 1, "unseen": 2},
    }
    frequency = views.settings["zero-shot"].frequency[0]
    assert frequency.recall["politics"] == {"seen": 0.0, "ambiguous": None, "unseen": 0.0}
    assert frequency.recall["average"] == {"seen": None, "ambiguous": None, "unseen": 0.0}


def test_types_of_a_domain(views: Views) -> None:
    politics, ai = views.settings["zero-shot"].types
    assert (politics.domain, politics.gold) == ("politics", {"party": 1, "person": 2})
    assert politics.rows["beta", "mini"] == {"party": 0.0, "person": 1.0}
    assert politics.rows["alpha", "mini"] == {"party": 1.0, "person": pytest.approx((1 + 2 / 3) / 2)}
    assert ai.rows["alpha", "mini"] == {"person": pytest.approx((2 / 3 + 0) / 2), "task": 0.0}


def test_a_row_with_a_hole_has_no_average_in_a_view(
    known_cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    cells = but(known_cells, "alpha", "ai", 2, "failed", "x")
    made = assemble(cells, suite="tiny", training=TRAINING, resamples=200).get(VIEWS_OF_BOARD)
    assert made is not None
    alpha = made.settings["zero-shot"].tables[NO_MISC][1]
    assert (alpha.average, alpha.change) == (None, None)
    assert set(alpha.domains) == {"politics", "ai"}
    assert "average" not in made.settings["zero-shot"].frequency[1].recall


def test_train_and_dev_leak_and_train_alone_is_known() -> None:
    def labelled(*words: str) -> LabelledSentence:
        return LabelledSentence("x", words, (Mention(0, 1, "person"),))

    test = (labelled("a"), labelled("b"), labelled("a"), labelled("c"))
    domain = Domain("own", "ai", "en", (), (labelled("a"),), (labelled("b"),), test)
    found = Training.of(domain)
    assert found.kept.tolist() == [False, False, True]  # a stands twice
    assert found.known == {("a",): {"person"}}


def test_pages_show_every_view(board: Board, tmp_path: Path) -> None:
    page, content = (path.read_text("utf-8") for path in write_own(board, "views", tmp_path))
    for words in (
        "no misc",
        "leak-free",
        "recall by mention frequency",
        "types of politics",
        "politics 1 of 3",
    ):
        assert words in page
    found = json.loads(content)
    beta = found["settings"]["zero-shot"]["views"]["leak-free"][0]
    assert beta["label"] == "beta"
    assert beta["domains"]["politics"]["f1"] == pytest.approx(0.666667)
    assert "(views.md)" in text_of(board, "board.md")
    without = analyse(replace(board.results, training=None, found={}))
    assert "(views.md)" not in text_of(without, "board.md")
    assert write_own(without, "views", tmp_path) == []


def test_views_of_a_store(store: Store, corpora: list[Path]) -> None:
    """Train, dev and test of the tiny corpora are one file: all leaks, and all is seen."""
    made = build(store.root, "tiny", own=corpora, resamples=100, views=True).get(VIEWS_OF_BOARD)
    assert made is not None
    assert made.leaks == {"politics": (3, 3), "ai": (2, 2)}
    assert made.mentions["politics"] == {"seen": 3, "ambiguous": 0, "unseen": 0}
    beta = made.settings["zero-shot"].frequency[0]
    assert beta.recall["politics"]["seen"] == pytest.approx(2 / 3)
    assert build(store.root, "tiny", own=corpora, resamples=100).get(VIEWS_OF_BOARD) is None
