"""``word|TAG``, or ``word|POS|TAG``: a sentence a line, its tokens between spaces; or a token a line."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.domains.formats.column_layout import looks_like_tag
from benchmark.domains.formats.source import Source
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import Block, Findings, TaggedSentence, blocks_of

_LINES = 50  # that a file is told by
_MOSTLY = 0.9


def recognise(head: str) -> bool:
    """Whether nearly all words of the first lines end in a bar and a tag."""
    words = [
        word for line in head.split("\n")[:_LINES] if "\t" not in line for word in line.split(" ") if word
    ]
    right = sum("|" in word[1:] and looks_like_tag(word.rpartition("|")[2]) for word in words)
    return right > 0 and right >= _MOSTLY * len(words)


def read(source: Source, options: ReadOptions, findings: Findings) -> Iterator[Block]:
    """Yield the sentences, and tell ``findings`` of words without a tag."""
    del options
    lines = [line for line in source.head.split("\n")[:_LINES] if line.strip()]
    single = bool(lines) and all(len(line.split()) == 1 for line in lines) and "\n\n" in source.head
    findings.taken = f"word|TAG, a {'token' if single else 'sentence'} a line"
    yield from blocks_of(_sentences(source, findings, single=single))


def _sentences(source: Source, findings: Findings, *, single: bool) -> Iterator[TaggedSentence]:
    tokens: list[str] = []
    tags: list[str] = []
    lines: list[int] = []
    for number, line in source.lines():
        for word in line.split():
            rest, bar, tag = word.rpartition("|")
            token = rest.partition("|")[0] or rest  # what stands between is a part of speech
            if not bar or not token:
                findings.add("no tag", number, f"the word {word!r}", "a word, a bar and a tag")
                continue
            tokens.append(token)
            tags.append(tag)
            lines.append(number)
        if tokens and (not single or not line.strip()):
            yield from Block(tokens, tags, [len(tokens)], [tuple(lines)])
            tokens, tags, lines = [], [], []
    if tokens:
        yield from Block(tokens, tags, [len(tokens)], [tuple(lines)])
