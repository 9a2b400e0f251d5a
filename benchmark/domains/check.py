"""What is wrong with a corpus, told at once: by file and line, and counted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.domains import tags as schemes
from benchmark.domains.corpus import EntityType
from benchmark.domains.folder import Reading, read_folder, read_single
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import ERROR, WARNING, Problem, TaggedFile, counted
from benchmark.domains.type_names import is_readable
from benchmark.domains.types.equal_types import equal_types
from benchmark.domains.types.look_alikes import near_duplicates, unseen_characters, visible
from benchmark.domains.validate_tags import ILLEGAL_TRANSITION
from benchmark.errors import InputError

MOST = 20  # problems of one kind that are told in full
_DETAILS = 20  # different ones that a summary line names
_LONG = 1000  # tokens of a sentence that is hardly one
_FEW, _MANY = 3, 500  # sentences, and tokens in them, where sentence breaks may be missing


@dataclass(frozen=True)
class FileSummary:
    """What a file holds and how it is written; ``mentions`` counts the well-formed tags only."""

    path: Path
    sentences: int
    tokens: int
    mentions: int
    traits: tuple[str, ...]
    taken: str = ""


@dataclass(frozen=True)
class CheckReport:
    """The outcome of a check. ``ok`` where nothing is wrong; warnings alone do not make it wrong.

    ``mentions`` counts them by type, over all files. ``notes`` say how the corpus was read.
    """

    path: Path
    scheme: str
    types: tuple[str, ...]
    files: tuple[FileSummary, ...]
    problems: tuple[Problem, ...]
    mentions: Mapping[str, int]
    notes: tuple[str, ...] = ()

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
        """Return the report as JSON values; of each kind of problem the first twenty, and all counts."""
        return {
            "path": str(self.path),
            "ok": self.ok,
            "scheme": self.scheme,
            "types": list(self.types),
            "mentions": dict(self.mentions),
            "notes": list(self.notes),
            "files": [{**asdict(file), "path": str(file.path)} for file in self.files],
            "counts": self.counts(),
            "problems": [{**asdict(problem), "path": str(problem.path)} for problem in _first(self.problems)],
        }

    def __str__(self) -> str:
        return "\n".join(map(visible, _lines(self)))


def check_domain(
    path: Path | str, *, scheme: str | None = None, options: ReadOptions | None = None
) -> CheckReport:
    """Check a folder with files for its splits, or a single file.

    Parameters
    ----------
    path : Path or str
        The folder or file; ``crossre/ai`` means the files ``ai-…`` of ``crossre``.
    scheme : str, optional
        Overrules the scheme that the tags of all files together look like.
    options : ReadOptions, optional
        How the files are to be read, beside the scheme.

    Returns
    -------
    CheckReport
        All that is wrong or odd, with file and line; ``print`` shows it.

    Raises
    ------
    InputError
        Only where nothing can be read at ``path``; all else is in the report.

    Examples
    --------
    >>> from pathlib import Path
    >>> import larbench
    >>> _ = Path("harbour.txt").write_text("Oslo B-port\\nsleeps O\\n", encoding="utf-8")
    >>> larbench.check_domain("harbour.txt").ok
    True
    """
    return report(read_corpus(path, scheme=scheme, options=options))


def read_corpus(
    path: Path | str, *, scheme: str | None = None, options: ReadOptions | None = None
) -> Reading:
    """Read a folder or a single file, whatever is wrong with it; see ``check_domain``."""
    path = Path(path).expanduser()
    if scheme is not None and scheme not in schemes.SCHEMES:
        raise InputError(f"the scheme {scheme!r}", expected=f"one of {', '.join(schemes.SCHEMES)}")
    stated = ReadOptions(scheme=scheme).or_else(options or ReadOptions())
    return read_single(path, stated) if path.is_file() else read_folder(path, stated)


def report(reading: Reading, source: Sequence[EntityType] | None = None) -> CheckReport:
    """Return the report on what was read, and on which types are those of a source."""
    mentions = Counter({kind.name: 0 for kind in reading.types})
    summaries, remarks = [], []
    for file in reading.files.values():
        summary, odd = _summary(file, reading.scheme, mentions)
        summaries.append(summary)
        remarks += odd
    for name, other in near_duplicates(mentions).items():
        found = f"the type {name!r} ({mentions[name]:,}), which nearly equals {other!r} ({mentions[other]:,})"
        todo = "if they are one, map it: [map] in domain.toml, or --map FROM=TO"
        remarks.append(Problem("near-duplicate type", reading.path, None, found, "", todo, severity=WARNING))
    for kind in reading.types:
        if not is_readable(kind.readable) and not kind.description:
            found = f"the type {kind.name!r}, whose name says nothing: methods that read type texts need one"
            todo = f'state it in domain.toml: [types.{kind.name}] name = "..." and description = "..."'
            kind_of_problem = "type without a readable name"
            remarks.append(Problem(kind_of_problem, reading.path, None, found, "", todo, severity=WARNING))
    types = tuple(kind.name for kind in reading.types)
    notes = [*reading.spelling.notes, *([reading.made] if reading.made else [])]
    if source is not None:
        notes.append(str(equal_types(reading.types, source)))
    return CheckReport(
        reading.path,
        reading.scheme,
        types,
        tuple(summaries),
        (*reading.problems, *remarks),
        mentions,
        tuple(notes),
    )


def _summary(file: TaggedFile, scheme: str, mentions: Counter[str]) -> tuple[FileSummary, list[Problem]]:
    sentences = tokens = found = 0
    longest = (0, 0)  # tokens of the longest sentence, and its first line
    unseen: Counter[str] = Counter()
    first: dict[str, int] = {}
    for sentence in file.sentences:
        sentences += 1
        tokens += len(sentence.tokens)
        longest = max(longest, (len(sentence.tokens), -sentence.lines[0]))
        for token, line in zip(sentence.tokens, sentence.lines, strict=True):
            if not token.isprintable() and (odd := unseen_characters(token)) and len(odd) < len(token):
                unseen.update(odd)
                for character in odd:
                    first.setdefault(character, line)
        try:
            here = schemes.decode(sentence.tags, scheme)
        except ValueError:  # malformed tags, which the problems name
            here = schemes.decode([tag if _sound(tag) else schemes.OUTSIDE for tag in sentence.tags], scheme)
        found += len(here)
        mentions.update(mention.type for mention in here)
    todo = "remove it if it is not meant"
    remarks = [
        Problem(
            "invisible character",
            file.path,
            first[character],
            f"{visible(character)} in tokens ({count:,} time{'s' if count > 1 else ''})",
            todo=todo,
            detail=visible(character),
            severity=WARNING,
        )
        for character, count in unseen.most_common()
    ]
    if sentences <= _FEW and longest[0] > _MANY:
        asked = f"{counted(sentences, 'sentence')} with {tokens:,} tokens: are sentence breaks missing?"
        remarks.append(Problem("suspicious length", file.path, None, asked, severity=WARNING))
    elif longest[0] > _LONG:
        asked = f"a sentence of {longest[0]:,} tokens: is a sentence break missing?"
        remarks.append(Problem("suspicious length", file.path, -longest[1], asked, severity=WARNING))
    return FileSummary(file.path, sentences, tokens, found, file.traits, file.taken), remarks


def _sound(tag: str) -> bool:
    try:
        return bool(schemes.split_tag(tag))
    except ValueError:
        return False


def _first(problems: tuple[Problem, ...]) -> Iterator[Problem]:
    """Yield the problems that are told in full: of each kind and severity the first ones."""
    told: Counter[tuple[str, str]] = Counter()
    for problem in problems:
        told[problem.kind, problem.severity] += 1
        if told[problem.kind, problem.severity] <= MOST:
            yield problem


def _lines(report: CheckReport) -> Iterator[str]:
    converted = "" if report.scheme == schemes.IOB2 else ", converted to IOB2 where the corpus is used"
    yield f"{report.path}: tags in {report.scheme}{converted}; {counted(len(report.types), 'type')}"
    taken = {file.taken for file in report.files}
    if len(taken) == 1 and (one := taken.pop()):
        yield f"  read as: {one}"
    for note in report.notes:
        yield f"  {note}"
    for file in report.files:
        traits = "".join(f"; {trait}" for trait in (*file.traits, *([file.taken] if len(taken) > 1 else [])))
        parts = [(file.sentences, "sentence"), (file.tokens, "token"), (file.mentions, "mention")]
        sizes = ", ".join(counted(*part) for part in parts)
        yield f"  {file.path.name}: {sizes}{traits}"
    if report.mentions:
        yield "  mentions: " + ", ".join(f"{name} {count:,}" for name, count in report.mentions.items())
    if report.problems:
        yield ""
    for problem in _first(report.problems):
        place = str(problem.path) + (f":{problem.line}" if problem.line is not None else "")
        mark = "" if problem.severity == ERROR else " (warning)"
        expected = f"; expected {problem.expected}" if problem.expected else ""
        yield f"{place}: {problem.kind}{mark}: found {problem.found}{expected}"
    numbers = Counter((problem.kind, problem.severity) for problem in report.problems)
    for (kind, _), number in numbers.items():
        if number > MOST:
            yield f"… and {number - MOST:,} more of {kind}"
    yield ""
    yield from _verdict(report)


def _verdict(report: CheckReport) -> Iterator[str]:
    errors = sum(problem.severity == ERROR for problem in report.problems)
    warnings = len(report.problems) - errors
    told = f" ({counted(warnings, 'warning')})" if warnings else ""
    if report.ok:
        yield f"nothing is wrong{told}"
        return
    yield f"{counted(errors, 'error')}{told}:"
    todo = {problem.kind: problem.todo for problem in report.problems}
    for kind, details in report.counts().items():
        named = [f"{detail} ×{count:,}" for detail, count in details.items() if detail]
        rest = f", and {len(named) - _DETAILS:,} more" if len(named) > _DETAILS else ""
        listed = f": {', '.join(named[:_DETAILS])}{rest}" if named else ""
        yield f"  {kind} ×{sum(details.values()):,}{listed}"
        if todo[kind]:
            yield f"    to do: {todo[kind]}"
