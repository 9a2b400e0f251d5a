"""What the gate says: one verdict, and the lines that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.errors import LarbenchError
from benchmark.scoring.intervals import Interval

REGRESSED, NO_EVIDENCE, NOT_MEASURED = "regressed", "no evidence", "could not measure"
EXIT_CODES = {NO_EVIDENCE: 0, REGRESSED: 1, NOT_MEASURED: 3}
AVERAGE = "average"  # stands where a domain's name would


class CouldNotMeasure(LarbenchError):  # noqa: N818 - named for the verdict
    """Something keeps the gate from comparing at all; the message says what."""

    exit_code = EXIT_CODES[NOT_MEASURED]


@dataclass(frozen=True)
class Evidence:
    """A paired comparison of F1, run minus baseline; all as fractions.

    baseline_f1, run_f1: means over the seeds compared (of an average: over domains with equal weight).
    interval: of the difference, for sentences and seeds, for this line alone.
    spread: standard deviation of F1 over the baseline's stored seeds, None where it has but one.
    threshold: the smallest loss that would fire on its own, with as many comparisons as there are here.
    p: one-sided, for a loss; ``adjusted`` the same after Holm's correction.
    """

    baseline_f1: float
    run_f1: float
    difference: float
    interval: Interval
    spread: float | None
    threshold: float
    p: float
    adjusted: float


@dataclass(frozen=True)
class Line:
    """One row in one domain, over its seeds, or its average over domains (``domain`` is ``average``).

    ``equal``: the predictions are the baseline's, byte for byte. ``reasons``: why it could not be measured,
    or what there is to note. ``changed``: the components of identity that differ from the baseline's.
    """

    label: str
    backbone: str
    setting: str
    domain: str
    seeds: tuple[int, ...]
    run_seeds: tuple[int, ...]
    verdict: str
    equal: bool = False
    reasons: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def name(self) -> str:
        """The line in one phrase: ``lar-direct (mini), zero-shot, music``."""
        backbone = f" ({self.backbone})" if self.backbone else ""
        return ", ".join(part for part in (f"{self.label}{backbone}", self.setting, self.domain) if part)


@dataclass(frozen=True)
class Report:
    """The outcome of a check.

    ``reason`` says what kept the gate from measuring at all. ``added`` are cells that only the run has, and
    ``skipped`` how many cells the baseline's methods skip, ``not_asked_for`` how many the run was not
    asked for, as the options of its command said: none of these is judged. ``comparisons`` is the
    number of lines that Holm's correction is over, ``alpha`` the chance that any of them fires without cause.
    """

    baseline: str
    run: str
    suite: str
    scorer: str
    alpha: float
    resamples: int
    lines: tuple[Line, ...] = ()
    added: tuple[str, ...] = ()
    skipped: int = 0
    not_asked_for: int = 0
    comparisons: int = 0
    reason: str = ""

    def of(self, verdict: str) -> tuple[Line, ...]:
        """Return the lines with a verdict."""
        return tuple(line for line in self.lines if line.verdict == verdict)

    @property
    def verdict(self) -> str:
        """Return the worst of all lines: a loss that was seen counts, whatever else could not be measured."""
        if self.of(REGRESSED):
            return REGRESSED
        return NO_EVIDENCE if self.lines and not self.reason and not self.of(NOT_MEASURED) else NOT_MEASURED

    @property
    def exit_code(self) -> int:
        """0 for no evidence, 1 for a regression, 3 where something could not be measured."""
        return EXIT_CODES[self.verdict]
