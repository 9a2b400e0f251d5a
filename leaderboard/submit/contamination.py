"""Test sentences and mentions inside training corpora, by n-grams of words.

Both sides are read as words (letters with their marks and digits, without case or punctuation), so that
another tokenisation or mark-up hides nothing; in scripts that set no space between words each character
counts as one. A test sentence counts as inside a corpus where at least half of its words lie in runs of N =
8 words that the corpus has too; a sentence of 5 to 7 words where the corpus has all of it in one run;
shorter ones are not judged. Runs of eight words are what the contamination study of PaLM counts (Chowdhery
et al. 2022, section 8), where 70 % of a text's runs are asked for; the bound here is lower, as half a
sentence is enough to know its mentions.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import regex

from benchmark.domains.corpus import LabelledSentence
from benchmark.errors import InputError
from leaderboard.submit.evidence import Contamination

N = 8
SHORTEST = 5
SHARE = 0.5
_LONGEST_LINE = 1 << 20  # characters read at a time; a longer line is read in parts that overlap by nothing
_TAG = re.compile(r"O|[BIESLU]-\S+")
# a letter of a script without spaces and its marks; a run of others
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|(?:(?![{_UNSPACED}])[\p{{L}}\p{{M}}\p{{N}}])+")
_EXAMPLES = 5


def words(text: str) -> list[str]:
    """Return the words of a text, compatible forms made equal, without case."""
    found: list[str] = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return found


class Scan:
    """Looks for the test sentences of one domain in whatever it is given to ``look`` at."""

    def __init__(self, domain: str, test: Sequence[LabelledSentence]) -> None:
        self.domain = domain
        self.corpora: list[str] = []
        self._sentences = {s.id: words(" ".join(s.tokens)) for s in test}
        self._sentences = {name: said for name, said in self._sentences.items() if len(said) >= SHORTEST}
        surfaces = {tuple(words(" ".join(s.tokens[m.start : m.end]))) for s in test for m in s.mentions}
        self._mentions = {surface for surface in surfaces if len(surface) >= 2}
        self._wanted: dict[int, set[tuple[str, ...]]] = {}
        for said in self._sentences.values():
            for gram in _grams(said, min(N, len(said))):
                self._wanted.setdefault(len(gram), set()).add(gram)
        for surface in self._mentions:
            self._wanted.setdefault(len(surface), set()).add(surface)
        self._seen: set[tuple[str, ...]] = set()

    def look(self, said: Sequence[str]) -> None:
        """Look through the words of a line or sentence; what is kept is bounded by the test set."""
        for size, wanted in self._wanted.items():
            self._seen.update(gram for gram in _grams(said, size) if gram in wanted)

    def found(self) -> Contamination:
        """Return what the corpora that were read hold of the test set."""
        inside = [name for name, said in self._sentences.items() if self._inside(said)]
        return Contamination(
            self.domain,
            len(self._sentences),
            len(inside),
            tuple(inside[:_EXAMPLES]),
            len(self._mentions),
            len(self._mentions & self._seen),
            tuple(self.corpora),
        )

    def _inside(self, said: Sequence[str]) -> bool:
        size = min(N, len(said))
        covered: set[int] = set()
        for start, gram in enumerate(_grams(said, size)):
            if gram in self._seen:
                covered.update(range(start, start + size))
        return len(covered) >= SHARE * len(said)


def _grams(said: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(said[start : start + size]) for start in range(len(said) - size + 1))


def read_corpus(path: Path) -> Iterator[list[str]]:
    """Yield the words of each sentence or line of a corpus, a bounded part in memory at a time.

    Text, JSON lines and CoNLL columns are told apart by their lines: one that ends in a tag is a token's, and
    an empty one ends its sentence. Bytes that are not UTF-8 are passed over. Raises ``InputError`` where the
    file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            sentence: list[str] = []
            while line := file.readline(_LONGEST_LINE):
                columns = line.split()
                if len(columns) > 1 and _TAG.fullmatch(columns[-1]):
                    sentence.append(columns[0])
                    continue
                if sentence:
                    yield words(" ".join(sentence))
                    sentence = []
                if line.strip():
                    yield words(_text_of(line))
            if sentence:
                yield words(" ".join(sentence))
    except OSError as error:
        raise InputError(f"an unreadable file ({error.strerror})", path=path, expected="a corpus") from error


def _text_of(line: str) -> str:
    """Return what a line says: the strings of a JSON value, whose escapes would hide words; else the line."""
    value = line.strip("\ufeff \t\r\n,")  # a comma behind: one value of an array that goes over many lines
    if value.startswith(("{", "[")):
        try:
            return " ".join(_strings(_JSON.decode(value)))
        except (ValueError, RecursionError):
            pass
    return line.replace("\\n", " ").replace('", "', " ")


# an object becomes the list of its values: of a key that it has twice, neither hides the other
_JSON = json.JSONDecoder(object_pairs_hook=lambda pairs: [value for _, value in pairs])


def _strings(value: Any) -> Iterator[str]:
    """Yield the strings of lists within lists, in order, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += reversed(one)


def corpus_files(path: Path) -> list[Path]:
    """Return a file, or all files of a folder, sorted."""
    if path.is_dir():
        return sorted(inner for inner in path.rglob("*") if inner.is_file() and not inner.is_symlink())
    return [path]


def scan(path: Path, scans: Sequence[Scan]) -> None:
    """Read a corpus, a file or folder, once for each of ``scans``."""
    for file in corpus_files(path):
        for said in read_corpus(file):
            for one in scans:
                one.look(said)
    for one in scans:
        one.corpora.append(path.name)
