"""JSON lines, a sentence an object: tokens with tags (names or numbers), or with mentions.

Also one JSON array of such objects, and an object a document whose ``sentences`` are lists of tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.domains.formats.flatten import flatten
from benchmark.domains.formats.source import Source
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import Block, Findings, TaggedSentence, blocks_of
from benchmark.domains.tags import encode_bio

_TOKENS = ("tokens", "words", "tokenized_text", "sentence", "text")
_TAGS = ("tags", "ner_tags", "labels", "ner_labels", "ner", "bio")
_MENTIONS = ("mentions", "ner", "entities", "spans", "ents", "entity_mentions")
_INCLUSIVE = ("ner",)  # CrossRE, DyGIE and GLiNER count a mention's last token in
_KINDS = ("type", "label", "entity_type", "entity_group", "entity")
_NAMES = ("names", "label_names", "tag_names")
_EXPECTED = (
    '{"tokens": ["Ada", "left"], "tags": ["B-person", "O"]}, or "mentions": [[0, 1, "person"]], half-open,'
    ' or "ner": [[0, 0, "person"]], the last token counted in'
)
_LEFT_OUT = "nested or overlapping mention"


class _Wrong(Exception):  # noqa: N818 - internal: a problem's text
    """What is wrong with an object."""


def recognise(head: str) -> bool:
    """Whether a file begins as JSON does."""
    start = head.lstrip()
    if start[:1] == "[":
        return start[1:].lstrip()[:1] == "{"
    line = start.partition("\n")[0]
    if line[:1] != "{":
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return line[1:].lstrip()[:1] in ('"', "") and "\t" not in line


def read(source: Source, options: ReadOptions, findings: Findings) -> Iterator[Block]:
    """Yield the sentences of JSON lines, and tell ``findings`` what is wrong with them."""
    findings.taken = "JSON lines"
    yield from blocks_of(_sentences(source, options, findings))


def _sentences(source: Source, options: ReadOptions, findings: Findings) -> Iterator[TaggedSentence]:
    names = list(options.names)
    for line, item in _items(source, findings):
        stated = next((item[key] for key in _NAMES if _is_texts(item.get(key))), None)
        if stated is not None:
            names = stated
            if not any(key in item for key in (*_TOKENS, "sentences")):
                continue  # an object of names alone, before the sentences
        try:
            for tokens, tags in _read_item(item, names, findings):
                if tokens:
                    yield next(iter(Block(tokens, tags, [len(tokens)], [(line,) * len(tokens)])))
        except _Wrong as wrong:
            findings.add("unreadable object", line, str(wrong), _EXPECTED)


def _items(source: Source, findings: Findings) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if source.head.lstrip()[:1] == "[":
        text = "\n".join(line for _, line in source.lines())
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError) as error:
            findings.add("unreadable JSON", getattr(error, "lineno", None), f"no JSON ({error})", _EXPECTED)
            return
        for number, item in enumerate(whole, 1):
            if isinstance(item, dict):
                yield number, item
            else:
                findings.add("unreadable object", number, f"{_kind(item)} in the array", _EXPECTED)
        return
    for number, line in source.lines():
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            findings.add("unreadable JSON", number, f"no JSON ({error})", _EXPECTED)
            continue
        if isinstance(item, dict):
            yield number, item
        else:
            findings.add("unreadable object", number, _kind(item), _EXPECTED)


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a number")


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _read_item(
    item: Mapping[str, Any], names: Sequence[str], findings: Findings
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield tokens and tags of the sentences in an object."""
    if isinstance(item.get("sentences"), list):
        yield from _document(item, findings)
        return
    found = next(((key, tokens) for key in _TOKENS if (tokens := _tokens(item.get(key))) is not None), None)
    if found is None:
        if isinstance(item.get("text"), str):
            raise _Wrong(
                "a text without tokens: spans of characters need the tokens that they are to be laid on"
            )
        raise _Wrong(f"no list of tokens among {', '.join(map(repr, item))}"[:200])
    key, tokens = found
    for name in _TAGS:
        if name != key and isinstance(item.get(name), list) and _are_tags(item[name], name):
            yield tokens, _tags(item[name], tokens, names)
            return
    for name in _MENTIONS:
        if name != key and isinstance(item.get(name), list):
            mentions = [_mention(one, name, item[key], tokens) for one in item[name]]
            yield tokens, _flat(mentions, len(tokens), findings)
            return
    raise _Wrong("tokens with neither tags nor mentions")


def _document(item: Mapping[str, Any], findings: Findings) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the sentences of a document: ``ner`` has a list a sentence, counted from the document's start."""
    ner = item.get("ner", [])
    offset = 0
    for number, words in enumerate(item["sentences"]):
        tokens = _tokens(words)
        if tokens is None or not isinstance(ner, list):
            raise _Wrong("sentences that are no lists of tokens")
        listed = ner[number] if number < len(ner) and isinstance(ner[number], list) else []
        moved = [[one[0] - offset, one[1] - offset, *one[2:]] if _is_triple(one) else one for one in listed]
        yield tokens, _flat([_mention(one, "ner", words, tokens) for one in moved], len(tokens), findings)
        offset += len(tokens)


def _tokens(value: object) -> list[str] | None:
    """Return a list of tokens: of texts, or of objects with a text as spaCy has them."""
    if not isinstance(value, list):
        return None
    if all(isinstance(one, str) for one in value):
        return value
    if all(isinstance(one, dict) and isinstance(one.get("text"), str) for one in value):
        return [one["text"] for one in value]
    return None


def _are_tags(value: Sequence[object], name: str) -> bool:
    """Whether a list is one of tags; an empty one may be of no mention."""
    listed = bool(value) or name not in _MENTIONS
    return listed and all(isinstance(one, str) or type(one) is int for one in value)


def _tags(value: Sequence[Any], tokens: Sequence[str], names: Sequence[str]) -> list[str]:
    if len(value) != len(tokens):
        raise _Wrong(f"{len(value)} tags for {len(tokens)} tokens")
    if not any(type(one) is int for one in value):
        return list(value)
    if not names:
        raise _Wrong("tags that are numbers, and no list of their names (names in domain.toml, or --names)")
    for one in value:
        if type(one) is int and not 0 <= one < len(names):
            raise _Wrong(f"the tag number {one}, of {len(names)} names")
    return [names[one] if type(one) is int else one for one in value]


def _is_triple(value: object) -> bool:
    return isinstance(value, list) and len(value) >= 3 and type(value[0]) is int and type(value[1]) is int


def _mention(value: Any, key: str, words: Any, tokens: Sequence[str]) -> Mention:
    """Return a mention in half-open offsets of tokens."""
    start: Any
    end: Any
    if isinstance(value, dict):
        kind = next((value[name] for name in _KINDS if isinstance(value.get(name), str)), None)
        start, end = value.get("start"), value.get("end")
        if "token_start" in value and "token_end" in value:
            start, end = value["token_start"], value["token_end"]
            end = end + 1 if type(end) is int else end
        elif isinstance(words[0] if words else None, dict):  # offsets of characters, as the tokens have them
            starts = {one.get("start"): place for place, one in enumerate(words)}
            ends = {one.get("end"): place + 1 for place, one in enumerate(words)}
            if start not in starts or end not in ends:
                raise _Wrong(f"the span {start!r} to {end!r}, which does not begin and end with a token")
            start, end = starts[start], ends[end]
        elif type(start) is int and type(end) is int:
            end += _counts_last(value, start, end, tokens)
    elif _is_triple(value):
        start, end, kind = value[:3]
    else:
        raise _Wrong(f"the mention {value!r}"[:200])
    if key in _INCLUSIVE and type(end) is int and not isinstance(value, dict):
        end += 1
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(tokens):
        raise _Wrong(f"the mention {value!r}"[:160] + f" in a sentence of {len(tokens)} tokens")
    if not isinstance(kind, str) or not kind.strip():
        raise _Wrong(f"the mention {value!r}"[:160] + " without a type")
    return Mention(start, end, kind)


def _counts_last(value: Mapping[str, Any], start: int, end: int, tokens: Sequence[str]) -> int:
    """Return 1 where a mention's own text says that its end counts the last token in, else 0."""
    text = next((value[key] for key in ("text", "word", "surface") if isinstance(value.get(key), str)), None)
    if text is None:
        return 0
    folded = "".join(text.split())
    return int("".join(tokens[start:end]) != folded and "".join(tokens[start : end + 1]) == folded)


def _flat(mentions: Sequence[Mention], length: int, findings: Findings) -> list[str]:
    kept, left_out = flatten(mentions)
    if left_out:
        findings.counts[_LEFT_OUT] += left_out
    return encode_bio(kept, length)
