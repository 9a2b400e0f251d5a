"""The mean embeddings of the source's mentions: how near a type's text is to any mention whatever."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load, save

from benchmark.code import code_digests
from benchmark.domains.corpus import content_hash
from benchmark.task import Task
from lar.inference.direct import embed_mentions
from lar.inference.mentions import gold_mentions
from larbench.tagger.arrays import Floats
from larbench.tagger.backbones import fingerprint
from larbench.tagger.embedding import Embedder

SENTENCES = 800  # of source train, the first: a mean settles long before


def source_means(task: Task, backbone: str, embedder: Embedder) -> Floats:
    """Return (3, hidden): the means over the source's gold mentions of words, context and sentence.

    They are kept in the workspace's store. Without mentions they are zeros.
    """
    source = task.source
    sentences = source.train[:SENTENCES]
    key: dict[str, object] = {
        "backbone": fingerprint(backbone),
        "code": code_digests(__name__),
        "source": content_hash(source.types, sentences),
    }

    def make() -> dict[str, bytes]:
        found = gold_mentions(sentences, [kind.name for kind in source.types])
        embeddings = embed_mentions(found, [sentence.tokens for sentence in sentences], embedder)
        means = [rows.sum(axis=0) / max(1, len(rows)) for rows in embeddings]
        return {"means.safetensors": save({"means": np.asarray(means, dtype=np.float32)})}

    files = task.workspace.artefacts.get_or_make("source-means", key, make)
    means: Floats = load(files["means.safetensors"])["means"]
    return means
