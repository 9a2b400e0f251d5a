"""The tiny encoder of the toy world, made once, recipes that teach it, and the toy world as a corpus."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toys import SOURCE, TARGET, learnable_recipes, tiny_backbone

import benchmark.domains.load

__all__ = ["learnable_recipes", "tiny_backbone"]


@pytest.fixture
def toy_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand the toy world in for the sample; its test split is not there."""
    domains = {"news": SOURCE, "ai": replace(TARGET, test=()), "music": replace(TARGET, test=())}
    monkeypatch.setattr(benchmark.domains.load, "load_domain", lambda _, name, **__: domains[name])
