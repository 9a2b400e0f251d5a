"""What noise did to the predictions of one cell, mention by mention, against its clean twin. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.store.record import Record
from benchmark.store.row_label import split_label
from leaderboard.results.gold import Gold
from leaderboard.results.measure import ScoredCell
from leaderboard.results.results import Results


@dataclass(frozen=True, slots=True)
class NoiseImpact:
    """Counts of a clean and a noisy run on the same test sentences.

    Attributes
    ----------
    gold: gold mentions; ``right_clean``, ``right_noisy``: found with span and type; ``lost``: in the first
        alone; ``gained``: in the second alone.
    touched: gold mentions whose own text noise has changed (none where it is on the source);
        ``touched_clean``, ``touched_noisy``: those of them that were right.
    spurious_clean, spurious_noisy: predicted mentions that touch no gold mention.
    sentences: all; ``worse``, ``better``: those with more or fewer errors (wrong and unfound mentions).
    """

    gold: int = 0
    right_clean: int = 0
    right_noisy: int = 0
    lost: int = 0
    gained: int = 0
    touched: int = 0
    touched_clean: int = 0
    touched_noisy: int = 0
    spurious_clean: int = 0
    spurious_noisy: int = 0
    sentences: int = 0
    worse: int = 0
    better: int = 0

    def __add__(self, other: NoiseImpact) -> NoiseImpact:
        return NoiseImpact(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


_Lists = Sequence[Sequence[Mention]]


def clean_key(record: Record) -> tuple[object, ...]:
    """Return what a noisy cell has in common with its clean twin, and with no other clean cell."""
    spec = record.spec
    label, _ = split_label(spec.label, spec.noise)
    return (label, spec.backbone, spec.setting, spec.corpus, spec.domain, spec.seed)


def noise_impacts(results: Results) -> dict[str, NoiseImpact]:
    """Return cell → what noise did there, for each noisy cell whose clean twin ended well too."""
    done = [cell for cell in results.cells if cell.whole and results.gold(cell) is not None]
    clean = {clean_key(cell.record): cell for cell in done if cell.record.spec.noise is None}
    found = {}
    for cell in done:
        before = clean.get(clean_key(cell.record))
        if cell.record.spec.noise is not None and before is not None:
            sides = (*_gold_and_answer(results, before), *_gold_and_answer(results, cell))
            found[cell.record.cell] = noise_impact(*sides)
    return found


def _gold_and_answer(results: Results, cell: ScoredCell) -> tuple[Gold, _Lists]:
    gold = results.gold(cell)
    assert gold is not None and results.store is not None
    return gold, gold.align(results.predictions(cell), results.store.predictions_path(cell.record))


def noise_impact(clean: Gold, clean_predicted: _Lists, noisy: Gold, noisy_predicted: _Lists) -> NoiseImpact:
    """Return what noise did; predictions are in the order of the test sets, which hold the same sentences.

    Raises ``ValueError`` where the test sets do not pair up, mention by mention.
    """
    whole = NoiseImpact()
    sides = zip(clean.test, clean_predicted, noisy.test, noisy_predicted, strict=True)
    for before, found, after, found_after in sides:
        whole += _of_sentence(before, set(found), after, set(found_after))
    return whole


def _of_sentence(
    clean: LabelledSentence, before: set[Mention], noisy: LabelledSentence, after: set[Mention]
) -> NoiseImpact:
    if clean.id != noisy.id:
        raise ValueError(f"the sentences {clean.id} and {noisy.id} do not pair up")
    pairs = [
        (
            one in before,
            other in after,
            clean.tokens[one.start : one.end] != noisy.tokens[other.start : other.end],
        )
        for one, other in zip(clean.mentions, noisy.mentions, strict=True)
    ]
    errors = [len(before ^ set(clean.mentions)), len(after ^ set(noisy.mentions))]
    return NoiseImpact(
        gold=len(pairs),
        right_clean=sum(was for was, _, _ in pairs),
        right_noisy=sum(now for _, now, _ in pairs),
        lost=sum(was and not now for was, now, _ in pairs),
        gained=sum(now and not was for was, now, _ in pairs),
        touched=sum(touched for _, _, touched in pairs),
        touched_clean=sum(was and touched for was, _, touched in pairs),
        touched_noisy=sum(now and touched for _, now, touched in pairs),
        spurious_clean=_spurious(before, clean.mentions),
        spurious_noisy=_spurious(after, noisy.mentions),
        sentences=1,
        worse=int(errors[1] > errors[0]),
        better=int(errors[1] < errors[0]),
    )


def _spurious(predicted: set[Mention], gold: Sequence[Mention]) -> int:
    return sum(all(one.end <= m.start or m.end <= one.start for m in gold) for one in predicted)
