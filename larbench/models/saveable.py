"""What a method adds so that a fitted one can be saved; those on ``TaggerMethod`` have it already."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self, runtime_checkable


@runtime_checkable
class Saveable(Protocol):
    """The optional pair of a method: what ``save`` writes, ``load`` takes up in place of ``fit``."""

    def save(self, folder: Path) -> None:
        """Write what ``fit`` left into an empty folder: safetensors and JSON, nothing that runs when read.

        Parameters
        ----------
        folder : Path
            Where to write.
        """

    def load(self, folder: Path, *, device: str = "cpu") -> Self:
        """Take up what ``save`` of the same class and parameters wrote, and predict as that one did.

        Parameters
        ----------
        folder : Path
            Where it lies.
        device : str
            Where torch computes.

        Returns
        -------
        Self
            The method itself.
        """
