"""Which files of a folder hold the splits or raw text, and splits that are made where a file is lacking."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmark.domains.corpus import SPLITS
from benchmark.domains.domain_file import DOMAIN_FILE, Files, Split, load_domain_file
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import (
    Block,
    FileView,
    Problem,
    TaggedFile,
    TaggedSentence,
    blocks_of,
    counted,
)
from benchmark.domains.tags import split_tag
from benchmark.errors import InputError

_SUFFIXES = (
    "",
    ".txt",
    ".conll",
    ".conllu",
    ".bio",
    ".iob",
    ".iob2",
    ".tsv",
    ".csv",
    ".json",
    ".jsonl",
    ".ner",
)
_WORDS = {
    "train": ("train", "training"),
    "dev": ("dev", "devel", "development", "valid", "validation", "val", "testa"),
    "test": ("test", "testb", "testing"),
}
_NO_DATA = re.compile(
    r"(readme|licen[cs]e|licenses|copying|notice|attribution|sha256sums|checksums|makefile|changelog)"
    r"(\.txt)?"
    r"|.*\.(md|rst|toml|py|sh|zip|gz|bz2|xz|tar|pdf|png|jpg|html|lock|sha256|part|bak|orig)",
    re.IGNORECASE,
)
_LISTED = 12  # names that a message repeats
_LOOKED_AT = 100  # lines of a file that say whether it holds tags


@dataclass(frozen=True)
class Located:
    """The files of splits, by split; one alone under an empty name. ``problems``: what could not be found."""

    files: Mapping[str, Path]
    problems: tuple[Problem, ...] = ()


def locate(path: Path) -> tuple[Path, str]:
    """Return the folder that a path means and what its files' names begin with.

    ``corpora/crossre/ai``, where there is no such folder, means the files ``ai-…`` of ``corpora/crossre``.
    """
    if not path.exists() and path.parent.is_dir():
        stems = (
            one.name[len(path.name) :] for one in path.parent.iterdir() if one.name.startswith(path.name)
        )
        if any(rest[:1] in ("-", "_", ".") for rest in stems):
            return path.parent, path.name
    return path, ""


def find_files(folder: Path, prefix: str, stated: Files | None) -> Located:
    """Return the files of a folder's splits: those stated, or those whose names say it.

    A name that is a split's with a usual ending goes before one that holds such a word: ``dev.txt`` before
    ``emerging.dev.conll``. A folder with one file and no such name has that file alone.
    """
    if stated is not None:
        named = {split: folder / name for split in SPLITS if (name := getattr(stated, split)) is not None}
        missing = [path for path in named.values() if not path.is_file()]
        problems = [
            _missing(folder, f"no file {path.name}", "the files that domain.toml names") for path in missing
        ]
        kept = {split: path for split, path in named.items() if path.is_file()}
        if list(kept) == ["train"]:
            kept = {"": kept["train"]}
        return Located(kept, tuple(problems))
    present = data_files(folder, prefix)
    files: dict[str, Path] = {}
    problems = []
    for split in SPLITS:
        candidates = _named(present, prefix, split)
        if len(candidates) == 1:
            files[split] = candidates[0]
        elif candidates:
            problems.append(_ambiguous(folder, split, candidates))
    if not files and not problems and len(present) == 1:
        return Located({"": present[0]})
    for split in SPLITS:
        needed = split != "dev" or "train" not in files
        if split not in files and needed and not any(problem.detail == split for problem in problems):
            problems.append(_missing(folder, f"no file for {split}", "train, dev and test", present, split))
    return Located(
        files, tuple(sorted(problems, key=lambda problem: SPLITS.index(problem.detail or "train")))
    )


def raw_text_files(folder: Path) -> list[Path]:
    """Return the files of a folder of raw text; none where the folder is anything else.

    It is one where it has a domain.toml that says nothing of how files are read, and where all files with
    data are ``*.txt``, none is named after a split, and none holds tags.
    """
    if not (folder / DOMAIN_FILE).is_file():
        return []
    texts = data_files(folder)
    located = find_files(folder, "", None)
    if set(located.files) - {""} or any(one.kind == "ambiguous split" for one in located.problems):
        return []
    try:
        if any(path.suffix != ".txt" or not _is_raw(path) for path in texts):
            return []
        stated = load_domain_file(folder / DOMAIN_FILE)
    except (OSError, InputError):  # the reader of labelled folders tells it with all else
        return []
    return texts if stated.files is None and stated.options == ReadOptions() else []


def _is_raw(path: Path) -> bool:
    """Whether most of a file's first lines end in no tag, nor ``word|TAG``, and none holds UTF-16's zeros."""
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line for line in islice(file, _LOOKED_AT) if line.strip()]
    tagged = sum(_is_tag(line.split()[-1]) for line in lines)
    return 2 * tagged <= len(lines) and not any("\0" in line for line in lines)


def _is_tag(word: str) -> bool:
    try:
        return bool(split_tag(word.rpartition("|")[2]))
    except ValueError:
        return False


def data_files(folder: Path, prefix: str = "") -> list[Path]:
    """Return the files of a folder that may hold sentences: no licence, no script, no hidden file."""
    try:
        there = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        path
        for path in there
        if path.name.startswith(prefix)
        and not path.name.startswith(".")
        and not _NO_DATA.fullmatch(path.name)
        and path.is_file()
    ]


def _named(present: Iterable[Path], prefix: str, split: str) -> list[Path]:
    """Return the files that a split's name means, the plainest kind of name alone."""
    plain, holding, ending = [], [], []
    for path in present:
        name = path.name.removeprefix(prefix).strip("-_.").lower() if prefix else path.name.lower()
        words = re.findall(r"[^\W\d_]+", name)
        if any(name == word + suffix for word in _WORDS[split] for suffix in _SUFFIXES):
            plain.append(path)
        elif not set(words).isdisjoint(_WORDS[split]):
            holding.append(path)
        elif any(one.endswith(_WORDS[split][0]) for one in words):
            ending.append(path)
    return plain or holding or ending


def _ambiguous(folder: Path, split: str, candidates: list[Path]) -> Problem:
    names = " and ".join(path.name for path in candidates[:_LISTED])
    todo = f'keep one of them, or name it in domain.toml: [files] {split} = "{candidates[0].name}"'
    stem = re.split(r"[-_.](?=[^-_.]*$)", candidates[0].stem)[0]
    if len(candidates) > 2:
        todo += f"; {folder / stem} means the files that begin with {stem}"
    return Problem("ambiguous split", folder, None, names, f"one file for {split}", todo, detail=split)


def _missing(
    folder: Path, found: str, expected: str, present: Iterable[Path] = (), split: str = "train"
) -> Problem:
    inner = next((path.parent.name for path in sorted(folder.glob("*/train*")) if path.is_file()), None)
    names = [path.name for path in present]
    there = ", ".join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")
    words = ", ".join(_WORDS[split])
    if names:
        found += f" (there are {there}; looked for names with {words})"
        todo = f'name it in domain.toml: [files] {split} = "{names[0]}"'
    else:
        todo = f"name one of the folders in it, such as {folder / inner}" if inner else f"add {split}.txt"
    return Problem("missing split", folder, None, found, expected, todo, detail=split)


@dataclass(frozen=True)
class SplitView(FileView):
    """The part of a file that was drawn for a split."""

    file: TaggedFile
    drawn: bytes  # each sentence's split, by its number in SPLITS
    split: str
    how: str
    problems: tuple[Problem, ...] = ()
    traits: tuple[str, ...] = field(default=())

    def __iter__(self) -> Iterator[TaggedSentence]:
        mine = SPLITS.index(self.split)
        for sentence, split in zip(self.file.sentences, self.drawn, strict=False):
            if split == mine:
                yield sentence

    def blocks(self) -> Iterator[Block]:
        """Yield its sentences, many at a time."""
        return blocks_of(self)


def make_splits(file: TaggedFile, wanted: tuple[str, ...], stated: Split) -> dict[str, SplitView]:
    """Return the splits that are drawn from one file; none where it has too few sentences.

    Documents are kept whole where the file marks more of them than there are splits; otherwise sentences are
    drawn. Which ones are drawn depends on the seed and on their numbers and sizes alone: units are gone
    through in the order of SHA-256 of ``seed:number``, and taken where that brings a split nearer to its
    share of the sentences; where none does, the smallest one is.
    """
    sizes: Counter[int] = Counter()
    documents: list[int] = []
    for sentence in file.sentences:
        documents.append(sentence.document)
        sizes[sentence.document] += 1
    whole = len(sizes) > len(wanted)
    units = documents if whole else list(range(len(documents)))
    if not whole:
        sizes = Counter(units)
    if len(sizes) < len(wanted):
        return {}
    shares = {"dev": stated.dev, "test": stated.test}
    order = sorted(sizes, key=lambda unit: hashlib.sha256(f"{stated.seed}:{unit}".encode()).digest())
    split_of: dict[int, int] = {}
    for left, split in reversed(list(enumerate(wanted[1:], 1))):  # the first one gets what is left
        wanted_size, taken, mine = shares[split] * len(documents), 0, []
        candidates = order[: len(order) - left]  # a unit for each of the others
        for unit in candidates:
            if taken + sizes[unit] / 2 <= wanted_size:  # nearer to its share with it than without
                mine.append(unit)
                taken += sizes[unit]
        mine = mine or [min(candidates, key=sizes.__getitem__)]
        split_of.update(dict.fromkeys(mine, SPLITS.index(split)))
        order = [unit for unit in order if unit not in split_of]
    drawn = bytes(split_of.get(unit, 0) for unit in units)
    what = f"whole documents, {counted(len(sizes), 'document')}" if whole else "sentence by sentence"
    said = ", ".join(f"{split} {100 * shares[split]:g} %" for split in wanted[1:])
    how = f"{' and '.join(wanted[1:])} drawn from {file.path.name} ({said}; {what}; seed {stated.seed})"
    views = {}
    for split in wanted:
        problems = file.problems if split == wanted[0] else ()
        views[split] = SplitView(file, drawn, split, how, problems, (f"its part for {split}", *file.traits))
    return views
