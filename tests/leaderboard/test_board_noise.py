"""Rows under noise: curves computed by hand, impacts counted by hand, and no noisy cell in another average.

======== ===== ===== ===== ====  ========================
label    clean 0.5   1.0   area  kept (area / clean)
======== ===== ===== ===== ====  ========================
alpha    1     2/3   0     7/12  7/12
floor    2/3   2/3   0.4   0.6   0.9 (a row of source-only)
======== ===== ===== ===== ====  ========================
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import assemble, frame_of, text_of, write_own

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import Noise
from benchmark.domains.noise.text import corrupt_text
from benchmark.errors import InputError
from benchmark.store.noisy_corpora import CONTENT, noise_identity
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.analyses.noise_curves import mean_height
from leaderboard.analyses.noise_impact import NoiseImpact, noise_impact, noise_impacts
from leaderboard.analyses.ranking import RANKING
from leaderboard.analyses.robustness import ROBUSTNESS, average_table, impact_table
from leaderboard.board import Board, build, on_screen
from leaderboard.results.gold import Ceiling, Gold
from leaderboard.results.measure import ScoredCell, measure, unfinished

Make = Callable[..., Record]
TEST = tuple(
    LabelledSentence(f"d/test/{n}", ("Ada", "met", "Bob"), (Mention(0, 1, "p"), Mention(2, 3, "p")))
    for n in range(2)
)
GOLD = Gold("d", ("p",), TEST)
ADA, BOB = Mention(0, 1, "p"), Mention(2, 3, "p")


def predicted(found: int) -> dict[str, list[Mention]]:
    """So many of the four gold mentions, and nothing else: F1 0, 0.4, 2/3, 6/7 or 1."""
    order = [(0, ADA), (1, BOB), (1, ADA), (0, BOB)][:found]
    return {s.id: sorted(m for place, m in order if place == n) for n, s in enumerate(TEST)}


def noise_of(rate: float, on: str = "source") -> dict[str, Any]:
    return {**Noise(on, rate).to_json(), CONTENT: f"{rate:g}"}


@pytest.fixture
def cell(record: Make) -> Callable[..., ScoredCell]:
    """Make a measured cell: row, rate, how many mentions it finds."""

    def make(label: str, rate: float, found: int, seed: int = 1, **changes: Any) -> ScoredCell:
        fields = {"method": "source-only" if label == "floor" else label, **changes}
        if rate:
            fields |= {"identity": {"noise": noise_of(rate)}, "slot": f"{label}-annotation-{rate:g}"}
            fields["notes"] = {"noise": {"changed": round(10 * rate), "eligible": 10}}
        one = record(label, "d", seed, **fields)
        if rate:
            one = one.changed(label=f"{label}~annotation-{rate:g}")
        return measure(one, GOLD, predicted(found), Path("p.jsonl"))

    return make


@pytest.fixture
def cells(cell: Callable[..., ScoredCell]) -> list[ScoredCell]:
    alpha = [cell("alpha", 0.0, 4), cell("alpha", 0.5, 2), cell("alpha", 1.0, 0)]
    floor = [cell("floor", 0.0, 2), cell("floor", 0.5, 2), cell("floor", 1.0, 1)]
    return alpha + floor


def a_board(cells: list[ScoredCell], **more: Any) -> Board:
    return assemble(cells, suite="tiny", domains=("d",), resamples=200, **more)


def test_a_curve_by_hand(cells: list[ScoredCell]) -> None:
    (table,) = a_board(cells).get(ROBUSTNESS)
    assert (table.setting, table.series, table.rates, table.floor) == (
        "zero-shot",
        "annotation",
        (0.0, 0.5, 1.0),
        True,
    )
    assert table.noise == {
        name: value for name, value in Noise("source", 0.5).to_json().items() if name != "rate"
    }
    floor, alpha = table.curves  # floor keeps more
    assert (floor.label, alpha.label) == ("floor", "alpha")
    line = alpha.average
    assert line is not None and line.kept is not None
    assert [point.f1.value for point in line.points] == pytest.approx([1, 2 / 3, 0])
    assert [point.change.observed for point in line.points] == pytest.approx([0, -1 / 3, -1])
    area = (1 + 2 / 3) / 4 + (2 / 3 + 0) / 4
    assert line.area.value == line.kept.value == pytest.approx(area)
    assert line.area.interval.low <= line.area.value <= line.area.interval.high
    # floor is at 2/3, 2/3, 0.4: alpha meets it at 0.5 and goes under it from there
    assert line.below == pytest.approx(0.5)
    assert floor.average is not None and floor.average.below is None
    assert floor.average.kept is not None
    assert floor.average.kept.value == pytest.approx(((2 / 3 + 2 / 3) / 4 + (2 / 3 + 0.4) / 4) / (2 / 3))
    assert alpha.realised == {0.5: 0.5, 1.0: 1.0} and alpha.domains["d"].points == line.points
    lead = table.leads["alpha", "mini"]
    assert lead.observed == pytest.approx(floor.average.kept.value - line.kept.value)


def test_falling_below_between_two_rates(cell: Callable[..., ScoredCell]) -> None:
    cells = [cell("alpha", 0.0, 4), cell("alpha", 1.0, 0), cell("floor", 0.0, 2), cell("floor", 1.0, 2)]
    curves = {curve.label: curve for curve in a_board(cells).get(ROBUSTNESS)[0].curves}
    assert curves["alpha"].average is not None
    assert curves["alpha"].average.below == pytest.approx(1 / 3)  # 1 - r = 2/3
    cells = [cell("alpha", 0.0, 1), cell("alpha", 1.0, 1), cell("floor", 0.0, 2), cell("floor", 1.0, 0)]
    curves = {curve.label: curve for curve in a_board(cells).get(ROBUSTNESS)[0].curves}
    assert curves["alpha"].average is not None and curves["alpha"].average.below == 0.0


def test_without_a_whole_floor_nothing_is_said_of_falling_below(
    cells: list[ScoredCell], cell: Callable[..., ScoredCell]
) -> None:
    def below(some: list[ScoredCell]) -> dict[str, str]:
        grid = average_table(a_board(some).get(ROBUSTNESS)[0])
        place = grid.header.index("below source-only from")
        return {row[0]: row[place] for row in grid.rows}

    assert below(cells) == {"alpha": "50 %", "floor": "—"}
    steady = [cell("beta", rate, 4) for rate in (0.0, 0.5, 1.0)]
    assert below([*cells, *steady])["beta"] == "not by 100 %"
    crossing = [cell("alpha", 0.0, 4), cell("alpha", 1.0, 0), cell("floor", 0.0, 2), cell("floor", 1.0, 2)]
    assert below(crossing)["alpha"] == "33.3 %"
    holed = [unfinished(c.record.changed(state="failed")) if c is cells[5] else c for c in cells]
    assert below([*holed, *steady])["beta"] == "—"


def test_who_adapts_to_the_test_set_is_marked(cell: Callable[..., ScoredCell]) -> None:
    notes = {"transductive": True}
    cells = [cell("alpha", 0.0, 4, notes=notes), cell("alpha", 0.5, 2)]
    cells[1] = replace(cells[1], record=cells[1].record.changed(notes=notes))
    (table,) = a_board(cells).get(ROBUSTNESS)
    assert average_table(table).rows[0][0] == "alpha [transductive]"


def test_ceilings_stand_under_the_columns_of_the_others(cells: list[ScoredCell]) -> None:
    for some in (cells, [one for one in cells if one.record.spec.noise is None]):
        (grid,) = a_board(some, ceilings={"d": Ceiling(0.5, 0.6)}).tables("latex")
        assert len(grid.rows) == 4 and {len(row) for row in grid.rows} == {len(grid.header)}
        assert dict(zip(grid.header, grid.rows[-1], strict=True))["average"] == "60.0"


def test_noisy_cells_are_in_no_other_average(cells: list[ScoredCell]) -> None:
    noisy, clean = a_board(cells), a_board([one for one in cells if one.record.spec.noise is None])
    assert noisy[RANKING].tables == clean[RANKING].tables and clean.get(ROBUSTNESS) is None
    assert [row.label for row in noisy[RANKING].rows] == ["alpha", "floor"]
    assert set(frame_of(noisy)["label"]) == {"alpha", "floor"}


def test_the_robustness_column(cells: list[ScoredCell]) -> None:
    board = a_board(cells)
    (grid,) = board.tables("latex")
    place = grid.header.index("kept: annotation")
    assert {row[0]: row[place] for row in grid.rows} == {"alpha": "58.3", "floor": "90.0"}
    assert any("No noisy cell is in any other column" in note for note in grid.notes)
    rows = json.loads(text_of(board, "board.json"))["tables"]["zero-shot"]
    assert {row["label"]: row["kept"]["annotation"] for row in rows} == {"alpha": 0.583333, "floor": 0.9}
    clean = a_board([one for one in cells if one.record.spec.noise is None])
    assert not any("kept" in name for grid in clean.tables("latex") for name in grid.header)
    assert '"kept"' not in text_of(clean, "board.json")


def test_a_hole_leaves_no_average_and_is_named(cells: list[ScoredCell]) -> None:
    gone = [
        unfinished(c.record.changed(state="failed", reason="boom"))
        if c.record.spec.label == "alpha~annotation-1"
        else c
        for c in cells
    ]
    board = a_board(gone)
    alpha = next(curve for curve in board.get(ROBUSTNESS)[0].curves if curve.label == "alpha")
    assert alpha.average is None and alpha.domains == {}
    assert [(rate, hole.state) for rate, hole in alpha.missing] == [(1.0, "failed")]
    assert any(
        "alpha (mini) has no average: 100 % d (seed 1) failed: boom" in n
        for n in average_table(board.get(ROBUSTNESS)[0]).notes
    )
    assert "kept" not in json.loads(text_of(board, "board.json"))["tables"]["zero-shot"][0]
    missing = [c for c in cells if c.record.spec.label != "alpha"]  # no clean twin
    alpha = next(curve for curve in a_board(missing).get(ROBUSTNESS)[0].curves if curve.label == "alpha")
    assert [(rate, hole.state) for rate, hole in alpha.missing] == [(0.0, "not run")]


def test_only_seeds_with_every_rate_count(cells: list[ScoredCell], cell: Callable[..., ScoredCell]) -> None:
    more = [*cells, cell("alpha", 0.0, 0, seed=2), cell("alpha", 0.5, 0, seed=2)]
    alpha = next(curve for curve in a_board(more).get(ROBUSTNESS)[0].curves if curve.label == "alpha")
    assert alpha.seeds == (1, 2) and alpha.average is None
    assert alpha.domains["d"].points[0].f1.value == 1.0


def test_area_is_the_trapezoid_rule() -> None:
    assert mean_height([0.0, 0.1, 0.4], np.array([1.0, 0.8, 0.2])) == pytest.approx((0.09 + 0.15) / 0.4)


def test_the_verdict_says_whether_the_interval_supports_it(
    cells: list[ScoredCell], cell: Callable[..., ScoredCell]
) -> None:
    notes = "\n".join(average_table(a_board(cells).get(ROBUSTNESS)[0]).notes)
    assert "floor (mini) keeps most; its lead over alpha (mini) is +31.7 percentage points" in notes
    assert (
        "Realised, of the eligible mentions, beside the rate asked for: 50 %: 50.0 %; 100 %: 100.0 %."
        in notes
    )
    twins = [cell(name, rate, found) for name in ("alpha", "beta") for rate, found in ((0.0, 4), (1.0, 2))]
    notes = "\n".join(average_table(a_board(twins).get(ROBUSTNESS)[0]).notes)
    assert "does not support that" in notes and "below source-only" not in notes


# ---- impact


def test_impact_by_hand() -> None:
    before = LabelledSentence("d/test/0", ("Ada", "met", "Bob", "today"), (ADA, BOB))
    after = LabelledSentence("d/test/0", ("Ada", "m", "et", "Bbo", "today"), (ADA, Mention(3, 4, "p")))
    clean, noisy = (Gold("d", ("p",), (sentence,)) for sentence in (before, after))
    found = noise_impact(clean, [[ADA, BOB]], noisy, [[ADA, Mention(1, 2, "p"), Mention(3, 5, "p")]])
    assert found == NoiseImpact(
        gold=2,
        right_clean=2,
        right_noisy=1,
        lost=1,
        touched=1,
        touched_clean=1,
        spurious_noisy=1,  # (3, 5) touches gold: wrong, but not outside
        sentences=1,
        worse=1,
    )
    turned = noise_impact(noisy, [[]], clean, [[BOB]])
    assert (turned.gained, turned.better, turned.worse, turned.lost) == (1, 1, 0, 0)
    assert found + turned == NoiseImpact(4, 2, 2, 1, 1, 2, 1, 1, 0, 1, 2, 1, 1)
    with pytest.raises(ValueError, match="do not pair up"):
        noise_impact(clean, [[]], Gold("d", ("p",), (replace(after, id="d/test/1"),)), [[]])


def test_impacts_are_summed_and_shown(cells: list[ScoredCell]) -> None:
    one = NoiseImpact(gold=4, right_clean=4, right_noisy=2, lost=2, spurious_noisy=1, sentences=2, worse=1)
    (table,) = a_board(cells, found={noise_impacts: {cells[1].record.cell: one}}).get(ROBUSTNESS)
    alpha = next(curve for curve in table.curves if curve.label == "alpha")
    assert alpha.impacts == {0.5: one}
    assert impact_table(table).rows == (("alpha", "mini", "50 %", "50.0", "—", "0.0", "25.0", "50.0", "0.0"),)


# ---- from a store


@pytest.fixture
def politics() -> Any:
    return load_domain("sample", "politics")


@pytest.fixture
def noisy_store(
    tmp_path: Path, record: Make, keep: Callable[..., None], politics: Any
) -> tuple[Store, Record]:
    """A store with a row that is right when clean and, under noise on the text, on the noisy gold."""
    store = Store(tmp_path / "runs")
    common = {"corpus": "sample", "source_corpus": "sample", "method": "alpha"}
    clean = record("alpha", "politics", 1, identity={"target": politics.content_hash}, **common)
    keep(store, clean, {s.id: list(s.mentions) for s in politics.test})
    noise = noise_identity(Noise("target", 0.3), politics, politics)
    identity = {"target": politics.content_hash, "noise": noise}
    noisy = record("alpha", "politics", 1, identity=identity, slot="alpha-text-0.3", **common)
    noisy = noisy.changed(label="alpha~text-0.3")
    gold, _ = corrupt_text(politics.test, Noise("target", 0.3))
    keep(store, noisy, {s.id: list(s.mentions) for s in gold})
    return store, noisy


def test_gold_is_the_noisy_test_set_and_files_are_written(
    noisy_store: tuple[Store, Record], tmp_path: Path
) -> None:
    store, _ = noisy_store
    board = build(store.root, "tiny", resamples=50)
    (table,) = board.get(ROBUSTNESS)
    (curve,) = table.curves
    assert curve.average is not None and [p.f1.value for p in curve.average.points] == [1.0, 1.0]
    impact = curve.impacts[0.3]
    assert impact.gold == impact.right_clean == impact.right_noisy > 500 and impact.worse == 0
    assert 0 < impact.touched < impact.gold
    paths = write_own(board, "robustness", tmp_path / "out")
    assert [path.name for path in paths] == [
        f"robustness.{suffix}" for suffix in ("md", "csv", "json", "png", "svg")
    ]
    content = json.loads(paths[2].read_text("utf-8"))
    assert content["schema"] == 1 and content["tables"][0]["rows"][0]["average"]["kept"] == 1.0
    lines = paths[1].read_text("utf-8").splitlines()
    assert len(lines) == 5 and lines[0].startswith("suite,corpus,source,setting,series,noise,label")
    markdown = paths[0].read_text("utf-8")
    assert (
        markdown.startswith("# Robustness: tiny\n\n> **SAMPLE")
        and "damage inside and outside mentions" in markdown
    )
    assert paths[3].read_bytes().startswith(b"\x89PNG") and b"<svg" in paths[4].read_bytes()
    again = {path.name: path.read_bytes() for path in write_own(board, "robustness", tmp_path / "again")}
    assert again == {path.name: path.read_bytes() for path in paths}
    assert "zero-shot under the noise text" in on_screen(board)


def test_a_noisy_test_set_that_cannot_be_made_here_is_named(
    noisy_store: tuple[Store, Record], keep: Callable[..., None], politics: Any
) -> None:
    store, noisy = noisy_store
    wrong = {**noisy.spec.identity["noise"], CONTENT: "0" * 64}
    keep(
        store,
        noisy.changed(identity={**noisy.spec.identity, "noise": wrong}),
        {s.id: [] for s in politics.test},
    )
    with pytest.raises(InputError, match="noisy test set that cannot be made here"):
        build(store.root, "tiny", resamples=50)


def test_nothing_is_written_without_noise(cells: list[ScoredCell], tmp_path: Path) -> None:
    clean = a_board([one for one in cells if one.record.spec.noise is None])
    assert write_own(clean, "robustness", tmp_path / "out") == [] and not (tmp_path / "out").exists()
