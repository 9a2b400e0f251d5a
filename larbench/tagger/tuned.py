"""Fine-tuned taggers that several methods start from: trained once for each target and seed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from benchmark.code import code_digests
from benchmark.domains.corpus import content_hash
from benchmark.task import Task
from larbench.tagger import target
from larbench.tagger.backbones import fingerprint
from larbench.tagger.method import told
from larbench.tagger.source import source_recipe, source_tagger
from larbench.tagger.tagger import Tagger


def fine_tuned_tagger(task: Task, backbone: str, seed: int, *, epochs: int) -> tuple[Tagger, dict[str, Any]]:
    """Return the tagger that ``fine-tune`` trains, from the workspace's store where it is there.

    With it comes what is to be noted of its training.
    """

    def make() -> dict[str, bytes]:
        source = source_tagger(task, backbone, seed)
        tagger, history = target.fine_tune(source, task, seed, epochs=epochs)
        return {**tagger.to_files(), "training.json": json.dumps(told(history)).encode()}

    words = sum(len(sentence.tokens) for sentence in task.source.train)
    key: dict[str, object] = {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "epochs": epochs,
        "recipes": [asdict(source_recipe(words)), asdict(target.RECIPE)],
        "seed": seed,
        "source": task.source.content_hash(),
        "target": content_hash(task.target.types, task.target.train, task.target.dev),
    }
    files = task.workspace.artefacts.get_or_make("fine-tuned-tagger", key, make)
    tagger = Tagger.from_files(files, backbone=backbone, device=task.workspace.device)
    return tagger, json.loads(files["training.json"])
