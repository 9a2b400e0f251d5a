"""The pages of the documentation, taken apart: fenced blocks with their directives, links, headings, code.

A comment on the line before a fenced block says what is to be done with the block:

``<!-- run -->``          its ``$`` lines are run, in order, in the page's own temporary folder; lines below a
                          command are what it must print, where ``...`` stands for any text. A ``python``
                          block is run as a script.
``<!-- cell -->``         a block of Python; those of a page are run as one script, as in a notebook.
``<!-- run: exit 2 -->``  the same, and the last command must end with that exit code, not with 0.
``<!-- file: a/b.txt -->``  its content is written to that file of the folder.

``<!-- shows: a/b.txt -->``  it is the content of that file of the folder.

``<!-- run by: tests/b.py -->``  that test runs it, or what it shows.
``<!-- not run: why -->``  it needs what a test has not.

A block of commands or Python has one of these; any other may be only shown.
``<!-- given: results/sample -->``, anywhere on a page, puts a copy of that folder of the project into the
page's own; ``<!-- given: results/sample as runs/sample -->`` puts it there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/*.md"))]

_DIRECTIVE = re.compile(r"<!-- (?P<verb>run by|not run|run|file|shows|cell)(?:: (?P<argument>[^>]+?))? -->")
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<language>\w*)")
_GIVEN = re.compile(r"<!-- given: (\S+)(?: as (\S+))? -->")
_HEADING = re.compile(r"(?P<level>#{1,6}) (?P<title>.+)")
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"(?<!`)`(?P<code>[^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A fenced block; ``verb`` is one of the directives or empty, ``argument`` what follows its colon."""

    line: int
    language: str
    text: str
    verb: str = ""
    argument: str = ""


@dataclass(frozen=True)
class Page:
    """A page: its blocks, and its prose without them."""

    path: Path
    blocks: tuple[Block, ...]
    prose: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def given(self) -> list[tuple[str, str]]:
        """The folders of the project that its commands find, each with where they find it."""
        return [(folder, place or folder) for folder, place in _GIVEN.findall(self.prose)]

    @property
    def links(self) -> list[str]:
        """The targets of the links in the prose."""
        return [match["target"] for match in _LINK.finditer(_CODE.sub("", self.prose))]

    @property
    def anchors(self) -> set[str]:
        """The anchors of the headings, as a code host makes them."""
        titles = [match["title"] for line in self.prose.splitlines() if (match := _HEADING.fullmatch(line))]
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    @property
    def code(self) -> list[str]:
        """The code spans of the prose."""
        return [match["code"] for match in _CODE.finditer(self.prose)]

    def section(self, title: str) -> str:
        """The prose under a heading, up to the next one of its level or above."""
        lines = self.prose.splitlines()
        for start, line in enumerate(lines):
            match = _HEADING.fullmatch(line)
            if match and match["title"] == title:
                level = len(match["level"])
                rest = lines[start + 1 :]
                ends = (n for n, other in enumerate(rest) if re.match(rf"#{{1,{level}}} ", other))
                return "\n".join(rest[: next(ends, len(rest))])
        raise AssertionError(f"{self.name} has no section {title!r}")

    def table(self, title: str) -> list[str]:
        """The names in the first column, code spans, of the tables of a section."""
        rows = [line for line in self.section(title).splitlines() if line.startswith("| `")]
        return [name for row in rows for name in _CODE.findall(row.split("|")[1])]


@cache
def read_page(path: Path) -> Page:
    """Take a page apart."""
    blocks: list[Block] = []
    prose: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    number, directive = 0, None
    while number < len(lines):
        line = lines[number]
        if fence := _FENCE.match(line):
            end = next(n for n in range(number + 1, len(lines)) if lines[n] == fence["ticks"])
            text = "".join(f"{body}\n" for body in lines[number + 1 : end])
            verb, argument = (directive["verb"], directive["argument"] or "") if directive else ("", "")
            blocks.append(Block(number + 1, fence["language"], text, verb, argument))
            number, directive = end + 1, None
            continue
        assert directive is None, f"{path}:{number}: a directive without a block on the next line"
        directive = _DIRECTIVE.fullmatch(line)
        prose.append(line)
        number += 1
    return Page(path, tuple(blocks), "\n".join(prose))


def pages() -> list[Page]:
    """All pages that exist."""
    return [read_page(path) for path in PAGES]


def commands_of(block: Block) -> Iterator[tuple[str, str]]:
    """Yield (command, expected output) of a console block; a backslash joins lines."""
    command, expected = "", ""
    for line in block.text.replace("\\\n  ", " ").splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:].strip(), ""
        else:
            expected += line
    if command:
        yield command, expected


def command_words(page: Page) -> Iterator[list[str]]:
    """Yield the words of every command line that a page shows, in blocks and in code spans."""
    lines = [command for block in page.blocks for command, _ in commands_of(block)]
    shells = [block for block in page.blocks if block.language in ("sh", "bash", "shell")]
    lines += [line for block in shells for line in block.text.replace("\\\n", " ").splitlines()]
    for text in lines + page.code:
        for part in re.split(r"&&|;|\|", text):
            try:
                yield shlex.split(part, comments=True)
            except ValueError:  # a code span that is no command line
                continue
