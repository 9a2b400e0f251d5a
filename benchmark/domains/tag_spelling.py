"""How tags are spelt: other spellings to the usual one, ``B-person`` and ``O``, before any scheme."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmark.domains.reading import TAG_STYLES, ReadOptions
from benchmark.domains.tagged_file import Block, FileView, TaggedFile
from benchmark.domains.tags import IO, OUTSIDE, count_pairs, split_tag

BARE = "entity"  # the type of tags that name none
_TYPE = re.compile(r"(?=.*[^\W\d_])[\w.:/&+ -]{1,80}")  # what a type's name may be, where no prefix tells
_MANY = 500  # types beyond which tags without prefix are none
_PREFIXES = frozenset("BIESLUMW")


def spell(tag: str, options: ReadOptions) -> str:
    """Return a tag in the usual spelling, as the options tell: ``PER_B`` → ``B-PER``, ``-`` → ``O``."""
    if options.names and tag.isascii() and tag.isdecimal() and int(tag[:9]) < len(options.names):
        tag = options.names[int(tag)]
    if options.outside is not None and tag == options.outside:
        return OUTSIDE
    style = options.tag_style
    if style is None or style == "B-PER":
        return tag
    if style == "B_PER":
        prefix, mark, kind = tag.partition("_")
    else:
        kind, mark, prefix = tag.rpartition("-" if style == "PER-B" else "_")
    return f"{prefix}-{kind}" if mark and prefix in _PREFIXES and kind else tag


@dataclass(frozen=True)
class Spelling:
    """What tags as written mean, tag by tag; a tag that is not in ``meant`` stays as it is.

    ``scheme`` is the one that the spelling is of, where it is of one.
    """

    meant: Mapping[str, str]
    notes: tuple[str, ...] = ()
    scheme: str | None = None

    @property
    def usual(self) -> bool:
        """Whether every tag means what is written."""
        return not self.meant


def find_spelling(tags: Mapping[str, int], options: ReadOptions) -> Spelling:
    """Return what the tags of a corpus mean, from each different tag and how often it stands there.

    Parameters
    ----------
    tags : mapping of str to int
        Tag as written → number of tokens.
    options : ReadOptions
        The style, the type of bare tags and the label map that are stated.

    Returns
    -------
    Spelling
        Bare ``B`` and ``I`` are tags of one type; tags without any prefix (``PER``, ``person-actor``) are
        ``I-`` and the type, where the corpus has no tag with a prefix; ``W-`` is ``S-`` beside ``M-``.
    """
    notes, scheme = [], None
    spelt = {tag: spell(tag, options) for tag in tags}
    values = set(spelt.values()) - {OUTSIDE}
    bare = values & _PREFIXES
    if bare and bare == values:
        kind = options.type or BARE
        spelt = {tag: f"{now}-{kind}" if now in bare else now for tag, now in spelt.items()}
        notes.append(f"tags without a type, read as the type {kind!r}")
    elif style := likely_style(values):
        notes.append(f"tags look like the style {style}: state it (--tag-style {style})")
    elif values and not any(_prefixed(tag) for tag in values) and _without_prefix(tags, spelt):
        spelt = {tag: now if now == OUTSIDE else f"I-{now}" for tag, now in spelt.items()}
        notes.append("tags without a prefix: neighbouring tokens of one type are one mention")
        scheme = IO
    if any(tag.startswith("M-") for tag in values) and any(tag.startswith("W-") for tag in values):
        spelt = {tag: f"S-{now[2:]}" if now.startswith("W-") else now for tag, now in spelt.items()}
        notes.append("W- read as S-")
    if options.map:
        spelt = {tag: _renamed(now, options.map) for tag, now in spelt.items()}
    return Spelling({tag: now for tag, now in spelt.items() if tag != now}, tuple(notes), scheme)


def likely_style(tags: Iterable[str]) -> str | None:
    """Return the style other than the usual one that all tags outside ``O`` are in, if there is one."""
    kinds = [tag for tag in tags if tag != OUTSIDE]
    for style in TAG_STYLES[1:]:
        spelt = [spell(tag, ReadOptions(tag_style=style)) for tag in kinds]
        other = all(tag != now and _prefixed(now) for tag, now in zip(kinds, spelt, strict=True))
        if other and any(tag.startswith("B-") for tag in spelt):
            return style
    return None


def renaming(tags: Iterable[str], names: Mapping[str, str]) -> Spelling:
    """Return what tags in the usual spelling mean where types have other names."""
    renamed = {tag: _renamed(tag, names) for tag in tags}
    return Spelling({tag: now for tag, now in renamed.items() if tag != now})


def _prefixed(tag: str) -> bool:
    try:
        split_tag(tag)
    except ValueError:
        return tag[:2] == "W-"
    return True


def _without_prefix(tags: Mapping[str, int], spelt: Mapping[str, str]) -> bool:
    """Whether tags look like types alone: ``O`` among them, and few different ones, with a letter each."""
    outside = sum(number for tag, number in tags.items() if spelt[tag] == OUTSIDE)
    kinds = [tag for tag in tags if spelt[tag] != OUTSIDE]
    return (
        outside > 0
        and len(kinds) <= min(_MANY, 1 + sum(tags.values()) // 4)
        and all(_TYPE.fullmatch(tag) and tag[1:2] != "-" for tag in kinds)
    )


def _renamed(tag: str, names: Mapping[str, str]) -> str:
    if tag == OUTSIDE:
        return tag
    prefix, hyphen, kind = tag.partition("-")
    return f"{prefix}-{names.get(kind, kind)}" if hyphen else tag


@dataclass(frozen=True)
class TagSurvey:
    """What a first pass over files tells of their tags: how often each two are neighbours, as written."""

    pairs: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, files: Iterable[TaggedFile]) -> TagSurvey:
        """Go through files."""
        pairs: Counter[tuple[str, str]] = Counter()
        for file in files:
            for block in file.blocks():
                pairs.update(count_pairs(block.tags, block.lengths))
        return cls(pairs)

    @property
    def tags(self) -> Counter[str]:
        """Each different tag with its number of tokens (of ``O`` somewhat more)."""
        found: Counter[str] = Counter()
        for (_, tag), count in self.pairs.items():
            found[tag] += count
        return found

    def spelt(self, spelling: Spelling) -> TagSurvey:
        """Return the survey of the same files in another spelling."""
        pairs: Counter[tuple[str, str]] = Counter()
        for (before, after), count in self.pairs.items():
            pairs[spelling.meant.get(before, before), spelling.meant.get(after, after)] += count
        return TagSurvey(pairs)


@dataclass(frozen=True)
class SpeltFile(FileView):
    """A file whose tags are in the usual spelling."""

    file: TaggedFile
    spelling: Spelling

    def blocks(self) -> Iterator[Block]:
        """Yield its sentences, many at a time."""
        meant = self.spelling.meant
        for block in self.file.blocks():
            tags = [meant.get(tag, tag) for tag in block.tags]
            yield Block(block.tokens, tags, block.lengths, block.lines, block.documents)
