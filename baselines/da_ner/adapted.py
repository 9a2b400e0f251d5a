"""Source taggers on an adapted encoder: one for each target and seed, shared by the settings."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from baselines.da_ner.masked_lm import MaskedRecipe, adapt_encoder, adaptation_key, load_adapted
from benchmark.code import code_digests
from benchmark.domains.corpus import Sentence
from benchmark.task import Task
from larbench.tagger import pretrained
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe


def adapted_recipe(words: int, epochs: float | None, *, quick: bool = False) -> Recipe:
    """Return the source recipe with other epochs; without them, as many as reach ``pretrained.WORDS_WANTED``.

    The source tagger reads a large source at least thrice, because all methods share it. One on an adapted
    encoder serves one target, so by default it reads what is enough: CoNLL-2003 once. ``quick`` is as
    ``Recipe.quicker``.
    """
    recipe = pretrained.source_recipe(words)
    enough = min(recipe.epochs, math.ceil(pretrained.WORDS_WANTED / max(1, words)))
    recipe = replace(recipe, epochs=enough if epochs is None else epochs)
    return recipe.quicker() if quick else recipe


def adapted_source_tagger(
    task: Task,
    backbone: str,
    seed: int,
    *,
    text: Sequence[Sentence],
    recipe: MaskedRecipe,
    epochs: float | None = None,
    quick: bool = False,
) -> tuple[Tagger, dict[str, Any]]:
    """Return a tagger with the source's types whose encoder was first adapted to ``text``, and what to note.

    It learns from the source as ``larbench.tagger.pretrained.source_tagger`` does, but for ``epochs``
    and ``quick``.
    """
    workspace = task.workspace
    source_recipe = adapted_recipe(pretrained.word_count(task.source.train), epochs, quick=quick)

    def make() -> tuple[Tagger, dict[str, Any]]:
        encoder = adapt_encoder(
            text, backbone, recipe, artefacts=workspace.artefacts, device=workspace.device
        )
        types = [kind.name for kind in task.source.types]
        tagger = pretrained.untrained_tagger(task, types, backbone, seed)
        load_adapted(tagger.model.encoder, encoder)
        history = tagger.fit(task.source.train, source_recipe, seed=seed, dev=task.source.dev)
        return tagger, {"masked_lm": json.loads(encoder["history.json"]), "source": history.summary()}

    key: dict[str, object] = {
        "adaptation": adaptation_key(text, backbone, recipe),
        "code": code_digests(__name__),
        "recipe": asdict(source_recipe),
        "seed": seed,
        "source": task.source.content_hash(),
    }
    return pretrained.stored_tagger(task, backbone, "adapted-source-tagger", key, make)
