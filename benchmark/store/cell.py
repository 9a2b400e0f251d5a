"""A cell: one method configuration × task × seed, under a name that is safe as a file's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from benchmark.store.noise import split_label
from benchmark.store.record import SKIPPED, Record

_LONGEST = 60  # characters of a part of a slot
_HASHED = 8  # hex digits


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The unit of work, of caching and of failure. All fields are JSON values: it travels to a worker.

    Attributes
    ----------
    target: what ``load_domain`` is asked for: the domain's name, or the path of a folder of your own. It is
        on this machine only; a record does not hold it.
    settled, reason, traceback: the state and reason of a cell that ends without being computed, because its
        method does not support the setting (``skipped``) or cannot be loaded (``failed``); else None.
    companions: where noise on the target's text makes several test sets for one fit, the noise (as in an
        identity; None for the clean one) of each of them that the run asks for, this cell's own included.
    The others: as in a ``Record``.
    """

    suite: str
    corpus: str
    domain: str
    target: str
    source_corpus: str
    source: str
    source_limit: int | None
    method: str
    label: str
    params: Mapping[str, Any] = field(hash=False)
    backbone: str
    setting: str
    seed: int
    identity: Mapping[str, Any] = field(hash=False)
    identity_hash: str
    companions: Sequence[Mapping[str, Any] | None] = field(default=(), hash=False)
    settled: str | None = None
    reason: str | None = None
    traceback: str | None = None

    @property
    def noise(self) -> Mapping[str, Any] | None:
        """The noise condition, as its identity holds it; None for a clean cell."""
        noise: Mapping[str, Any] | None = self.identity.get("noise")
        return noise

    def may_run_now(self, state: str) -> bool:
        """Return whether a record's state is that it was skipped, and nothing stands in its way any more.

        What stood there was not the cell's own: a key that was not set, say, or a package.
        """
        return state == SKIPPED and self.settled is None

    @property
    def slot(self) -> str:
        """What the cell is about, whatever its identity: its place in the ledger."""
        return slot_of(self)

    @property
    def name(self) -> str:
        """The slot and the start of the identity's hash: one name for one output."""
        return f"{self.slot}-{self.identity_hash[:12]}"


def slot_of(cell: Cell | Record) -> str:
    """Return the slot of a cell or of its record: ``<label>-<setting>-<domain>-<backbone>-s<seed>``.

    Under noise, the condition's name stands behind the label: ``<label>-<noise>-<setting>-...``.
    """
    label, noise = split_label(cell.label, cell.noise)
    parts = (label, *([noise] if noise else []), cell.setting, cell.domain, cell.backbone, f"s{cell.seed}")
    return "-".join(map(_safe, parts))


@lru_cache(maxsize=1 << 12)  # the same few parts make all the slots of a plan
def _safe(part: str) -> str:
    """Return a part of a slot that any file system takes; names in other scripts are told apart by a hash."""
    kept = re.sub(r"[^A-Za-z0-9._@+-]+", "_", part)
    if part.isascii():
        return kept[:_LONGEST]
    digest = hashlib.sha256(part.encode()).hexdigest()[:_HASHED]
    return f"{kept[: _LONGEST - _HASHED - 1]}_{digest}"
