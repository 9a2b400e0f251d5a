"""Entity types from TOML: names as in the tags, readable names, one-line descriptions."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmark.domains.corpus import EntityType
from benchmark.domains.tags import SCHEMES
from benchmark.errors import InputError

TYPES_DIR = Path(__file__).parent / "types"

# the abbreviations of CoNLL-2003, in words that a method which reads type texts can use
_ABBREVIATIONS = {"per": "person", "org": "organisation", "loc": "location", "misc": "miscellaneous"}
_EXAMPLE = 'language = "en" and tables such as [types.person] with name = "person" and description = "..."'
_TODO = "see benchmark/domains/types/politics.toml for the form"


@dataclass(frozen=True)
class Inventory:
    """What a domain's TOML file states. Each part may be missing; ``types`` is None without tables."""

    language: str | None = None
    types: tuple[EntityType, ...] | None = None
    name: str | None = None
    scheme: str | None = None


def load_types(path: Path | str) -> tuple[str, tuple[EntityType, ...]]:
    """Return language and declared types of a TOML file, in the file's order.

    Raises ``InputError`` where the file is missing, is not of the expected form, or declares no types.
    """
    inventory = load_inventory(Path(path))
    if inventory.language is None or inventory.types is None:
        raise InputError("no language or no types", path=path, expected=_EXAMPLE, todo=_TODO)
    return inventory.language, inventory.types


def load_inventory(path: Path) -> Inventory:
    """Return what a domain's TOML file states: keys ``name``, ``language``, ``scheme`` and ``types``.

    Raises ``InputError`` where it cannot be read or holds something else.
    """
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"no readable file ({error.strerror})", path=path, expected=_EXAMPLE, todo=_TODO
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"invalid UTF-8 at byte {error.start + 1}", path=path, expected="UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no valid TOML ({error})", path=path, expected=_EXAMPLE, todo=_TODO) from error
    unknown = sorted(set(stated) - {"name", "language", "scheme", "types"})
    if unknown:
        raise InputError(
            f"the unknown key {unknown[0]!r}",
            path=path,
            expected="name, language, scheme or types",
            todo=_TODO,
        )
    for key in ("name", "language", "scheme"):
        if key in stated and not (isinstance(stated[key], str) and stated[key].strip()):
            raise InputError(f"{key} = {stated[key]!r}", path=path, expected="a text", todo=_TODO)
    scheme = stated.get("scheme")
    if scheme is not None and scheme not in SCHEMES:
        raise InputError(
            f"scheme = {scheme!r}", path=path, expected=f"one of {', '.join(SCHEMES)}", todo=_TODO
        )
    types = _types(stated["types"], path) if "types" in stated else None
    return Inventory(stated.get("language"), types, stated.get("name"), scheme)


def _types(stated: object, path: Path) -> tuple[EntityType, ...]:
    if not isinstance(stated, dict) or not stated:
        raise InputError("types that are no tables", path=path, expected=_EXAMPLE, todo=_TODO)
    kinds = []
    for name, texts in stated.items():
        if not isinstance(texts, dict) or not set(texts) <= {"name", "description"} or not name:
            raise InputError(
                f"[types.{name}] with something else than name and description",
                path=path,
                expected=_EXAMPLE,
                todo=_TODO,
            )
        readable, description = texts.get("name", readable_name(name)), texts.get("description", "")
        if not isinstance(readable, str) or not isinstance(description, str) or not readable.strip():
            raise InputError(f"[types.{name}] with no text", path=path, expected=_EXAMPLE, todo=_TODO)
        kinds.append(EntityType(name, readable, description))
    return tuple(kinds)


def readable_name(tag_type: str) -> str:
    """Return how a reader would say it: ``political_party`` and ``PoliticalParty`` → "political party"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", tag_type)
    words = " ".join(re.split(r"[\s_\-./:]+", words)).strip().lower()
    return _ABBREVIATIONS.get(words, words) or tag_type
