"""Corpora under the noise of an identity, which holds the condition and the hash of what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence, content_hash
from benchmark.domains.noise.annotation import corrupt_annotation
from benchmark.domains.noise.condition import SOURCE, TARGET, Noise
from benchmark.domains.noise.report import NoiseReport
from benchmark.domains.noise.text import corrupt_text
from benchmark.errors import InputError, LarbenchError

CONTENT = "content"


def noise_identity(noise: Noise, source: Domain, target: Domain) -> dict[str, Any]:
    """Return what an identity holds of noise: the condition, and the hash of what it made of the corpus.

    The hash covers the noise's code as well: whatever of it changes the outcome changes the hash. Raises
    ``ValueError`` for a confusion that names a type which the source does not declare.
    """
    return {**noise.to_json(), CONTENT: _content(noise, disturb(noise, source, target, None))}


@dataclass(frozen=True)
class NoisyCorpora:
    """Source and target as a cell has them, and what noise did; no report without noise.

    ``clean_target`` is the target before any noise.
    """

    source: Domain
    target: Domain
    clean_target: Domain
    report: NoiseReport | None = None


def apply_noise(
    noise: Mapping[str, Any] | None, source: Domain, target: Domain, source_limit: int | None
) -> NoisyCorpora:
    """Return the corpora under the noise of an identity; the report is of the sentences that a method sees.

    Raises ``LarbenchError`` where it makes something else of them than the identity was made for.
    """
    if noise is None:
        return NoisyCorpora(source, target, target)
    condition = Noise.from_json(noise)
    corpora = disturb(condition, source, target, source_limit)
    if _content(condition, corpora) != noise[CONTENT]:
        raise LarbenchError(
            "this noise made another corpus when the run was planned: its code, or the text tables of Python,"
            " changed; run again"
        )
    return corpora


def noisy_test(noise: Mapping[str, Any] | None, target: Domain) -> tuple[LabelledSentence, ...]:
    """Return the target's test set, gold included, as a cell had it: under noise where that is on its text.

    ``noise`` is that of a record, which may be anybody's. Raises ``InputError`` where it cannot be made here.
    """
    if noise is None or noise.get("on") != TARGET:
        return target.test
    try:
        return apply_noise(noise, target, target, None).target.test
    except (LarbenchError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"a noisy test set that cannot be made here ({error})",
            expected="noise of this version of larbench",
            todo="run the suite again: the cell is computed anew",
        ) from error


def disturb(noise: Noise, source: Domain, target: Domain, source_limit: int | None) -> NoisyCorpora:
    """Return the corpora under noise; the report counts the first ``source_limit`` train sentences alone."""
    if noise.on == TARGET:
        test, report = corrupt_text(target.test, noise, target.language)
        return NoisyCorpora(source, replace(target, test=test), target, report)
    noisy, report = corrupt_annotation(source, noise)
    if source_limit is not None:
        _, report = corrupt_annotation(replace(source, train=source.train[:source_limit]), noise)
    return NoisyCorpora(noisy, target, target, report)


def _content(noise: Noise, corpora: NoisyCorpora) -> str:
    """SHA-256 (hex) of the noisy source's train and dev splits, or of the noisy target's test split."""
    if noise.on == SOURCE:
        return content_hash(corpora.source.types, corpora.source.train, corpora.source.dev)
    return content_hash((), corpora.target.test)
