"""What every page and document of a suite begins with."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.statistics import RESAMPLES


@dataclass(frozen=True)
class Heading:
    """What a reader has to know of any table of a suite.

    ``corpus`` names all corpora that results are of, ``source`` the domain that methods learned from.
    ``warning`` is the line that a reader may not miss, or "". ``resamples`` is how many an interval is of,
    ``seeds`` are those of all cells.
    """

    suite: str
    corpus: str
    source: str
    seeds: tuple[int, ...]
    warning: str = ""
    scorer: str = SCORER_VERSION
    resamples: int = RESAMPLES


def warning_of(corpus: str, source: str, *, own_alone: bool) -> str:
    """Return what must be said of results on these corpora before the first number, or "".

    ``own_alone``: the main tables are of corpora of the user's own.
    """
    if "sample" not in corpus:
        return ""
    if own_alone:
        return (
            f"SOURCE FROM THE SAMPLE: the targets are your own, but methods learned from {source}, a"
            " synthetic corpus written by this project, to try things out."
            " The real source gives other numbers."
        )
    return (
        "SAMPLE, NOT CROSSNER: a synthetic corpus written by this project, to try things out."
        " No number here compares with a published one."
    )
