"""No tagger of source types beats what such a tagger can score: a row that does fails the board's build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import Mention
from benchmark.scoring.counts import count_mentions
from benchmark.store.store import Store
from leaderboard.analyses.ceilings import AboveCeilingError, check_ceilings
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import build, on_screen
from leaderboard.cli import main
from leaderboard.results.gold import ceiling
from leaderboard.results.measure import ScoredCell
from leaderboard.results.rows import make_rows, resample

COARSE = {"notes": {"ceiling": "coarse"}}
Save = Callable[..., None]
Make = Callable[..., Any]


@pytest.fixture
def leaked(keep: Save, record: Make, right: Any) -> Callable[..., None]:
    """Store a row that answers with the gold annotation, fine types too, and calls itself coarse."""

    def save(store: Store, *, wrong_seed: int | None = None, **changes: Any) -> None:
        for domain in ("politics", "ai"):
            for seed in (1, 2):
                found = right[domain]
                if seed == wrong_seed:
                    found = {name: [] for name in found}
                keep(store, record("leaky", domain, seed, **{**COARSE, **changes}), found)

    return save


def test_honest_rows_pass_also_at_the_ceiling_itself(store: Store, corpora: list[Path]) -> None:
    board = build(store.root, "tiny", own=corpora)
    beta = next(row for row in board[RANKING].rows if row.label == "beta")
    assert beta.record.notes["ceiling"] == "coarse"
    for domain, score in beta.scores.items():  # persons, all of them and nothing else: as much as there is
        assert score.f1 == pytest.approx(board.results.ceilings[domain].source_spans, abs=1e-12)
    alpha = next(row for row in board[RANKING].rows if row.label == "alpha")
    assert (
        alpha.scores["politics"].f1 > board.results.ceilings["politics"].source_spans
    )  # it makes no such claim


def test_a_leaked_row_fails_the_build(store: Store, corpora: list[Path], leaked: Callable[..., None]) -> None:
    leaked(store)
    with pytest.raises(AboveCeilingError) as caught:
        build(store.root, "tiny", own=corpora)
    told = str(caught.value)
    assert "target labels leaked?" in told
    assert "leaky (mini), zero-shot, politics, seed 1: F1 100.00 > 80.00" in told
    assert "leaky (mini), zero-shot, ai, seed 2: F1 100.00 > 50.00" in told
    assert "alpha" not in told and "beta" not in told


def test_the_command_ends_with_1_and_writes_nothing(
    store: Store, corpora: list[Path], leaked: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    leaked(store)
    domains = [part for folder in corpora for part in ("--domain", str(folder))]
    with pytest.raises(SystemExit) as end:
        main(["build", str(store.root), *domains])
    out, err = capsys.readouterr()
    assert end.value.code == 1
    assert "target labels leaked?" in err and "Traceback" not in err
    assert "leaky" not in out
    assert not list((store.root / "tiny").glob("board.*"))


def test_a_seed_that_leaked_hides_behind_no_other(
    store: Store, corpora: list[Path], leaked: Callable[..., None]
) -> None:
    leaked(store, wrong_seed=2)  # 1.0 and 0.0: their mean is below the ceiling of politics
    with pytest.raises(AboveCeilingError) as caught:
        build(store.root, "tiny", own=corpora)
    assert "politics, seed 1" in str(caught.value) and "seed 2" not in str(caught.value)


@pytest.mark.parametrize("changes", [{"setting": "supervised"}, {"params": {"oracle": 1.0}}, {"notes": {}}])
def test_target_labels_oracles_and_other_types_are_no_leak(
    store: Store, corpora: list[Path], leaked: Callable[..., None], changes: dict[str, Any]
) -> None:
    leaked(store, **changes)
    assert "leaky" in {row.label for row in build(store.root, "tiny", own=corpora)[RANKING].rows}


def test_many_leaks_are_counted(cells: list[ScoredCell]) -> None:
    none = dict.fromkeys(("politics", "ai"), ceiling([[Mention(0, 1, "task")]], ()))
    rows = make_rows(cells, ("politics", "ai"), resample(cells, 10), none)
    with pytest.raises(AboveCeilingError, match=r"and 2 more: target labels leaked\?"):
        check_ceilings([row for row in rows for _ in range(3)])  # three times beta's four cells


TYPES = ("person", "place", "task", "metric")
spans = st.sets(st.tuples(st.integers(0, 3), st.sampled_from(TYPES)), max_size=4)
sets = st.lists(spans, min_size=1, max_size=4)


@given(sets, sets, st.booleans())
def test_no_predictions_of_source_types_beat_the_ceiling(
    gold: list[set[tuple[int, str]]], said: list[set[tuple[int, str]]], exact: bool
) -> None:
    """The bound is hard on any test set, however small; what is found of it by gold itself reaches it."""
    source = {"person", "place"}
    right = [_mentions(one) for one in gold]
    answers = right if exact else [_mentions(one) for one in (said * len(gold))[: len(gold)]]
    coarse = [[mention for mention in one if mention.type in source] for one in answers]
    most = ceiling(right, source).source_spans
    f1 = count_mentions(right, coarse, TYPES).micro().f1
    assert f1 <= most + 1e-9
    if exact:
        assert f1 == pytest.approx(most, abs=1e-12)


def _mentions(one: set[tuple[int, str]]) -> list[Mention]:
    return [Mention(at, at + 1, kind) for at, kind in dict(sorted(one)).items()]


def test_the_ceilings_rows_are_as_long_as_their_table(store: Store, corpora: list[Path]) -> None:
    board = build(store.root, "tiny", own=corpora, resamples=20)
    (grid,) = board.tables("latex")
    assert [row[0] for row in grid.rows] == ["beta", "alpha", "ceiling A", "ceiling B"]
    assert {len(row) for row in grid.rows} == {len(grid.header)}
    assert "ceiling B" in on_screen(board)
