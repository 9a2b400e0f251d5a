"""What is wrong with a corpus, told at once: by file and line, and counted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.domains import tags as schemes
from benchmark.domains.conll import ERROR, Problem, TaggedFile, counted
from benchmark.domains.folder import Reading, read_folder, read_single
from benchmark.domains.validate_tags import ILLEGAL_TRANSITION
from benchmark.errors import InputError


@dataclass(frozen=True)
class FileSummary:
    """What a file holds and how it is written; ``mentions`` counts the well-formed tags only."""

    path: Path
    sentences: int
    tokens: int
    mentions: int
    traits: tuple[str, ...]


@dataclass(frozen=True)
class CheckReport:
    """The outcome of a check. ``ok`` where nothing is wrong; warnings alone do not make it wrong."""

    path: Path
    scheme: str
    types: tuple[str, ...]
    files: tuple[FileSummary, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(problem.severity == ERROR for problem in self.problems)

    @property
    def mendable(self) -> bool:
        """Whether every error is an illegal transition, which a repair can mend."""
        errors = {problem.kind for problem in self.problems if problem.severity == ERROR}
        return errors <= {ILLEGAL_TRANSITION}

    def counts(self) -> dict[str, dict[str, int]]:
        """Return kind of problem → what was found → how often, most frequent first."""
        kinds = Counter(problem.kind for problem in self.problems)
        details = Counter((problem.kind, problem.detail) for problem in self.problems)
        return {
            kind: {detail: count for (of, detail), count in details.most_common() if of == kind}
            for kind, _ in kinds.most_common()
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "path": str(self.path),
            "ok": self.ok,
            "scheme": self.scheme,
            "types": list(self.types),
            "files": [{**asdict(file), "path": str(file.path)} for file in self.files],
            "counts": self.counts(),
            "problems": [{**asdict(problem), "path": str(problem.path)} for problem in self.problems],
        }

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def check_domain(path: Path | str, *, scheme: str | None = None) -> CheckReport:
    """Check a folder with three splits, or a single file, in CoNLL columns.

    ``scheme`` (IOB2, IOB1, IOBES, BILOU) overrules the one that the tags of all files together look like.
    Raises ``InputError`` only where nothing can be read at ``path``; all else is in the report.
    """
    return report(read_corpus(path, scheme=scheme))


def read_corpus(path: Path | str, *, scheme: str | None = None) -> Reading:
    """Read a folder or a single file, whatever is wrong with it; see ``check_domain``."""
    path = Path(path).expanduser()
    if scheme is not None and scheme not in schemes.SCHEMES:
        raise InputError(f"the scheme {scheme!r}", expected=f"one of {', '.join(schemes.SCHEMES)}")
    return read_single(path, scheme) if path.is_file() else read_folder(path, scheme)


def report(reading: Reading) -> CheckReport:
    """Return the report on what was read."""
    files = tuple(_summary(file, reading.scheme) for file in reading.files.values())
    types = tuple(kind.name for kind in reading.types)
    return CheckReport(reading.path, reading.scheme, types, files, reading.problems)


def _summary(file: TaggedFile, scheme: str) -> FileSummary:
    sentences = tokens = mentions = 0
    for sentence in file.sentences:
        sentences += 1
        tokens += len(sentence.tokens)
        try:
            mentions += len(schemes.decode(sentence.tags, scheme))
        except ValueError:
            continue  # a malformed tag, which the problems name
    return FileSummary(file.path, sentences, tokens, mentions, file.traits)


def _lines(report: CheckReport) -> Iterator[str]:
    converted = "" if report.scheme == schemes.IOB2 else ", converted to IOB2 where the corpus is used"
    yield f"{report.path}: tags in {report.scheme}{converted}; {counted(len(report.types), 'type')}"
    for file in report.files:
        traits = "".join(f"; {trait}" for trait in file.traits)
        parts = [(file.sentences, "sentence"), (file.tokens, "token"), (file.mentions, "mention")]
        sizes = ", ".join(counted(*part) for part in parts)
        yield f"  {file.path.name}: {sizes}{traits}"
    if report.problems:
        yield ""
    for problem in report.problems:
        place = str(problem.path) + (f":{problem.line}" if problem.line is not None else "")
        mark = "" if problem.severity == ERROR else " (warning)"
        expected = f"; expected {problem.expected}" if problem.expected else ""
        yield f"{place}: {problem.kind}{mark}: found {problem.found}{expected}"
    yield ""
    errors = sum(problem.severity == ERROR for problem in report.problems)
    warnings = len(report.problems) - errors
    told = f" ({counted(warnings, 'warning')})" if warnings else ""
    if report.ok:
        yield f"nothing is wrong{told}"
        return
    yield f"{counted(errors, 'error')}{told}:"
    todo = {problem.kind: problem.todo for problem in report.problems}
    for kind, details in report.counts().items():
        named = ", ".join(f"{detail} ×{count:,}" for detail, count in details.items() if detail)
        yield f"  {kind} ×{sum(details.values()):,}{f': {named}' if named else ''}"
        if todo[kind]:
            yield f"    to do: {todo[kind]}"
