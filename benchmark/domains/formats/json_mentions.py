"""Mentions as JSON objects state them: offsets of tokens, or of characters where the tokens have such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import Mention
from benchmark.domains.formats.text_spans import Wrong

INCLUSIVE = ("ner",)  # CrossRE, DyGIE and GLiNER count a mention's last token in
_KINDS = ("type", "label", "entity_type", "entity_group", "entity")


def is_triple(value: object) -> bool:
    """Whether a value is a list of two offsets and a type."""
    return isinstance(value, list) and len(value) >= 3 and type(value[0]) is int and type(value[1]) is int


def mention_of(value: Any, key: str, words: Any, tokens: Sequence[str]) -> Mention:
    """Return a mention in half-open offsets of tokens."""
    start: Any
    end: Any
    # offsets are of characters where tokens have such
    by_character = key not in INCLUSIVE and words and isinstance(words[0], dict) and "start" in words[0]
    if isinstance(value, dict):
        kind = next((value[name] for name in _KINDS if isinstance(value.get(name), str)), None)
        start, end = value.get("start"), value.get("end")
        if "token_start" in value and "token_end" in value:
            start, end = value["token_start"], value["token_end"]
            end = end + 1 if type(end) is int else end
        elif by_character:
            start, end = _whole_tokens(start, end, words)
        elif type(start) is int and type(end) is int:
            end += _counts_last(value, start, end, tokens)
    elif is_triple(value):
        start, end, kind = value[:3]
        if by_character:
            start, end = _whole_tokens(start, end, words)
    else:
        raise Wrong(f"the mention {value!r}"[:200])
    if key in INCLUSIVE and type(end) is int and not isinstance(value, dict):
        end += 1
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(tokens):
        raise Wrong(f"the mention {value!r}"[:160] + f" in a sentence of {len(tokens)} tokens")
    if not isinstance(kind, str) or not kind.strip():
        raise Wrong(f"the mention {value!r}"[:160] + " without a type")
    return Mention(start, end, kind)


def _whole_tokens(start: Any, end: Any, words: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return offsets of tokens for offsets of characters."""
    starts = {at: place for place, one in enumerate(words) if type(at := one.get("start")) is int}
    ends = {at: place + 1 for place, one in enumerate(words) if type(at := one.get("end")) is int}
    if type(start) is not int or type(end) is not int or start not in starts or end not in ends:
        raise Wrong(f"the span {start!r} to {end!r}, which does not begin and end with a token"[:200])
    return starts[start], ends[end]


def words_by_character(
    tokens: Sequence[str], text: str, stated: Sequence[Any]
) -> Sequence[Mapping[str, Any]] | None:
    """Return tokens with their places in a text where mentions count its characters, None where tokens.

    Where both would do, they count what their own texts say, and tokens without any.
    """
    words, at = [], 0
    for token in tokens:
        at = text.find(token, at)
        if at < 0:
            return None
        words.append({"start": at, "end": at + len(token)})
        at += len(token)
    spans: list[tuple[Any, Any]] = [
        (one.get("start"), one.get("end")) if isinstance(one, dict) else (one[0], one[1])
        for one in stated
        if isinstance(one, dict) or is_triple(one)
    ]
    try:
        for start, end in spans:
            _whole_tokens(start, end, words)
    except Wrong:
        return None
    own = [one for one in stated if isinstance(one, dict) and isinstance(one.get("text"), str)]
    said = any(text[one["start"] : one["end"]] == one["text"] for one in own)
    return words if said or any(end > len(tokens) for _, end in spans) else None


def _counts_last(value: Mapping[str, Any], start: int, end: int, tokens: Sequence[str]) -> int:
    """Return 1 where a mention's own text says that its end counts the last token in, else 0."""
    text = next((value[key] for key in ("text", "word", "surface") if isinstance(value.get(key), str)), None)
    if text is None:
        return 0
    folded = "".join(text.split())
    return int("".join(tokens[start:end]) != folded and "".join(tokens[start : end + 1]) == folded)
