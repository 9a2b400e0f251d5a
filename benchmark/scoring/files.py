"""Scoring predictions against gold: two files, one file with two tag columns, or lists of tags or spans.

Tags are scored as they are written. Nothing is repaired: that illegal transitions are read in two ways is
what the dialects ``strict`` and ``conlleval`` show side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.domains.corpus import Mention
from benchmark.domains.formats import StreamedFile, Unstreamable, read_file
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tag_spelling import (
    Spelling,
    SpeltFile,
    TagSurvey,
    find_spelling,
    likely_style,
    renaming,
)
from benchmark.domains.tagged_file import Block, FileView, HeldFile, TaggedFile, TaggedSentence, counted
from benchmark.domains.tags import OUTSIDE, PREFIXES, SCHEMES, count_illegal, scheme_of_pairs, split_tag
from benchmark.domains.types.equal_types import common_map as common_spellings
from benchmark.domains.types.equal_types import common_map_said
from benchmark.errors import InputError, UsageError
from benchmark.scoring.dialects import Tally, Texts, misc_beyond
from benchmark.scoring.overlap_schemas import schema_tallies
from benchmark.scoring.report import Report, Side, remarks_on
from benchmark.scoring.scheme_spans import SchemeEncoder, spans_in_scheme
from benchmark.scoring.score import Score, score_spans, total
from benchmark.scoring.spans import Ints, Numbering, Spans, pair_mentions

_TODO = "score predictions made for this very file"
_NO_OPTIONS = ReadOptions()
_FEW_BYTES = 1 << 25  # of a file that is kept in memory
_BETWEEN = "\t"  # tokens that are kept as one text
_MANY_TOKENS = 1000  # tokens a sentence, where sentence breaks seem to be missing
Paths = Path | str
Lists = Sequence[Sequence[Any]]


def score(
    gold: Paths | Lists,
    predicted: Paths | Lists | None = None,
    *,
    types: Path | str | Sequence[str] | None = None,
    gold_scheme: str | None = None,
    predicted_scheme: str | None = None,
    gold_column: int | str | None = None,
    predicted_column: int | str | None = None,
    options: ReadOptions = _NO_OPTIONS,
    tokens: Sequence[Sequence[str]] | None = None,
    common_map: bool = False,
) -> Report:
    """Score predictions against gold.

    Parameters
    ----------
    gold, predicted : path, or sequence of sequences
        Files of any format, with the same tokens; or for each sentence its tags (``["B-per", "O"]``), or its
        spans (``[(0, 1, "per")]``, half-open offsets of tokens). Without ``predicted``, gold's file holds
        both, in two columns.
    types : path or sequence of str, optional
        The declared types, or a TOML file that declares them; without it they are the types of gold, sorted.
    gold_scheme, predicted_scheme : str, optional
        One of ``benchmark.domains.tags.SCHEMES``. Without it gold's is found out from its tags, and
        predictions are read in gold's, unless they have prefixes that it has not.
    gold_column, predicted_column : int or str, optional
        The columns of the tags, from 1 or by name.
    options : ReadOptions, optional
        How both files are to be read.
    tokens : sequence of sequences of str, optional
        The tokens, where lists are scored: ``set-of-strings`` needs them.
    common_map : bool
        Whether types that are declared ones but for the spelling (``PER``, ``Person``) count as these.

    Returns
    -------
    Report
        Every dialect, figures by type and averages (fractions), and remarks.

    Raises
    ------
    InputError
        Naming file and line, for files that cannot be read, tokens that differ, malformed tags, and gold
        types that are not declared.
    UsageError
        For an unknown scheme, and for arguments that do not go together.

    Examples
    --------
    >>> import larbench
    >>> report = larbench.score([["B-port", "O", "B-port"]], [["B-port", "O", "O"]])
    >>> round(report.score.dialects.strict.micro().f1, 3)
    0.667
    """
    for scheme in (gold_scheme, predicted_scheme):
        if scheme is not None and scheme not in SCHEMES:
            raise UsageError(f"unknown scheme {scheme!r}: use {', '.join(SCHEMES)}")
    stated = gold_scheme, predicted_scheme
    if not isinstance(gold, Path | str):
        if predicted is None or isinstance(predicted, Path | str):
            raise UsageError("lists are scored against lists: give predictions as gold is given")
        return _score_lists(gold, predicted, types, stated, options, tokens, common_map)
    if predicted is None and (gold_column is None or predicted_column is None):
        raise UsageError("one file: say which columns hold gold and predicted tags (from 1, -1 for the last)")
    if predicted is not None and not isinstance(predicted, Path | str):
        raise UsageError("a file is scored against a file: give predictions as gold is given")
    paths = Path(gold), Path(gold if predicted is None else predicted)
    columns = gold_column, predicted_column
    sides = [replace(options, tag_column=column) if column is not None else options for column in columns]
    try:
        files: list[TaggedFile] = [StreamedFile(*side) for side in zip(paths, sides, strict=True)]
        return _report(files, types, stated, options, _same_file(paths, sides), common_map)
    except Unstreamable:
        files = [read_file(*side).must_be_sound() for side in zip(paths, sides, strict=True)]
        return _report(files, types, stated, options, _same_file(paths, sides), common_map)


def _same_file(paths: Sequence[Path], sides: Sequence[ReadOptions]) -> list[str]:
    try:
        same = paths[0].samefile(paths[1]) and sides[0] == sides[1]
    except OSError:
        return []
    return ["GOLD and PRED are one file, read in the same way: it is scored against itself"] if same else []


def _report(
    files: Sequence[TaggedFile],
    types: Path | str | Sequence[str] | None,
    stated: tuple[str | None, str | None],
    options: ReadOptions,
    remarks: Sequence[str],
    common_map: bool,
) -> Report:
    """Score block by block: what is held does not grow with the files."""
    files = [_Remembered(file) for file in files]
    surveys = [TagSurvey.of([file]) for file in files]
    spellings = _spellings(surveys, options)
    files = [file if how.usual else SpeltFile(file, how) for file, how in zip(files, spellings, strict=True)]
    surveys = [survey.spelt(how) for survey, how in zip(surveys, spellings, strict=True)]
    schemes, whys = _schemes(surveys, stated, spellings)
    for file, survey, scheme in zip(files, surveys, schemes, strict=True):
        _check_tags(survey, file, PREFIXES[scheme])
    if common_map:
        wanted = sorted(_kinds(surveys[0])) if types is None else _stated_types(types)
        found = common_spellings(sorted(_kinds(surveys[0]) | _kinds(surveys[1])), wanted)
        renamed = renaming(surveys[0].tags + surveys[1].tags, found)
        files, surveys = [SpeltFile(one, renamed) for one in files], [one.spelt(renamed) for one in surveys]
        remarks = [*remarks, common_map_said(found)]
    names = _declared(surveys[0], files[0], types)
    tally = _Running(names, schemes)
    for real, said in _in_step(*files):
        tally.add(real, said)
    held = tally.score
    illegal = [count_illegal(one.pairs, scheme) for one, scheme in zip(surveys, schemes, strict=True)]
    sides = [
        Side(str(file.path), scheme, wrong, why, "; ".join(filter(None, (file.taken, *file.traits))))
        for file, scheme, wrong, why in zip(files, schemes, illegal, whys, strict=True)
    ]
    undeclared = tally.undeclared
    warned = [p.found for file in files for p in file.problems if p.severity != "error"][:1]
    return Report(
        gold=sides[0],
        predicted=sides[1],
        sentences=tally.sentences,
        tokens=tally.tokens,
        types=names,
        undeclared=undeclared,
        score=replace(
            held, dialects=replace(held.dialects, illegal_gold=illegal[0], illegal_predicted=illegal[1])
        ),
        schemas=tally.schemas,
        token_accuracy=tally.same / tally.tokens if tally.tokens else None,
        remarks=(
            *remarks,
            *dict.fromkeys(note for spelling in spellings for note in spelling.notes),
            *warned,
            *remarks_on(held, names),
            *_unnamed(undeclared, names),
            *_lengths(tally.sentences, tally.tokens),
        ),
    )


@dataclass
class _Remembered(FileView):
    """A file whose blocks are kept, where they are few, so that it is read once."""

    file: TaggedFile

    def __post_init__(self) -> None:
        try:
            self._few = self.file.path.stat().st_size <= _FEW_BYTES
        except OSError:
            self._few = False  # no file, but a list
        self._kept: list[_Compact] | None = None
        self._tags = Numbering(())

    def blocks(self) -> Iterator[Block]:
        """Yield its blocks, at the second time those that were kept."""
        if self._kept is not None:
            names = list(self._tags)
            for compact in self._kept:
                yield compact.unpacked(names)
            return
        kept = []
        for block in self.file.blocks():
            if self._few:
                kept.append(_Compact.of(block, self._tags))
            yield block
        self._kept = kept if self._few else None


@dataclass(frozen=True)
class _Compact:
    """A block in few bytes: its tokens as one text, its tags as numbers."""

    tokens: str | list[str]  # a list where tokens hold what would stand between them
    tags: Sequence[int]
    block: Block

    @classmethod
    def of(cls, block: Block, names: Numbering) -> _Compact:
        """Pack a block; ``names`` numbers the tags."""
        text = _BETWEEN.join(block.tokens)
        packed = text.count(_BETWEEN) == len(block.tokens) - 1
        numbers = list(map(names.__getitem__, block.tags))
        tags = bytes(numbers) if len(names) <= 256 else numbers
        rest = Block([], [], block.lengths, block.lines, block.documents)
        return cls(text if packed else block.tokens, tags, rest)

    def unpacked(self, names: Sequence[str]) -> Block:
        """Return the block."""
        tokens = self.tokens.split(_BETWEEN) if isinstance(self.tokens, str) else self.tokens
        rest = self.block
        return Block(tokens, [names[tag] for tag in self.tags], rest.lengths, rest.lines, rest.documents)


@dataclass
class _Running:
    """Sums over blocks of sentences."""

    types: tuple[str, ...]
    schemes: Sequence[str]

    def __post_init__(self) -> None:
        self.numbering = Numbering(self.types)
        self.encoder = SchemeEncoder(self.numbering)
        self.sentences = self.tokens = self.same = 0
        self.schemas: dict[str, Tally] = {}
        self._undeclared: Counter[int] = Counter()
        self._score: Score | None = None

    def add(self, gold: Block, predicted: Block) -> None:
        """Score sentences; the two blocks have the same tokens."""
        lengths = np.array(gold.lengths, dtype=np.int64)
        ids = [self.encoder.encode(block.tags) for block in (gold, predicted)]
        real, said = (
            spans_in_scheme(one, lengths, scheme) for one, scheme in zip(ids, self.schemes, strict=True)
        )
        if self.schemes[0] != self.schemes[1]:
            ids = [_canonical(side, len(gold.tags)) for side in (real, said)]
        self.same += int((ids[0] == ids[1]).sum())
        self.tokens += len(gold.tags)
        self.add_spans(real, said, [()] * len(gold.lengths), Texts([gold.tokens]))

    def add_spans(
        self, real: Spans, said: Spans, tokens: Sequence[Sequence[str]], texts: Texts | None = None
    ) -> None:
        """Score spans that lie in one stream with the tokens, of which ``texts`` may be made already."""
        misc = misc_beyond(self.numbering, self.types)
        made = score_spans(real, said, self.types, tokens, texts, misc)
        self._score = total([made] if self._score is None else [self._score, made])
        for name, tally in schema_tallies(real, said).items():
            before = self.schemas.get(name, Tally(0, 0, 0))
            self.schemas[name] = Tally(
                before.correct + tally.correct, before.predicted + tally.predicted, before.gold + tally.gold
            )
        self._undeclared.update(said.type[said.type >= len(self.types)].tolist())
        self.sentences += len(tokens)

    @property
    def score(self) -> Score:
        """The score of all blocks."""
        assert self._score is not None  # a file without a sentence is not sound
        return self._score

    @property
    def undeclared(self) -> dict[str, int]:
        """Predicted types that are not declared, with their mentions."""
        names = list(self.numbering)
        return {names[kind]: self._undeclared[kind] for kind in sorted(self._undeclared)}


def _canonical(spans: Spans, size: int) -> Ints:
    """Return what stands at each token, whatever the scheme: the ids of IOB2 tags."""
    steps = np.zeros(size + 1, dtype=np.int64)
    np.add.at(steps, spans.start, 2 * (spans.type + 1))
    np.add.at(steps, spans.end, -2 * (spans.type + 1))
    found = np.cumsum(steps)[:size]
    found[spans.start] += 1
    return found


# ---- tags and types


def _spellings(surveys: Sequence[TagSurvey], options: ReadOptions) -> list[Spelling]:
    """Return what the tags of both sides mean: found from both together.

    Tags without a prefix beside such with one in a file are a mistake, but one whole side may be without,
    if it has a type of the other.
    """
    both = find_spelling(surveys[0].tags + surveys[1].tags, options)
    alone = [find_spelling(survey.tags, options) for survey in surveys]
    kinds = [
        {tag.partition("-")[2] for tag in survey.spelt(how).tags} - {""}
        for survey, how in zip(surveys, alone, strict=True)
    ]
    if both.scheme is None and [one.scheme for one in alone].count(None) == 1 and kinds[0] & kinds[1]:
        names = ("gold", "predicted")
        return [
            replace(one, notes=tuple(f"{name}: {note}" for note in one.notes))
            for name, one in zip(names, alone, strict=True)
        ]
    return [both, both]


def _schemes(
    surveys: Sequence[TagSurvey], stated: tuple[str | None, str | None], spellings: Sequence[Spelling]
) -> tuple[list[str], list[str]]:
    """Return the schemes that both sides are read in, and why."""
    spelt = [one.scheme for one in spellings]
    found = [how or scheme_of_pairs(survey.pairs) for survey, how in zip(surveys, spelt, strict=True)]
    gold = stated[0] or found[0]
    whys = ["stated" if stated[0] else "found out from its tags"]
    if stated[1] is not None:
        return [gold, stated[1]], [*whys, "stated"]
    if spelt[0] != spelt[1]:
        return [gold, found[1]], [*whys, f"not gold's scheme, {gold}: tags of one side have no prefix"]
    prefixes = {_prefix(tag) for tag in surveys[1].tags} - {"", OUTSIDE}
    beyond = sorted(prefixes - set(PREFIXES[gold]))
    if beyond:
        letters = ", ".join(f"{letter}-" for letter in beyond)
        return [gold, found[1]], [*whys, f"not gold's scheme, {gold}, which has no {letters}"]
    other = f"; its tags alone look like {found[1]}" if prefixes and found[1] != gold else ""
    return [gold, gold], [*whys, f"gold's scheme{other}"]


def _prefix(tag: str) -> str:
    try:
        return split_tag(tag)[0]
    except ValueError:
        return ""


def _check_tags(survey: TagSurvey, file: TaggedFile, prefixes: str) -> None:
    """Raise ``InputError`` for the first tag that is malformed or has a prefix of another scheme."""
    bad = {tag for tag in survey.tags if tag != OUTSIDE and _prefix(tag) not in set(prefixes)}
    if not bad:
        return
    tag, line = _first(file, bad)
    expected = f"O, or a prefix of {', '.join(prefixes)} with a hyphen and a type"
    more = f"{counted(len(bad) - 1, 'other tag')} like it" if len(bad) > 1 else ""
    if style := likely_style(survey.tags):
        more = f"if these are tags in the style {style}, state --tag-style {style}"
    elif not any(map(str.isalpha, tag)):
        more = f"if it is outside of mentions, state --outside={tag}"
    try:
        split_tag(tag)
        found = f"the tag {tag!r}"
    except ValueError as error:
        found = str(error)
    raise InputError(found, path=file.path, line=line, expected=expected, todo=more)


def _first(file: TaggedFile, tags: set[str]) -> tuple[str, int]:
    """Return the first of some tags in a file, and its line."""
    for sentence in file.sentences:
        for tag, line in zip(sentence.tags, sentence.lines, strict=True):
            if tag in tags:
                return tag, line
    raise ValueError(f"{file.path} has none of {tags}")


def _declared(
    survey: TagSurvey, file: TaggedFile, types: Path | str | Sequence[str] | None
) -> tuple[str, ...]:
    """Return the declared types: those stated, which must cover gold, or else those of gold, sorted."""
    kinds = _kinds(survey)
    if types is None:
        return tuple(sorted(kinds))
    names = _stated_types(types)
    if undeclared := kinds - set(names):
        bad = {tag for tag in survey.tags if split_tag(tag)[1] in undeclared}
        tag, line = _first(file, bad)
        where = types if isinstance(types, Path | str) else "types"
        raise InputError(
            f"the tag {tag!r}",
            path=file.path,
            line=line,
            expected=f"a type that {where} declares: {', '.join(names)}",
            todo="declare the type or leave out --types",
        )
    return names


def _kinds(survey: TagSurvey) -> set[str]:
    return {split_tag(tag)[1] for tag in survey.tags} - {""}


def _stated_types(types: Path | str | Sequence[str]) -> tuple[str, ...]:
    if not isinstance(types, Path | str):
        return tuple(types)
    from benchmark.domains.domain_file import load_domain_file  # pydantic: only for who declares types

    stated = load_domain_file(Path(types)).entity_types
    if stated is None:
        raise InputError(
            "no types",
            path=types,
            expected='tables such as [types.person] with name = "person" and description = "..."',
            todo="declare the types or leave out --types",
        )
    return tuple(kind.name for kind in stated)


def _unnamed(undeclared: Mapping[str, int], names: Sequence[str]) -> list[str]:
    """Propose a label map where predicted types are declared ones but for the spelling."""
    found = common_spellings(undeclared, names)
    if not found:
        return []
    said = " ".join(f"--map {one}={other}" for one, other in found.items())
    told = "predicted types that are declared ones but for the spelling, wrong as they are"
    return [f"{told}: --map common, or {said}"]


def _lengths(sentences: int, tokens: int) -> list[str]:
    if tokens > _MANY_TOKENS * max(sentences, 1):
        return [f"{counted(sentences, 'sentence')} of {tokens:,} tokens: are sentence breaks missing?"]
    return []


# ---- two files side by side


def _in_step(gold: TaggedFile, predicted: TaggedFile) -> Iterator[tuple[Block, Block]]:
    """Yield the sentences of both files side by side, in blocks with the same tokens.

    Raises ``InputError`` for the first place where the predictions' tokens are not those of gold.
    """
    sides = iter(gold.blocks()), iter(predicted.blocks())
    right, found = (next(side, None) for side in sides)
    done, line = 0, 0  # sentences, and the last line that both files got to
    while right is not None and found is not None:
        number = min(len(right.lengths), len(found.lengths))
        (real, right), (said, found) = _split(right, number), _split(found, number)
        if real.tokens != said.tokens or real.lengths != said.lengths:
            raise _other_tokens(gold.path, real, predicted.path, said)
        yield real, said
        done += number
        line = said.lines[-1][-1]
        right = next(sides[0], None) if right is None else right
        found = next(sides[1], None) if found is None else found
    left, rest = (right, sides[0]) if found is None else (found, sides[1])
    if left is None:
        return
    more = done + len(left.lengths) + sum(len(block.lengths) for block in rest)
    here, there = (done, more) if found is None else (more, done)
    raise InputError(
        counted(here, "sentence"),
        path=predicted.path,
        line=line if found is None else found.lines[0][0],
        expected=f"{there:,}, as in {gold.path}",
        todo=_TODO,
    )


def _split(block: Block, number: int) -> tuple[Block, Block | None]:
    """Return the first sentences of a block, and the others, None where there are none."""
    if number == len(block.lengths):
        return block, None
    at = sum(block.lengths[:number])
    parts = (
        (block.tokens[part], block.tags[part], block.lengths[some], block.lines[some])
        for part, some in (
            (slice(at), slice(number)),
            (slice(at, None), slice(number, None)),
        )
    )
    first, rest = (Block(*part) for part in parts)
    return first, rest


def _other_tokens(gold: Path, right: Block, predicted: Path, found: Block) -> InputError:
    for real, said in zip(right, found, strict=True):
        pairs = zip(real.tokens, said.tokens, real.lines, said.lines, strict=False)
        for expected, token, gold_line, line in pairs:
            if expected != token:
                return InputError(
                    f"the token {token!r}",
                    path=predicted,
                    line=line,
                    expected=f"{expected!r}, as {gold}:{gold_line} has",
                    todo=_TODO,
                )
        if len(real.tokens) != len(said.tokens):
            break
    return InputError(
        f"a sentence of {counted(len(said.tokens), 'token')}",
        path=predicted,
        line=said.lines[0],
        expected=f"{counted(len(real.tokens), 'token')}, as in the sentence at {gold}:{real.lines[0]}",
        todo=_TODO,
    )


# ---- lists


def _score_lists(
    gold: Lists,
    predicted: Lists,
    types: Path | str | Sequence[str] | None,
    stated: tuple[str | None, str | None],
    options: ReadOptions,
    tokens: Sequence[Sequence[str]] | None,
    common_map: bool,
) -> Report:
    for what, side in (("predictions", predicted), ("tokens", gold if tokens is None else tokens)):
        if len(side) != len(gold):
            found = f"{what} of {counted(len(side), 'sentence')}"
            raise InputError(found, expected=f"{len(gold):,}, as in gold")
    if not len(gold):
        raise InputError("no sentence", expected="tags or spans of at least one sentence")
    if any(isinstance(item, str | int) for side in (gold, predicted) for one in side for item in one):
        files = [_listed(name, side, tokens) for name, side in (("gold", gold), ("predicted", predicted))]
        report = _report(files, types, stated, options, [], common_map)
    else:
        report = _score_spans(gold, predicted, types, options, tokens, common_map)
    if tokens is None:
        tallies = {n: t for n, t in report.score.dialects.tallies.items() if n != "set-of-strings"}
        dialects = replace(report.score.dialects, tallies=tallies)
        return replace(report, score=replace(report.score, dialects=dialects))
    return report


def _listed(name: str, side: Lists, tokens: Sequence[Sequence[str]] | None) -> TaggedFile:
    """Return lists of tags as a file whose lines are the sentences' numbers."""
    sentences = []
    for number, tags in enumerate(side):
        for tag in tags:
            if not isinstance(tag, str):
                todo = "remove padding before scoring"
                raise InputError(f"the tag {tag!r}", path=name, line=number, expected="a text", todo=todo)
        words = tuple(tokens[number]) if tokens is not None else ("",) * len(tags)
        if len(words) != len(tags):
            found = counted(len(tags), "tag")
            raise InputError(found, path=name, line=number, expected=f"{len(words):,}, as many as tokens")
        sentences.append(TaggedSentence(words, tuple(tags), (number,) * len(tags)))
    return HeldFile(Path(name), tuple(sentences))


def _score_spans(
    gold: Lists,
    predicted: Lists,
    types: Path | str | Sequence[str] | None,
    options: ReadOptions,
    tokens: Sequence[Sequence[str]] | None,
    common_map: bool,
) -> Report:
    sides = [[[_as_mention(item, options.map) for item in one] for one in side] for side in (gold, predicted)]
    kinds = [sorted({mention.type for one in side for mention in one}) for side in sides]
    names = tuple(kinds[0]) if types is None else _stated_types(types)
    said_map = []
    if common_map:
        found = common_spellings(sorted({*kinds[0], *kinds[1]}), names)
        sides = [[[_as_mention(item, found) for item in one] for one in side] for side in sides]
        said_map = [common_map_said(found)]
    tally = _Running(names, ("", ""))
    lengths = None if tokens is None else [len(sentence) for sentence in tokens]
    real, said = pair_mentions(sides[0], sides[1], names, lengths, tally.numbering)
    tally.add_spans(real, said, [[]] * len(gold) if tokens is None else tokens)
    return Report(
        gold=Side("gold", "spans", 0),
        predicted=Side("predicted", "spans", 0),
        sentences=len(gold),
        tokens=None if lengths is None else sum(lengths),
        types=names,
        undeclared=tally.undeclared,
        score=tally.score,
        schemas=tally.schemas,
        remarks=(*said_map, *remarks_on(tally.score, names), *_unnamed(tally.undeclared, names)),
    )


def _as_mention(item: Any, names: Mapping[str, str]) -> Mention:
    match item:
        case (int() as start, int() as end, str() as kind):
            return Mention(start, end, names.get(kind, kind))
    raise InputError(f"the span {item!r}", expected="start, end (half-open offsets of tokens) and a type")
