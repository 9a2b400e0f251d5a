"""CSV with a row of names: a token a row, with a column that tells sentences apart, or a sentence a row.

Commas, semicolons and tabs separate. Without a row of names the last column holds the tags, the first the
tokens, and an empty line ends a sentence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmark.domains.formats.column_layout import TAG_NAMES, TOKEN_NAMES, looks_like_tag
from benchmark.domains.formats.source import Source
from benchmark.domains.reading import DROP, ReadOptions
from benchmark.domains.tag_spelling import spell
from benchmark.domains.tagged_file import Block, Findings, TaggedSentence, blocks_of, counted

_SEPARATORS = ",;\t"
_SENTENCE = re.compile(r"sent(ence)?[ _-]?(#|id|idx|no|number|nr)?|(doc|tweet|text)[ _-]?id", re.IGNORECASE)
_ITEM = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^\s,\[\]]+)")
_MOSTLY = 0.9
_ROWS = 200  # that a file without names is told from


@dataclass(frozen=True)
class _Table:
    """Where the parts stand: columns from 0; ``sentence`` is None where empty lines tell sentences apart."""

    separator: str
    names: tuple[str, ...]
    token: int
    tag: int
    sentence: int | None


def recognise(head: str) -> bool:
    """Whether the first row names a column of tokens and one of tags, or commas stand between both."""
    lines = [line for line in head.split("\n") if line.strip()][:_ROWS]
    if not lines:
        return False
    if _named(lines[0]) is not None:
        return True
    commas = sum("," in line and looks_like_tag(line.rpartition(",")[2].strip()) for line in lines)
    return commas >= _MOSTLY * len(lines) and not any("\t" in line for line in lines)


def _named(line: str) -> tuple[str, list[str]] | None:
    """Return the separator of a row of names, and the names."""
    for separator in _SEPARATORS:
        names = [name.strip().strip('"') for name in line.split(separator)]
        lowered = {name.lower() for name in names}
        if len(names) > 1 and lowered & TOKEN_NAMES and lowered & TAG_NAMES:
            return separator, names
    return None


def _column(stated: int | str | None, names: Sequence[str], usual: frozenset[str], default: int) -> int:
    lowered = [name.lower() for name in names]
    if isinstance(stated, str) and not stated.lstrip("-").isdecimal():
        return lowered.index(stated.lower()) if stated.lower() in lowered else -1
    if stated is not None:
        return int(stated) - 1 if int(stated) > 0 else len(names) + int(stated)
    return next((place for place, name in enumerate(lowered) if name in usual), default)


def _layout(head: str, options: ReadOptions) -> _Table:
    first = next((line for line in head.split("\n") if line.strip()), "")
    found = _named(first)
    separator, names = found or (",", [])
    width = len(names) or first.count(separator) + 1
    numbered = names or [""] * width
    sentence = next((n for n, name in enumerate(names) if _SENTENCE.fullmatch(name)), None)
    token = _column(options.token_column, numbered, TOKEN_NAMES - {"sentence"}, -1)
    if token < 0 and options.token_column is None:
        token = _column(None, numbered, TOKEN_NAMES, 0)
    if sentence == token:
        sentence = next((n for n, name in enumerate(names) if n != token and _SENTENCE.fullmatch(name)), None)
    return _Table(
        separator, tuple(names), token, _column(options.tag_column, numbered, TAG_NAMES, width - 1), sentence
    )


def read(source: Source, options: ReadOptions, findings: Findings) -> Iterator[Block]:
    """Yield the sentences of a CSV file, and tell ``findings`` what is wrong with it."""
    table = _layout(source.head, options)
    width = len(table.names)
    if table.token < 0 or table.tag < 0 or (width and max(table.token, table.tag) >= width):
        there = ", ".join(table.names) or "no names"
        findings.add("no such column", 1, f"columns {there}", todo="state another column")
        return
    said = [table.names[n] if table.names else f"column {n + 1}" for n in (table.token, table.tag)]
    findings.taken = f"CSV: token in {said[0]}, tag in {said[1]}"
    if table.sentence is not None:
        findings.taken += f", sentences by {table.names[table.sentence]}"
    yield from blocks_of(_sentences(source, table, options, findings))


def _rows(source: Source, table: _Table, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    lines = (line for _, line in source.lines())
    if table.separator == "\t":
        rows = csv.reader(lines, delimiter=table.separator, quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(lines, delimiter=table.separator)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            findings.add("unreadable row", rows.line_num, f"no CSV ({error})", "fields between separators")
            return
        yield rows.line_num, row


def _sentences(
    source: Source, table: _Table, options: ReadOptions, findings: Findings
) -> Iterator[TaggedSentence]:
    tokens: list[str] = []
    tags: list[str] = []
    lines: list[int] = []
    last = ""
    needed = max(table.token, table.tag) + 1

    def ended() -> Iterator[TaggedSentence]:
        if tokens:
            yield from Block(tokens.copy(), tags.copy(), [len(tokens)], [tuple(lines)])
        tokens.clear()
        tags.clear()
        lines.clear()

    for number, row in _rows(source, table, findings):
        if not any(cell.strip() for cell in row):
            yield from ended()
            continue
        if tuple(cell.strip() for cell in row) == table.names:
            continue
        if len(row) < needed:
            found = counted(len(row), "column")
            findings.add("ragged row", number, found, f"{needed} or more", "give the row a token and a tag")
            continue
        token, tag = row[table.token].strip(), row[table.tag].strip()
        if _is_list(tag, options):
            yield from ended()
            words, marks = _items(token), _items(tag)
            if len(words) != len(marks):
                findings.add("unequal lists", number, f"{len(marks)} tags for {len(words)} tokens")
            elif words:
                yield from Block(words, marks, [len(words)], [(number,) * len(words)])
            continue
        name = row[table.sentence].strip() if table.sentence is not None and table.sentence < len(row) else ""
        if name and name != last:
            yield from ended()
            last = name
        if token:
            tokens.append(token)
            tags.append(tag)
            lines.append(number)
        elif options.blank_tokens == DROP:
            findings.counts["blank token"] += 1
        else:
            todo = "remove the row or write its token; --blank-tokens drop leaves such rows out"
            findings.add("empty token", number, "an empty token", "a token in its column", todo)
    yield from ended()


def _is_list(tag: str, options: ReadOptions) -> bool:
    """Whether a cell holds the tags of a whole sentence."""
    if tag[:1] == "[" and tag[-1:] == "]":
        return True
    parts = tag.split()
    return len(parts) > 1 and all(looks_like_tag(spell(part, options)) for part in parts)


def _items(text: str) -> list[str]:
    if text[:1] != "[" or text[-1:] != "]":
        return text.split()
    return [re.sub(r"\\(.)", r"\1", single or double or bare) for single, double, bare in _ITEM.findall(text)]
