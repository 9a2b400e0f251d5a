"""CoNLL columns and their kin: one token a line with its tag, an empty line between sentences.

Rows without any peculiarity are read many at a time; ``_Reader`` reads any others to the same sentences, and
names those that are wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, zip_longest
from pathlib import Path

from benchmark.domains.formats.column_layout import (
    SIDES,
    TAG_NAMES,
    TOKEN_NAMES,
    Columns,
    find_columns,
    looks_like_tag,
)
from benchmark.domains.formats.source import Source
from benchmark.domains.reading import DROP, ReadOptions
from benchmark.domains.tag_spelling import spell
from benchmark.domains.tagged_file import Block, Findings, Problem, TaggedSentence, counted
from benchmark.domains.types.look_alikes import visible

# comment lines of CoNLL-U and its kin that may stand before a sentence; ``stated``: one like ``# text = ...``
_COMMENT = re.compile(
    r"# ?(newdoc|newpar|sent_id|text|id)\b( id)?(?P<stated> =)?"
    r"|#(begin|end) document\b|# ?global\.columns =|#[ \t]"
)
_NEW_DOCUMENT = ("# newdoc", "#begin document")
_NAMES = re.compile(r"^# ?global\.columns = *(.*)$", re.MULTILINE)
_DOCUMENT = "-DOCSTART-"
_BLANK = " \t"
# all bytes but line feeds and spaces, or line feeds and tabs
_NO_SEPARATORS = [bytes(set(range(256)) - {10, separator}) for separator in (32, 9)]


def recognise(head: str) -> bool:
    """Whether a file may be of columns: any may."""
    del head
    return True


def read(source: Source, options: ReadOptions, findings: Findings) -> Iterator[Block]:
    """Yield the sentences of a file in columns, and tell ``findings`` what is wrong with it.

    Columns are apart by tabs or by spaces, as in most rows. ``-DOCSTART-`` lines and comments before a
    sentence end a sentence and are dropped.
    """
    layout = _layout(source.head, options)
    findings.taken = layout.taken
    findings.rewritable = layout.tag == layout.count - 1
    if layout.problem:
        findings.add("no such column", None, layout.problem, todo="state another column")
        return
    yield from read_laid_out(source, layout, options, findings)


def read_laid_out(
    source: Source, layout: Columns, options: ReadOptions, findings: Findings
) -> Iterator[Block]:
    """Yield the sentences of a file whose columns are known; else as ``read``."""
    for line, text in source.parts():
        block = _read_regular(text, layout, line, findings.documents, options)
        if block is None:
            reader = _Reader(text.split("\n"), layout, line, options, findings)
            reader.read()
            block = Block.of(reader.sentences)
        if block.lengths:
            yield block


def _layout(head: str, options: ReadOptions) -> Columns:
    lines = head.split("\n")
    count, tabs = _usual_columns(lines, options)
    sentences: list[list[list[str]]] = [[]]
    named = _NAMES.search(head)
    names: list[str] = named[1].split() if named else []
    header, trailing = False, True
    for line in lines:
        cells = _cells(line, tabs=tabs) if line else []
        if len(cells) == count and cells[0] != _DOCUMENT and not (line[0] == "#" and _COMMENT.match(line)):
            sentences[-1].append(cells)
            trailing = trailing and not cells[-1]
        elif sentences[-1] and not line.strip():
            sentences.append([])
    if first := next((rows[0] for rows in sentences if rows), None):
        lowered = {cell.lower() for cell in first}
        stated = {str(one).lower() for one in (options.token_column, options.tag_column) if _is_name(one)}
        usual = lowered & TOKEN_NAMES and lowered & (TAG_NAMES | SIDES)
        if not names and (usual or lowered & stated):
            names, header = first, True
            sentences[0] = sentences[0][1:]
    held = [rows for rows in sentences if rows]
    return find_columns(held, count, tabs, options, names, header=header, trailing=trailing and any(held))


def _is_name(column: int | str | None) -> bool:
    return isinstance(column, str) and not column.lstrip("-").isdecimal()


def _usual_columns(lines: Sequence[str], options: ReadOptions) -> tuple[int, bool]:
    """Return how most rows are written that have at least two columns (a token and a tag)."""
    lines = [line for line in lines if not (line[:1] == "#" and _is_comment(line, line.split()[-1], options))]
    tabs = sum("\t" in line for line in lines) * 2 >= sum(bool(line.strip(_BLANK)) for line in lines)
    if tabs:
        counts = Counter(line.count("\t") + 1 for line in lines if line)
    else:
        counts = Counter(len(_cells(line, tabs=False)) for line in lines if line)
    return next((number for number, _ in counts.most_common() if number >= 2), 2), tabs


def _read_regular(text: str, layout: Columns, line: int, document: int, options: ReadOptions) -> Block | None:
    """Read rows without any peculiarity in a fifth of the time; None where there is one."""
    separator, other = "\t " if layout.tabs else " \t"
    if other in text or _DOCUMENT in text or layout.ids or layout.names:
        return None
    body = text.strip("\n")
    line += len(text) - len(text.lstrip("\n"))
    if not body:
        return Block([], [], [], [])
    blocks = body.split("\n\n")
    if body[0] == "#" or "\n\n#" in body or "\n\n\n" in body:
        blocks, starts = _bare_rows(blocks, layout, line, options)
        if not blocks:
            return None
        rows = "\n".join(blocks)
    else:
        starts = []
        rows = body.replace("\n\n", "\n") if len(blocks) > 1 else body
    lengths = [block.count("\n") + 1 for block in blocks]
    count = layout.count
    # what is left without all other characters tells whether each row has as many columns as it should
    apart = rows.encode("utf-8", "surrogatepass").translate(None, _NO_SEPARATORS[layout.tabs])
    row = separator.encode() * (count - 1) + b"\n"
    if apart != (row * sum(lengths))[:-1]:
        return None
    cells = rows.replace("\n", separator).split(separator)
    tokens, tags = cells[layout.token :: count], cells[layout.tag :: count]
    if "" in tokens or "" in tags:
        return None
    if layout.index is not None and not all(map(str.isdecimal, cells[layout.index :: count])):
        return None
    starts = starts or list(accumulate((length + 1 for length in lengths[:-1]), initial=line))
    lines = [range(start, start + length) for start, length in zip(starts, lengths, strict=True)]
    return Block(tokens, tags, lengths, lines, document)


def _bare_rows(
    blocks: Sequence[str], layout: Columns, line: int, options: ReadOptions
) -> tuple[list[str], list[int]]:
    """Return blocks of rows without what stands before them, and their first lines; none if not so simple.

    That is comments, and empty lines beyond the one that ends a sentence.
    """
    kept, starts = [], []
    for behind in blocks:
        block = behind.lstrip("\n")
        number = line + len(behind) - len(block)
        line += behind.count("\n") + 2
        while block[:1] == "#":
            first, _, rest = block.partition("\n")
            if first.startswith(_NEW_DOCUMENT):
                return [], []
            cells = _cells(first, tabs=layout.tabs)
            if not _COMMENT.match(first) or (
                len(cells) == layout.count and not _is_comment(first, cells[layout.tag], options)
            ):
                break
            block = rest
            number += 1
        if block:
            kept.append(block)
            starts.append(number)
    return kept, starts


def _cells(line: str, *, tabs: bool) -> list[str]:
    if tabs:
        return [cell.strip(" ") for cell in line.split("\t")] if " " in line else line.split("\t")
    return [cell for cell in line.replace("\t", " ").split(" ") if cell]


def _is_comment(line: str, last: str, options: ReadOptions) -> bool:
    """Whether a line before a sentence is a comment, though it may have as many columns as the rows.

    A token ``#`` may begin a sentence: where its tag's column holds a tag, as in ``# id O``, the line is its
    row.
    """
    found = _COMMENT.match(line)
    if found is None:
        return False
    return found["stated"] is not None or not looks_like_tag(spell(last, options))


class _Reader:
    """One pass over lines that may be of any kind; holds the state that the pass needs."""

    def __init__(
        self, lines: Sequence[str], columns: Columns, first: int, options: ReadOptions, findings: Findings
    ) -> None:
        self.lines = lines
        self.columns = columns
        self.first = first
        self.options = options
        self.findings = findings
        self.sentences: list[TaggedSentence] = []
        self.tokens: list[str] = []
        self.tags: list[str] = []
        self.numbers: list[int] = []
        self.id: list[str] = []

    def read(self) -> None:
        columns = self.columns
        count, tabs, token, tag = columns.count, columns.tabs, columns.token, columns.tag
        for number, line in enumerate(self.lines, self.first):
            cells = _cells(line, tabs=tabs) if line else []
            row = len(cells) == count and cells[token] and cells[0] != _DOCUMENT
            if row and (self.tokens or line[0] != "#" or not _is_comment(line, cells[tag], self.options)):
                if columns.names and cells == list(columns.names):
                    continue  # the names of the columns
                if columns.index is not None and not cells[columns.index].isdecimal():
                    self.findings.counts["CoNLL-U range or empty node"] += 1
                    continue
                if columns.ids:
                    self._begin([cells[column].strip() for column in columns.ids])
                self.tokens.append(cells[token])
                self.tags.append(cells[tag])
                self.numbers.append(number)
            elif self._breaks(line):
                self._end()
            else:
                self._blame(number, line, cells)
        self._end()

    def _begin(self, stated: list[str]) -> None:
        """Begin a sentence where its id is another; what is blank is what it was."""
        now = [one or before for one, before in zip_longest(stated, self.id, fillvalue="")]
        if now != self.id:
            self._end()
            self.id = now

    def _end(self) -> None:
        if self.tokens:
            block = Block(
                self.tokens, self.tags, [len(self.tokens)], [tuple(self.numbers)], self.findings.documents
            )
            self.sentences.extend(block)
        self.tokens, self.tags, self.numbers = [], [], []

    def _breaks(self, line: str) -> bool:
        """Whether the line ends a sentence: an empty one, a document break, a comment between sentences."""
        if not line.strip():
            return True
        if line.lstrip(_BLANK).startswith(_DOCUMENT) or line.startswith("#end document"):
            self.findings.documents += line[0] != "#"
            return True
        if not self.tokens and _COMMENT.match(line):
            self.findings.documents += line.startswith(_NEW_DOCUMENT)
            return True
        return False

    def _blame(self, number: int, line: str, cells: Sequence[str]) -> None:
        count, tabs = self.columns.count, self.columns.tabs
        empty = len(cells) == count or (not tabs and line[0] in _BLANK and len(cells) == count - 1)
        if empty:
            if self.options.blank_tokens == DROP:
                self.findings.counts["blank token"] += 1
                return
            self.findings.problems.append(empty_token(self.findings.path, number, "an empty token"))
            return
        separator = "tabs" if tabs else "spaces"
        expected = f"{count}, separated by {separator}, as in most rows"
        todo = "give the row a token and a tag"
        found = counted(len(cells), "column")
        if odd := next((c for c in line if c.isspace() and c not in _BLANK), ""):
            found += f", and {visible(odd)}, which is no separator"
        self.findings.add("ragged row", number, found, expected, todo)


def empty_token(path: Path, number: int, found: str, severity: str = "error") -> Problem:
    """Return the problem of a row whose token shows nothing."""
    todo = "remove the row or write its token; --blank-tokens drop leaves such rows out"
    return Problem("empty token", path, number, found, "a token in its column", todo, severity=severity)
