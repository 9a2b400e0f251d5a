"""The board of a suite with a base row: paired differences in tables, files and a chart."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boards import assemble, runs_of, text_of, write_own

from benchmark.errors import InputError
from benchmark.scoring.statistics import paired_difference
from benchmark.store.comparison import Comparison, read_comparison, write_comparison
from benchmark.store.store import Store
from leaderboard.analyses.ablations import ABLATIONS, Ablations, ablation_table, compute, figure
from leaderboard.board import Board, build, on_screen
from leaderboard.output import chart
from leaderboard.output.numbers import signed
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import results_of

DOMAINS = ("politics", "ai")


def compared(cells: Sequence[ScoredCell], *rows: str, resamples: int = 200) -> tuple[Ablations, ...]:
    comparison = Comparison("beta", ("beta", *rows))
    found = compute(results_of(cells, suite="tiny", comparison=comparison, resamples=resamples))
    assert found is not None
    return found


def held(cells: Sequence[ScoredCell], *rows: str) -> Ablations:
    (table,) = compared(cells, *rows)
    return table


def draw(tables: Sequence[Ablations], form: chart.Form) -> bytes:
    return chart.draw(figure(tables), form)


def relabel(cells: Sequence[ScoredCell], label: str, to: str, **changes: Any) -> list[ScoredCell]:
    return [
        replace(c, record=c.record.changed(label=to, **changes))
        for c in cells
        if c.record.spec.label == label
    ]


def board_of(cells: Sequence[ScoredCell], *rows: str) -> Board:
    return assemble(cells, suite="tiny", comparison=Comparison("beta", ("beta", *rows)), resamples=50)


def test_differences_are_those_computed_by_hand(cells: list[ScoredCell]) -> None:
    table = held(cells, "alpha")
    (alpha,) = table.rows
    assert table.f1 == pytest.approx({"politics": 0.8, "ai": 0.5}) and table.average == pytest.approx(0.65)
    assert alpha.f1 == pytest.approx({"politics": 0.9, "ai": 0.2}) and alpha.average == pytest.approx(0.55)
    assert alpha.paired.domains["politics"].observed == pytest.approx(0.1)
    assert alpha.paired.domains["ai"].observed == pytest.approx(-0.3)
    assert alpha.paired.average is not None
    assert alpha.paired.average.observed == pytest.approx(-0.1)
    assert (alpha.paired.cells, alpha.missing) == (4, ())
    label = {name: [c for c in cells if c.record.spec.label == name] for name in ("alpha", "beta")}
    sides = [runs_of(label[name], DOMAINS) for name in ("alpha", "beta")]
    assert alpha.paired == paired_difference(*sides, resamples=200)


def test_rows_come_in_the_suites_order_and_others_after_them(cells: list[ScoredCell]) -> None:
    more = [*cells, *relabel(cells, "alpha", "zeta"), *relabel(cells, "alpha", "aside")]
    table = held(more, "zeta", "not-run", "alpha")
    assert [row.label for row in table.rows] == ["zeta", "not-run", "alpha", "aside"]
    assert table.rows[1].record is None and table.rows[1].paired.cells == 0
    notes = ablation_table(table, intervals=False).notes
    assert "not-run: no finished cell that the base has too; nothing to compare" in notes


def test_a_row_with_holes_is_compared_on_common_cells_and_says_so(
    cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    table = held(but(cells, "alpha", "ai", 2, "failed", "MemoryError"), "alpha")
    (alpha,) = table.rows
    assert alpha.missing == (("ai", 2),) and alpha.paired.seeds == {"politics": (1, 2), "ai": (1,)}
    assert alpha.f1["ai"] == pytest.approx(0.4)
    assert alpha.paired.domains["ai"].observed == pytest.approx(-0.1)  # to beta's 0.5 with that seed
    grid = ablation_table(table, intervals=False)
    assert grid.rows[0][-2:] == ("3/4", "1–2")
    assert "lacks ai (seed 2): compared, F1 included, on the 3 of 4 cells that both have" in grid.notes[0]


def test_a_base_without_a_finished_cell_gives_no_table(
    cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]
) -> None:
    for domain in DOMAINS:
        for seed in (1, 2):
            cells = but(cells, "beta", domain, seed, "failed", "no")
    assert board_of(cells, "alpha").get(ABLATIONS) is None
    assert board_of([c for c in cells if c.record.spec.label == "alpha"], "alpha").get(ABLATIONS) is None


def test_each_backbone_setting_and_limit_has_its_own_base(cells: list[ScoredCell]) -> None:
    more = [*cells]
    for label in ("alpha", "beta"):
        more += relabel(cells, label, label, backbone="base")
        more += relabel(cells, label, label, setting="supervised")
        more += relabel(cells, label, f"{label}@50", source_limit=50)
    tables = compared(more, "alpha", resamples=50)
    assert [(t.setting, t.backbone, t.base, [row.label for row in t.rows]) for t in tables] == [
        ("zero-shot", "base", "beta", ["alpha"]),
        ("zero-shot", "mini", "beta", ["alpha"]),
        ("zero-shot", "mini", "beta@50", ["alpha@50"]),
        ("supervised", "mini", "beta", ["alpha"]),
    ]


def test_what_a_reader_sees(cells: list[ScoredCell]) -> None:
    oracle = relabel(cells, "alpha", "oracle-1.0", params={"oracle": 1.0})
    board = board_of([*cells, *oracle], "oracle-1.0", "alpha")
    (grid,) = (ablation_table(table, intervals=True) for table in board.get(ABLATIONS))
    assert grid.title == "zero-shot: difference to beta (mini), F1 65.0"
    assert [row[0] for row in grid.rows] == [
        "alpha",
        "oracle-1.0 [oracle]",
    ]  # oracles last, whatever the suite
    assert grid.rows[0][1:3] == ("55.0", "−10.0")
    assert grid.rows[0][4].startswith("+10.0 (")
    assert any("not a method: types taken from the gold annotation" in note for note in grid.notes)
    assert grid.title in on_screen(board) and "50 resamples" in on_screen(board)
    page = text_of(board, "board.md")
    assert "](ablations.svg)" in page and "## zero-shot: difference to beta (mini), F1 65.0" in page
    assert text_of(board, "ablations.md").startswith("# Ablations: tiny\n\n![")
    sample = board_of([replace(c, record=c.record.changed(corpus="sample")) for c in cells], "alpha")
    assert text_of(sample, "ablations.md").startswith("# Ablations: tiny\n\n> **SAMPLE, NOT CROSSNER")
    assert "difference to" not in on_screen(assemble(cells, suite="tiny"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234, "+12.3"),
        (-0.0449, "−4.5"),
        (0.0004, "0.0"),
        (-0.0004, "0.0"),
        (0.0, "0.0"),
        (0.1004, "+10.0"),
    ],
)
def test_differences_carry_their_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_machines_read_the_same(cells: list[ScoredCell], but: Callable[..., list[ScoredCell]]) -> None:
    board = board_of(but(cells, "alpha", "ai", 2, "failed", "no"), "alpha", "not-run")
    content = json.loads(text_of(board, "ablations.json"))
    (table,) = content["tables"]
    assert table["base"]["label"] == "beta" and table["base"]["average"] == pytest.approx(0.65)
    alpha, absent = table["rows"]
    assert alpha["missing"] == [{"domain": "ai", "seed": 2}] and alpha["cells"] == 3
    assert alpha["domains"]["ai"]["difference"] == pytest.approx(-0.1)
    assert alpha["domains"]["ai"]["seeds"] == [1]
    assert absent["average"] is None and absent["domains"] == {} and absent["method"] is None
    assert content["interval"]["resamples"] == 50
    lines = list(csv.DictReader(io.StringIO(text_of(board, "ablations.csv"))))
    assert [(line["label"], line["kind"], line["domain"]) for line in lines] == [
        *(("alpha", "domain", domain) for domain in DOMAINS),
        ("alpha", "average", ""),
        *(("not-run", "domain", domain) for domain in DOMAINS),
        ("not-run", "average", ""),
    ]
    assert float(lines[1]["difference"]) == pytest.approx(-0.1)
    assert (lines[1]["seeds"], lines[2]["cells"], lines[2]["base_cells"]) == ("1", "3", "4")
    assert lines[5]["difference"] == ""


def test_charts_are_pictures_with_the_same_bytes_every_time(cells: list[ScoredCell]) -> None:
    more = [
        *cells,
        *relabel(cells, "alpha", "a $dear$ row_name"),
        *relabel(cells, "alpha", "oracle-1.0", params={"oracle": 1.0}),
    ]
    more += [c for name in ("alpha", "beta") for c in relabel(cells, name, name, setting="supervised")]
    tables = board_of(more, "alpha", "not-run").get(ABLATIONS)
    assert len(tables) == 2
    png, svg = draw(tables, "png"), draw(tables, "svg")
    assert png.startswith(b"\x89PNG") and 5_000 < len(png) < 1_000_000
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert b"dc:date" not in svg and b"Software" not in png
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": None, "lines.linewidth": 9, "font.size": 30}):
        assert (draw(tables, "png"), draw(tables, "svg")) == (png, svg)  # nobody's own settings matter


def test_a_chart_without_a_row_to_show_is_drawn_all_the_same(cells: list[ScoredCell]) -> None:
    alone = [c for c in cells if c.record.spec.label == "beta"]
    assert draw(board_of(alone, "not-run").get(ABLATIONS), "png").startswith(b"\x89PNG")


def test_build_writes_them_beside_the_board_the_same_in_every_process(
    store: Store, corpora: list[Path], tmp_path: Path
) -> None:
    write_comparison(store, "tiny", Comparison("beta", ("beta", "alpha")))
    domains = [part for folder in corpora for part in ("--domain", str(folder))]
    found = []
    for seed in ("1", "2"):
        target = tmp_path / seed
        command = [sys.executable, "-m", "leaderboard", "build", str(store.root), *domains]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [*command, "--output", str(target)], env=environment, capture_output=True, text=True, check=True
        )
        assert "difference to beta" in done.stdout and str(target / "ablations.svg") in done.stdout
        found.append({path.name: path.read_bytes() for path in target.iterdir()})
    assert found[0] == found[1]
    assert set(found[0]) == {
        *(f"board.{suffix}" for suffix in ("md", "csv", "json", "tex")),
        *(f"decision.{suffix}" for suffix in ("md", "csv", "json")),
        *(f"views.{suffix}" for suffix in ("md", "json")),
        *(f"ablations.{suffix}" for suffix in ("md", "csv", "json", "png", "svg")),
    }


def test_a_store_without_a_comparison_has_no_ablations(
    store: Store, corpora: list[Path], tmp_path: Path
) -> None:
    assert write_own(build(store.root, "tiny", own=corpora), "ablations", tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


def test_a_damaged_comparison_is_named(store: Store, corpora: list[Path]) -> None:
    comparison = Comparison("beta", ("beta", "alpha"))
    write_comparison(store, "tiny", comparison)
    assert read_comparison(store, "tiny") == comparison
    path = store.root / "tiny" / "comparison.json"
    path.write_text(path.read_text().replace('"beta"', '"alpha"', 1))
    with pytest.raises(InputError, match=r"comparison\.json.*SHA-256"):
        build(store.root, "tiny", own=corpora)


def test_printing_a_board_with_ablations_imports_no_matplotlib() -> None:
    program = (
        "import sys, leaderboard.board, leaderboard.output.terminal, leaderboard.analyses.ablations;"
        "print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
