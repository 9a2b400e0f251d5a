"""Tags and mentions: IOB2 in and out, the other schemes in, and which transitions are illegal.

Four schemes are told apart. ``IOB2`` (BIO): every mention starts with ``B``. ``IOB1``: a mention starts
with ``I``, and with ``B`` only right after a mention of its own type. ``IOBES`` (BIOES): a mention ends in
``E``, one of a single token is ``S``. ``BILOU``: the same with ``L`` and ``U``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from benchmark.domains.corpus import Mention

IOB2, IOB1, IOBES, BILOU = "IOB2", "IOB1", "IOBES", "BILOU"
SCHEMES = (IOB2, IOB1, IOBES, BILOU)
PREFIXES = {IOB2: "BI", IOB1: "BI", IOBES: "BIES", BILOU: "BILU"}
OUTSIDE = "O"

# single-token and last-token prefixes; BILOU's letters mean the same as those of IOBES
_LAST = frozenset("EL")
_SINGLE = frozenset("SU")

# as many orphan I tags for each B that IOB1 would not need: fewer, and the file is a broken IOB2
_IOB1_SHARE = 10


@dataclass(frozen=True, slots=True)
class Transition:
    """A step between two neighbouring tags that the scheme does not allow; a sentence's ends count as ``O``.

    ``index`` is the offset of the token that bears the blame: the second of the two, or the sentence's last
    where it ends within a mention.
    """

    index: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


@lru_cache(maxsize=4096)
def split_tag(tag: str) -> tuple[str, str]:
    """Return prefix and type of a tag: ``B-person`` → ``("B", "person")``, ``O`` → ``("O", "")``.

    Raises ``ValueError`` for anything but ``O``, or a known scheme's prefix letter, a hyphen and a type.
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, hyphen, kind = tag.partition("-")
    if not hyphen or prefix not in {"B", "I", "E", "S", "L", "U"}:
        raise ValueError(f"the tag {tag!r} has no known prefix")
    if not kind:
        raise ValueError(f"the tag {tag!r} names no type")
    return prefix, kind


def encode_bio(mentions: Iterable[Mention], length: int) -> list[str]:
    """Return the IOB2 tags of a sentence of ``length`` tokens.

    Raises ``ValueError`` where a mention is empty, out of bounds, untyped, or overlaps another.
    """
    return encode(mentions, length, IOB2)


def encode(mentions: Iterable[Mention], length: int, scheme: str) -> list[str]:
    """Return the tags of a sentence of ``length`` tokens in ``scheme``; see ``encode_bio``."""
    tags = [OUTSIDE] * length
    for start, end, kind in sorted(mentions):
        if not 0 <= start < end <= length:
            raise ValueError(f"the mention {start}–{end} does not fit a sentence of {length} tokens")
        if not kind:
            raise ValueError(f"the mention {start}–{end} has no type")
        if any(tag != OUTSIDE for tag in tags[start:end]):
            raise ValueError(f"the mention {start}–{end} overlaps another")
        tags[start:end] = [f"I-{kind}"] * (end - start)
        if scheme == IOB1:
            neighbour = start > 0 and tags[start - 1] != OUTSIDE and split_tag(tags[start - 1])[1] == kind
            tags[start] = f"B-{kind}" if neighbour else f"I-{kind}"
            continue
        tags[start] = f"B-{kind}"
        if scheme in (IOBES, BILOU):
            tags[end - 1] = f"{'E' if scheme == IOBES else 'L'}-{kind}"
            if end - start == 1:
                tags[start] = f"{'S' if scheme == IOBES else 'U'}-{kind}"
    return tags


def decode_bio(tags: Iterable[str]) -> list[Mention]:
    """Return the mentions of IOB2 or IOB1 tags, sorted.

    Illegal sequences are read as conlleval reads them: an ``I`` after ``O``, or after another type, starts
    a mention. Legal IOB1 is read rightly by the same rule. Raises ``ValueError`` for a tag that is neither
    ``O`` nor ``B-…`` nor ``I-…``.
    """
    mentions: list[Mention] = []
    start, current, index = -1, "", -1
    for index, tag in enumerate(tags):
        if tag == OUTSIDE:
            if start >= 0:
                mentions.append(Mention(start, index, current))
                start = -1
            continue
        prefix, kind = split_tag(tag)
        if prefix not in ("B", "I"):
            raise ValueError(f"the tag {tag!r} is not of IOB1 or IOB2")
        if start < 0:
            start, current = index, kind
        elif prefix == "B" or kind != current:
            mentions.append(Mention(start, index, current))
            start, current = index, kind
    if start >= 0:
        mentions.append(Mention(start, index + 1, current))
    return mentions


def decode(tags: Sequence[str], scheme: str) -> list[Mention]:
    """Return the mentions of tags in ``scheme``, sorted; illegal sequences as conlleval reads them."""
    if scheme in (IOB2, IOB1):
        return decode_bio(tags)
    return decode_bio(_to_bio(tags))


def _to_bio(tags: Sequence[str]) -> list[str]:
    """IOBES or BILOU as IOB2: the token after an ``E`` or ``S`` starts anew, whatever its tag says."""
    bio: list[str] = []
    ended = True
    for tag in tags:
        prefix, kind = split_tag(tag)
        if prefix == OUTSIDE:
            bio.append(OUTSIDE)
            ended = True
            continue
        starts = ended or prefix == "B" or prefix in _SINGLE
        bio.append(f"{'B' if starts else 'I'}-{kind}")
        ended = prefix in _LAST or prefix in _SINGLE
    return bio


def illegal_transitions(tags: Sequence[str], scheme: str = IOB2) -> list[Transition]:
    """Return the steps that ``scheme`` does not allow, in order; a sentence's two ends count as ``O``."""
    found: list[Transition] = []
    before = OUTSIDE
    for index, tag in enumerate(tags):
        if (tag != OUTSIDE or before != OUTSIDE) and not _legal(before, tag, scheme):
            found.append(Transition(index, before, tag))
        before = tag
    if before != OUTSIDE and not _legal(before, OUTSIDE, scheme):
        found.append(Transition(len(tags) - 1, before, OUTSIDE))
    return found


@lru_cache(maxsize=65536)
def _legal(before: str, after: str, scheme: str) -> bool:
    left, left_kind = split_tag(before)
    right, right_kind = split_tag(after)
    same = left_kind == right_kind
    if scheme == IOB2:
        return right != "I" or (left != OUTSIDE and same)
    if scheme == IOB1:
        return right != "B" or (left != OUTSIDE and same)
    open_before = left in ("B", "I")
    return open_before == (right == "I" or right in _LAST) and (same or not open_before)


def detect_scheme(sentences: Iterable[Sequence[str]]) -> str:
    """Return the scheme that the tags of a whole corpus follow; malformed tags are passed over.

    ``E``/``S`` tell IOBES and ``L``/``U`` tell BILOU (the more frequent pair where both occur). Otherwise
    it is IOB1 where mentions start with ``I``, and ``B`` stands (almost) only where IOB1 needs it; else
    IOB2. Without any mention it is IOB2.
    """
    es = lu = orphans = needless = 0
    for tags in sentences:
        before = ""  # type of the mention that the previous token stands in
        for tag in tags:
            if tag == OUTSIDE:
                before = ""
                continue
            try:
                prefix, kind = split_tag(tag)
            except ValueError:
                before = ""
                continue
            if kind != before:
                orphans += prefix == "I"
                needless += prefix == "B"
            es += prefix in "ES"
            lu += prefix in "LU"
            before = kind
    if es or lu:
        return IOBES if es >= lu else BILOU
    return IOB1 if orphans and needless * _IOB1_SHARE <= orphans else IOB2
