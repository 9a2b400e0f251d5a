"""Marks behind the name of a row, the same in all formats."""

from __future__ import annotations

from typing import Protocol

FLAG = "!"  # scores more than it can
ORACLE = "[oracle]"
TRANSDUCTIVE = "[transductive]"
YOURS = "<- yours"  # on a terminal alone: elsewhere others read it


class Named(Protocol):
    """A row, or a curve of one, as far as its name goes."""

    @property
    def label(self) -> str:
        """Its name on the board."""
        ...

    @property
    def transductive(self) -> bool:
        """Whether it adapts to the test sentences' words while it answers."""
        ...


def marked(curve: Named) -> str:
    """Return a row's label, marked as on the board where it adapts to the test sentences."""
    return f"{curve.label} {TRANSDUCTIVE}" if curve.transductive else curve.label
