"""Type-inference accuracy: of gold mentions, how many get their type by direct and by enhanced inference.

Everything up to the inference is as in a run: the source tagger, the alignment, the hubness over the target's
unlabelled text. The mentions' boundaries are gold ones, so this serves a diagnosis and no method.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmark.domains.corpus import LabelledSentence
from benchmark.task import Task
from lar.generalists.enhance import enhanced
from lar.generalists.protocol import Generalist
from lar.inference.direct import embed_mentions, pool_by_surface
from lar.inference.mentions import mentions_at, surfaces
from lar.training.base import SOURCE_ONLY, base_key, base_tagger
from lar.training.teacher import Choices, Teacher
from larbench.tagger.arrays import Floats

ALL = "all"  # the name of the row that sums the others


@dataclass(frozen=True)
class GoldTyping:
    """One type for each gold mention, in the order of the text: the right one, and what was inferred."""

    gold: tuple[str, ...]
    direct: tuple[str, ...]
    enhanced: tuple[str, ...]


def type_gold(
    task: Task,
    sentences: Sequence[LabelledSentence],
    generalist: Generalist,
    *,
    backbone: str,
    seed: int,
) -> GoldTyping:
    """Type the gold mentions of labelled target sentences by both inferences.

    The tagger's distribution is read off at the gold boundaries. Mentions with the same words share the mean
    of their distributions, as those that a teacher finds do.
    """
    tagger = base_tagger(task, SOURCE_ONLY, backbone, seed)
    key = base_key(task, SOURCE_ONLY, backbone, seed)
    teacher = Teacher.fit(task, tagger, Choices(), key=key, generalist=generalist)
    text = [sentence.unlabelled() for sentence in sentences]
    words = [sentence.tokens for sentence in text]
    spans = [[(mention.start, mention.end) for mention in sentence.mentions] for sentence in sentences]
    found = mentions_at(tagger, text, spans)
    names = task.target.type_names
    direct = teacher.inference.distribution(found, embed_mentions(found, words, teacher.finder.embedder))
    corrected = enhanced(generalist, found, direct, text, names)
    named = surfaces(found, words)
    return GoldTyping(
        tuple(mention.type for sentence in sentences for mention in sentence.mentions),
        _best(direct, named, names),
        _best(corrected, named, names),
    )


def _best(distribution: Floats, named: Sequence[str], types: Sequence[str]) -> tuple[str, ...]:
    """Return the most probable type of each mention, once mentions with the same words are pooled."""
    return tuple(types[place] for place in pool_by_surface(distribution, named).argmax(axis=1).tolist())


@dataclass(frozen=True)
class TypeRow:
    """Counts of the mentions of one gold type.

    ``direct`` and ``enhanced`` are right by that inference; of the mentions that the two type differently
    (``changed``), enhanced inference sets ``set_right`` right that were wrong, ``set_wrong`` wrong that were
    right, and gives the rest one wrong type for another.
    """

    type: str
    support: int
    direct: int
    enhanced: int
    changed: int
    set_right: int
    set_wrong: int

    @property
    def direct_accuracy(self) -> float | None:
        """The share that direct inference types right; None of no mention."""
        return self.direct / self.support if self.support else None

    @property
    def enhanced_accuracy(self) -> float | None:
        """The share that enhanced inference types right; None of no mention."""
        return self.enhanced / self.support if self.support else None

    @property
    def net(self) -> int:
        """Mentions that enhanced inference gains against direct; below 0 it loses."""
        return self.set_right - self.set_wrong

    @property
    def p_value(self) -> float:
        """The exact McNemar test's: see ``mcnemar``."""
        return mcnemar(self.set_right, self.set_wrong)


def type_rows(
    gold: Sequence[str], direct: Sequence[str], enhanced: Sequence[str], types: Sequence[str]
) -> list[TypeRow]:
    """Count for each of ``types``, in this order, what became of the mentions of that gold type.

    The three sequences hold one type for each mention. Raises ``ValueError`` for different lengths and for a
    gold type that is not in ``types``.
    """
    if undeclared := set(gold) - set(types):
        raise ValueError(f"no declared types: {', '.join(sorted(undeclared))}")
    mentions: dict[str, list[tuple[str, str]]] = {name: [] for name in types}
    for right, first, second in zip(gold, direct, enhanced, strict=True):
        mentions[right].append((first, second))
    return [_counted(name, pairs) for name, pairs in mentions.items()]


def summed(rows: Iterable[TypeRow], name: str = ALL) -> TypeRow:
    """Return the row of all mentions of ``rows`` together."""
    counts = [
        (row.support, row.direct, row.enhanced, row.changed, row.set_right, row.set_wrong) for row in rows
    ]
    return TypeRow(name, *(sum(column) for column in zip((0,) * 6, *counts, strict=True)))


def mcnemar(set_right: int, set_wrong: int) -> float:
    """Return the two-sided p-value of the exact McNemar test: binomial, with probability one half.

    How likely a split at least as uneven is where both inferences are equally good; 1 where nothing differs.
    It takes mentions for independent. Those with the same words are typed alike, so it is too small where
    surfaces repeat.
    """
    from scipy.stats import binomtest  # takes a second to import

    total = set_right + set_wrong
    return float(binomtest(set_right, total, 0.5).pvalue) if total else 1.0


def _counted(name: str, pairs: Sequence[tuple[str, str]]) -> TypeRow:
    return TypeRow(
        name,
        support=len(pairs),
        direct=sum(first == name for first, _ in pairs),
        enhanced=sum(second == name for _, second in pairs),
        changed=sum(first != second for first, second in pairs),
        set_right=sum(first != name == second for first, second in pairs),
        set_wrong=sum(second != name == first for first, second in pairs),
    )
