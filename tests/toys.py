"""The toy corpus of ``larbench.testing`` for the tests of this project, and recipes that teach it quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from larbench.testing import backbone
from larbench.testing.backbone import write_backbone
from larbench.testing.store import MemoryStore
from larbench.testing.toy_corpus import (
    ODD_WORDS,
    SOURCE,
    SOURCE_TEMPLATES,
    SURFACES,
    TARGET,
    TARGET_TEMPLATES,
    domain,
    sentences,
)

torch.set_num_threads(1)  # tiny products: threads would only wait for one another

__all__ = [
    "ODD_WORDS",
    "SOURCE",
    "SOURCE_TEMPLATES",
    "SURFACES",
    "TARGET",
    "TARGET_TEMPLATES",
    "MemoryStore",
    "domain",
    "learnable_recipes",
    "sentences",
    "tiny_backbone",
    "write_backbone",
]


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a tiny uncased encoder, a backbone's name."""
    return backbone.tiny_backbone(tmp_path_factory.getbasetemp())


def _briefly(student: Callable[..., Any], teacher: Any, seed: int, *, words: int, rounds: int) -> Any:
    """Pass over the toy target, of some 150 words, about ten times."""
    return student(teacher, seed, words=min(words, 1500), rounds=rounds)


@pytest.fixture(scope="module", autouse=True)
def learnable_recipes() -> Iterator[None]:
    """Train as fast as the toy corpus can be learned, whatever the recipes for real encoders say."""
    import lar.training.student
    import larbench.tagger.pretrained
    from larbench.tagger.train import Recipe

    quick = Recipe(epochs=10, learning_rate=5e-3, batch_tokens=128, evaluate_every=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(larbench.tagger.pretrained, "source_recipe", lambda words: quick)
        patch.setattr(larbench.tagger.pretrained, "RECIPE", quick)
        patch.setattr(lar.training.student, "SELF", quick)
        patch.setattr(lar.training.student, "JOINT", replace(quick, epochs=1))
        patch.setattr(lar.training.student, "ROUND", quick)
        patch.setattr(
            lar.training.student,
            "zero_shot_student",
            partial(_briefly, lar.training.student.zero_shot_student),
        )
        yield
