"""A planned cell: what it is of, and what only the machine that computes it needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.store.cell_spec import CellSpec
from benchmark.store.record import SKIPPED


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a plan. All fields are JSON values: it travels to a worker.

    Attributes
    ----------
    spec : CellSpec
        What it is of.
    target : str
        What ``load_domain`` is asked for: the domain's name, or the path of a folder of your own. It is on
        this machine only; a record does not hold it.
    source : str
        The same of the source, where that is a folder of your own; else empty: its name will do.
    variants : sequence of (Mapping or None)
        Where noise on the target's text makes several test sets for one fit, the noise (as in an identity;
        None for the clean one) of each of them that the run asks for, this cell's own included.
    types : str
        Which of the target's types are the source's, where that is no mere matter of equal names.
    warning : str
        What a user should know before it is computed.
    decided, reason, traceback : str or None
        The state and reason of a cell that ends without being computed, because its method does not support
        the setting (``skipped``) or cannot be loaded (``failed``); else None.
    """

    spec: CellSpec
    target: str
    source: str = ""
    variants: Sequence[Mapping[str, Any] | None] = field(default=(), hash=False)
    types: str = ""
    warning: str = ""
    decided: str | None = None
    reason: str | None = None
    traceback: str | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Cell:
        """Return the cell whose fields, as ``dataclasses.asdict`` gives them, these are."""
        return cls(**{**values, "spec": CellSpec(**values["spec"])})

    def may_run_now(self, state: str) -> bool:
        """Return whether a record's state is that it was skipped, and nothing stands in its way any more.

        What stood there was not the cell's own: a key that was not set, say, or a package.
        """
        return state == SKIPPED and self.decided is None
