"""Folders of raw text: ``*.txt`` files without tags, beside a domain.toml that names the types."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from benchmark.domains.domain_file import load_domain_file
from benchmark.domains.split_files import data_files, find_files
from benchmark.domains.tags import split_tag
from benchmark.errors import InputError

DOMAIN_FILE = "domain.toml"
_LOOKED_AT = 100  # lines of a file that say whether it holds tags


def raw_text_files(folder: Path) -> list[Path]:
    """Return the files of a folder of raw text; none where the folder is anything else.

    It is one where it has a domain.toml that names no split's file, and where all files with data are
    ``*.txt``, none is named after a split, and none holds tags.
    """
    if not (folder / DOMAIN_FILE).is_file():
        return []
    texts = data_files(folder)
    located = find_files(folder, "", None)
    if set(located.files) - {""} or any(one.kind == "ambiguous split" for one in located.problems):
        return []
    if any(path.suffix != ".txt" or _holds_tags(path) for path in texts):
        return []
    try:
        stated = load_domain_file(folder / DOMAIN_FILE)
    except InputError:  # the reader of labelled folders tells it with all else
        return []
    return texts if stated.files is None else []


def _holds_tags(path: Path) -> bool:
    """Whether most of a file's first lines end in a tag, or hold ``word|TAG``."""
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line.split() for line in islice(file, _LOOKED_AT) if line.strip()]
    return 2 * sum(_is_tag(words[-1]) for words in lines) > len(lines)


def _is_tag(word: str) -> bool:
    try:
        return bool(split_tag(word.rpartition("|")[2]))
    except ValueError:
        return False
