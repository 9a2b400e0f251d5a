"""Tags and mentions: tags of a scheme to mentions and back, and which transitions are illegal.

``IOB2`` (BIO): every mention starts with ``B``. ``IOB1``: a mention starts with ``I``, and with ``B`` only
right after a mention of its own type. ``IOBES`` (BIOES): a mention ends in ``E``, one of a single token is
``S``. ``BILOU``: the same with ``L`` and ``U``. ``BMES``: the same as IOBES with ``M`` for ``I``. ``IOE2``:
every mention ends in ``E``. ``IOE1``: a mention ends in ``E`` only right before one of its own type. ``IO``:
neighbouring tokens of one type are one mention.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from benchmark.domains.corpus import Mention

IOB2, IOB1, IOBES, BILOU = "IOB2", "IOB1", "IOBES", "BILOU"
BMES, IOE2, IOE1, IO = "BMES", "IOE2", "IOE1", "IO"
SCHEMES = (IOB2, IOB1, IOBES, BILOU, BMES, IOE2, IOE1, IO)
PREFIXES = {
    IOB2: "BI",
    IOB1: "BI",
    IOBES: "BIES",
    BILOU: "BILU",
    BMES: "BMES",
    IOE2: "IE",
    IOE1: "IE",
    IO: "I",
}
OUTSIDE = "O"

# prefixes of a mention's last token and of a whole mention, inner ones of one that is not over
LAST = frozenset("EL")
SINGLE = frozenset("SU")
INNER = frozenset("IM")
_LETTERS = frozenset("BIESLUM")

# as many orphan I tags for each B that IOB1 would not need: fewer, and the file is a broken IOB2; and as many
# mentions that end in I for each E that IOE1 would not need
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
    if not hyphen or prefix not in _LETTERS:
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
    """Return the tags of a sentence of ``length`` tokens in ``scheme``; see ``encode_bio``.

    Raises ``ValueError`` besides where ``IO`` cannot keep two neighbouring mentions of one type apart.
    """
    tags = [OUTSIDE] * length
    kinds: list[str | None] = [None] * (length + 1)  # with what stands behind the last token
    found = sorted(mentions)
    for start, end, kind in found:
        if not 0 <= start < end <= length:
            raise ValueError(f"the mention {start}–{end} does not fit a sentence of {length} tokens")
        if not kind:
            raise ValueError(f"the mention {start}–{end} has no type")
        if any(one is not None for one in kinds[start:end]):
            raise ValueError(f"the mention {start}–{end} overlaps another")
        kinds[start:end] = [kind] * (end - start)
    last = {IOBES: "E", BILOU: "L", BMES: "E", IOE2: "E"}.get(scheme, "I")
    single = {IOBES: "S", BILOU: "U", BMES: "S", IOE2: "E"}.get(scheme, "B")
    for start, end, kind in found:
        before, after = kinds[start - 1] if start else None, kinds[end]
        letters = [*("M" if scheme == BMES else "I") * (end - start)]
        letters[-1] = last if end - start > 1 else single
        if scheme in (IOB2, IOBES, BILOU, BMES) and end - start > 1:
            letters[0] = "B"
        elif scheme == IOB1:
            letters[0] = "B" if before == kind else "I"
        elif scheme == IOE1:
            letters[-1] = "E" if after == kind else "I"
        elif scheme == IO:
            letters[-1] = "I"
            if after == kind:
                raise ValueError(
                    f"the mention {start}–{end} touches another of its type, which IO cannot say"
                )
        tags[start:end] = [f"{letter}-{kind}" for letter in letters]
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
    return decode_bio(tags if scheme in (IOB2, IOB1, IO) else _to_bio(tags))


def _to_bio(tags: Sequence[str]) -> list[str]:
    """Another scheme's tags as IOB2: the token after an ``E`` or ``S`` starts anew, whatever its tag says."""
    bio: list[str] = []
    ended = True
    for tag in tags:
        prefix, kind = split_tag(tag)
        if prefix == OUTSIDE:
            bio.append(OUTSIDE)
            ended = True
            continue
        starts = ended or prefix == "B" or prefix in SINGLE
        bio.append(f"{'B' if starts else 'I'}-{kind}")
        ended = prefix in LAST or prefix in SINGLE
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
    if scheme == IO:
        return True
    if scheme == IOE1:
        return left != "E" or (right != OUTSIDE and same)
    if scheme == IOE2:
        return left != "I" or (right != OUTSIDE and same)
    open_before = left == "B" or left in INNER
    return open_before == (right in INNER or right in LAST) and (same or not open_before)


def count_pairs(tags: Sequence[str], lengths: Sequence[int]) -> Counter[tuple[str, str]]:
    """Return how often each two tags are neighbours, sentence after sentence; its two ends count as ``O``."""
    pairs = Counter(pairwise(tags))  # over the ends of sentences too: put right below
    at = 0
    for length in lengths:
        if not length:
            continue
        if at:
            pairs[tags[at - 1], tags[at]] -= 1
        pairs[OUTSIDE, tags[at]] += 1
        at += length
        pairs[tags[at - 1], OUTSIDE] += 1
    return +pairs


def count_illegal(pairs: Mapping[tuple[str, str], int], scheme: str) -> int:
    """Return the number of steps that ``scheme`` does not allow, from the counts of neighbours."""
    return sum(count for (before, after), count in pairs.items() if not _legal(before, after, scheme))


def detect_scheme(sentences: Iterable[Sequence[str]]) -> str:
    """Return the scheme that the tags of a whole corpus follow; see ``scheme_of_pairs``."""
    pairs: Counter[tuple[str, str]] = Counter()
    for tags in sentences:
        pairs.update(pairwise([OUTSIDE, *tags, OUTSIDE]))
    return scheme_of_pairs(pairs)


def scheme_of_pairs(pairs: Mapping[tuple[str, str], int]) -> str:
    """Return the scheme that tags follow, from the counts of neighbours; malformed tags count as ``O``.

    ``M`` tells BMES, ``E``/``S`` tell IOBES and ``L``/``U`` tell BILOU (the more frequent pair where both
    occur); ``E`` beside neither ``B`` nor ``S`` tells IOE2, or IOE1 where mentions end in ``I``.
    Otherwise it is IOB1 where mentions start with ``I``, and ``B`` stands (almost) only where IOB1 needs it;
    else IOB2. Without any mention it is IOB2.
    """
    letters: Counter[str] = Counter()
    orphans = needless = 0
    left_open: Counter[str] = Counter()  # by the prefix of a token that none of its type follows
    for (before, after), count in pairs.items():
        left, left_kind = _split_or_outside(before)
        right, right_kind = _split_or_outside(after)
        letters[right] += count
        if left_kind != right_kind:
            orphans += count * (right == "I")
            needless += count * (right == "B")
            left_open[left] += count
    if letters["M"]:
        return BMES
    if letters["E"] and not letters["B"] and not letters["S"]:
        return IOE1 if left_open["I"] and left_open["E"] * _IOB1_SHARE <= left_open["I"] else IOE2
    if es_lu := letters["E"] + letters["S"] + letters["L"] + letters["U"]:
        return IOBES if 2 * (letters["E"] + letters["S"]) >= es_lu else BILOU
    return IOB1 if orphans and needless * _IOB1_SHARE <= orphans else IOB2


def _split_or_outside(tag: str) -> tuple[str, str]:
    try:
        return split_tag(tag)
    except ValueError:
        return OUTSIDE, ""
