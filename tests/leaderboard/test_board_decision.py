"""Which method on which domain: rows of all settings by domain, with ties, and what labels bring."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from boards import text_of

from benchmark.domains.corpus import Mention
from benchmark.store.record import Record
from leaderboard.analyses.decision import DECISION, Decision, compute
from leaderboard.board import analyse, on_screen
from leaderboard.results.gold import Gold
from leaderboard.results.measure import ScoredCell, measure
from leaderboard.results.results import Results, results_of

Right = Mapping[str, Mapping[str, list[Mention]]]


@pytest.fixture
def results(
    cells: list[ScoredCell],
    record: Callable[..., Record],
    gold: Callable[[str], Gold],
    right: Right,
) -> Results:
    """The table of the conftest, and a row ``taught`` that has all right with labels, of seed 1."""
    taught = [
        measure(
            record("taught", domain, 1, setting="supervised"), gold(domain), found, Path("predictions.jsonl")
        )
        for domain, found in right.items()
    ]
    return results_of([*cells, *taught], suite="tiny", resamples=200)


@pytest.fixture
def found(results: Results) -> Decision:
    decision = compute(results)
    assert decision is not None
    return decision


def test_rows_of_all_settings_stand_on_each_domain_best_first(found: Decision) -> None:
    politics = [(one.key[1], round(one.score.f1, 3)) for one in found.domains["politics"]]
    assert politics == [("taught", 1.0), ("alpha", 0.9), ("beta", 0.8)]
    ai = [(one.key[1], round(one.score.f1, 3)) for one in found.domains["ai"]]
    assert ai == [("taught", 1.0), ("beta", 0.5), ("alpha", 0.2)]


def test_of_three_sentences_no_test_tells_rows_apart(found: Decision) -> None:
    assert {one.tie for rows in found.domains.values() for one in rows} == {1}
    best = {(one.domain, one.placed.key[0]): one for one in found.best}
    assert best["politics", "zero-shot"].placed.key[1] == "alpha"
    assert best["ai", "zero-shot"].placed.key[1] == "beta"
    assert [key[1] for key in best["ai", "zero-shot"].tied] == ["alpha"]
    assert best["politics", "supervised"].tied == ()


def test_what_labels_bring_is_on_the_seeds_that_both_have(found: Decision) -> None:
    best = {(one.domain, one.placed.key[0]): one for one in found.best}
    assert best["politics", "zero-shot"].gain is None
    with_labels = best["politics", "supervised"].gain
    assert with_labels is not None
    assert with_labels.observed == pytest.approx(0.0)  # seed 1 of alpha has all right too
    ai = best["ai", "supervised"].gain
    assert ai is not None
    assert ai.observed == pytest.approx(0.5)


def test_it_is_on_the_screen_for_own_corpora_and_in_files(results: Results) -> None:
    board = analyse(results)
    assert "what to take, by domain" in on_screen(board)
    text = text_of(board, "decision.md")
    assert "| taught | mini | supervised | 100.0 (1) | 100.0 (1) |" in " ".join(text.split())
    document = json.loads(text_of(board, "decision.json"))
    (politics, ai) = document["tables"]
    assert (politics["domain"], ai["domain"]) == ("politics", "ai")
    assert politics["best"][1]["over_zero_shot"]["difference"] == 0
    assert [row["label"] for row in ai["rows"]] == ["taught", "beta", "alpha"]
    assert text_of(board, "decision.csv").splitlines()[0].startswith("suite,domain,setting,label,backbone,f1")


def test_one_row_alone_asks_for_no_decision(cells: list[ScoredCell]) -> None:
    alone = results_of(
        [cell for cell in cells if cell.record.spec.label == "alpha"], suite="tiny", resamples=20
    )
    assert compute(alone) is None
    assert analyse(alone).get(DECISION) is None
