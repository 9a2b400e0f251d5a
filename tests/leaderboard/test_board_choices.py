"""The head of a board says on whose labels its zero-shot methods were chosen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from leaderboard.analyses.summary import _choices

POLITICS = "on the dev set of politics alone"


def row(label: str, *, rule: int = 2, setting: str = "zero-shot", ran: bool = True) -> Any:
    spec = SimpleNamespace(label=label, method=label, setting=setting, identity={"rule": rule})
    return SimpleNamespace(label=label, record=SimpleNamespace(spec=spec), scores={"ai": 1} if ran else {})


def test_rows_of_the_rule_before_are_named() -> None:
    before = [row("lar-direct", rule=1), row("tent", rule=1)]
    assert _choices(before).endswith(f"once for all domains, {POLITICS}")
    told = _choices([*before, row("source-only")])
    assert told.endswith(f"; of lar-direct (identity rule 1), tent (identity rule 1), {POLITICS}")


def test_rows_of_the_rule_alone_name_no_ranked_target() -> None:
    told = _choices([row("source-only"), row("lar-direct"), row("da-ner")])
    assert told.endswith("domains re3d, wnut17, cyner alone, and no label of a ranked target")


def test_only_what_ran_here_without_labels_counts() -> None:
    rows = [
        row("source-only"),
        row("fine-tune", rule=1, setting="supervised"),
        row("gliner", rule=1, ran=False),
        row("mine [submitted]", rule=1),
    ]
    assert "politics" not in _choices(rows)
