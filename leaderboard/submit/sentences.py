"""Predictions of a submission, line by line: JSON, ids, mentions, every problem with its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from benchmark.domains.corpus import Mention
from leaderboard.results.gold import Gold
from leaderboard.submit.findings import Findings, shown
from leaderboard.submit.limits import LINE_BYTES
from leaderboard.submit.strict import strict_json

_LINE = '{"id": "politics/test/0", "mentions": [[start, end, "type"], ...]}'


def parse_sentences(
    content: bytes, gold: Gold, path: str, findings: Findings
) -> dict[str, list[Mention]] | None:
    """Return sentence id → mentions sorted by start, in the order of the test set.

    ``gold`` tells ids, lengths and types; its mentions are not looked at. What is wrong goes to ``findings``,
    and None comes back where anything is.
    """
    lengths = {sentence.id: len(sentence.tokens) for sentence in gold.test}
    types = frozenset(gold.types)
    said: dict[str, list[Mention]] = {}
    sound = True
    start, number = 0, 0
    while start < len(content) and not findings.full(path):
        number += 1
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        line, start = content[start : min(end, start + LINE_BYTES + 1)], end + 1
        problem = _read_line(line, lengths, types, said)
        if problem is not None:
            findings.add(problem[0], path, number, expected=problem[1])
            sound = False
    if not sound:
        return None
    missing = [name for name in lengths if name not in said]
    if missing:
        some = ", ".join(missing[:3]) + (f" and {len(missing) - 3:,} more" if len(missing) > 3 else "")
        expected = f"a line for each of the {len(lengths):,} test sentences of {gold.domain}"
        findings.add(f"no line for {some}", path, expected=expected)
        return None
    return {name: said[name] for name in lengths}


def _read_line(
    line: bytes, lengths: Mapping[str, int], types: frozenset[str], said: dict[str, list[Mention]]
) -> tuple[str, str] | None:
    """Add one line's sentence to ``said``, or return what is wrong with it and what was expected."""
    if len(line) > LINE_BYTES:
        return (f"a line of more than {LINE_BYTES:,} bytes", "one sentence's mentions")
    try:
        found = strict_json(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return (f"bytes that are not UTF-8 (0x{line[error.start]:02x})", "JSON lines in UTF-8")
    except ValueError as error:
        return (str(error), _LINE)
    if not isinstance(found, dict) or set(found) != {"id", "mentions"}:
        return ("a line of another form", _LINE)
    name, mentions = found["id"], found["mentions"]
    if not isinstance(name, str) or name not in lengths:
        return (f"the foreign sentence id {shown(name)}", f"an id such as {next(iter(lengths), '')}")
    if name in said:
        return (f"the sentence {name} a second time", "one line each")
    if not isinstance(mentions, list):
        return (f"mentions {shown(mentions)}", _LINE)
    problem = wrong_mentions(mentions, lengths[name], types)
    if problem is None:
        said[name] = sorted(Mention(*mention) for mention in mentions)
    return problem


def wrong_mentions(mentions: Sequence[object], length: int, types: frozenset[str]) -> tuple[str, str] | None:
    """Return what is wrong with a sentence's mentions and what was expected; None for sound ones."""
    for mention in mentions:
        if not isinstance(mention, list) or [type(part) for part in mention] != [int, int, str]:
            return (f"the mention {_mention(mention)}", '[start, end, "type"], two whole numbers and a text')
        start, end, kind = mention
        if not 0 <= start < end <= length:
            return (f"the mention {_mention(mention)}", f"0 ≤ start < end ≤ {length}, the sentence's tokens")
        if kind not in types:
            return (f"the type {shown(kind)}", f"one of {', '.join(sorted(types))}")
    ordered = sorted(mentions)  # type: ignore[type-var]
    for before, after in pairwise(ordered):
        if after[0] < before[1]:  # type: ignore[index]
            found = f"the overlapping mentions {_mention(before)} and {_mention(after)}"
            return (found, "mentions that do not overlap")
    return None


def _mention(mention: object) -> str:
    if isinstance(mention, list) and len(mention) <= 4:
        return f"[{', '.join(shown(part) for part in mention)}]"
    return shown(mention)
