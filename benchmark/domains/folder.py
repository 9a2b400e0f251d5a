"""A corpus of your own: a folder with the files of its splits, or one file, and an optional domain.toml."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.domains import tags as schemes
from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence
from benchmark.domains.domain_file import DOMAIN_FILE, DomainFile, load_domain_file
from benchmark.domains.formats import StreamedFile, Unstreamable, read_file
from benchmark.domains.language import UNKNOWN
from benchmark.domains.reading import REPAIR, ReadOptions
from benchmark.domains.split_files import SplitView, find_files, locate, make_splits, raw_text_files
from benchmark.domains.tag_spelling import Spelling, SpeltFile, TagSurvey, find_spelling
from benchmark.domains.tagged_file import ERROR, Problem, TaggedFile, as_warning, raise_first
from benchmark.domains.type_names import readable_name
from benchmark.domains.validate_tags import ILLEGAL_TRANSITION, validate_tags
from benchmark.errors import InputError

OWN = "own"
Parse = Callable[[Path, ReadOptions], TaggedFile]
_NOTHING = ReadOptions()


@dataclass(frozen=True)
class Reading:
    """All that a folder (or a single file) holds, and all that is wrong with it.

    ``files`` by split; ``scheme`` is the one that the tags follow, over all files; ``problems`` in the order
    of files and lines, those of ``domain.toml`` and of missing splits first. ``notes`` say how it was read
    where that is more than columns of tokens and tags, ``made`` how splits were made.
    """

    path: Path
    files: Mapping[str, TaggedFile]
    stated: DomainFile
    scheme: str
    types: tuple[EntityType, ...]
    problems: tuple[Problem, ...]
    spelling: Spelling = field(default_factory=lambda: Spelling({}))
    made: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of figures should know of how the corpus was read."""
        counts = [
            f"{file.path.name}: {trait}"
            for file in self.files.values()
            for trait in file.traits
            if trait.endswith("left out")
        ]
        return tuple(one for one in (*self.spelling.notes, self.made, *counts) if one)


def load_folder(path: Path, stated: DomainFile | None = None) -> Domain:
    """Return the domain that a folder holds, its tags read in the scheme that they follow.

    ``stated`` takes the place of the folder's ``domain.toml``.

    Without declared types in ``domain.toml`` they are those of all three splits, sorted. Raises
    ``InputError`` for the first problem, with the number of others; ``data check`` tells them all.
    """
    if stated is None and (texts := raw_text_files(path)):
        raise InputError(
            f"raw text without labels ({', '.join(file.name for file in texts)})",
            path=path,
            expected="labelled files for train, dev and test, or one file",
            todo="`python -m benchmark train --setting zero-shot` and `predict` take raw text as it lies",
        )
    reading = read_folder(path, stated=stated)
    raise_first(reading.problems, f"`python -m benchmark data check {path}` tells all that is wrong")
    lazy = StreamedDomain(reading)
    splits = {split: tuple(lazy.split(split)) for split in reading.files}
    return Domain(OWN, lazy.name, lazy.language, lazy.types, **splits, notes=lazy.notes)


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
        """The name that ``domain.toml`` states, or the folder's, or the file's without its ending."""
        path = self.reading.path.resolve()
        return domain_name(self.reading.stated.name or (path.stem if path.is_file() else path.name))

    @property
    def language(self) -> str:
        """The language that ``domain.toml`` states, or that it is unknown."""
        return self.reading.stated.language or UNKNOWN

    @property
    def types(self) -> tuple[EntityType, ...]:
        """The declared types, or those of all three splits, sorted."""
        return self.reading.types

    @property
    def notes(self) -> tuple[str, ...]:
        """How the corpus was read, where that is more than columns of tokens and tags."""
        return self.reading.notes

    def split(self, name: str) -> Iterator[LabelledSentence]:
        """Yield the sentences of the split called ``train``, ``dev`` or ``test``."""
        return _labelled(self.reading.files[name], f"{self.name}/{name}", self.reading.scheme)


def stream_folder(path: Path) -> StreamedDomain:
    """Return the domain that ``load_folder`` does, without holding its sentences.

    All files are read once to see that they are sound. Raises ``Unstreamable`` where they are not, or cannot
    be read part by part.
    """
    try:
        reading = read_folder(path, parse=StreamedFile)
    except InputError as error:
        raise Unstreamable from error
    if any(problem.severity == ERROR for problem in reading.problems):
        raise Unstreamable
    return StreamedDomain(reading)


def labelled(file: TaggedFile, prefix: str, scheme: str) -> tuple[LabelledSentence, ...]:
    """Return a file's sentences with mentions; ids are ``prefix`` and the sentence's number from 0."""
    return tuple(_labelled(file, prefix, scheme))


def _labelled(file: TaggedFile, prefix: str, scheme: str) -> Iterator[LabelledSentence]:
    for number, sentence in enumerate(file.sentences):
        mentions = tuple(schemes.decode(sentence.tags, scheme))
        yield LabelledSentence(f"{prefix}/{number}", sentence.tokens, mentions)


def read_folder(
    path: Path,
    options: ReadOptions = _NOTHING,
    *,
    parse: Parse = read_file,
    stated: DomainFile | None = None,
) -> Reading:
    """Read the splits of a folder, or of one file, and list what is wrong.

    Parameters
    ----------
    path : Path
        A folder, a file, or a folder and what the names of its files begin with: ``crossre/ai``.
    options : ReadOptions
        They overrule what ``domain.toml`` states, which overrules what is found out.
    parse : callable
        Reads one file.
    stated : DomainFile, optional
        What holds in place of the folder's ``domain.toml``.

    Raises
    ------
    InputError
        Where there is nothing of that name.
    """
    folder, prefix = locate(path)
    if folder.is_file():
        told, problems = _stated(folder.parent / DOMAIN_FILE)
        return _reading(path, {"": folder}, stated or told, problems, options, parse)
    if not folder.is_dir():
        raise InputError(
            "no such folder",
            path=path,
            expected="a folder with files for train, dev and test, or one file",
            todo="name another one",
        )
    told, problems = (stated, []) if stated is not None else _stated(folder / DOMAIN_FILE)
    located = find_files(folder, prefix, told.files)
    return _reading(path, located.files, told, [*problems, *located.problems], options, parse)


def read_single(path: Path, options: ReadOptions = _NOTHING) -> Reading:
    """Read one file as a corpus of a single, nameless split; a ``domain.toml`` beside it is heeded."""
    stated, problems = _stated(path.parent / DOMAIN_FILE)
    return _reading(path, {"": path}, stated, problems, options, read_file, whole=True)


def _stated(path: Path) -> tuple[DomainFile, list[Problem]]:
    if not path.is_file():
        return DomainFile(), []
    try:
        return load_domain_file(path), []
    except InputError as error:
        problem = Problem("bad domain.toml", path, error.line, error.found, error.expected, error.todo)
        return DomainFile(), [problem]


def _reading(
    path: Path,
    paths: Mapping[str, Path],
    stated: DomainFile,
    problems: list[Problem],
    options: ReadOptions,
    parse: Parse,
    *,
    whole: bool = False,
) -> Reading:
    """Read files, make the splits that are lacking, find out the scheme, and gather what is wrong."""
    options = options.or_else(stated.options)
    files: dict[str, TaggedFile] = {}
    for split, place in paths.items():
        try:
            files[split] = parse(place, options)
        except InputError as error:
            problems.append(Problem("unreadable file", place, None, error.found, error.expected))
    survey = TagSurvey.of(files.values())
    spelling = find_spelling(survey.tags, options)
    if not spelling.usual:
        files = {split: SpeltFile(file, spelling) for split, file in files.items()}
    scheme = options.scheme or spelling.scheme or schemes.scheme_of_pairs(survey.spelt(spelling).pairs)
    made = "" if whole else _make_missing(files, stated, problems)
    files = {split: files[split] for split in ("", *SPLITS) if split in files}
    declared = None if stated.types is None else frozenset(stated.types)
    seen: set[str] = set()
    for file in files.values():
        wrong, types = validate_tags(file, scheme, declared)
        if options.illegal_transitions == REPAIR:
            wrong = [as_warning(one) if one.kind == ILLEGAL_TRANSITION else one for one in wrong]
        problems += sorted((*file.problems, *wrong), key=lambda problem: problem.line or 0)
        seen |= types
    kinds = stated.entity_types
    if kinds is None:
        kinds = tuple(EntityType(name, readable_name(name), "") for name in sorted(seen))
    if not kinds and len(files) == len(SPLITS) and not problems:
        problems = [
            Problem("no mentions", path, None, "no mention in any split", "mentions of at least one type")
        ]
    return Reading(path, files, stated, scheme, kinds, tuple(problems), spelling, made)


def _make_missing(files: dict[str, TaggedFile], stated: DomainFile, problems: list[Problem]) -> str:
    """Draw dev from train where it is lacking, or all splits from one file; return how."""
    source, wanted = ("", SPLITS) if "" in files else ("train", ("train", "dev"))
    if source not in files or "dev" in files or (source and "test" not in files):
        return ""
    if any(problem.kind == "ambiguous split" for problem in problems):
        return ""
    file = files.pop(source)
    views: Mapping[str, SplitView] = make_splits(file, wanted, stated.split)
    if not views:
        files[source] = file
        found = f"too few sentences to draw {' and '.join(wanted[1:])} from"
        problems.append(Problem("missing split", file.path, None, found, "a file for each split"))
        return ""
    files.update(views)
    return views[wanted[0]].how
