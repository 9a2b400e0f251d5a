"""What a cell costs a row that is alone: older records say it in parts, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.store.record import Record

_MINI = 22_713_216  # of all-MiniLM-L6-v2: what a record without a count stands on at least
# modules that keep parts of predictions for other cells: records that do not tell them apart give no speed
_KEEPERS = frozenset({"lar.inference.mention_cache", "lar.looking"})


def train_seconds(record: Record) -> float | None:
    """Return the seconds to fit, shared work included; None where the record does not say what that took."""
    found = record.timings
    if "train_alone_seconds" in found:
        return float(found["train_alone_seconds"])
    if "saved_seconds" not in found or "train_seconds" not in found:
        return None
    return float(found["train_seconds"] + found.get("shared_seconds", 0.0) + found["saved_seconds"])


def sentences_per_second(record: Record) -> float | None:
    """Return the test sentences predicted a second; None where some may have come from a cache."""
    found, llm = record.timings, record.notes.get("llm")
    speed = found.get("sentences_per_second")
    if speed is None or (isinstance(llm, Mapping) and llm.get("from_cache")):
        return None
    if "predict_alone_seconds" in found:
        return float(speed)
    code = record.spec.identity.get("code") or {}
    return None if _KEEPERS & set(code) else float(speed)


def parameters(notes: Mapping[str, Any], backbone: str) -> float | None:
    """Return millions of parameters, as noted or, for a record that has no count, of its backbone."""
    noted = notes.get("parameters")
    if isinstance(noted, int) and not isinstance(noted, bool):
        return noted / 1e6
    return _MINI / 1e6 if backbone == "mini" else None
