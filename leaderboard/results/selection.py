"""The part of a suite that a board is of: some domains, some rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmark.errors import UsageError
from benchmark.store.record import Record


@dataclass(frozen=True)
class Selection:
    """Domains, and rows by their label or method; all of them where none is named."""

    domains: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.domains or self.methods)

    def within(self, record: Record) -> bool:
        """Whether a cell is of one of the domains; the source in its own domain always is."""
        return not self.domains or record.spec.domain in self.domains or record.spec.in_domain

    def has(self, record: Record) -> bool:
        """Whether a cell is of one of the domains and of one of the rows."""
        named = {record.spec.label, record.spec.method} & {*self.methods}
        return self.within(record) and (not self.methods or bool(named))

    def has_slot(self, slot: str) -> bool:
        """Whether a planned cell, which has no record yet, is a part of it, by its name."""
        here = not self.domains or any(f"-{domain}-" in slot for domain in self.domains)
        return here and (not self.methods or any(slot.startswith(f"{name}-") for name in self.methods))

    def check_domains(self, records: Iterable[Record]) -> None:
        """Raise ``UsageError`` for a domain of no cell."""
        known = dict.fromkeys(one.spec.domain for one in records if not one.spec.in_domain)
        _check("domain", self.domains, known)

    def check_methods(self, records: Iterable[Record]) -> None:
        """Raise ``UsageError`` for a row of no cell."""
        known = dict.fromkeys(name for one in records for name in (one.spec.label, one.spec.method))
        _check("row", self.methods, known)

    def __str__(self) -> str:
        parts = [f"the domains {', '.join(self.domains)}"] if self.domains else []
        parts += [f"the rows {', '.join(self.methods)}"] if self.methods else []
        return " and ".join(parts)


def _check(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"no {what} {', '.join(unknown)} in the results; there are {', '.join(known)}")


EVERYTHING = Selection()
