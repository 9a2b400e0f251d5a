"""Noise on the text of a test set: typos, casing, OCR confusions, punctuation, spaces. Gold is carried along.

Each token has one thing that happens to it if it is hit, drawn among the kinds that can touch it: ``typos``
(keyboard), ``casing``, ``ocr``, ``punctuation`` (a token of punctuation dropped or doubled), ``spacing`` (a
token split, or joined with the next). That is settled for all tokens before any rate is looked at, so that
what is changed at one rate is changed in the same way at every higher one.

No mention is lost by it: tokens of two different mentions are never joined, and punctuation is dropped only
where a word of its mention, or of its sentence, stays. A mention that is joined with a word beside it covers
that word's letters too: there is no smaller span of tokens that holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.domains.corpus import LabelledSentence
from benchmark.domains.language import ENGLISH
from benchmark.domains.noise.carry import Span, carry
from benchmark.domains.noise.condition import EVERYWHERE, INSIDE, TARGET, Noise
from benchmark.domains.noise.random_draws import draw, is_hit, pick, shuffled
from benchmark.domains.noise.report import NoiseReport, add_up
from benchmark.domains.noise.tokens import Outcome, is_punctuation, is_word, outcomes

UNIT = "tokens"
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class _Change:
    """What happens to a token: what stands in its place, or that it is joined with the next."""

    kind: str
    instead: Outcome = ()
    join: bool = False


def corrupt_text(
    sentences: Sequence[LabelledSentence], noise: Noise, language: str = ENGLISH
) -> tuple[tuple[LabelledSentence, ...], NoiseReport]:
    """Return sentences with errors in their text, gold carried along, and how much of the text has some.

    Ids and the order stay. ``language`` is that of the text, a tag as in BCP 47: it settles what lies beside
    a key, and what capitals and look-alikes of a letter are. Raises ``ValueError`` for noise that is not on
    the target.
    """
    made = [corrupt_sentence(sentence, noise, language) for sentence in sentences]
    report = add_up(UNIT, noise.rate, noise.kinds, (part for _, part in made))
    return tuple(sentence for sentence, _ in made), report


def corrupt_sentence(
    sentence: LabelledSentence, noise: Noise, language: str = ENGLISH
) -> tuple[LabelledSentence, NoiseReport]:
    """Return a sentence with errors in its text, and how many tokens have one; see ``corrupt_text``."""
    if noise.on != TARGET:
        raise ValueError("noise on the source's annotation does not change a text")
    possible = _changes(sentence, noise, language)
    made = {
        place: change
        for place, change in possible.items()
        if is_hit(noise.seed, sentence.id, place, noise.rate)
    }
    tokens, spans = _rewrite(sentence.tokens, made)
    carried = carry(sentence.mentions, spans)
    report = NoiseReport(
        UNIT,
        noise.rate,
        total=len(sentence.tokens),
        eligible=len(possible),
        changed=len(made),
        kinds=Counter(change.kind for change in made.values()),
        mentions=len(sentence.mentions),
        lost=carried.lost,
    )
    return replace(sentence, tokens=tokens, mentions=carried.mentions), report


def _rewrite(tokens: Sequence[str], changes: Mapping[int, _Change]) -> tuple[tuple[str, ...], list[Span]]:
    """Return the new tokens, and for each old one the span of the new ones that hold something of it."""
    written: list[str] = []
    spans: list[Span] = []
    joined = False
    for place, token in enumerate(tokens):
        change = changes.get(place)
        pieces: Outcome = (token,) if change is None or change.join else change.instead
        start = len(written) - 1 if joined else len(written)
        if joined:
            written[-1] += pieces[0]
            pieces = pieces[1:]
        written += pieces
        spans.append((start, len(written)))
        joined = change is not None and change.join
    return tuple(written), spans


def _changes(sentence: LabelledSentence, noise: Noise, language: str = ENGLISH) -> dict[int, _Change]:
    """Return what happens to each eligible token if it is hit."""
    owners = _owners(sentence)
    partners: set[int] = set()  # tokens that are joined with the one before them
    found = {}
    for place in range(len(sentence.tokens)):
        if not _eligible(owners[place], noise.where):
            continue
        for kind in shuffled(noise.seed, sentence.id, place, noise.kinds):
            options = outcomes(kind, sentence.tokens[place], language)
            change = _change(kind, sentence, place, noise, options, owners, partners)
            if change is not None:
                found[place] = change
                break
    return found


def _change(
    kind: str,
    sentence: LabelledSentence,
    place: int,
    noise: Noise,
    options: Sequence[Outcome],
    owners: Sequence[int],
    partners: set[int],
) -> _Change | None:
    where = (noise.seed, sentence.id, place)
    if kind == "punctuation" and not _may_go(sentence, place, owners):
        options = [one for one in options if one]
    joinable = kind == "spacing" and _may_join(sentence, place, noise, owners, partners)
    if joinable and (not options or draw(*where, "join") % 2):
        partners.add(place + 1)
        return _Change(kind, join=True)
    return _Change(kind, pick(*where, kind, options)) if options else None


def _owners(sentence: LabelledSentence) -> list[int]:
    """Return, for each token, the number of the mention that it belongs to, or -1."""
    owners = [_NOBODY] * len(sentence.tokens)
    for number, mention in enumerate(sentence.mentions):
        owners[mention.start : mention.end] = [number] * (mention.end - mention.start)
    return owners


def _eligible(owner: int, where: str) -> bool:
    return where == EVERYWHERE or (owner != _NOBODY) == (where == INSIDE)


def _may_go(sentence: LabelledSentence, place: int, owners: Sequence[int]) -> bool:
    """Return whether something of its mention, or of the sentence, stays where a token is dropped."""
    owner = owners[place]
    beside = [token for token, its in zip(sentence.tokens, owners, strict=True) if owner in (_NOBODY, its)]
    return not all(map(is_punctuation, beside))  # what is no punctuation is never dropped


def _may_join(
    sentence: LabelledSentence, place: int, noise: Noise, owners: Sequence[int], partners: set[int]
) -> bool:
    """Return whether a token may be joined with the next: two words, of one mention at most, each once."""
    if place + 1 >= len(sentence.tokens) or place in partners:
        return False
    if not all(map(is_word, sentence.tokens[place : place + 2])):
        return False
    one, other = owners[place : place + 2]
    if one != other and _NOBODY not in (one, other):
        return False
    return _eligible(other, noise.where)
