"""Typing mentions whose boundaries are given, by direct and by enhanced inference: what a diagnosis looks at.

Everything up to the inference is as in a run: the source tagger, the alignment, what is near to everything in
the target's unlabelled text. The mentions are gold ones, so nothing here may serve a method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.domains.corpus import LabelledSentence
from benchmark.task import Task
from lar.generalists.enhance import enhanced
from lar.generalists.protocol import Generalist
from lar.inference.direct import SurfacePool, embed_views
from lar.inference.mentions import believed_at, surfaces
from lar.training.base import SOURCE_ONLY, base_key, base_tagger
from lar.training.teacher import Choices, Teacher
from larbench.tagger.arrays import Floats


@dataclass(frozen=True)
class GoldTyping:
    """One type for each gold mention, in the order of the text: the right one, and what was inferred."""

    gold: tuple[str, ...]
    direct: tuple[str, ...]
    enhanced: tuple[str, ...]


def type_gold(
    task: Task,
    sentences: Sequence[LabelledSentence],
    generalist: Generalist,
    *,
    backbone: str,
    seed: int,
) -> GoldTyping:
    """Type the gold mentions of labelled target sentences by both inferences.

    The tagger's belief is read off at the gold boundaries. Mentions with the same words share the mean of
    their distributions, as those that a teacher finds do.
    """
    tagger = base_tagger(task, SOURCE_ONLY, backbone, seed)
    key = base_key(task, SOURCE_ONLY, backbone, seed)
    choices = Choices(further=False)  # looking for further mentions changes the type of none
    teacher = Teacher.fit(task, tagger, choices, key=key, generalist=generalist)
    text = [sentence.unlabelled() for sentence in sentences]
    words = [sentence.tokens for sentence in text]
    spans = [[(mention.start, mention.end) for mention in sentence.mentions] for sentence in sentences]
    found = believed_at(tagger, text, spans)
    names = task.target.type_names
    direct = teacher.inference.distribution(found, embed_views(found, words, teacher.eyes.embedder))
    corrected = enhanced(generalist, found, direct, text, names)
    named = surfaces(found, words)
    return GoldTyping(
        tuple(mention.type for sentence in sentences for mention in sentence.mentions),
        _best(direct, named, names),
        _best(corrected, named, names),
    )


def _best(distribution: Floats, named: Sequence[str], types: Sequence[str]) -> tuple[str, ...]:
    """Return the most probable type of each mention, once mentions with the same words are pooled."""
    pooled = SurfacePool.of(distribution, named).pooled(distribution, named, own=True)
    return tuple(types[place] for place in pooled.argmax(axis=1).tolist())
