"""What methods on the tagger do once in a worker process, before it forks the processes of its cells."""

from __future__ import annotations

from typing import Any

import pytest

import larbench.tagger.embedding
from baselines.direct import Direct
from baselines.fine_tune import FineTune


def test_a_backbone_is_read_once(tiny_backbone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    load = larbench.tagger.embedding.load_encoder
    monkeypatch.setattr(
        larbench.tagger.embedding, "load_encoder", lambda path: (read.append(path), load(path))[1]
    )
    for method in (Direct(backbone=tiny_backbone), FineTune(backbone=tiny_backbone)):
        method.warm_up()
    assert len(read) == 1
