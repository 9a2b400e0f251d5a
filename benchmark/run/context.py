"""Where cells of a run are computed: what a worker is told besides the cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExecutionContext:
    """Where a cell is computed; nothing in it can change an output. All fields are JSON values.

    Attributes
    ----------
    store : str
        The location of the store.
    data_dir : str or None
        The folder of CrossNER, where it is not the one of this machine.
    device : str
        Where torch computes, for example ``cpu`` or ``cuda``.
    versions : Mapping
        Of code and packages, for the records.
    budget : str or None
        Name of the run's budget for language models, None for a run without a limit.
    cell_timeout : float or None
        Seconds after which a cell is ended, None for no limit.
    retry_lost : bool
        Whether language models are asked again for answers that are kept and could not be used.
    max_lost : float or None
        The share of a language model's answers that may be lost, None for what the method allows.
    """

    store: str
    data_dir: str | None
    device: str
    versions: Mapping[str, Any]
    budget: str | None = None
    cell_timeout: float | None = None
    retry_lost: bool = False
    max_lost: float | None = None
