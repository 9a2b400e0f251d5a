"""Source taggers: trained once for each backbone, source corpus and seed, shared by all that start there."""

from __future__ import annotations

import math
from dataclasses import asdict

from benchmark.code import code_digests
from benchmark.task import Task
from larbench.tagger.backbones import fingerprint
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe

# Enough words for a small source to be learned, few enough for a large one not to cost an hour.
WORDS_WANTED = 75_000
EPOCHS = (3, 12)


def source_recipe(words: int) -> Recipe:
    """Return the recipe for a source corpus of so many words: as many epochs as reach ``WORDS_WANTED``."""
    epochs = min(EPOCHS[1], max(EPOCHS[0], math.ceil(WORDS_WANTED / max(1, words))))
    return Recipe(epochs=epochs, learning_rate=2e-4, batch_tokens=1024, freeze_embeddings=True)


def source_tagger(task: Task, backbone: str, seed: int) -> Tagger:
    """Return the tagger trained on the task's source domain, from the workspace's store where it is there.

    It learns from the source's train split; its weights are those of the epoch that is best on the
    source's dev split.
    """
    source = task.source
    recipe = source_recipe(sum(len(sentence.tokens) for sentence in source.train))
    types = [kind.name for kind in source.types]

    def make() -> dict[str, bytes]:
        tagger = Tagger.fresh(types, backbone, seed=seed, device=task.workspace.device)
        tagger.fit(source.train, recipe, seed=seed, dev=source.dev)
        return tagger.to_files()

    key: dict[str, object] = {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "recipe": asdict(recipe),
        "seed": seed,
        "source": source.content_hash(),
    }
    files = task.workspace.artefacts.get_or_make("source-tagger", key, make)
    # equal backbones share a tagger wherever they lie, so the files may name another folder
    return Tagger.from_files(files, backbone=backbone, device=task.workspace.device)
