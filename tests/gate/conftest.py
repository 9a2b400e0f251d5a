"""A baseline and runs of it, made up from a corpus of two small domains; no method is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from gate_results import Predictions, a_record, keep, predictions_with

from benchmark.domains.corpus import Domain
from benchmark.domains.load import load_domain
from benchmark.store.record import Record
from benchmark.store.store import Store

SENTENCES = 150


@pytest.fixture(scope="session")
def domains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Domain]:
    """Two domains of 150 test sentences with two mentions each, as folders of your own, loaded."""
    found = {}
    for name in ("hills", "lakes"):
        folder = tmp_path_factory.mktemp("corpora") / name
        folder.mkdir()
        block = "Ada B-person\nsaw O\nBlue B-place\nTarn I-place\n"
        for split in ("train", "dev", "test"):
            count = SENTENCES if split == "test" else 1
            lines = [block.replace("Ada", f"Ada{name}{split}{n}") for n in range(count)]
            (folder / f"{split}.txt").write_text("\n".join(lines), encoding="utf-8")
        found[str(folder)] = load_domain("own", str(folder))
    return found


@pytest.fixture
def own(domains: dict[str, Domain]) -> list[str]:
    """The folders of the domains."""
    return list(domains)


@pytest.fixture
def write(tmp_path: Path, domains: Mapping[str, Domain]) -> Callable[..., Path]:
    """Write a suite of results: ``write(name, seeds, share, change)`` returns its folder.

    Rows ``even`` and ``odd`` find 70 % of mentions unless ``share`` (by label) says otherwise; ``change`` may
    turn each record and its predictions into others, or into None, to leave the cell out.
    """

    def make(
        name: str,
        seeds: Sequence[int] = (1, 2, 3),
        share: Mapping[str, float] | None = None,
        change: Callable[[Record, Predictions], Any] | None = None,
        labels: Sequence[str] = ("even", "odd"),
    ) -> Path:
        store = Store(tmp_path / name)
        for domain in domains.values():
            for label in labels:
                for seed in seeds:
                    predicted = predictions_with(domain, (share or {}).get(label, 0.7), seed)
                    pair = (a_record(domain, label, seed), predicted)
                    if change is not None:
                        pair = change(*pair)
                    if pair is not None:
                        keep(store, *pair)
        return tmp_path / name / "tiny"

    return make
