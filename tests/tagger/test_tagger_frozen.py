"""What frozen layers make of a sentence: computed once, the same as if it were computed every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_encoders import ENCODERS
from toys import SOURCE

import larbench.tagger.frozen
import larbench.tagger.train
from larbench.tagger.model import layers_of
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import History, Recipe, collate

RECIPE = Recipe(epochs=3, learning_rate=5e-3, batch_tokens=128, frozen_share=0.5)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return cache(lambda name: ENCODERS[name](tmp_path_factory.mktemp(name) / "model"))


def _trained(folder: Path, recipe: Recipe = RECIPE) -> tuple[Tagger, History, list[int]]:
    """Return a trained tagger, its history, and how many sentences each pass of its lowest layer had.

    A product inside of that layer is watched: the layer itself is called also where it gives what was kept.
    """
    tagger = Tagger.fresh(("person", "city"), str(folder), seed=1)
    passes: list[int] = []
    lowest = layers_of(tagger.model.encoder)[0]
    product = next(module for module in lowest.modules() if isinstance(module, torch.nn.Linear))
    product.register_forward_hook(lambda layer, given, output: passes.append(len(output)))
    history = tagger.fit(SOURCE.train, recipe, seed=1, dev=SOURCE.dev)
    return tagger, history, passes


@pytest.mark.parametrize("name", ENCODERS)
def test_what_is_kept_serves_every_architecture(
    saved: Callable[[str], Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, history, passes = _trained(saved(name))
    assert 0 < sum(passes) <= len(SOURCE.train) + len(SOURCE.dev)
    monkeypatch.setattr(larbench.tagger.train, "FrozenLayers", lambda layers, count: None)
    plain, expected, every = _trained(saved(name))
    assert sum(every) > 2 * sum(passes)
    np.testing.assert_allclose(history.losses, expected.losses, rtol=0.02)
    for one, other in zip(kept.log_probs(SOURCE.test), plain.log_probs(SOURCE.test), strict=True):
        np.testing.assert_allclose(np.exp(one), np.exp(other), atol=0.05)


def test_where_nothing_more_fits_it_is_computed_each_time(
    tiny_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(larbench.tagger.frozen, "KEPT_BYTES", 0)
    _, history, passes = _trained(Path(tiny_backbone))
    assert sum(passes) == 3 * (len(SOURCE.train) + len(SOURCE.dev))
    assert np.isfinite(history.losses).all()


def test_gradients_reach_the_layers_above_after_an_evaluation(tiny_backbone: str) -> None:
    """What an evaluation keeps, under inference mode, may be learned from."""
    tagger = Tagger.fresh(("person", "city"), tiny_backbone, seed=1)
    tagger.fit(SOURCE.dev, replace(RECIPE, epochs=1), seed=1, dev=SOURCE.dev)
    assert tagger.model.frozen is not None
    tagger.model.frozen.keeping = True
    tagger.predict(SOURCE.test)
    tagger.model.zero_grad()
    pieces = tagger._encode(SOURCE.test)
    tagger.model(*collate(pieces, "cpu").arguments()).sum().backward()
    lower, upper = layers_of(tagger.model.encoder)
    assert all(parameter.grad is None for parameter in lower.parameters())
    assert any(p.grad is not None and torch.any(p.grad != 0) for p in upper.parameters())


def test_a_training_of_all_layers_forgets_them(tiny_backbone: str) -> None:
    tagger, _, _ = _trained(Path(tiny_backbone))
    tagger.fit(SOURCE.train, replace(RECIPE, frozen_share=0.0), seed=1)
    assert tagger.model.frozen is None
