"""Sentences that stand twice in a test set: noise makes the copies differ, and they stay one group."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.domains.corpus import Domain, LabelledSentence
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import Noise
from benchmark.domains.noise.text import corrupt_text
from benchmark.errors import InputError
from benchmark.store.noisy_corpora import noise_identity
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.analyses.compare import compare
from leaderboard.analyses.robustness import ROBUSTNESS
from leaderboard.board import build
from leaderboard.results.gold import GoldCache

NOISE = Noise("target", 0.6)
SUFFIX = "~text-0.6"
BLOCK = "Ada B-person\nfinally O\nvisited O\nBlue B-misc\nParty I-misc\n"


@pytest.fixture
def twins(tmp_path: Path) -> Domain:
    """Six test sentences: two copies of each of three."""
    lines = [BLOCK.replace("Ada", name) for name in ("Ada", "Bob", "Eve") * 2]
    for folder in (tmp_path / "twins", tmp_path / "news"):
        folder.mkdir()
        for split in ("train", "dev", "test"):
            (folder / f"{split}.txt").write_text("\n".join(lines), encoding="utf-8")
    return load_domain("own", str(tmp_path / "twins"))


@pytest.fixture
def own(tmp_path: Path) -> list[str]:
    """The folders of the target and of the source."""
    return [str(tmp_path / name) for name in ("twins", "news")]


@pytest.fixture
def noisy(twins: Domain) -> tuple[LabelledSentence, ...]:
    sentences, _ = corrupt_text(twins.test, NOISE)
    return sentences


@pytest.fixture
def shaken(
    tmp_path: Path,
    record: Callable[..., Record],
    keep: Callable[..., None],
    twins: Domain,
    noisy: tuple[LabelledSentence, ...],
) -> Store:
    """Two rows, clean and under noise: alpha is right throughout, beta finds the first mention alone."""
    store = Store(tmp_path / "runs")
    for label, found in (("alpha", 2), ("beta", 1)):
        for noise, test in ((None, twins.test), (noise_identity(NOISE, twins, twins), noisy)):
            identity: dict[str, Any] = {"target": twins.content_hash, "noise": noise}
            one = record(
                label, "twins", 1, identity=identity, slot=label if noise is None else f"{label}-text"
            )
            one = one if noise is None else one.changed(label=label + SUFFIX)
            keep(store, one, {s.id: list(s.mentions[:found]) for s in test})
    return store


def test_copies_that_noise_made_differ_are_drawn_together(
    shaken: Store, twins: Domain, noisy: tuple[LabelledSentence, ...], own: list[str]
) -> None:
    assert len({s.tokens for s in twins.test}) == 3 < len({s.tokens for s in noisy})
    shelf = GoldCache(own=own)
    for one in shaken.records("tiny"):
        assert shelf.gold(one).groups.tolist() == [0, 1, 2, 0, 1, 2]
    board = build(shaken.root, "tiny", own=own, resamples=50, views=True)
    (table,) = board.get(ROBUSTNESS)
    heights = {
        curve.label: [point.f1.value for point in curve.domains["twins"].points] for curve in table.curves
    }
    assert heights == {"alpha": [1.0, 1.0], "beta": pytest.approx([2 / 3, 2 / 3])}


def test_rows_on_other_text_are_not_compared_sentence_by_sentence(shaken: Store, own: list[str]) -> None:
    (same,) = compare(shaken.root, "tiny", "alpha" + SUFFIX, "beta" + SUFFIX, own=own, resamples=50)
    assert same.average.first_f1 == 1.0 and same.domains["twins"].only_first == 6
    with pytest.raises(InputError, match="whose test sets have other text"):
        compare(shaken.root, "tiny", "beta", "beta" + SUFFIX, own=own, resamples=50)
    (gap,) = compare(shaken.root, "tiny", "beta", "beta" + SUFFIX, own=own, resamples=50, scores_alone=True)
    twins = gap.domains["twins"]
    assert (twins.first_f1, twins.second_f1) == pytest.approx((2 / 3, 2 / 3))
