"""Sentences as the encoder sees them: sub-token ids, where each word begins, each word's shape.

A sentence longer than the encoder's window is cut into pieces at word boundaries; every word stands in
exactly one piece, so joining the pieces' word rows in order gives the sentence back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from larbench.tagger.arrays import Ints

# what an uncased encoder cannot see of a word; embedded beside its tokens at the input and at the head
SHAPES = (
    "padding",
    "lower",
    "initial",
    "capitals",
    "mixed",
    "digits",
    "digits+letters",
    "punctuation",
    "single",
)
_INDEX = {name: number for number, name in enumerate(SHAPES)}
_PROBES = ("a", "the", ".")  # plain words, to see how a tokenizer frames a text


@dataclass(frozen=True)
class Piece:
    """A sentence, or a part of a long one, ready for the encoder.

    ``sentence`` is the number of the sentence it belongs to, ``begin`` the number in it of the piece's first
    word. ``ids`` and ``shapes`` are (tokens,), specials included; ``firsts`` is (words,): the position of
    each word's first sub-token. ``tail`` counts the specials behind the last word.
    """

    sentence: int
    begin: int
    ids: Ints
    shapes: Ints
    firsts: Ints
    tail: int = 1

    def __len__(self) -> int:
        return len(self.ids)


def encode(sentences: Sequence[Sequence[str]], tokenizer: Any, window: int) -> list[Piece]:
    """Encode sentences (each a sequence of words) as pieces of at most ``window`` sub-tokens.

    A word that the tokenizer has no sub-token for is the unknown token, so no word is lost; one word
    longer than the whole window is cut at its end.
    """
    return list(_pieces(sentences, tokenizer, window))


@dataclass(frozen=True)
class Frame:
    """How a tokenizer wants words: what stands before each of them, and the specials around a text."""

    lead: str
    begin: tuple[int, ...]
    end: tuple[int, ...]


def frame_of(tokenizer: Any) -> Frame:
    """Return the tokenizer's frame, read off how it encodes a plain word.

    Byte-level tokenizers mark a word inside a text by the space before it, and would take a word given
    alone for the rest of another one: such a word is led by a space. Tokenizers that mark words
    themselves (WordPiece, SentencePiece) need none.
    """

    def plain(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    probe = next((word for word in _PROBES if plain(word)), None)
    if probe is None:
        begin, end = _named_specials(tokenizer)
        return Frame("", begin, end)
    pair, alone, led = plain(f"{probe} {probe}"), plain(probe), plain(f" {probe}")
    lead = " " if pair != alone + alone and pair == alone + led else ""
    body = plain(lead + probe)
    whole = list(tokenizer(lead + probe)["input_ids"])
    start = next((i for i in range(len(whole)) if whole[i : i + len(body)] == body), None)
    if start is None:
        begin, end = _named_specials(tokenizer)
        return Frame(lead, begin, end)
    return Frame(lead, tuple(whole[:start]), tuple(whole[start + len(body) :]))


def _named_specials(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the specials by their names in the tokenizer, where it shows no template."""
    begin = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    end = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
    return tuple(i for i in (begin,) if i is not None), tuple(i for i in (end,) if i is not None)


def _pieces(sentences: Sequence[Sequence[str]], tokenizer: Any, window: int) -> Iterator[Piece]:
    words = sorted({word for sentence in sentences for word in sentence})
    frame = frame_of(tokenizer)
    room = window - len(frame.end)
    cache = dict(zip(words, _word_ids(words, tokenizer, frame, room - len(frame.begin)), strict=True))
    shapes = {word: shape_id(word) for word in words}
    begin, blank = list(frame.begin), [0] * len(frame.begin)

    def piece(sentence: int, first: int, ids: list[int], marks: list[int], firsts: list[int]) -> Piece:
        tail = len(frame.end)
        return Piece(
            sentence, first, _ints([*ids, *frame.end]), _ints([*marks, *[0] * tail]), _ints(firsts), tail
        )

    for number, sentence in enumerate(sentences):
        ids, marks = begin.copy(), blank.copy()
        firsts: list[int] = []
        first = 0
        for place, word in enumerate(sentence):
            parts = cache[word]
            if len(ids) + len(parts) > room:
                yield piece(number, first, ids, marks, firsts)
                ids, marks, firsts, first = begin.copy(), blank.copy(), [], place
            firsts.append(len(ids))
            ids.extend(parts)
            marks.extend([shapes[word]] * len(parts))
        if firsts:
            yield piece(number, first, ids, marks, firsts)


def _ints(row: list[int]) -> Ints:
    return np.asarray(row, dtype=np.int64)


def _word_ids(words: list[str], tokenizer: Any, frame: Frame, room: int) -> list[list[int]]:
    if not words:
        return []
    rows = tokenizer([frame.lead + word for word in words], add_special_tokens=False)["input_ids"]
    return [list(ids[:room]) or [_unknown(tokenizer)] for ids in rows]


def _unknown(tokenizer: Any) -> int:
    named = (tokenizer.unk_token_id, tokenizer.mask_token_id, tokenizer.pad_token_id)
    return next((number for number in named if number is not None), 0)


def padded_width(length: int) -> int:
    """Round a length up to a multiple of 8.

    Few distinct shapes: for each new one the CPU's kernels are compiled and kept, which costs time and,
    over a long training, gigabytes.
    """
    return -(-length // 8) * 8


def batches_by_length(
    pieces: Sequence[Piece], budget: int, rng: np.random.Generator | None = None
) -> list[list[int]]:
    """Group piece numbers so that a padded batch holds at most ``budget`` tokens (one piece at least).

    Pieces of like length go together, so little is padding. With ``rng``, ties are broken and the batches
    are ordered at random (training); without, they run from long to short (prediction).
    """
    noise = np.zeros(len(pieces)) if rng is None else rng.random(len(pieces)) * 4.0
    order = sorted(range(len(pieces)), key=lambda i: (-(len(pieces[i]) + noise[i]), i))
    batches: list[list[int]] = []
    width = 0
    for i in order:
        width = max(width, padded_width(len(pieces[i])))
        if not batches or width * (len(batches[-1]) + 1) > budget:
            batches.append([])
            width = padded_width(len(pieces[i]))
        batches[-1].append(i)
    if rng is not None:
        rng.shuffle(batches)
    return batches


def shape_of(word: str) -> str:
    """Return the shape's name: one of ``SHAPES`` (``single`` is one capital letter, as in initials)."""
    letters = [character for character in word if character.isalpha()]
    has_digit = any(character.isdigit() for character in word)
    if not letters:
        return "digits" if has_digit else "punctuation"
    if has_digit:
        return "digits+letters"
    upper = sum(character.isupper() for character in letters)
    if upper == 0:
        return "lower"
    if upper == len(letters):
        return "single" if upper == 1 else "capitals"
    if upper == 1 and letters[0].isupper():
        return "initial"
    return "mixed"


def shape_id(word: str) -> int:
    """Return the index of the word's shape in ``SHAPES``; 0 is kept for padding."""
    return _INDEX[shape_of(word)]
