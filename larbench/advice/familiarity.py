"""How near a target's types are to the source's: by their meaning, and by whether mentions are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.domains.corpus import Domain, LabelledSentence, Mention

FOUND = 0.3  # of a type's mentions: below it, what starts from the source's mentions has little to type


@dataclass(frozen=True)
class Familiarity:
    """A target type beside the source: the nearest type there, their cosine, the share of mentions found.

    ``partner`` is None where the alignment calls the type novel. ``found`` is the share (0..1) of its
    labelled mentions whose span the source tagger finds, under whatever type; None where there is none.
    """

    type: str
    partner: str | None
    similarity: float
    found: float | None

    @property
    def strange(self) -> bool:
        """Whether zero-shot methods can hardly be expected to find it."""
        return self.partner is None or (self.found is not None and self.found < FOUND)


def familiarity(
    source: Domain,
    target: Domain,
    backbone: str,
    gold: Sequence[LabelledSentence] = (),
    found: Sequence[Sequence[Mention]] = (),
) -> list[Familiarity]:
    """Return the familiarity of each target type.

    Parameters
    ----------
    source, target : Domain
        Both sides.
    backbone : str
        What embeds the types' texts.
    gold, found : sequence
        Labelled sentences, and what the source tagger finds in each.
    """
    from lar.alignment.align import align_types
    from larbench.tagger.embedding import Embedder

    aligned = align_types(source.types, target.types, Embedder(backbone))  # as lar-direct does
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for sentence, mentions in zip(gold, found, strict=True):
        spans = {(start, end) for start, end, _ in mentions}
        total.update(one.type for one in sentence.mentions)
        right.update(one.type for one in sentence.mentions if (one.start, one.end) in spans)
    return [
        Familiarity(
            name,
            aligned.pairs[name],
            aligned.scores[name],
            right[name] / total[name] if total[name] else None,
        )
        for name in target.type_names
    ]
