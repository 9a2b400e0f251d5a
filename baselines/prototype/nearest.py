"""Nearest-neighbour tagging: distances to labelled words, and Viterbi with abstract transitions.

The arithmetic of NNShot and StructShot (Yang and Katiyar, EMNLP 2020, section 3), on arrays alone.
Tags are I-O, as in the paper: tag 0 is O, tag 1 + k says that a word belongs to a mention of type k.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from benchmark.domains.corpus import LabelledSentence, Mention
from larbench.tagger.arrays import Floats, Ints, unit_rows

Doubles = npt.NDArray[np.float64]

_BLOCK = 512  # words whose distances to all of the support are held at once
_LEAST = 1e-6  # probability of a step that the source never takes, as in the authors' code


def io_tags(mentions: Sequence[Mention], length: int, types: Sequence[str]) -> Ints:
    """Return the tags (length,) of a sentence's mentions. Of types that are not in ``types``, O is left."""
    tags = np.zeros(length, dtype=np.int64)
    for start, end, name in mentions:
        tags[start:end] = types.index(name) + 1 if name in types else 0
    return tags


def mentions_of(tags: Sequence[int], types: Sequence[str]) -> list[Mention]:
    """Return the runs of equal tags other than O. Neighbours of one type are one mention: I-O cannot say."""
    found: list[Mention] = []
    start = 0
    for place in range(1, len(tags) + 1):
        if place < len(tags) and tags[place] == tags[start]:
            continue
        if tags[start] > 0:
            found.append(Mention(start, place, types[tags[start] - 1]))
        start = place
    return found


@dataclass(frozen=True)
class Support:
    """Labelled words to compare with: ``vectors`` (words, width), unit rows sorted by tag.

    ``tags`` are the tags that occur, ascending, and ``firsts`` the row at which each begins.
    """

    vectors: Floats
    tags: Ints
    firsts: Ints

    @classmethod
    def of(cls, vectors: Sequence[Floats], tags: Sequence[Ints]) -> Support:
        """Gather the words of sentences: one array (words, width) and one (words,) each."""
        if not vectors:
            none = np.zeros(0, dtype=np.int64)
            return cls(np.zeros((0, 0), dtype=np.float32), none, none)
        flat = np.concatenate(tags)
        order = np.argsort(flat, kind="stable")
        found, firsts = np.unique(flat[order], return_index=True)
        return cls(unit_rows(np.concatenate(vectors))[order], found, firsts.astype(np.int64))

    def distances(self, words: Floats, tags: int) -> Doubles:
        """Return (words, tags): to the nearest support word of each tag, squared Euclidean of unit vectors.

        d_c(x) = min over support words s of tag c of |f(x) − f(s)|² = 2 − 2 max cos. It is infinite for a
        tag that the support lacks; without any support all but O are.
        """
        nearest = np.full((len(words), tags), np.inf)
        if not len(self.tags):
            nearest[:, 0] = 0.0
            return nearest
        for first in range(0, len(words), _BLOCK):
            cosines = unit_rows(words[first : first + _BLOCK]) @ self.vectors.T
            best = np.maximum.reduceat(cosines, self.firsts, axis=1)
            nearest[first : first + _BLOCK, self.tags] = np.maximum(0.0, 2.0 - 2.0 * best.astype(np.float64))
        return nearest


def emissions(distances: Doubles) -> Doubles:
    """Return log p(tag | word), (words, tags): softmax over −d."""
    normal: Doubles = log_softmax(-distances, axis=1)
    return normal


@dataclass(frozen=True)
class AbstractTransitions:
    """Transitions between abstract tags, as shares of what the source's train split does.

    From the start, from O, and from I to O, to I of the same type, to I of another one: each row sums to 1.
    """

    start: tuple[float, float]  # to O, to I
    outside: tuple[float, float]  # to O, to I
    inside: tuple[float, float, float]  # to O, to the same type, to another type

    @classmethod
    def counted(cls, sentences: Iterable[LabelledSentence], types: Sequence[str]) -> AbstractTransitions:
        """Count the steps of labelled sentences."""
        start, outside, inside = np.zeros(2), np.zeros(2), np.zeros(3)
        for sentence in sentences:
            tags = io_tags(sentence.mentions, len(sentence.tokens), types).tolist()
            if tags:
                start[int(tags[0] > 0)] += 1
            for before, after in pairwise(tags):
                if before == 0:
                    outside[int(after > 0)] += 1
                else:
                    inside[0 if after == 0 else 1 if after == before else 2] += 1
        s, o, i = (_shares(row) for row in (start, outside, inside))
        return cls((s[0], s[1]), (o[0], o[1]), (i[0], i[1], i[2]))

    def projected(self, types: int, tau: float) -> tuple[Doubles, Doubles]:
        """Return log transitions of a target of so many types: from the start (tags,), and (tags, tags).

        A probability is shared evenly by the concrete tags it stands for, raised to the power ``tau``, and
        each row is normalised again. With ``tau`` 0 every step is as likely as any other, and Viterbi decodes
        each word by itself, as NNShot does.
        """
        tags = 1 + types
        start = np.full(tags, self.start[1] / max(1, types))
        start[0] = self.start[0]
        steps = np.full((tags, tags), self.inside[2] / max(1, types - 1))
        np.fill_diagonal(steps, self.inside[1])
        steps[0, 1:] = self.outside[1] / max(1, types)
        steps[:, 0] = self.inside[0]
        steps[0, 0] = self.outside[0]
        return _softened(start[None, :], tau)[0], _softened(steps, tau)


def _shares(counts: Doubles) -> list[float]:
    total = counts.sum()
    # never seen: nothing is known of these steps
    return [float(value) for value in (counts / total if total else np.full(len(counts), 1 / len(counts)))]


def _softened(rows: Doubles, tau: float) -> Doubles:
    powered = rows**tau
    shares = powered / powered.sum(axis=1, keepdims=True)
    logs: Doubles = np.log(np.maximum(shares, _LEAST))
    return logs


def viterbi(scores: Doubles, start: Doubles, steps: Doubles) -> Ints:
    """Return the best path (words,).

    ``scores`` are log emissions (words, tags), ``start`` (tags,) and ``steps`` (tags, tags) log transitions.
    """
    words = len(scores)
    path = np.zeros(words, dtype=np.int64)
    if words == 0:
        return path
    total = start + scores[0]
    back = np.zeros(scores.shape, dtype=np.int64)
    for t in range(1, words):
        arrive = total[:, None] + steps
        back[t] = arrive.argmax(axis=0)
        total = arrive.max(axis=0) + scores[t]
    path[-1] = int(total.argmax())
    for t in range(words - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path
