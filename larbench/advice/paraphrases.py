"""Other names and descriptions for the same types: what a method that reads them should not depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmark.domains.corpus import EntityType


def paraphrases(types: Sequence[EntityType]) -> dict[str, tuple[EntityType, ...]]:
    """Return what was done → the types so named; names of tags stay, so that gold stays gold."""
    ways: Mapping[str, tuple[str, str]] = {
        "as stated": ("{name}", "{description}"),
        "without descriptions": ("{name}", ""),
        "plural names": ("{plural}", "{description}"),
        "names in a phrase": ("kind of {name}", "{description}"),
        "descriptions in other words": ("{name}", "this is what we call {description}"),
        "capitalised names": ("{title}", "{description}"),
    }
    return {
        way: tuple(_said(kind, name, description) for kind in types)
        for way, (name, description) in ways.items()
    }


def _said(kind: EntityType, name: str, description: str) -> EntityType:
    words = {
        "name": kind.readable,
        "plural": _plural(kind.readable),
        "title": kind.readable.title(),
        "description": kind.description,
    }
    text = description.format(**words) if kind.description else ""
    return replace(kind, readable=name.format(**words), description=text)


def _plural(name: str) -> str:
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else name + "s"
