"""The dialects of NER scores, side by side from one pass over gold and predicted spans.

What each calls a right prediction, sentence by sentence:

``strict``           same start, end and type, and well-formed tags; spans that begin with an illegal
                     transition do not exist, in gold or predictions (seqeval ``mode="strict"``, IOB2).
``conlleval``        same start, end and type; an illegal ``I-`` starts a span (seqeval's default). All the
                     dialects below read tags in this way. On mentions it equals ``strict``.
``boundaries-only``  same start and end, whatever the type.
``no-misc``          as conlleval, without gold and predicted mentions of the type ``misc`` (or ``MISC``),
                     declared or not.
``set-of-strings``   same type and same text, as in UniversalNER's evaluation: tokens joined by a space,
                     lower-cased, ASCII punctuation and the articles a, an, the removed, white space folded;
                     each text counts once per type and sentence.
``partial-overlap``  full credit for the same span and type, half credit for one shared token or more and the
                     same type (the partial credit of MUC-5, asking for the type besides; nervaluate's
                     "partial" has the same half credit and does not ask for the type). Each mention is
                     used once: equal spans are paired first, which takes no other pair away, then as many
                     overlapping ones as possible.

Precision is the credit over the predicted mentions, recall the credit over the gold mentions.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

import numpy as np

from benchmark.scoring.counts import PRF, Counts, count_spans
from benchmark.scoring.spans import Ints, Numbering, Spans, exact_matches, overlapping

TokenLists = Sequence[Sequence[str]]

DIALECTS = ("strict", "conlleval", "boundaries-only", "no-misc", "set-of-strings", "partial-overlap")
MISC = "misc"

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class Tally:
    """Totals behind one figure. ``correct`` is a multiple of one half, the others are whole."""

    correct: float
    predicted: int
    gold: int

    @property
    def prf(self) -> PRF:
        """Precision, recall and F1 of these totals."""
        return PRF.of(self.correct, self.predicted, self.gold)

    @classmethod
    def of(cls, counts: Counts) -> Tally:
        """Sum counts over sentences and types."""
        return cls(int(counts.tp.sum()), int(counts.predicted.sum()), int(counts.gold.sum()))


@dataclass(frozen=True, eq=False)
class Dialects:
    """Every dialect of one system's predictions, and the number of illegal transitions of each side.

    ``strict`` and ``conlleval`` hold counts per sentence and type; ``tallies`` the totals of all dialects,
    by name, in the order of ``DIALECTS``. Illegal transitions are 0 where mentions were scored, not tags.
    """

    strict: Counts
    conlleval: Counts
    tallies: dict[str, Tally]
    illegal_gold: int = 0
    illegal_predicted: int = 0

    def figures(self) -> dict[str, PRF]:
        """Return precision, recall and F1 of each dialect, in the order of ``DIALECTS``."""
        return {name: tally.prf for name, tally in self.tallies.items()}


def misc_beyond(numbering: Mapping[str, int], types: Sequence[str]) -> list[int]:
    """Return the numbers of types called misc, in any case, that are not declared."""
    return [number for name, number in numbering.items() if name.lower() == MISC and name not in types]


def dialects_of_spans(
    gold: Spans,
    predicted: Spans,
    types: Sequence[str],
    tokens: TokenLists,
    texts: Texts | None = None,
    undeclared_misc: Collection[int] = (),
) -> Dialects:
    """Score spans in all dialects; both sides and the tokens lie in one stream.

    ``texts`` are those of these tokens, kept from an earlier call: they only save time. ``undeclared_misc``
    are the numbers of types called misc that are not declared.
    """
    conlleval = count_spans(gold, predicted, types, len(tokens))
    strict = conlleval
    illegal = [len(side) - int(side.legal.sum()) for side in (gold, predicted)]
    if any(illegal):
        strict = count_spans(gold.select(gold.legal), predicted.select(predicted.legal), types, len(tokens))
    match = exact_matches(gold, predicted)
    exact = Tally.of(conlleval)
    misc = [name for name in types if name.lower() == MISC]
    half_credits = _half_credits(gold, predicted)
    without_misc = Tally.of(conlleval.without(*misc))
    others = int(np.isin(predicted.type, list(undeclared_misc)).sum()) if undeclared_misc else 0
    tallies = {
        "strict": Tally.of(strict),
        "conlleval": exact,
        "boundaries-only": replace(exact, correct=int((match >= 0).sum())),
        "no-misc": replace(without_misc, predicted=without_misc.predicted - others),
        "set-of-strings": _strings_tally(gold, predicted, Texts(tokens) if texts is None else texts),
        "partial-overlap": replace(exact, correct=exact.correct + half_credits / 2),
    }
    return Dialects(strict, conlleval, tallies, *illegal)


@lru_cache(maxsize=1 << 16)
def normalise(text: str) -> str:
    """Return the text as set-of-strings compares it: lower case, no ASCII punctuation, no article.

    >>> normalise("The U.S.  Senate")
    'us senate'
    """
    bare = text.lower().translate(_NO_PUNCTUATION)
    if bare.isascii() and bare.isprintable():  # then words are what white space tells apart
        return " ".join([word for word in bare.split() if word not in ("a", "an", "the")])
    return " ".join(_ARTICLES.sub(" ", bare).split())


class Texts(dict[int, int]):
    """Texts of a test set's spans by number, equal after ``normalise`` or not; made once for all systems."""

    def __init__(self, tokens: TokenLists) -> None:
        super().__init__()
        self._stream = list(chain.from_iterable(tokens))
        self._width = len(self._stream) + 1
        self._numbers = Numbering(())
        self._as_written: dict[str, int] = {}
        self._gold: tuple[Spans, Ints] | None = None

    def of_gold(self, spans: Spans) -> Ints:
        """Return what ``of`` does, and keep it for the next system that is scored against the same spans."""
        if self._gold is None or self._gold[0] is not spans:
            self._gold = spans, self.of(spans)
        return self._gold[1]

    def of(self, spans: Spans) -> Ints:
        """Return the number of each span's text; spans lie in the stream of these tokens."""
        keys = spans.start * self._width + spans.end
        return np.fromiter(map(self.__getitem__, keys.tolist()), dtype=np.int64, count=len(spans))

    @property
    def known(self) -> int:
        """How many texts have a number."""
        return len(self._numbers)

    def __missing__(self, key: int) -> int:
        start, end = divmod(key, self._width)
        words = self._stream[start:end]
        text = words[0] if len(words) == 1 else " ".join(words)
        number = self._as_written.get(text)
        if number is None:
            self._as_written[text] = number = self._numbers[normalise(text)]
        self[key] = number
        return number


def _strings_tally(gold: Spans, predicted: Spans, texts: Texts) -> Tally:
    gold_text, predicted_text = texts.of_gold(gold), texts.of(predicted)
    width = 1 + max((int(side.type.max()) for side in (gold, predicted) if len(side)), default=0)
    gold_set, predicted_set = (
        # sentence, type and text in one number
        set(((side.sentence * width + side.type) * texts.known + text).tolist())
        for side, text in ((gold, gold_text), (predicted, predicted_text))
    )
    return Tally(len(gold_set & predicted_set), len(predicted_set), len(gold_set))


def _half_credits(gold: Spans, predicted: Spans) -> int:
    """Return the largest number of one-to-one pairs of one type that overlap and are not equal."""
    extent = max((int(side.end[-1]) for side in (gold, predicted) if len(side)), default=0)
    left, right = _by_type(gold, extent), _by_type(predicted, extent)
    first, last = overlapping(right, left)
    some = np.flatnonzero(last > first)
    nearest = first[some]
    equal = (left.start[nearest] == right.start[some]) & (left.end[nearest] == right.end[some])
    pairs = free = 0
    # Both sides are disjoint and sorted, so the ranges move to the right only: to give each predicted span
    # the leftmost gold span that is still free makes as many pairs as can be made.
    for low, high in zip(nearest[~equal].tolist(), last[some[~equal]].tolist(), strict=True):
        choice = max(low, free)
        if choice < high:
            pairs += 1
            free = choice + 1
    return pairs


def _by_type(spans: Spans, extent: int) -> Spans:
    """Give each type a stream of its own, one behind the other, so that only equal types overlap."""
    shift = spans.type * extent
    apart = replace(spans, start=spans.start + shift, end=spans.end + shift)
    return apart.select(np.argsort(apart.start))
