"""The entity types of the corpora that come with the project: their language, names and descriptions."""

from __future__ import annotations

from pathlib import Path

from benchmark.domains.corpus import EntityType
from benchmark.domains.domain_file import EXAMPLE, TODO, load_domain_file
from benchmark.errors import InputError

TYPES_DIR = Path(__file__).parent
OPEN_TYPES_DIR = TYPES_DIR.parent / "open_corpora"


def load_types(path: Path | str) -> tuple[str, tuple[EntityType, ...]]:
    """Return language and declared types of a TOML file, in the file's order.

    Raises ``InputError`` where the file is missing, is not of the expected form, or declares no types.
    """
    stated = load_domain_file(Path(path))
    if stated.language is None or stated.entity_types is None:
        raise InputError("no language or no types", path=path, expected=EXAMPLE, todo=TODO)
    return stated.language, stated.entity_types
