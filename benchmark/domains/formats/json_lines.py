"""JSON lines, a sentence an object: tokens with tags (names or numbers), or with mentions.

Also one JSON array of such objects, an object a document whose ``sentences`` are lists of tokens, and texts
without tokens with spans of characters, as annotation tools write them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.domains.formats.flatten import flatten
from benchmark.domains.formats.json_mentions import INCLUSIVE, is_triple, mention_of, words_by_character
from benchmark.domains.formats.plain_text import NESTED, sentences_of
from benchmark.domains.formats.source import Source
from benchmark.domains.formats.text_spans import Wrong, is_pair, text_fields
from benchmark.domains.reading import ReadOptions
from benchmark.domains.tagged_file import Block, Findings, TaggedSentence, blocks_of
from benchmark.domains.tags import encode_bio

_TOKENS = ("tokens", "words", "tokenized_text", "sentence", "text")
_TEXTS = ("text", "sentence", "content")
_TAGS = ("tags", "ner_tags", "labels", "ner_labels", "ner", "bio")
_MENTIONS = ("mentions", "ner", "entities", "spans", "ents", "entity_mentions")
_NAMES = ("names", "label_names", "tag_names")
_EXPECTED = (
    '{"tokens": ["Ada", "left"], "tags": ["B-person", "O"]}, or "mentions": [[0, 1, "person"]], half-open,'
    ' or "ner": [[0, 0, "person"]], the last token counted in'
)


def recognise(head: str) -> bool:
    """Whether a file begins as JSON does."""
    start = head.lstrip()
    line = start.partition("\n")[0]
    if start[:1] == "[":
        rest = start[1:].lstrip()
        return rest[:1] == "{" or bool(re.match(r'\[\s*"', rest)) or _is_pair_line(line)
    if line[:1] != "{":
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return line[1:].lstrip()[:1] in ('"', "") and "\t" not in line


def _is_pair_line(line: str) -> bool:
    """Whether a line is a training pair of spaCy, ``["Ada left", {"entities": [[0, 3, "PER"]]}]``."""
    try:
        return is_pair(json.loads(line))
    except (ValueError, RecursionError):
        return False


def read(source: Source, options: ReadOptions, findings: Findings) -> Iterator[Block]:
    """Yield the sentences of JSON lines, and tell ``findings`` what is wrong with them."""
    findings.taken = "JSON lines"
    yield from blocks_of(_sentences(source, options, findings))


def _sentences(source: Source, options: ReadOptions, findings: Findings) -> Iterator[TaggedSentence]:
    names = list(options.names)
    for number, (line, item) in enumerate(_items(source, findings)):
        if isinstance(item, dict) and (left_out := _unanswered(item)):
            findings.counts[left_out] += 1
            continue
        if isinstance(item, list) or _is_text(item):
            yield from _of_text(item, line, number, findings)
            continue
        stated = next((item[key] for key in _NAMES if _is_texts(item.get(key))), None)
        if stated is not None:
            names = stated
            if not any(key in item for key in (*_TOKENS, "sentences")):
                continue  # an object of names alone, before the sentences
        try:
            for tokens, tags in _read_item(item, names, findings):
                if tokens:
                    yield next(iter(Block(tokens, tags, [len(tokens)], [(line,) * len(tokens)])))
        except Wrong as wrong:
            findings.add("unreadable object", line, str(wrong), _EXPECTED)


def _is_text(item: Mapping[str, Any]) -> bool:
    """Whether an object is a text with spans of characters, and has no tokens beside it."""
    if isinstance(item.get("data"), dict) and ("annotations" in item or "predictions" in item):
        return True  # Label Studio
    bare = not any(_tokens(item.get(key)) is not None for key in (*_TOKENS, "sentences"))
    return bare and any(isinstance(item.get(key), str) for key in _TEXTS)


def _of_text(item: Any, line: int, number: int, findings: Findings) -> Iterator[TaggedSentence]:
    """Yield the sentences of a text with spans; those of one object are a document."""
    try:
        fields = text_fields(item)
        if isinstance(item, dict) and not isinstance(fields.get("text"), str):
            stated = item.get("data", {key: item.get(key) for key in _TEXTS})
            texts = [value for value in stated.values() if isinstance(value, str)]
            if len(texts) != 1:
                raise Wrong(f"{len(texts)} texts")
            fields["text"] = texts[0]
        words = item.get("tokens") if isinstance(item, dict) else None
        for tokens, tags in sentences_of(fields, words, findings):
            yield TaggedSentence(tuple(tokens), tuple(tags), (line,) * len(tokens), number)
    except Wrong as wrong:
        findings.add("unreadable object", line, wrong.found, wrong.expected)


def _unanswered(item: Mapping[str, Any]) -> str:
    """Return what an object is that nobody has annotated: it is left out; "" for any other."""
    if item.get("answer") in ("reject", "ignore"):  # Prodigy
        return f"text with the answer {item['answer']!r}"
    if isinstance(item.get("data"), dict) and not (item.get("annotations") or item.get("predictions")):
        return "task without an annotation"  # Label Studio
    return ""


def _items(source: Source, findings: Findings) -> Iterator[tuple[int, Any]]:
    """Yield the objects, and pairs of a text and its entities, each with its line or number."""
    start = source.head.lstrip()
    if start[:1] == "[" and not _is_pair_line(start.partition("\n")[0]):
        text = "\n".join(line for _, line in source.lines())
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError) as error:
            findings.add("unreadable JSON", getattr(error, "lineno", None), f"no JSON ({error})", _EXPECTED)
            return
        for number, item in enumerate(whole, 1):
            if isinstance(item, dict) or is_pair(item):
                yield number, item
            else:
                findings.add("unreadable object", number, f"{_kind(item)} in the array", _EXPECTED)
        return
    if (one := _one_object(source)) is not None:
        yield 1, one
        return
    for number, line in source.lines():
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            findings.add("unreadable JSON", number, f"no JSON ({error})", _EXPECTED)
            continue
        if isinstance(item, dict) or is_pair(item):
            yield number, item
        else:
            findings.add("unreadable object", number, _kind(item), _EXPECTED)


def _one_object(source: Source) -> Any:
    """Return the object that a file is whose first line is none, one over several lines; None for others."""
    first = source.head.lstrip().partition("\n")[0]
    if not re.fullmatch(r"\{\s*|\[\s*\[?\s*|\{\s*\"[^\"]*\"\s*:\s*[\[{]?\s*", first):
        return None
    try:
        whole = json.loads("\n".join(line for _, line in source.lines()))
    except (ValueError, RecursionError):
        return None
    return whole if isinstance(whole, dict) else None


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a number")


def _is_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


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
        if listed := [key for key, value in item.items() if _is_objects(value)]:
            several = ", ".join(map(repr, listed))
            raise Wrong(f"an object with lists of objects ({several}): save each list as a file"[:200])
        raise Wrong(f"no list of tokens among {', '.join(map(repr, item))}"[:200])
    key, tokens = found
    for name in _TAGS:
        if name != key and isinstance(item.get(name), list) and _are_tags(item[name], name):
            yield tokens, _tags(item[name], tokens, names)
            return
    for name in _MENTIONS:
        if name != key and isinstance(item.get(name), list):
            words = item[key]
            if isinstance(item.get("text"), str) and name not in INCLUSIVE and _is_texts(words):
                words = words_by_character(tokens, item["text"], item[name]) or words
            mentions = [mention_of(one, name, words, tokens) for one in item[name]]
            yield tokens, _flat(mentions, len(tokens), findings)
            return
    raise Wrong("tokens with neither tags nor mentions")


def _document(item: Mapping[str, Any], findings: Findings) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the sentences of a document: ``ner`` has a list a sentence, counted from the document's start."""
    ner = item.get("ner", [])
    offset = 0
    for number, words in enumerate(item["sentences"]):
        tokens = _tokens(words)
        if tokens is None or not isinstance(ner, list):
            raise Wrong("sentences that are no lists of tokens")
        listed = ner[number] if number < len(ner) and isinstance(ner[number], list) else []
        moved = [[one[0] - offset, one[1] - offset, *one[2:]] if is_triple(one) else one for one in listed]
        yield tokens, _flat([mention_of(one, "ner", words, tokens) for one in moved], len(tokens), findings)
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
        raise Wrong(f"{len(value)} tags for {len(tokens)} tokens")
    if not any(type(one) is int for one in value):
        return list(value)
    if not names:
        raise Wrong("tags that are numbers, and no list of their names (names in domain.toml, or --names)")
    for one in value:
        if type(one) is int and not 0 <= one < len(names):
            raise Wrong(f"the tag number {one}, of {len(names)} names")
    return [names[one] if type(one) is int else one for one in value]


def _flat(mentions: Sequence[Mention], length: int, findings: Findings) -> list[str]:
    kept, left_out = flatten(mentions)
    if left_out:
        findings.counts[NESTED] += left_out
    return encode_bio(kept, length)
