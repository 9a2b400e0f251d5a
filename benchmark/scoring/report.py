"""All figures of predicted tags against gold tags, what is to be said of them, and both as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmark.domains.tagged_file import counted
from benchmark.scoring import SCORER_VERSION
from benchmark.scoring.counts import PRF, Counts
from benchmark.scoring.dialects import Tally
from benchmark.scoring.score import Score

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Side:
    """One of the two sides: where it lies and how its tags were read.

    ``why`` says how the scheme was come by, ``read`` what the file's parts were taken to be.
    """

    path: str
    scheme: str
    illegal_transitions: int
    why: str = ""
    read: str = ""


@dataclass(frozen=True)
class Averages:
    """Figures averaged over the declared types: ``macro``, and ``weighted`` by their gold mentions.

    A type without gold and predictions counts as 0.0 in ``macro``.
    """

    macro: PRF
    weighted: PRF

    @classmethod
    def of(cls, counts: Counts) -> Averages:
        """Average the figures of counts."""
        per_type, support = counts.per_type(), counts.support()
        names = counts.declared
        if not names:
            nothing = PRF(0.0, 0.0, 0.0)
            return cls(nothing, nothing)
        figures = np.array([[per_type[n].precision, per_type[n].recall, per_type[n].f1] for n in names])
        weights = np.array([support[name] for name in names], dtype=np.float64)
        weighted = figures.T @ (weights / weights.sum()) if weights.sum() else np.zeros(3)
        return cls(PRF(*figures.mean(axis=0).tolist()), PRF(*weighted.tolist()))


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """All figures of predictions against gold.

    ``undeclared`` counts the predicted mentions of types that are not declared, by type. The counts in
    ``score`` have one row, for all sentences together. ``schemas`` are those of nervaluate;
    ``token_accuracy`` is the share (0..1) of tokens with the same tag, None where spans were scored.
    ``remarks`` are what a reader should know of the figures.
    """

    gold: Side
    predicted: Side
    sentences: int
    tokens: int | None
    types: tuple[str, ...]
    undeclared: dict[str, int]
    score: Score
    schemas: dict[str, Tally] = field(default_factory=dict)
    token_accuracy: float | None = None
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        mentions = counted(self.score.dialects.tallies["strict"].gold, "gold mention")
        return f"<Report: strict F1 {100 * self.f1:.1f}; {mentions} of {counted(len(self.types), 'type')}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the figures of each dialect, and the remarks."""
        shown = self.frame().to_html(index=False, float_format="{:.3f}".format, border=0)
        remarks = "".join(f"<p>{escape(remark)}</p>" for remark in self.remarks)
        return f"<p>{escape(repr(self)[1:-1])}</p>{shown}{remarks}"

    def frame(self, by: Literal["dialect", "type"] = "dialect") -> pd.DataFrame:
        """Return the figures as a data frame.

        Parameters
        ----------
        by : {"dialect", "type"}
            A line for each dialect and for each schema of nervaluate, or for each declared type (strict).

        Returns
        -------
        pandas.DataFrame
            The first column is named as ``by``; precision, recall and f1 are fractions, the others numbers
            of mentions.
        """
        import pandas as pd

        if by == "type":
            lines = _per_type(self.score.dialects.strict)
        else:
            lines = {
                name: _tally(tally) for name, tally in {**self.score.dialects.tallies, **self.schemas}.items()
            }
        return pd.DataFrame([{by: name, **figures} for name, figures in lines.items()])

    @property
    def f1(self) -> float:
        """Strict micro F1, a fraction."""
        return self.score.dialects.strict.micro().f1

    def averages(self) -> dict[str, Averages]:
        """Return the averages over types in the strict and the conlleval reading."""
        dialects = self.score.dialects
        return {"strict": Averages.of(dialects.strict), "conlleval": Averages.of(dialects.conlleval)}

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values; figures are fractions 0..1."""
        dialects, parts = self.score.dialects, self.score.decomposition
        return {
            "schema": 1,
            "scorer": SCORER_VERSION,
            "gold": asdict(self.gold),
            "predicted": asdict(self.predicted),
            "sentences": self.sentences,
            "tokens": self.tokens,
            "types": list(self.types),
            "undeclared": self.undeclared,
            "remarks": list(self.remarks),
            "dialects": {name: _tally(tally) for name, tally in dialects.tallies.items()},
            "schemas": {name: _tally(tally) for name, tally in self.schemas.items()},
            "token_accuracy": self.token_accuracy,
            "macro_f1": {"strict": dialects.strict.macro(), "conlleval": dialects.conlleval.macro()},
            "averages": {name: asdict(averages) for name, averages in self.averages().items()},
            "per_type": {"strict": _per_type(dialects.strict), "conlleval": _per_type(dialects.conlleval)},
            "decomposition": {
                "f1": parts.f1,
                "boundary_f1": parts.boundary_f1,
                "typed_right_f1": parts.typed_right_f1,
                "typed_right_macro_f1": parts.if_typed_right.macro(),
                "lost": parts.shares(),
                "mentions": {
                    "correct": parts.correct,
                    "wrong_type": parts.wrong_type,
                    "boundary_gold": parts.boundary_gold,
                    "boundary_predicted": parts.boundary_predicted,
                    "missed": parts.missed,
                    "spurious": parts.spurious,
                },
            },
        }


def _figures(figures: PRF) -> dict[str, float]:
    return {"precision": figures.precision, "recall": figures.recall, "f1": figures.f1}


def _tally(tally: Tally) -> dict[str, float]:
    return {
        **_figures(tally.prf),
        "correct": tally.correct,
        "predicted": tally.predicted,
        "gold": tally.gold,
    }


def _per_type(counts: Counts) -> dict[str, dict[str, float]]:
    totals = counts.totals()
    return {
        name: {**_figures(figures), "predicted": totals[name][1], "gold": totals[name][2]}
        for name, figures in counts.per_type().items()
    }


def remarks_on(score: Score, types: tuple[str, ...]) -> list[str]:
    """Return what is to be said of figures that are undefined, and of types that gold lacks."""
    exact = score.dialects.tallies["conlleval"]
    found = []
    if not exact.gold:
        found.append("no mention in gold: recall and F1 are undefined, shown as 0.00")
    if not exact.predicted:
        found.append("no mention is predicted: precision is undefined, shown as 0.00")
    lacking = [name for name, count in score.dialects.conlleval.support().items() if not count]
    if lacking and types and exact.gold:
        number = counted(len(lacking), "declared type")
        found.append(f"{number} without a mention in gold, 0 in every average: {', '.join(lacking)}")
    return found
