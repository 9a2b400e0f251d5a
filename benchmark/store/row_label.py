"""The label of a row of the board: under noise, the clean row's label with the condition's name behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARK = "~"  # a label that a suite gives cannot hold it


def noisy_label(label: str, condition: str | None) -> str:
    """Return the label of a row under noise, ``lar-direct~annotation-0.2``: never that of a clean one."""
    return label if condition is None else f"{label}{MARK}{condition}"


def split_label(label: str, noise: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the clean row's label and the condition's name, empty for a cell without noise or mark."""
    if noise is None:
        return label, ""
    clean, mark, name = label.rpartition(MARK)
    return (clean, name) if mark else (label, "")
