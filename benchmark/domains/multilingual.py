"""Corpora of other languages as they are released: CoNLL-2002 and WikiANN, read from a folder that you fill.

Neither is fetched: no hashes of the released files were at hand to check them against.

CoNLL-2002 (Tjong Kim Sang 2002): ``conll2002/{esp,ned}.{train,testa,testb}``, columns of token and tag, in
Dutch token, part of speech and tag, ISO-8859-1 as released or UTF-8 as in later copies. WikiANN (Pan et al.
2017; the splits of Rahimi et al. 2019): ``wikiann/<code>/{train,dev,test}``, lines ``<code>:token<TAB>tag``.

Tags are IOB2 in both; their types get the names that CoNLL-2003 has in CrossNER, so that what is learned
from it can be said of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.domains import tags as schemes
from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence, Mention
from benchmark.domains.crossner import VARIABLE, cache_dir
from benchmark.domains.formats import parse
from benchmark.domains.language import check_language
from benchmark.domains.reading import RELEASE
from benchmark.domains.tagged_file import HeldFile, Problem, raise_first, read_bytes
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.domains.validate_tags import ILLEGAL_TRANSITION, validate_tags
from benchmark.errors import MissingDataError, UsageError

CONLL2002, WIKIANN = "conll2002", "wikiann"

CONLL2002_LANGUAGES = {"esp": "es", "ned": "nl"}
_CONLL2002_ENDS = {"train": "train", "dev": "testa", "test": "testb"}

# Wikipedia's codes that are no tags of BCP 47, or stand there for another language
_WIKIPEDIA = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "cbk-zam": "cbk",
    "fiu-vro": "vro",
    "map-bms": "jv-x-bms",
    "simple": "en",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
_CODE = re.compile(r"[a-z]{2,3}(-[a-z]+)*|simple")
_SUFFIXES = ("", ".txt", ".tsv")

_NAMES = {"PER": "person", "ORG": "organisation", "LOC": "location", "MISC": "misc"}


@dataclass(frozen=True)
class _Release:
    """How a corpus lies in its folder: split → file, and how one is read."""

    files: Mapping[str, Path]
    language: str
    types: tuple[str, ...]


def load_conll2002(name: str, data_dir: Path | None = None) -> Domain:
    """Return CoNLL-2002's ``esp`` (Spanish) or ``ned`` (Dutch), types person, organisation, location, misc.

    ``data_dir``, or the folder that the environment variable ``LARBENCH_DATA`` names, or the cache, holds a
    folder ``conll2002``. Raises ``UsageError`` for another name, ``MissingDataError`` where files are
    missing, ``InputError`` for files that are not what they should be.
    """
    if name not in CONLL2002_LANGUAGES:
        raise UsageError(f"CoNLL-2002 has no domain {name!r}; it has {', '.join(CONLL2002_LANGUAGES)}")
    folder = _folder(CONLL2002, data_dir, f"{name}.train")
    files = {split: _file(folder, f"{name}.{end}", ("",)) for split, end in _CONLL2002_ENDS.items()}
    release = _Release(files, CONLL2002_LANGUAGES[name], tuple(_NAMES.values()))
    return _domain(CONLL2002, name, release, {split: _latin(read_bytes(files[split])) for split in SPLITS})


def load_wikiann(name: str, data_dir: Path | None = None) -> Domain:
    """Return WikiANN's corpus of a language by its Wikipedia's code: types person, organisation, location.

    ``data_dir``, ``LARBENCH_DATA`` or the cache holds a folder ``wikiann`` with one folder a code. Raises as
    ``load_conll2002`` does.
    """
    if not _CODE.fullmatch(name):
        raise UsageError(
            f"WikiANN has no domain {name!r}: its domains are codes of Wikipedias, such as de or zh"
        )
    folder = _folder(WIKIANN, data_dir, name) / name
    files = {split: _file(folder, split, _SUFFIXES) for split in SPLITS}
    release = _Release(
        files, check_language(_WIKIPEDIA.get(name, name)), ("person", "organisation", "location")
    )
    return _domain(WIKIANN, name, release, {split: _bare(read_bytes(files[split]), name) for split in SPLITS})


def _folder(corpus: str, data_dir: Path | None, inside: str) -> Path:
    """Return the first folder of a corpus that holds the file or folder ``inside``."""
    places = [] if data_dir is None else [data_dir]
    if os.environ.get(VARIABLE):
        places.append(Path(os.environ[VARIABLE]).expanduser())
    folders = [place / corpus for place in (*places, cache_dir().parent)]
    for folder in folders:
        if (folder / inside).exists():
            return folder
    raise MissingDataError(
        f"no {corpus}/{inside} (looked in {', '.join(map(str, folders))})",
        expected="the corpus as released",
        todo=f"put its files there, or name the folder that holds {corpus}/ with --data-dir or {VARIABLE};"
        " docs/add-a-domain.md has the layout",
    )


def _file(folder: Path, stem: str, suffixes: tuple[str, ...]) -> Path:
    found = [folder / f"{stem}{suffix}" for suffix in suffixes if (folder / f"{stem}{suffix}").is_file()]
    if not found:
        names = " or ".join(f"{stem}{suffix}" for suffix in suffixes)
        todo = "unpack the whole release there"
        raise MissingDataError("no such file", path=folder / stem, expected=names, todo=todo)
    return found[0]


def _latin(data: bytes) -> bytes:
    """Return the bytes in UTF-8: ISO-8859-1, in which any byte is a character, where they are not already."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data


def _bare(data: bytes, code: str) -> bytes:
    """Return the lines without the code that stands before each token, ``de:Bonn``; line numbers stay."""
    return re.sub(rb"(?m)^" + re.escape(f"{code}:".encode()), b"", data)


def _domain(corpus: str, name: str, release: _Release, data: Mapping[str, bytes]) -> Domain:
    splits = {
        split: _labelled(parse(data[split], release.files[split], RELEASE), f"{name}/{split}", release.types)
        for split in SPLITS
    }
    return Domain(
        corpus, name, release.language, _types(release.types), splits["train"], splits["dev"], splits["test"]
    )


def _labelled(file: HeldFile, prefix: str, types: tuple[str, ...]) -> tuple[LabelledSentence, ...]:
    """Return sentences with mentions; raises ``InputError`` for the first thing that is wrong.

    Rows without a token are left out, tokens that show nothing are kept, and illegal transitions are read as
    conlleval reads them: whoever has a release cannot mend it.
    """
    declared = frozenset(tag for tag, kind in _NAMES.items() if kind in types)
    problems: list[Problem] = [one for one in file.problems if one.kind != "empty token"]
    wrong, _ = validate_tags(file, schemes.IOB2, declared)
    problems += (_own_words(one) for one in wrong if one.kind != ILLEGAL_TRANSITION)
    raise_first(sorted(problems, key=lambda problem: problem.line or 0))
    return tuple(
        LabelledSentence(
            f"{prefix}/{number}",
            sentence.tokens,
            tuple(
                Mention(start, end, _NAMES[kind]) for start, end, kind in schemes.decode_bio(sentence.tags)
            ),
        )
        for number, sentence in enumerate(file.sentences)
    )


def _own_words(problem: Problem) -> Problem:
    """Return a problem of a tag without the advice for folders of one's own."""
    expected = problem.expected.replace("a type that domain.toml declares", "one of the types")
    return replace(problem, expected=expected, todo="bring the file as released")


def _types(names: tuple[str, ...]) -> tuple[EntityType, ...]:
    _, types = load_types(TYPES_DIR / "conll2003.toml")
    return tuple(kind for kind in types if kind.name in names)
