"""Noise as a suite names it, as a cell's row and identity hold it, and as it is put on corpora."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence, content_hash
from benchmark.domains.noise.annotation import annotate_badly
from benchmark.domains.noise.condition import SOURCE, TARGET, Confusion, Noise
from benchmark.domains.noise.report import NoiseReport
from benchmark.domains.noise.text import disturb_text
from benchmark.errors import InputError, LarbenchError, UsageError

MARK = "~"  # a label that a suite gives cannot hold it
CLEAN = "clean"
CONTENT = "content"


@dataclass(frozen=True)
class NoiseSeries:
    """Conditions that differ in their rate alone: one curve of each row. All fields as in ``Noise``.

    ``rates`` ascend and hold no 0: that is the clean cell, which every suite has.
    """

    name: str
    on: str
    rates: tuple[float, ...]
    kinds: tuple[str, ...] = ()
    seed: int = 0
    confusion: Confusion | None = None
    where: str = "everywhere"

    def conditions(self) -> tuple[Condition, ...]:
        """Return a condition for each rate."""
        return tuple(
            Condition(
                f"{self.name}-{rate:g}",
                self.name,
                Noise(self.on, rate, self.kinds, self.seed, self.confusion, self.where),
            )
            for rate in self.rates
        )


@dataclass(frozen=True)
class Condition:
    """A noise condition with its name (``annotation-0.2``) and that of its series (``annotation``)."""

    name: str
    series: str
    noise: Noise


def choose_conditions(
    series: Sequence[NoiseSeries], wanted: Sequence[str] | None
) -> tuple[Condition | None, ...]:
    """Return the conditions that are meant, None for clean cells: all of them where ``wanted`` is None.

    One is meant by its own name, by that of its series, or as ``clean``. Raises ``UsageError`` for others.
    """
    known: list[Condition | None] = [None, *(one for some in series for one in some.conditions())]
    if wanted is None:
        return tuple(known)
    for name in wanted:
        if not any(name in _names(one) for one in known):
            names = [CLEAN, *dict.fromkeys(one.series for one in known if one is not None)]
            raise UsageError(f"no noise of this suite is called {name!r}; there is {', '.join(names)}")
    return tuple(one for one in known if set(_names(one)) & set(wanted))


def _names(condition: Condition | None) -> tuple[str, ...]:
    return (CLEAN,) if condition is None else (condition.name, condition.series)


# ---- labels


def noisy_label(label: str, condition: Condition | None) -> str:
    """Return the label of a row under noise, ``lar-direct~annotation-0.2``: never that of a clean one."""
    return label if condition is None else f"{label}{MARK}{condition.name}"


def split_label(label: str, noise: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the clean row's label and the condition's name, empty for a cell without noise."""
    if noise is None:
        return label, ""
    clean, _, name = label.rpartition(MARK)
    return clean, name


# ---- identity


def identify(noise: Noise, source: Domain, target: Domain) -> dict[str, Any]:
    """Return what an identity holds of noise: the condition, and the hash of what it made of the corpus.

    The hash covers the noise's code as well: whatever of it changes the outcome changes the hash. Raises
    ``ValueError`` for a confusion that names a type which the source does not declare.
    """
    return {**noise.to_json(), CONTENT: _content(noise, disturb(noise, source, target, None))}


# ---- corpora


@dataclass(frozen=True)
class NoisyCorpora:
    """Source and target as a cell has them, and what noise did; no report without noise.

    ``clean_target`` is the target before any noise.
    """

    source: Domain
    target: Domain
    clean_target: Domain
    report: NoiseReport | None = None


def put_noise(
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
        return put_noise(noise, target, target, None).target.test
    except (LarbenchError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"a noisy test set that cannot be made here ({error})",
            expected="noise of this version of larbench",
            todo="run the suite again: the cell is computed anew",
        ) from error


def disturb(noise: Noise, source: Domain, target: Domain, source_limit: int | None) -> NoisyCorpora:
    """Return the corpora under noise; the report counts the first ``source_limit`` train sentences alone."""
    if noise.on == TARGET:
        test, report = disturb_text(target.test, noise, target.language)
        return NoisyCorpora(source, replace(target, test=test), target, report)
    noisy, report = annotate_badly(source, noise)
    if source_limit is not None:
        _, report = annotate_badly(replace(source, train=source.train[:source_limit]), noise)
    return NoisyCorpora(noisy, target, target, report)


def _content(noise: Noise, corpora: NoisyCorpora) -> str:
    """SHA-256 (hex) of the noisy source's train and dev splits, or of the noisy target's test split."""
    if noise.on == SOURCE:
        return content_hash(corpora.source.types, corpora.source.train, corpora.source.dev)
    return content_hash((), corpora.target.test)
