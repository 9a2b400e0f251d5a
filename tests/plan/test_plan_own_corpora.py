"""Corpora of the user's own: the real source where it is here, a warning where not, any other by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import api
from benchmark.plan.default_source import WARNING

ROWS = "Oslo B-port\nsleeps O\n\nAnna B-person\nswam O\n\n"


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    folder = tmp_path / "harbour"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        (folder / f"{split}.txt").write_text(ROWS, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _no_crossner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LARBENCH_DATA", raising=False)
    monkeypatch.setattr("benchmark.domains.crossner.cache_dir", lambda: tmp_path / "cache")


def test_without_a_real_source_a_warning_says_what_to_do(harbour: Path, tmp_path: Path) -> None:
    planned = api.plan(own_domains=harbour, store=tmp_path / "runs")
    assert {one.cell.spec.suite for one in planned} == {"own"}
    assert {(one.cell.spec.source_corpus, one.cell.spec.source) for one in planned} == {("sample", "news")}
    assert {one.cell.warning for one in planned} == {WARNING}
    assert "data fetch" in WARNING


def test_a_real_source_is_taken_where_it_is(
    harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.plan.default_source.read_files", lambda *_: {})
    monkeypatch.setattr("benchmark.plan.default_source.REAL", "sample/politics")  # stands in for CoNLL-2003
    planned = api.plan(own_domains=harbour, store=tmp_path / "runs")
    assert {one.cell.spec.source for one in planned} == {"politics"}
    assert {one.cell.warning for one in planned} == {""}


def test_the_source_tagger_is_measured_at_home_too(harbour: Path, tmp_path: Path) -> None:
    planned = api.plan(own_domains=harbour, store=tmp_path / "runs")
    assert [one.cell.spec.domain for one in planned if one.cell.spec.in_domain] == ["news"]


def test_any_corpus_may_be_the_source(harbour: Path, tmp_path: Path) -> None:
    other = tmp_path / "river"
    other.mkdir()
    for split in ("train", "dev", "test"):
        (other / f"{split}.txt").write_text(ROWS, encoding="utf-8")
    planned = api.plan(own_domains=harbour, source=other, store=tmp_path / "runs")
    assert {(one.cell.spec.source_corpus, one.cell.spec.source) for one in planned} == {("own", "river")}
    assert {one.cell.source for one in planned} == {str(other.resolve())}
    named = api.plan(own_domains=harbour, source="sample/music", store=tmp_path / "runs")
    assert {one.cell.spec.source for one in named} == {"music"}
    assert {one.cell.warning for one in named} == {""}


def test_a_suite_that_is_named_keeps_its_source(harbour: Path, tmp_path: Path) -> None:
    planned = api.plan("sample", own_domains=harbour, store=tmp_path / "runs")
    assert {one.cell.spec.suite for one in planned} == {"sample"}
    assert {one.cell.warning for one in planned} == {""}
