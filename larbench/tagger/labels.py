"""Word labels of a tagger: O, and B- and I- of each entity type, as integers; decoding that stays legal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.domains.corpus import Mention
from larbench.tagger.arrays import Floats, Ints

OUTSIDE = 0


def label_count(types: int) -> int:
    """Return how many labels so many types need: O, and two for each type."""
    return 1 + 2 * types


def encode_labels(mentions: Sequence[Mention], length: int, types: Sequence[str]) -> Ints:
    """Return the labels (length,) of a sentence's mentions; label 1 + 2k is B- of type k, 2 + 2k its I-."""
    index = {name: number for number, name in enumerate(types)}
    labels = np.zeros(length, dtype=np.int64)
    for start, end, name in mentions:
        labels[start] = 1 + 2 * index[name]
        labels[start + 1 : end] = 2 + 2 * index[name]
    return labels


def decode_labels(labels: Sequence[int], types: Sequence[str]) -> list[Mention]:
    """Return the mentions of a legal label sequence (see ``best_legal_path``)."""
    mentions: list[Mention] = []
    start = -1
    for position, label in enumerate([*labels, OUTSIDE]):
        if start >= 0 and (label == OUTSIDE or label % 2 == 1):
            mentions.append(Mention(start, position, types[(labels[start] - 1) // 2]))
            start = -1
        if label % 2 == 1:
            start = position
    return mentions


def best_mentions(log_probs: Floats, types: Sequence[str]) -> list[Mention]:
    """Return the mentions on the most probable legal path of a sentence; ``log_probs`` is (words, labels)."""
    return decode_labels(best_legal_path(log_probs).tolist(), types)


def best_legal_path(log_probs: Floats) -> Ints:
    """Return the most probable label sequence (words,) in which I-x follows only B-x or I-x.

    ``log_probs`` is (words, labels). Viterbi without transition weights: illegal steps are forbidden, all
    others cost nothing. Since only an I- label constrains its predecessor, each step is O(labels).
    Sums are kept in double precision: in single, a long sentence would blur small differences into ties.
    """
    words, labels = log_probs.shape
    if words == 0:
        return np.zeros(0, dtype=np.int64)
    score = log_probs[0].astype(np.float64)
    score[2::2] = -np.inf
    back = np.zeros((words, labels), dtype=np.int64)
    for t in range(1, words):
        best = int(np.argmax(score))
        back[t] = best
        arrive = np.full(labels, score[best])
        begin, inside = score[1::2], score[2::2]
        stays = inside >= begin
        arrive[2::2] = np.where(stays, inside, begin)
        back[t, 2::2] = np.arange(1, labels, 2) + stays
        score = arrive + log_probs[t]
    path = np.zeros(words, dtype=np.int64)
    path[-1] = int(np.argmax(score))
    for t in range(words - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path
