from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from boards import assemble, text_of

from benchmark.errors import InputError
from leaderboard.analyses.published import PUBLISHED, PUBLISHED_RESULTS, read_published
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, on_screen
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import TARGETS

HEADER = PUBLISHED.read_text(encoding="utf-8").splitlines()[0]


@pytest.fixture
def on_corpus(cells: list[ScoredCell]) -> Callable[[str], Board]:
    """Return the board of the tiny cells as if they were of another corpus."""

    def make(corpus: str) -> Board:
        changed = [
            ScoredCell(c.record.changed(corpus=corpus, source_corpus=corpus), c.counts, c.values)
            for c in cells
        ]
        return assemble(changed, suite="tiny")

    return make


def test_every_row_of_the_table_is_read_as_printed() -> None:
    rows = read_published()
    assert len(rows) == len(PUBLISHED.read_text(encoding="utf-8").splitlines()) - 1
    lar = [row for row in rows if row.method == "LAR-large enhanced"]
    assert {(row.setting, row.scores["average"]) for row in lar} == {
        ("supervised", "72.94"),
        ("zero-shot", "61.58"),
    }
    assert all(row.scores["politics"] == "" for row in lar)


def test_published_rows_stand_apart_on_boards_of_crossner_alone(on_corpus: Callable[[str], Board]) -> None:
    assert on_corpus("sample").get(PUBLISHED_RESULTS) is None
    assert on_corpus("own").get(PUBLISHED_RESULTS) is None
    board = on_corpus("crossner")
    assert "LAR-large enhanced" not in [row.label for row in board[RANKING].rows]
    page = text_of(board, "board.md")
    ours, theirs = page.split("## Published results: reported, not verified")
    assert "LAR-large" not in ours
    assert "61.58" in theirs
    (lar,) = (line for line in theirs.splitlines() if "61.58" in line)
    assert "[arXiv 2407.17344](https://arxiv.org/abs/2407.17344)" in lar
    (note,) = (line for line in theirs.splitlines() if "UniNER-7B" in line)
    assert "set-of-strings scoring, no misc" in note
    assert "LAR-large" not in on_screen(board)
    assert "LAR-large" not in text_of(board, "board.csv")


def test_rows_are_sorted_by_average_within_their_setting(on_corpus: Callable[[str], Board]) -> None:
    rows = on_corpus("crossner")[PUBLISHED_RESULTS].rows
    settings = [row.setting for row in rows]
    assert settings == sorted(settings, reverse=True)  # zero-shot, then supervised
    for setting in set(settings):
        averages = [float(row.scores["average"]) for row in rows if row.setting == setting]
        assert averages == sorted(averages, reverse=True)


def test_only_the_same_average_of_the_same_dialect_is_comparable() -> None:
    rows = {(row.method, row.setting): row.comparable for row in read_published()}
    assert rows["LST-NER", "supervised"] == "if misc was kept"
    assert rows["GNER-T5-xxl", "zero-shot"] == "no"  # a set of strings
    assert rows["gliner-bi-edge-v2.0 (60M)", "zero-shot"] == "no"  # seven sets
    assert rows["NuNER_Zero", "zero-shot"] == "no"  # token F1


def test_a_row_of_ours_stands_beside_each_in_its_dialect(cells: list[ScoredCell]) -> None:
    found = [
        ScoredCell(
            c.record.changed(
                corpus="crossner", source_corpus="crossner", domain=domain, cell=f"{c.record.cell}{domain}"
            ),
            c.counts,
            {**c.values, "f1": 0.5, "set_of_strings_f1": 0.6},
        )
        for c in cells
        for domain in TARGETS
        if c.record.state == "ok"
        and c.record.spec.setting == "zero-shot"
        and c.record.spec.domain == "politics"
    ]
    published = assemble(found, suite="tiny")[PUBLISHED_RESULTS]
    beside = {
        row.method: ours
        for row, ours in zip(published.rows, published.ours, strict=True)
        if row.setting == "zero-shot"
    }
    assert (beside["GNER-LLaMA-7B"].f1, beside["GNER-LLaMA-7B"].dialect) == (
        pytest.approx(0.6),
        "set of strings",
    )
    assert beside["GNER-T5-xxl"].dialect == "set of strings, but with misc"
    assert beside["GLiNER-L v1"].dialect == ""
    assert beside["NuNER_Zero"] is None and beside["GNER-T5-small (77M)"] is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("A,zero-shot,encoder,1,2,3,4,5,500,5 domains,token,,seen,paper,,,", "average '500'"),
        ("A,zero-shot,encoder,1,2,3,4,nan,5,5 domains,token,,seen,paper,,,", "ai 'nan'"),
        ("A,zero-shot,encoder,1,2,3,4,5,6,5 domains,token,,,paper,,,", "without evidence"),
        ("A,zero-shot", "2 cells"),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(f"{HEADER}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_published(path)
    assert (caught.value.path, caught.value.line) == (str(path), 2)


def test_a_wrong_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    path.write_text("method,f1\n", encoding="utf-8")
    with pytest.raises(InputError, match="columns"):
        read_published(path)
