"""Training on labelled source and target sentences together, under one head for the types of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.types.equal_types import rename_types
from benchmark.errors import UsageError
from benchmark.scoring.counts import count_mentions
from benchmark.task import Task
from larbench.tagger.encoding import encode
from larbench.tagger.pretrained import source_tagger, untrained_tagger, word_count
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import History, Recipe, TrainingSet, train

SCRATCH, SOURCE_TAGGER = "scratch", "source-tagger"
STARTS = (SOURCE_TAGGER, SCRATCH)
RECIPE = Recipe(epochs=4, learning_rate=2e-4, batch_tokens=256, freeze_embeddings=True)


@dataclass(frozen=True)
class Mixture:
    """What an epoch passes over: source sentences, and the target's train split so many times."""

    source: tuple[LabelledSentence, ...]
    target: tuple[LabelledSentence, ...]
    repeats: int

    @property
    def sentences(self) -> tuple[LabelledSentence, ...]:
        """All of it, the repeated ones as often as they come."""
        return self.source + self.target * self.repeats

    def summary(self) -> dict[str, Any]:
        """Return what is worth noting."""
        return {
            "source_sentences": len(self.source),
            "target_sentences": len(self.target),
            "target_repeats": self.repeats,
        }


def joined_types(task: Task) -> tuple[str, ...]:
    """Return the target's types, then those of the source that the target has not."""
    own = task.target.type_names
    return own + tuple(name for name in joined_names(task).values() if name not in own)


def joined_names(task: Task) -> dict[str, str]:
    """Return source type → its name among ``joined_types``: the target's where the target has that type."""
    equal, own = task.equal_types.target_of, task.target.type_names
    others = {
        kind.name: f"source {kind.name}" if kind.name in own else kind.name for kind in task.source.types
    }
    return others | equal


def mix(task: Task, seed: int, *, source_words: int, target_share: float) -> Mixture:
    """Draw about ``source_words`` words of source sentences (0: all of them), and up-sample the target.

    The target's train split is repeated, whole, until it makes about ``target_share`` of all words. The
    source's mentions go by ``joined_names``.
    """
    if not 0 < target_share < 1:
        raise UsageError(f"target_share is {target_share}: it must lie between 0 and 1")
    source = task.source.train
    if source_words:
        order = np.random.default_rng([seed, 2]).permutation(len(source))
        ends = np.cumsum([len(source[i].tokens) for i in order])
        source = tuple(source[i] for i in sorted(order[: np.searchsorted(ends, source_words) + 1]))
    wanted = word_count(source) * target_share / (1 - target_share)
    repeats = max(1, round(wanted / max(1, word_count(task.target.train))))
    return Mixture(_renamed(source, joined_names(task)), task.target.train, repeats)


def _renamed(
    sentences: tuple[LabelledSentence, ...], names: Mapping[str, str]
) -> tuple[LabelledSentence, ...]:
    if all(name == new for name, new in names.items()):
        return sentences
    return tuple(
        replace(one, mentions=tuple(Mention(m.start, m.end, names[m.type]) for m in one.mentions))
        for one in sentences
    )


def start_tagger(start: str, task: Task, backbone: str, seed: int) -> Tagger:
    """Return a tagger for ``joined_types`` to train: the source tagger's encoder, or the backbone's."""
    types = joined_types(task)
    if start == SOURCE_TAGGER:
        return source_tagger(task, backbone, seed).with_types(types, seed=seed)
    return fresh_tagger(start, types, task, backbone, seed)


def fresh_tagger(start: str, types: Sequence[str], task: Task, backbone: str, seed: int) -> Tagger:
    """Return an untrained tagger for ``start`` = ``scratch``; raise ``UsageError`` for any other word."""
    if start != SCRATCH:
        raise UsageError(f"unknown start {start!r}: use {' or '.join(STARTS)}")
    return untrained_tagger(task, types, backbone, seed)


def fit_mixture(tagger: Tagger, mixture: Mixture, task: Task, recipe: Recipe, seed: int) -> History:
    """Train on the mixture; keep the epoch that is best on target dev, mentions of declared types counted."""
    sentences = mixture.sentences
    pieces = encode([sentence.tokens for sentence in sentences], tagger.tokenizer, tagger.window)
    labels = tagger.targets(sentences)
    cut = [labels[p.sentence][p.begin : p.begin + len(p.firsts)] for p in pieces]
    dev, types = task.target.dev, task.target.type_names
    names = {name: name for name in types}
    gold = [sentence.mentions for sentence in dev]

    def evaluate() -> float:
        return count_mentions(gold, rename_types(tagger.predict(dev), names), types).micro().f1

    return train(
        tagger.model,
        TrainingSet(pieces, cut),
        recipe,
        seed=seed,
        device=tagger.device,
        evaluate=evaluate if dev else None,
        tell=tagger.tell,
    )


def joint_recipe(epochs: float, *, quick: bool = False) -> Recipe:
    """Return the recipe of joint training for so many epochs; ``quick`` as ``Recipe.quicker``."""
    recipe = replace(RECIPE, epochs=epochs)
    return recipe.quicker() if quick else recipe
