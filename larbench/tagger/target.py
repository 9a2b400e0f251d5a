"""Fine-tuning on a target's labelled sentences, the same for every supervised method."""

from __future__ import annotations

from dataclasses import replace

from benchmark.task import Task
from larbench.tagger.method import FINE_TUNE_EPOCHS
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import History, Recipe

# Chosen on the targets' own dev splits, which the supervised setting may see; one recipe for all five.
RECIPE = Recipe(
    epochs=FINE_TUNE_EPOCHS, learning_rate=2e-4, batch_tokens=128, evaluate_every=4, freeze_embeddings=True
)


def fine_tune(start: Tagger, task: Task, seed: int, *, epochs: int) -> tuple[Tagger, History]:
    """Return a tagger for the target's types that starts from ``start``'s encoder, and how training went.

    It learns from the target's train split; the evaluated epoch that is best on the target's dev is kept.
    """
    tagger = start.with_types(task.target.type_names, seed=seed)
    history = tagger.fit(task.target.train, replace(RECIPE, epochs=epochs), seed=seed, dev=task.target.dev)
    return tagger, history
