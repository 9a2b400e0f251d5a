"""Finds mentions in text with the network of this folder: onnxruntime, tokenizers and numpy are enough."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from labels_larbench import best_legal_path  # type: ignore[import-not-found]
from shapes_larbench import shape_id  # type: ignore[import-not-found]
from text_larbench import sentences  # type: ignore[import-not-found]
from tokenizers import Tokenizer

Words = Sequence[str]


def load(folder: str | Path) -> Callable[[str], list[dict[str, Any]]]:
    """Return what finds mentions in a text: ``start`` and ``end`` in characters, ``type``, ``text``."""
    ask = load_for_words(folder)

    def find(text: str) -> list[dict[str, Any]]:
        found = []
        for piece in sentences(text):
            for start, end, kind in ask(piece.tokens):
                first, last = piece.places[start][0], piece.places[end - 1][1]
                found.append({"start": first, "end": last, "type": kind, "text": text[first:last]})
        return found

    return find


def load_for_words(folder: str | Path) -> Callable[[Words], list[tuple[int, int, str]]]:
    """Return what finds mentions (first word, word behind the last, type) in the words of a sentence."""
    settings = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_truncation()
    session = onnxruntime.InferenceSession(Path(folder) / "model.onnx", providers=["CPUExecutionProvider"])

    def find(words: Words) -> list[tuple[int, int, str]]:
        parts = [*_scores(words, settings, tokenizer, session)]
        return _mentions(best_legal_path(np.concatenate(parts)), settings["labels"]) if parts else []

    return find


def _scores(words: Words, settings: dict[str, Any], tokenizer: Any, session: Any) -> Iterator[np.ndarray]:
    """Yield the log-probabilities (words, labels) of a sentence, in parts of a window of tokens at most."""
    room = settings["window"] - len(settings["end"])
    begin = settings["begin"]
    firsts: list[int] = []
    ids, shapes = list(begin), [0] * len(begin)
    for word in words:
        tokens = tokenizer.encode(settings["lead"] + word, add_special_tokens=False).ids
        tokens = tokens[: room - len(begin)] or [settings["unknown"]]
        if len(ids) + len(tokens) > room:
            yield _ask(ids, shapes, firsts, settings, session)
            ids, shapes, firsts = list(begin), [0] * len(begin), []
        firsts.append(len(ids))
        ids.extend(tokens)
        shapes.extend([shape_id(word)] * len(tokens))
    if firsts:
        yield _ask(ids, shapes, firsts, settings, session)


def _ask(
    ids: list[int], shapes: list[int], firsts: list[int], settings: dict[str, Any], session: Any
) -> np.ndarray:
    row = np.array([[*ids, *settings["end"]]], dtype=np.int64)
    given = {"input_ids": row, "attention_mask": np.ones_like(row)}
    if settings["shapes"]:
        given["shape_ids"] = np.array([[*shapes, *[0] * len(settings["end"])]], dtype=np.int64)
    (logits,) = session.run(None, given)
    scores = logits[0, firsts].astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    return np.asarray(scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True)))


def _mentions(path: Any, labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the mentions of a legal sequence of labels; a type that is called O is none."""
    mentions, start = [], -1
    for place, label in enumerate([*path, 0]):
        if start >= 0 and (label == 0 or label % 2 == 1):
            mentions.append((start, place, labels[path[start]]))
            start = -1
        if label % 2 == 1:
            start = place
    return [(start, end, name[2:]) for start, end, name in mentions if name != "O"]
