"""Sentences as the encoder sees them: sub-token ids, where each word begins, each word's shape.

A sentence longer than the encoder's window is cut into pieces at word boundaries; every word stands in
exactly one piece, so joining the pieces' word rows in order gives the sentence back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagger.shapes import shape_id

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Piece:
    """A sentence, or a part of a long one, ready for the encoder.

    ``sentence`` is the number of the sentence it belongs to, ``begin`` the number in it of the piece's first
    word. ``ids`` and ``shapes`` are (tokens,), specials included; ``firsts`` is (words,): the position of
    each word's first sub-token.
    """

    sentence: int
    begin: int
    ids: Ints
    shapes: Ints
    firsts: Ints

    def __len__(self) -> int:
        return len(self.ids)


def encode(sentences: Sequence[Sequence[str]], tokenizer: Any, window: int) -> list[Piece]:
    """Encode sentences (each a sequence of words) as pieces of at most ``window`` sub-tokens.

    A word that the tokenizer makes nothing of stands as the unknown token, so no word is lost; one word
    longer than the whole window is cut at its end.
    """
    return list(_pieces(sentences, tokenizer, window))


def _pieces(sentences: Sequence[Sequence[str]], tokenizer: Any, window: int) -> Iterator[Piece]:
    words = sorted({word for sentence in sentences for word in sentence})
    cache = dict(zip(words, _word_ids(words, tokenizer, window - 2), strict=True))
    shapes = {word: shape_id(word) for word in words}
    begin, end = _specials(tokenizer)
    for number, sentence in enumerate(sentences):
        ids, marks = [begin], [0]
        firsts: list[int] = []
        first = 0
        for place, word in enumerate(sentence):
            parts = cache[word]
            if len(ids) + len(parts) > window - 1:
                yield _piece(number, first, [*ids, end], [*marks, 0], firsts)
                ids, marks, firsts, first = [begin], [0], [], place
            firsts.append(len(ids))
            ids.extend(parts)
            marks.extend([shapes[word]] * len(parts))
        if firsts:
            yield _piece(number, first, [*ids, end], [*marks, 0], firsts)


def _word_ids(words: list[str], tokenizer: Any, room: int) -> list[list[int]]:
    if not words:
        return []
    rows = tokenizer(words, add_special_tokens=False)["input_ids"]
    return [list(ids[:room]) or [tokenizer.unk_token_id] for ids in rows]


def _specials(tokenizer: Any) -> tuple[int, int]:
    begin = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    end = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
    return begin, end


def _piece(sentence: int, begin: int, ids: list[int], shapes: list[int], firsts: list[int]) -> Piece:
    return Piece(sentence, begin, *(np.asarray(row, dtype=np.int64) for row in (ids, shapes, firsts)))


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
