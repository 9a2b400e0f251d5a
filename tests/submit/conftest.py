"""A store with one computed row of the suite ``tiny``, and bundles for it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from submission_bundles import Cells, a_store, all_cells, files_of, write_corpora

from benchmark.store.record_gold import DomainCache
from benchmark.store.store import Store


@pytest.fixture
def bundle(tmp_path: Path) -> Callable[..., Path]:
    """Write a bundle: ``bundle(cells, card, name, suite)``."""

    def write(cells: Cells | None = None, **more: str) -> Path:
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files_of(all_cells(1) if cells is None else cells, **more).items():
                archive.writestr(name, content)
        return path

    return write


@pytest.fixture
def corpora(tmp_path: Path) -> list[Path]:
    return write_corpora(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that holds the suite ``tiny`` with the row ``own``, which finds everything."""
    return a_store(tmp_path / "runs")


@pytest.fixture
def shelf(corpora: list[Path]) -> DomainCache:
    return DomainCache(own=corpora)


@pytest.fixture
def command(store: Store, corpora: list[Path]) -> Callable[..., Result]:
    """Run ``python -m leaderboard`` on the store, with the corpora where ``gold`` is true."""
    from leaderboard.cli import cli

    def call(*arguments: str | Path, gold: bool = True) -> Result:
        own = [part for path in corpora for part in ("--domain", str(path))] if gold else []
        return CliRunner().invoke(cli, [*map(str, arguments), *own], catch_exceptions=True)

    return call
