"""Which row of a suite the others are compared to, and under what names."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.errors import InputError, UsageError
from benchmark.plan.planner import suite_comparison
from benchmark.plan.suite import load_suite
from benchmark.store.comparison import Comparison

ROWS = ("source-only", "dann", "da-ner", "lar-direct", "lar-direct (dann)", "lar-direct (da-ner)")


def test_rows_are_named_as_on_the_board() -> None:
    suite = load_suite("reassigned")
    assert suite_comparison(suite) == Comparison("lar-direct", ROWS)
    varied = suite.model_copy(update={"base": "lar-direct (dann)"})
    assert suite_comparison(varied).base == "lar-direct (dann)"


def suite_with(tmp_path: Path, base: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\ncorpus = "sample"\nsource = "news"\ndomains = ["ai"]\nsettings = ["zero-shot"]\n'
        f'seeds = [1]\nbase = "{base}"\nmethods = ["source-only", "lar-enhanced"]\n'
    )
    return path


@pytest.mark.parametrize("base", ["lar-enhanced", "lar-enhanced (embedding)"])
def test_a_base_may_be_named_with_its_variant_or_without(tmp_path: Path, base: str) -> None:
    suite = load_suite(suite_with(tmp_path, base))
    assert suite_comparison(suite).base == "lar-enhanced (embedding)"


def test_a_base_that_is_no_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="base = 'lar'"):
        load_suite(suite_with(tmp_path, "lar"))
    suite = load_suite(suite_with(tmp_path, "lar-enhanced (embeding)"))
    with pytest.raises(UsageError, match=r"no row has that label; there are source-only, lar-enhanced \(emb"):
        suite_comparison(suite)
