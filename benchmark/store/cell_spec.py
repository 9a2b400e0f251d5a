"""What a cell is of: one method configuration × task × seed, the same for a planned cell and its record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from benchmark.store.atomic_io import canonical_json, sha256
from benchmark.store.row_label import split_label

_LONGEST = 60  # characters of a part of a name
_HASHED = 8  # hex digits

Place = tuple[str, str, str, str, int]


@dataclass(frozen=True, kw_only=True)
class CellSpec:
    """The unit of work, of caching and of failure. All fields are JSON values: it travels to a worker.

    Attributes
    ----------
    suite : str
        Name of the suite that asks for it.
    corpus, domain : str
        Where the target comes from (``sample``, ``crossner``, ``own``), and its name.
    source_corpus, source : str
        The same of the source.
    method, label : str
        The method's registered name, and the name of its row on the board: the method's name unless the suite
        or a limit says otherwise.
    params : Mapping
        The parameters that differ from the method's defaults.
    setting : str
        ``zero-shot``, ``supervised`` or ``few-shot-K``.
    backbone : str
        The pre-trained encoder, ``none`` for a method without one.
    seed : int
        What all random draws come from.
    source_limit : int or None
        How many source train sentences it may see, None for all.
    identity, identity_hash : Mapping, str
        Component → value or hash of all that can change its output; SHA-256 of it.
    """

    suite: str
    corpus: str
    method: str
    label: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    setting: str
    source: str
    domain: str
    source_corpus: str = ""
    backbone: str = "none"
    seed: int
    source_limit: int | None = None
    identity: Mapping[str, Any] = field(default_factory=dict, hash=False)
    identity_hash: str = ""

    @property
    def noise(self) -> Mapping[str, Any] | None:
        """The noise condition that it is computed under, as its identity holds it; None for a clean cell."""
        noise = self.identity.get("noise")
        return noise if isinstance(noise, Mapping) else None

    @property
    def in_domain(self) -> bool:
        """Whether it measures the source tagger on its own domain; never averaged with targets."""
        return (self.source_corpus or self.corpus, self.source) == (self.corpus, self.domain)

    @property
    def place(self) -> Place:
        """Label, setting, domain, backbone and seed: where it stands in a suite, whatever its identity."""
        return self.label, self.setting, self.domain, self.backbone, self.seed

    @property
    def rule(self) -> int:
        """The version of the rule that its identity was made by."""
        rule = self.identity.get("rule", 1)
        return rule if isinstance(rule, int) else 1

    @property
    def ledger_key(self) -> str:
        """Its place as one name: its key in the ledger, safe as the name of a file.

        ``<label>-<setting>-<domain>-<backbone>-s<seed>``; under noise, the condition's name stands behind the
        label. A part that had to be cut or changed ends in a hash of what it was, except in cells of rule 1.
        """
        return self.ledger_key_of(self.rule)

    def ledger_key_of(self, rule: int) -> str:
        """Return the key in the ledger that a cell in this place has by a version of the identity's rule."""
        label, noise = split_label(self.label, self.noise)
        named = (
            label,
            *([noise] if noise else []),
            self.setting,
            self.domain,
            self.backbone,
            f"s{self.seed}",
        )
        return "-".join(_safe(part, hashed=rule > 1) for part in named)

    @property
    def name(self) -> str:
        """The key in the ledger and the start of the identity's hash: one name for one output."""
        return f"{self.ledger_key}-{self.identity_hash[:12]}"


@lru_cache(maxsize=1 << 12)  # the same few parts make all the names of a plan
def _safe(part: str, *, hashed: bool) -> str:
    """Return a part of a name that any file system takes.

    What was cut or changed is told apart by a hash; by rule 1 only a name in other scripts than ASCII is.
    """
    kept = re.sub(r"[^A-Za-z0-9._@+-]+", "_", part)
    if (part == kept and len(part) <= _LONGEST) or (part.isascii() and not hashed):
        return kept[:_LONGEST]
    digest = hashlib.sha256(part.encode()).hexdigest()[:_HASHED]
    return f"{kept[: _LONGEST - _HASHED - 1]}_{digest}"


def identity_hash(identity: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of an identity, in canonical JSON."""
    return sha256(canonical_json(identity))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return component → (old, new) for each that differs; None where one side lacks it.

    Components inside a mapping are named with a dot: ``params.epochs``, ``code.tagger.train``.
    """
    before, after = dict(_flat(old)), dict(_flat(new))
    names = list(dict.fromkeys([*after, *before]))
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if canonical_json(pair[0]) != canonical_json(pair[1])}


def _flat(identity: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in identity.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
