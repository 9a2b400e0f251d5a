"""Which types of a target are types of a source: the one map for whatever carries types over.

Two types are equal where the target's owner says so (``same_as``), else where their names or readable names
are, with case, spelling and common abbreviations folded (``PER``, ``Person``, ``person``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.domains.corpus import EntityType, Mention
from benchmark.domains.type_names import folded_name


@dataclass(frozen=True)
class EqualTypes:
    """Target types that are source types, and those that are none.

    ``source_of`` maps target type → source type, one to one, in the target's order; ``other`` are the
    target's other types.
    """

    source_of: Mapping[str, str]
    other: tuple[str, ...]

    @property
    def target_of(self) -> dict[str, str]:
        """Source type → target type."""
        return {source: target for target, source in self.source_of.items()}

    @property
    def remark(self) -> str:
        """What a reader has to be told: the match, where it is no mere matter of equal names; else ""."""
        same = self.source_of and all(target == source for target, source in self.source_of.items())
        return "" if same else str(self)

    def __str__(self) -> str:
        total = len(self.source_of) + len(self.other)
        named = ", ".join(
            target if target == source else f"{target} = {source}"
            for target, source in self.source_of.items()
        )
        if not named:
            return f"no type of {total} is the source's"
        return f"{len(self.source_of)} of {total} types are the source's: {named}"


def equal_types(target: Sequence[EntityType], source: Sequence[EntityType]) -> EqualTypes:
    """Return which types of a target are which types of a source.

    Parameters
    ----------
    target, source : sequence of EntityType
        The declared types of both; a target's ``same_as`` names a source type by its name or readable name.

    Returns
    -------
    EqualTypes
        Each type is used once. What is stated goes before equal names, these before equal readable names,
        and these before folded ones; of several the first.
    """
    found: dict[str, str] = {}
    ways = (
        (lambda kind: [kind.same_as] if kind.same_as else [], lambda kind: [kind.name, kind.readable]),
        (lambda kind: [kind.name], lambda kind: [kind.name]),
        (lambda kind: [kind.readable], lambda kind: [kind.readable]),
        (_folded, _folded),
    )
    for of_target, of_source in ways:
        names: dict[str, str] = {}
        for kind in source:
            if kind.name not in found.values():
                for name in of_source(kind):
                    names.setdefault(name, kind.name)
        for kind in target:
            if kind.name in found or (kind.same_as and of_target is _folded):
                continue
            match = next((names[name] for name in of_target(kind) if name in names), None)
            if match is not None and match not in found.values():
                found[kind.name] = match
    ordered = {kind.name: found[kind.name] for kind in target if kind.name in found}
    return EqualTypes(ordered, tuple(kind.name for kind in target if kind.name not in found))


def _folded(kind: EntityType) -> list[str]:
    return [folded_name(kind.name), folded_name(kind.readable)]


def common_map(written: Iterable[str], wanted: Sequence[str]) -> dict[str, str]:
    """Return a label map from types as written to types that are wanted, by common spellings.

    Parameters
    ----------
    written : iterable of str
        Types of predictions, or of another corpus.
    wanted : sequence of str
        The types that they are to be.

    Returns
    -------
    dict of str to str
        Only types that are not wanted themselves: ``{"PER": "person"}``. ``GPE`` is a location where there is
        no such type.
    """
    by_name: dict[str, str] = {}
    for name in wanted:
        by_name.setdefault(folded_name(name), name)
    by_name.setdefault(folded_name("GPE"), by_name.get("location", ""))
    found = {kind: by_name.get(folded_name(kind), "") for kind in written if kind not in wanted}
    return {kind: name for kind, name in found.items() if name}


def common_map_said(names: Mapping[str, str]) -> str:
    """Return what a reader is told of a common map that was applied."""
    named = ", ".join(f"{written} = {name}" for written, name in names.items())
    return f"types mapped by common spellings: {named or 'none is another in another spelling'}"


def rename_types(found: Iterable[Sequence[Mention]], names: Mapping[str, str]) -> list[list[Mention]]:
    """Return each sentence's mentions under the names of their types; those of types without are dropped."""
    return [[Mention(m.start, m.end, names[m.type]) for m in some if m.type in names] for some in found]
