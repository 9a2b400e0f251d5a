"""What the scoring tests share: seqeval as the independent second opinion, and corruption of gold tags."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

Tags = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Reference:
    """What seqeval says: precision, recall, F1 overall and per type, macro F1, gold mentions per type."""

    micro: tuple[float, float, float]
    per_type: dict[str, tuple[float, float, float]]
    macro: float
    support: dict[str, int]


def _seqeval(gold: Tags, predicted: Tags, *, strict: bool, scheme: str = "IOB2") -> Reference:
    from seqeval import scheme as schemes
    from seqeval.metrics import classification_report, sequence_labeling, v1

    sides = [[list(sentence) for sentence in side] for side in (gold, predicted)]
    kind = getattr(schemes, scheme)
    mode = {"mode": "strict", "scheme": kind} if strict else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns of types without predictions or gold
        if strict:
            *micro, _ = v1.precision_recall_fscore_support(*sides, average="micro", scheme=kind)
        else:
            *micro, _ = sequence_labeling.precision_recall_fscore_support(*sides, average="micro")
        try:
            report = classification_report(*sides, output_dict=True, **mode)
        except ValueError:  # no span on either side: seqeval makes no report
            report = {"macro avg": {"f1-score": 0.0}}
    keys = ("precision", "recall", "f1-score")
    types = {name: row for name, row in report.items() if not name.endswith(" avg")}
    return Reference(
        micro=tuple(float(value) for value in micro),
        per_type={name: tuple(float(row[key]) for key in keys) for name, row in types.items()},
        macro=float(report["macro avg"]["f1-score"]),
        support={name: int(row["support"]) for name, row in types.items()},
    )


@pytest.fixture(scope="session")
def seqeval_says() -> Callable[..., Reference]:
    pytest.importorskip("seqeval")
    return _seqeval


def _corrupt(tags: Tags, rate: float, seed: int) -> list[list[str]]:
    generator = random.Random(seed)
    alphabet = sorted({tag for sentence in tags for tag in sentence})
    return [
        [generator.choice(alphabet) if generator.random() < rate else tag for tag in sentence]
        for sentence in tags
    ]


@pytest.fixture(scope="session")
def corrupt() -> Callable[[Tags, float, int], list[list[str]]]:
    """Replace a share of all tags by random ones: many illegal transitions, seeded."""
    return _corrupt
