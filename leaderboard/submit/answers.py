"""Answers that authors publish: of which test sentence an item is, and which type of the domain it means.

Read are JSON lines or one JSON array. An item states its sentence by its words (``words``, ``tokens``) or its
text (``text``, ``input``, ``sentence``, or the first turn of a conversation), in the item or in its
``instance``; white space does not count. An item that states neither is of the sentence at its place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence
from benchmark.domains.type_names import folded_name
from benchmark.domains.types.equal_types import common_map
from benchmark.errors import UsageError, shown
from leaderboard.submit.convert import all_there, undeclared
from leaderboard.submit.findings import Findings
from leaderboard.submit.spans import raw_items

_WORDS, _TEXTS = ("words", "tokens"), ("text", "input", "sentence")
_HUMAN = ("human", "user")


@dataclass(frozen=True, slots=True)
class Answer:
    """An item: its line (of an array: its number), its sentence, and its fields, names in lower case."""

    line: int
    sentence: LabelledSentence
    fields: Mapping[str, Any]


def read_answers(
    path: Path, domain: Domain, dataset: str | None, findings: Findings, expected: str
) -> list[Answer]:
    """Return the items of a file for a domain's test set, in the order of the file.

    Parameters
    ----------
    path : Path
        JSON lines or one JSON array.
    domain : Domain
        The domain whose test set was predicted.
    dataset : str, optional
        Which items to take, by their ``dataset``; needed where a file has several.
    findings : Findings
        Where items go that are of no test sentence, and sentences without an item.
    expected : str
        The form of an item, for messages.

    Raises
    ------
    UsageError
        Where ``dataset`` is none of the file's, or is needed.
    """
    items = _of_dataset(path, list(_items(path, findings, expected)), dataset)
    by_words: dict[str, list[LabelledSentence]] = defaultdict(list)
    for sentence in domain.test:
        by_words[_key(sentence.tokens)].append(sentence)
    turns: Counter[tuple[str, str | None]] = Counter()
    found: list[Answer] = []
    for index, (line, fields) in enumerate(items):
        words = _stated(fields)
        here = [] if index >= len(domain.test) else [domain.test[index]]
        sentences = here if words is None else by_words.get(words, [])
        # sentences that are equal take their items in turn; an item may be of one type alone
        turn = (words if words is not None else f"place {index}", type_of(fields))
        if turns[turn] < len(sentences):
            found.append(Answer(line, sentences[turns[turn]], fields))
            turns[turn] += 1
        else:
            said = "a sentence" if words is None else shown(_said(fields))
            what = (
                f"{said} a time more than the test set has it" if sentences else f"{said}, no test sentence"
            )
            findings.add(what, str(path), line, expected=f"the test sentences of {domain.name}")
    there = {answer.sentence.id for answer in found}
    all_there(path, domain, there, findings, "one for each test sentence")
    return found


def _items(path: Path, findings: Findings, expected: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, raw in raw_items(path, findings, expected):
        if not isinstance(raw, dict):
            findings.add(f"an item that is {shown(raw)}", str(path), line, expected=expected)
            continue
        fields = {str(key).lower(): value for key, value in raw.items()}
        inner = fields.get("instance")
        if isinstance(inner, dict):
            fields = {**{str(key).lower(): value for key, value in inner.items()}, **fields}
        yield line, _conversation(fields)


def _conversation(fields: dict[str, Any]) -> dict[str, Any]:
    """Take text, type and answer out of a conversation as UniversalNER has them."""
    turns = fields.get("conversations")
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        return fields
    asked = [str(turn.get("value", "")) for turn in turns if turn.get("from") in _HUMAN]
    said = [str(turn.get("value", "")) for turn in turns if turn.get("from") not in _HUMAN]
    if len(asked) < 2 or not said:
        return fields
    kind = asked[-1].strip().removeprefix("What describes ").removesuffix(" in the text?")
    made = {"text": asked[0].strip().removeprefix("Text:"), "type": kind, "prediction": said[-1]}
    return {**made, **{key: value for key, value in fields.items() if key in ("dataset", "prediction")}}


def type_of(fields: Mapping[str, Any]) -> str | None:
    """Return the one type that an item asks for, where it asks for one alone."""
    kind = fields.get("type")
    return kind if isinstance(kind, str) else None


def _of_dataset(
    path: Path, items: Sequence[tuple[int, dict[str, Any]]], dataset: str | None
) -> Sequence[tuple[int, dict[str, Any]]]:
    there = sorted({str(fields["dataset"]) for _, fields in items if "dataset" in fields})
    if dataset is None and len(there) < 2:
        return items
    if dataset not in there:
        asked = "several data sets" if dataset is None else f"no data set {dataset!r}"
        raise UsageError(f"{path}: {asked}: say one with --dataset: {', '.join(there) or '(none is named)'}")
    return [(line, fields) for line, fields in items if str(fields.get("dataset")) == dataset]


def _key(words: Iterable[str]) -> str:
    return "".join("".join(words).split())


def _said(fields: Mapping[str, Any]) -> str | None:
    for key in _WORDS:
        words = fields.get(key)
        if isinstance(words, list):
            return " ".join(map(str, words))
    return next((fields[key] for key in _TEXTS if isinstance(fields.get(key), str)), None)


def _stated(fields: Mapping[str, Any]) -> str | None:
    said = _said(fields)
    return None if said is None else _key([said])


# ---- types


@dataclass(frozen=True)
class Renamed:
    """What a domain calls the types of answers.

    ``names`` maps written type → the domain's name, ``undeclared`` are those that it has not with how often
    they stand, ``mapped`` those whose name is another, None without any.
    """

    names: Mapping[str, str]
    undeclared: Mapping[str, int]
    mapped: Mapping[str, str] | None


def rename_types(
    written: Iterable[str],
    path: Path,
    domain: Domain,
    findings: Findings,
    *,
    names: Mapping[str, str] | None,
    common: bool,
    drop_undeclared: bool,
) -> Renamed:
    """Return what the types of answers are called, each of ``written`` as often as it stands there.

    Raises ``Refused`` with what is wrong so far, and types that the domain has not where they are not to be
    left out.
    """
    counts = Counter(written)
    renamed = type_map(sorted(counts), domain, names, common=common)
    lacking = {kind: count for kind, count in counts.items() if kind not in renamed}
    if lacking and not drop_undeclared:
        findings.add(*undeclared(path, domain, lacking))
    findings.refuse()
    mapped = {kind: name for kind, name in renamed.items() if kind in counts and kind != name}
    return Renamed(renamed, lacking, mapped or None)


def type_map(
    written: Iterable[str], domain: Domain, names: Mapping[str, str] | None, *, common: bool
) -> dict[str, str]:
    """Return written type → the domain's name for it, for those that it has.

    A type may be written as the domain names it, or as its readable name, in any case; ``names`` goes before
    that, and ``common`` takes other common spellings as well.
    """
    known = {kind.readable.casefold(): kind.name for kind in domain.types}
    known |= {kind.name.casefold(): kind.name for kind in domain.types}
    folded = {folded_name(kind.readable): kind.name for kind in domain.types}
    found = dict(names or {})
    for kind in written:
        name = known.get(kind.casefold())
        if name is None and common:
            name = common_map([kind], domain.type_names).get(kind) or folded.get(folded_name(kind))
        if name is not None:
            found.setdefault(kind, name)
    return {kind: name for kind, name in found.items() if name in domain.type_names}
