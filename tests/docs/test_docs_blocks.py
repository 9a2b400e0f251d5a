"""What a page says is run does run, and prints what the page says."""

from __future__ import annotations

import os

import pytest
from docs_pages import ROOT, Block, Page, commands_of, pages
from docs_shell import Shell

_RUN = [page for page in pages() if any(block.verb in ("run", "cell") for block in page.blocks)]


@pytest.mark.timeout(
    1800
)  # no test is timed: this one starts a dozen processes, on a machine that may be busy
@pytest.mark.parametrize("page", _RUN, ids=lambda page: page.name)
def test_blocks_run(page, tmp_path):
    Shell(tmp_path).follow(page)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_is_run_or_the_page_says_why_not(page):
    commands = [block for block in page.blocks if block.language in ("sh", "bash", "console", "python")]
    assert [block.line for block in commands if not block.verb] == []
    assert all(block.argument for block in commands if block.verb == "not run")
    assert all((ROOT / block.argument).is_file() for block in commands if block.verb == "run by")


def test_some_pages_are_run():
    run = {page.name for page in _RUN}
    assert {"docs/add-a-method.md", "docs/add-a-domain.md", "docs/reproduce-a-row.md", "docs/use.md"} <= run


@pytest.fixture
def follow(tmp_path, monkeypatch):
    monkeypatch.setattr("docs_pages.ROOT", tmp_path)
    return lambda *blocks: Shell(tmp_path).follow(Page(tmp_path / "page.md", blocks, ""))


def test_a_wrong_output_is_told(follow):
    with pytest.raises(AssertionError, match="the page says"):
        follow(Block(1, "console", "$ echo one\ntwo\n", "run"))


def test_dots_stand_for_any_text(follow):
    follow(Block(1, "console", "$ echo one two three\none ... three\n", "run"))


def test_what_a_page_leaves_running_is_ended(follow, tmp_path, monkeypatch):
    ended = []
    monkeypatch.setattr("docs_shell.os.killpg", lambda group, _: ended.append(group))
    follow(Block(1, "console", "$ sleep 5 > /dev/null & echo $! > pid\n", "run"))
    assert os.getpgid(int((tmp_path / "pid").read_text())) in ended


def test_a_wrong_exit_code_is_told(follow):
    with pytest.raises(AssertionError, match="exit code 3"):
        follow(Block(1, "console", "$ exit 3\n", "run"))
    follow(Block(1, "console", "$ exit 3\n", "run", "exit 3"))


def test_a_file_is_there_for_the_commands_below_it(follow):
    follow(
        Block(1, "text", "hello\n", "file", "folder/greeting.txt"),
        Block(5, "console", "$ cat folder/greeting.txt\nhello\n", "run"),
    )


def test_a_file_that_is_shown_is_held_against_the_block(follow):
    written = Block(1, "text", "hello\n", "file", "greeting.txt")
    follow(written, Block(5, "text", "hello\n", "shows", "greeting.txt"))
    with pytest.raises(AssertionError, match=r"page\.md:5: greeting\.txt holds\nhello"):
        follow(written, Block(5, "text", "hallo\n", "shows", "greeting.txt"))


def test_the_cells_of_a_page_share_their_names(follow):
    follow(Block(1, "python", "number = 2\n", "cell"), Block(5, "python", "assert number == 2\n", "cell"))
    with pytest.raises(AssertionError, match="NameError"):
        follow(Block(1, "python", "print(number)\n", "cell"))


def test_a_backslash_joins_lines():
    block = Block(1, "console", "$ one \\\n    --two\n  three\n$ four\n")
    assert [" ".join(command.split()) for command, _ in commands_of(block)] == ["one --two", "four"]
