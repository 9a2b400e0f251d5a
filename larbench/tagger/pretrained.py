"""Taggers that methods start from, each trained once and kept in the store: on the source, on the target.

A source tagger serves every method of its backbone, source corpus and seed; a fine-tuned one every method of
its target and seed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from benchmark.code import code_digests
from benchmark.domains.corpus import LabelledSentence, content_hash
from benchmark.task import Task
from larbench.tagger.backbones import fingerprint
from larbench.tagger.method import FINE_TUNE_EPOCHS
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import History, Recipe

# enough words for a small source to be learned, few enough for a large one not to cost an hour
WORDS_WANTED = 75_000
EPOCHS = (3, 12)
# of fine-tuning; chosen on the targets' own dev splits, which the supervised setting may see; one for all
RECIPE = Recipe(
    epochs=FINE_TUNE_EPOCHS, learning_rate=2e-4, batch_tokens=128, evaluate_every=4, freeze_embeddings=True
)


def word_count(sentences: tuple[LabelledSentence, ...]) -> int:
    """Return how many words the sentences have together."""
    return sum(len(sentence.tokens) for sentence in sentences)


def source_recipe(words: int) -> Recipe:
    """Return the recipe for a source corpus of so many words: as many epochs as reach ``WORDS_WANTED``."""
    epochs = min(EPOCHS[1], max(EPOCHS[0], math.ceil(WORDS_WANTED / max(1, words))))
    return Recipe(epochs=epochs, learning_rate=2e-4, batch_tokens=1024, freeze_embeddings=True)


def untrained_tagger(task: Task, types: Sequence[str], backbone: str, seed: int) -> Tagger:
    """Return a tagger on the pre-trained backbone that tells the task's user how its training goes."""
    tagger = Tagger.fresh(types, backbone, seed=seed, device=task.workspace.device)
    tagger.tell = task.workspace.tell
    return tagger


def source_tagger(task: Task, backbone: str, seed: int) -> Tagger:
    """Return the tagger trained on the task's source domain.

    It learns from the source's train split; its weights are those of the epoch that is best on the source's
    dev split.

    Parameters
    ----------
    task : Task
        Its source is learned from; its workspace's artefacts keep the tagger for other cells.
    backbone : str
        The pre-trained encoder.
    seed : int
        What every random number is drawn from.

    Returns
    -------
    Tagger
        For the source's types.
    """
    source = task.source
    recipe = source_recipe(word_count(source.train))

    def make() -> tuple[Tagger, dict[str, Any]]:
        types = [kind.name for kind in source.types]
        tagger = untrained_tagger(task, types, backbone, seed)
        tagger.fit(source.train, recipe, seed=seed, dev=source.dev)
        return tagger, {}

    key: dict[str, object] = {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "recipe": asdict(recipe),
        "seed": seed,
        "source": source.content_hash(),
    }
    return stored_tagger(task, backbone, "source-tagger", key, make)[0]


def fine_tune_recipe(epochs: int, *, quick: bool) -> Recipe:
    """Return the recipe of fine-tuning for so many epochs; ``quick`` as ``Recipe.quicker``."""
    recipe = replace(RECIPE, epochs=epochs)
    return recipe.quicker() if quick else recipe


def fine_tune(
    start: Tagger, task: Task, seed: int, *, epochs: int, quick: bool = False
) -> tuple[Tagger, History]:
    """Return a tagger for the target's types that starts from ``start``'s encoder, and how training went.

    It learns from the target's train split; the evaluated epoch that is best on the target's dev is kept.

    Parameters
    ----------
    start : Tagger
        What to start from; it stays as it is.
    task : Task
        A supervised one.
    seed : int
        What every random number is drawn from.
    epochs : int
        How often to go through train.
    quick : bool
        Whether in larger steps, in the upper third of the encoder alone.

    Returns
    -------
    Tagger
        For the target's types.
    History
        How training went.
    """
    tagger = start.with_types(task.target.type_names, seed=seed)
    recipe = fine_tune_recipe(epochs, quick=quick)
    history = tagger.fit(task.target.train, recipe, seed=seed, dev=task.target.dev)
    return tagger, history


def fine_tuned_tagger(
    task: Task, backbone: str, seed: int, *, epochs: int, quick: bool = False
) -> tuple[Tagger, dict[str, Any]]:
    """Return the tagger that the method ``fine-tune`` trains, and what to note of its training."""

    def make() -> tuple[Tagger, dict[str, Any]]:
        source = source_tagger(task, backbone, seed)
        tagger, history = fine_tune(source, task, seed, epochs=epochs, quick=quick)
        return tagger, history.summary()

    key: dict[str, object] = {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "recipes": [
            asdict(source_recipe(word_count(task.source.train))),
            asdict(fine_tune_recipe(epochs, quick=quick)),
        ],
        "seed": seed,
        "source": task.source.content_hash(),
        "target": content_hash(task.target.types, task.target.train, task.target.dev),
    }
    return stored_tagger(task, backbone, "fine-tuned-tagger", key, make)


def stored_tagger(
    task: Task,
    backbone: str,
    kind: str,
    key: dict[str, object],
    make: Callable[[], tuple[Tagger, dict[str, Any]]],
) -> tuple[Tagger, dict[str, Any]]:
    """Return the tagger and the notes kept under ``kind`` and ``key``, after making them where none are."""

    def files() -> dict[str, bytes]:
        tagger, notes = make()
        return {**tagger.to_files(), "notes.json": json.dumps(notes).encode()}

    found = task.workspace.artefacts.get_or_make(kind, key, files)
    # equal backbones share a tagger wherever they lie, so the files may name another folder
    tagger = Tagger.from_files(found, backbone=backbone, device=task.workspace.device)
    tagger.tell = task.workspace.tell
    return tagger, json.loads(found["notes.json"])
