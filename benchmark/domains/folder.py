"""A corpus of your own: a folder with train, dev and test in CoNLL columns, and an optional domain.toml."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.domains import tags as schemes
from benchmark.domains.conll import Problem, TaggedFile, parse_conll, raise_first, read_bytes
from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence
from benchmark.domains.entity_types import Inventory, load_inventory, readable_name
from benchmark.domains.language import UNKNOWN, check_language
from benchmark.domains.stream import ConllStream, Unstreamable
from benchmark.domains.validate_tags import judge
from benchmark.errors import InputError

OWN = "own"
INVENTORY = "domain.toml"
Parse = Callable[[Path], TaggedFile]
_SUFFIXES = (".txt", ".conll", ".bio", ".iob", ".iob2", ".tsv")
_STEMS = {"train": ("train",), "dev": ("dev", "valid", "validation"), "test": ("test",)}


@dataclass(frozen=True)
class Reading:
    """All that a folder (or a single file) holds, and all that is wrong with it.

    ``files`` by split; ``scheme`` is the one that the tags follow, over all files; ``problems`` in the order
    of files and lines, those of ``domain.toml`` and of missing splits first.
    """

    path: Path
    files: Mapping[str, TaggedFile]
    inventory: Inventory
    scheme: str
    types: tuple[EntityType, ...]
    problems: tuple[Problem, ...]


def load_folder(path: Path) -> Domain:
    """Return the domain that a folder holds, its tags read in the scheme that they follow.

    Without declared types in ``domain.toml`` they are those of all three splits, sorted. Raises
    ``InputError`` for the first problem, with the number of others; ``data check`` tells them all.
    """
    reading = read_folder(path)
    raise_first(reading.problems, f"`python -m benchmark data check {path}` tells all that is wrong")
    lazy = StreamedDomain(reading)
    splits = {split: tuple(lazy.split(split)) for split in reading.files}
    return Domain(OWN, lazy.name, lazy.language, lazy.types, **splits)


def domain_name(text: str) -> str:
    """Return a domain's name: letters of any script with their marks, digits and ``_ . -``, in NFC."""
    composed = unicodedata.normalize("NFC", text)
    kept = (c if c in "_.-" or unicodedata.category(c)[0] in "LMN" else " " for c in composed)
    return "-".join("".join(kept).split()).strip("-.") or "own"


@dataclass(frozen=True)
class StreamedDomain:
    """A folder's domain without its sentences, which are read whenever a split is gone through."""

    reading: Reading
    corpus: str = OWN

    @property
    def name(self) -> str:
        """The name that ``domain.toml`` states, or the folder's."""
        return domain_name(self.reading.inventory.name or self.reading.path.resolve().name)

    @property
    def language(self) -> str:
        """The language that ``domain.toml`` states, or that it is unknown."""
        return self.reading.inventory.language or UNKNOWN

    @property
    def types(self) -> tuple[EntityType, ...]:
        """The declared types, or those of all three splits, sorted."""
        return self.reading.types

    def split(self, name: str) -> Iterator[LabelledSentence]:
        """Yield the sentences of the split called ``train``, ``dev`` or ``test``."""
        return _labelled(self.reading.files[name], f"{self.name}/{name}", self.reading.scheme)


def stream_folder(path: Path) -> StreamedDomain:
    """Return the domain that ``load_folder`` does, without holding its sentences.

    All files are read once to see that they are sound. Raises ``Unstreamable`` where they are not, or cannot
    be read part by part.
    """
    try:
        reading = read_folder(path, parse=ConllStream)
    except InputError as error:
        raise Unstreamable from error
    if reading.problems:
        raise Unstreamable
    return StreamedDomain(reading)


def labelled(file: TaggedFile, prefix: str, scheme: str) -> tuple[LabelledSentence, ...]:
    """Return a file's sentences with mentions; ids are ``prefix`` and the sentence's number from 0."""
    return tuple(_labelled(file, prefix, scheme))


def _labelled(file: TaggedFile, prefix: str, scheme: str) -> Iterator[LabelledSentence]:
    for number, sentence in enumerate(file.sentences):
        mentions = tuple(schemes.decode(sentence.tags, scheme))
        yield LabelledSentence(f"{prefix}/{number}", sentence.tokens, mentions)


def _read(path: Path) -> TaggedFile:
    return parse_conll(read_bytes(path), path)


def read_folder(path: Path, scheme: str | None = None, *, parse: Parse = _read) -> Reading:
    """Read the splits of a folder and list what is wrong; raises ``InputError`` where there is no folder.

    ``scheme`` overrules what ``domain.toml`` states, which overrules what the tags look like. ``parse``
    reads one file.
    """
    if not path.is_dir():
        raise InputError(
            "a file" if path.exists() else "no such folder",
            path=path,
            expected="a folder with train.txt, dev.txt and test.txt in CoNLL columns",
        )
    inventory, problems = _inventory(path / INVENTORY)
    files = {}
    for split in SPLITS:
        found, wrong = _split_file(path, split, parse)
        problems += wrong
        if found is not None:
            files[split] = found
    return _reading(path, files, inventory, problems, scheme)


def read_single(path: Path, scheme: str | None = None) -> Reading:
    """Read one file as a corpus of a single, nameless split; a ``domain.toml`` beside it is heeded."""
    inventory, problems = _inventory(path.parent / INVENTORY)
    return _reading(path, {"": _read(path)}, inventory, problems, scheme)


def _inventory(path: Path) -> tuple[Inventory, list[Problem]]:
    if not path.is_file():
        return Inventory(), []
    try:
        inventory = load_inventory(path)
    except InputError as error:
        return Inventory(), [Problem("bad domain.toml", path, None, error.found, error.expected, error.todo)]
    try:
        language = None if inventory.language is None else check_language(inventory.language)
    except ValueError:
        found, expected = (
            f"language = {inventory.language!r}",
            "a tag of BCP 47, such as en, pt-BR or zh-Hant",
        )
        todo = "write the tag, or leave the key out"
        return inventory, [Problem("bad domain.toml", path, None, found, expected, todo)]
    return replace(inventory, language=language), []


def _split_file(folder: Path, split: str, parse: Parse) -> tuple[TaggedFile | None, list[Problem]]:
    candidates = [folder / f"{stem}{suffix}" for stem in _STEMS[split] for suffix in _SUFFIXES]
    present = [path for path in candidates if path.is_file()]
    if not present:
        inner = next((p.parent.name for p in sorted(folder.glob("*/train.txt"))), None)
        todo = f"name one of the folders in it, such as {folder / inner}" if inner else f"add {split}.txt"
        return None, [Problem("missing split", folder, None, f"no {split}.txt", "train, dev and test", todo)]
    if len(present) > 1:
        names = " and ".join(path.name for path in present)
        todo = "keep one of them"
        return None, [Problem("ambiguous split", folder, None, f"{names}", f"one file for {split}", todo)]
    try:
        return parse(present[0]), []
    except InputError as error:
        return None, [Problem("unreadable file", present[0], None, error.found, error.expected)]


def _reading(
    path: Path,
    files: Mapping[str, TaggedFile],
    inventory: Inventory,
    problems: list[Problem],
    scheme: str | None,
) -> Reading:
    scheme = scheme or inventory.scheme
    if scheme is None:
        scheme = schemes.detect_scheme(s.tags for file in files.values() for s in file.sentences)
    declared = None if inventory.types is None else frozenset(kind.name for kind in inventory.types)
    seen: set[str] = set()
    for file in files.values():
        wrong, types = judge(file, scheme, declared)
        problems += sorted((*file.problems, *wrong), key=lambda problem: problem.line or 0)
        seen |= types
    kinds = inventory.types
    if kinds is None:
        kinds = tuple(EntityType(name, readable_name(name), "") for name in sorted(seen))
    if not kinds and len(files) == len(SPLITS) and not problems:
        problems = [
            Problem("no mentions", path, None, "no mention in any split", "mentions of at least one type")
        ]
    return Reading(path, files, inventory, scheme, kinds, tuple(problems))
