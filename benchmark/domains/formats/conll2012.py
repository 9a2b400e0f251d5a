"""CoNLL-2012 (OntoNotes): columns with mentions as brackets, ``(PERSON*``, ``*``, ``*)``, ``(GPE)``.

Words stand in the fourth column and names in the eleventh; in files of fewer columns in the first and the
last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmark.domains.corpus import Mention
from benchmark.domains.formats.flatten import flatten
from benchmark.domains.formats.source import Source
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import Block, Findings, TaggedSentence, blocks_of, counted
from benchmark.domains.tags import encode_bio

_WORD, _NAME, _FULL = 3, 10, 11
_BRACKETS = re.compile(r"(\([^()*\s]+)*\*?\)*")
_LEFT_OUT = "nested or overlapping mention"


def recognise(head: str) -> bool:
    """Whether the file has documents as CoNLL-2012 has, or a last column of brackets."""
    rows = [line.split() for line in head.split("\n") if line.strip() and line[0] != "#"][:200]
    if not rows or min(map(len, rows)) < 2:
        return False
    column = _NAME if min(map(len, rows)) >= _FULL else -1
    cells = [row[column] for row in rows]
    return any(cell[0] == "(" for cell in cells) and all(
        _BRACKETS.fullmatch(cell) and cell[0] in "(*" for cell in cells
    )


def read(source: Source, options: ReadOptions, findings: Findings) -> Iterator[Block]:
    """Yield the sentences, and tell ``findings`` of brackets that do not pair."""
    rows = [line.split() for line in source.head.split("\n") if line.strip() and line[0] != "#"]
    full = bool(rows) and min(map(len, rows)) >= _FULL
    stated = options.token_column, options.tag_column
    usual = (_WORD, _NAME) if full else (0, -1)
    places = [
        other if not isinstance(one, int) else one - 1 if one > 0 else one
        for one, other in zip(stated, usual, strict=True)
    ]
    findings.taken = f"CoNLL-2012: word in column {places[0] + 1}, brackets in " + (
        f"column {places[1] + 1}" if places[1] >= 0 else "the last column"
    )
    yield from blocks_of(_sentences(source, findings, *places))


def _sentences(source: Source, findings: Findings, word: int, name: int) -> Iterator[TaggedSentence]:
    rows: list[tuple[int, str, str]] = []
    for number, line in source.lines():
        if line.strip() and line[0] != "#":
            cells = line.split()
            if not all(-len(cells) <= one < len(cells) for one in (word, name, 1)):
                expected = f"{max(word, name, 1) + 1} or more"
                findings.add("ragged row", number, counted(len(cells), "column"), expected)
                continue
            rows.append((number, cells[word], cells[name]))
            continue
        if rows:
            yield _sentence(rows, findings)
            rows = []
        findings.documents += line.startswith("#begin document")
    if rows:
        yield _sentence(rows, findings)


def _sentence(rows: list[tuple[int, str, str]], findings: Findings) -> TaggedSentence:
    mentions: list[Mention] = []
    open_: list[tuple[int, str]] = []
    for place, (number, _, cell) in enumerate(rows):
        if not _BRACKETS.fullmatch(cell):
            findings.add("unreadable brackets", number, f"the cell {cell!r}", "(TYPE*, *, *) or (TYPE)")
            continue
        open_ += [(place, kind) for kind in re.findall(r"\(([^()*]+)", cell)]
        for _ in range(cell.count(")")):
            if not open_:
                findings.add("unreadable brackets", number, "a bracket that closes nothing", "(TYPE* before")
                break
            start, kind = open_.pop()
            mentions.append(Mention(start, place + 1, kind))
    if open_:
        number = rows[open_[-1][0]][0]
        findings.add("unreadable brackets", number, f"({open_[-1][1]}*, which is not closed", "*) behind")
    kept, left_out = flatten(mentions)
    if left_out:
        findings.counts[_LEFT_OUT] += left_out
    tokens = [token for _, token, _ in rows]
    tags = encode_bio(kept, len(tokens))
    numbers = tuple(number for number, _, _ in rows)
    return next(iter(Block(tokens, tags, [len(tokens)], [numbers], findings.documents)))
