"""Which cells of a suite are meant: those that a run is asked for, those that a gate is to check."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.store.record import Record


@dataclass(frozen=True)
class CellFilter:
    """A part of a suite; None means all that the suite names."""

    methods: tuple[str, ...] | None = None
    domains: tuple[str, ...] | None = None
    settings: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None

    def has_place(self, record: Record) -> bool:
        """Return whether a record's place is meant, whatever its seed."""
        wanted = (
            (self.methods, (record.spec.label, record.spec.method)),
            (self.domains, (record.spec.domain,)),
            (self.settings, (record.spec.setting,)),
        )
        return all(names is None or set(names) & set(own) for names, own in wanted)

    def has_seed(self, seed: int) -> bool:
        """Return whether a seed is meant."""
        return self.seeds is None or seed in self.seeds
