"""Boards, tables and pages about text that is not Latin: directions, joiners, wide characters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import assemble, text_of
from browser_tools import chromium, opened
from hypothesis import example, given, settings
from hypothesis import strategies as st
from page_tools import page_text
from submission_bundles import write_corpora

from benchmark.domains.corpus import Mention
from benchmark.domains.describe import describe_domain
from benchmark.domains.folder import domain_name
from benchmark.domains.load import load_domain
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.board import on_screen
from leaderboard.output import display_width
from leaderboard.output.escape import readable
from leaderboard.page.build import write_site
from leaderboard.page.cell import words

FAMILY = "👩‍👩‍👧‍👦"
CONLL = {
    "עברית": f'" O\nדוד B-אדם\nלוי I-אדם\nביקר O\nב־2019 O\n. O\n\n{FAMILY} O\nשָׁלוֹם B-אדם\n',
    "日本語": "東 B-場所\n京 I-場所\nは O\n大 O\n都 O\n市 O\n\n\u202eabc O\nمی\u200cخواهم O\n",
    "news": "Ann B-person\nspoke O\n",
}
RIGHT = {
    "עברית": {"עברית/test/0": [Mention(1, 3, "אדם")], "עברית/test/1": [Mention(1, 2, "אדם")]},
    "日本語": {"日本語/test/0": [Mention(0, 2, "場所")], "日本語/test/1": []},
}
CELLS = {name: f"alpha-zero-shot-{number}-mini-s1-0123456789ab" for number, name in enumerate(RIGHT)}


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Corpora in Hebrew and Japanese, with types in their scripts, and a source."""
    found = write_corpora(tmp_path, CONLL)
    for folder, language in zip(found, ("he", "ja", "en"), strict=True):
        (folder / "domain.toml").write_text(f'language = "{language}"\n', encoding="utf-8")
    return found


@pytest.fixture
def filled(tmp_path: Path, record: Callable[..., Any], keep: Callable[..., None]) -> Store:
    store = Store(tmp_path / "scripts")
    for name, found in RIGHT.items():
        keep(store, record("alpha", name, 1, cell=CELLS[name]), found)
    return store


@pytest.fixture
def made(filled: Store, folders: list[Path]) -> boards.Board:
    return boards.build(filled.root, "tiny", own=folders, resamples=20)


@pytest.fixture
def site(filled: Store, folders: list[Path], made: boards.Board, tmp_path: Path) -> Path:
    (index,) = write_site(made, tmp_path / "out")
    return index.parent


def test_a_board_names_the_languages_and_its_tables_stay_whole(made: boards.Board) -> None:
    assert set(made.results.domains) == set(RIGHT)
    assert dict(made.results.languages) == {"עברית": "he", "日本語": "ja"}
    text = text_of(made, "board.md")
    assert "עברית (he)" in text and "日本語 (ja)" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    for start, line in enumerate(tables):
        if set(line) <= set("|:- "):  # the rule below a header: as many cells as above and below it
            assert line.count("|") == tables[start - 1].count("|") == tables[start + 1].count("|")
    lines = list(csv.DictReader(io.StringIO(text_of(made, "board.csv"))))
    assert {line["domain"] for line in lines} >= set(RIGHT)
    assert all(None not in line for line in lines)
    assert set(json.loads(text_of(made, "board.json"))["domains"]) == set(RIGHT)


def test_a_board_in_english_says_nothing_of_languages(cells: list[Any]) -> None:
    board = assemble(cells, suite="tiny", resamples=20, languages={"politics": "en", "ai": "und"})
    assert "(en)" not in text_of(board, "board.md") and "(und)" not in text_of(board, "board.md")


def test_columns_of_the_terminal_meet(made: boards.Board) -> None:
    lines = on_screen(made).splitlines()
    rule = next(number for number, line in enumerate(lines) if line and set(line) <= set("- "))
    header, row = lines[rule - 1], lines[rule + 1]
    assert "日本語" in header
    at = display_width.of(header[: header.index("日本語")]) + display_width.of("日本語")
    assert "-" in lines[rule][at - 1] and lines[rule][at : at + 1] in ("", " ")
    cell = row[: len(row) - len(row.lstrip())] + row.strip()
    assert display_width.of(cell) <= display_width.of(lines[rule])


@settings(max_examples=80)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), st.integers(0, 30))
@example("\u200d", 1)  # a joiner with nothing to join
def test_filling_up_is_counted_in_columns(text: str, more: int) -> None:
    columns = display_width.of(text) + more
    assert (
        display_width.left(text, columns) == text + " " * more
        and display_width.right(text, columns) == " " * more + text
    )
    assert display_width.of(display_width.left(text, columns)) == columns


def test_what_the_widths_are() -> None:
    assert [display_width.of(text) for text in ("abc", "日本語", "e\u0301", "ｱ", "한국")] == [3, 6, 1, 1, 4]


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (FAMILY, FAMILY),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("co\u00adop", "coop"),
        ("\u202eabc\u202c", "abc"),
        ("\u200fדוד", "דוד"),
        ("a\u2028b", "a b"),
        ("\u200d\u200c", ""),
        ("\u200b", ""),
    ],
)
def test_joiners_stay_and_what_turns_text_round_goes(token: str, shown: str) -> None:
    assert readable(token) == shown
    assert words([token]) == (shown or "\ufffd")


@settings(max_examples=100)
@given(st.text(max_size=10))
def test_a_readable_word_turns_nothing_round(text: str) -> None:
    shown = readable(text)
    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\n\r\u2028"
    )
    assert readable(shown) == shown == shown.strip()


def test_sentences_say_their_language_and_find_their_direction(site: Path) -> None:
    hebrew = page_text(site / "cells" / f"{CELLS['עברית']}.html")
    assert '"language":"he"' in hebrew and FAMILY in hebrew
    japanese = page_text(site / "cells" / f"{CELLS['日本語']}.html")
    assert '"language":"ja"' in japanese
    assert "\u202e" not in japanese and "می\u200cخواهم" in japanese


def test_a_browser_sets_each_sentence_in_its_direction(site: Path) -> None:
    def directions(page: Any) -> list[str]:
        found: list[str] = page.evaluate(
            "[...document.querySelectorAll('.words')].map((one) => getComputedStyle(one).direction)"
        )
        return found

    with chromium() as browser, opened(browser, site) as show:
        page = show(f"cells/{CELLS['עברית']}.html")
        assert directions(page) == ["rtl", "rtl"]
        assert page.locator('.words[dir="auto"][lang="he"]').count() == 2
        assert page.locator('mark small[dir="ltr"][lang="en"]').count() > 0
        first = page.locator(".words").first
        mention, rest = first.locator("mark").bounding_box(), first.bounding_box()
        assert mention["x"] + mention["width"] / 2 > rest["x"] + rest["width"] / 2  # it begins on the right
        page = show(f"cells/{CELLS['日本語']}.html")
        assert directions(page)[0] == "ltr"
        visible = page.locator("[data-line]:visible")
        for asked, count in (("東京は", 1), ("京都", 0), ("大都市", 1), ("ABC", 1), ("abcمی", 0)):
            page.locator("#q").fill(asked)
            assert visible.count() == count, asked


def test_cards_of_such_corpora_can_be_printed(folders: list[Path]) -> None:
    card = describe_domain(load_domain("own", str(folders[0])))
    assert "own/עברית (language he;" in str(card) and "אדם" in str(card)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my corpus", "my-corpus"),
        ("हिन्दी समाचार", "हिन्दी-समाचार"),
        ("portugue\u0302s", "português"),
        ("日本語/新聞", "日本語-新聞"),
        ("../..", "own"),
        ("a\u202eb", "a-b"),
    ],
)
def test_names_of_domains_keep_their_letters(text: str, name: str) -> None:
    assert domain_name(text) == name


@given(st.text(st.characters(max_codepoint=127), max_size=8))
def test_plain_words_are_written_as_other_words_are(word: str) -> None:
    # the soft hyphen is left out, and sends the word the longer way
    assert readable(word) == readable(word + "\u00ad")
