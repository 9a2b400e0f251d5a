"""Suites with noise: what is wrong in one is named, and what the shipped ones hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from noisy_suite import SUITE

import larbench
from benchmark.errors import InputError, UsageError
from benchmark.plan.suite import load_suite


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('on = "source"', 'on = "both"', "noise[1].on = 'both'; expected one of source, target"),
        ("rates = [0.2, 0.4]", "rates = [0.4, 0.2]", "noise[1].rates = [0.4, 0.2]"),
        ("rates = [0.2, 0.4]", "rates = [0, 0.2]", "at least one rate above 0"),
        ("rates = [0.2, 0.4]", "rates = [0.2, 1.4]", "a number from 0 to 1"),
        ("rates = [0.2, 0.4]", "rates = [true]", "rates = [True]"),
        ('"missed"]', '"typos"]', "expected some of types"),
        ('name = "text"', 'name = "annotation"', "each with a name of its own"),
        ('name = "text"', 'name = "clean"', "not 'clean'"),
        ('name = "text"', 'name = "a~b"', "noise[2].name = 'a~b'"),
        ("seed = 7", "sead = 7", "did you mean 'seed'?"),
        ("seed = 7", 'where = "there"', "everywhere, inside, outside"),
        ("seed = 7", "confusion = { person = 3 }", "noise[2].confusion.person = 3; expected a table"),
    ],
)
def test_what_is_wrong_in_a_suite_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in SUITE
    path = tmp_path / "s.toml"
    path.write_text(SUITE.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_suite(path)
    assert named in str(caught.value) and str(path) in str(caught.value)


def test_a_confusion_of_foreign_types_is_refused_when_planned(noisy: str, tmp_path: Path) -> None:
    text = SUITE.replace('kinds = ["types", "missed"]', "confusion = { person = { dragon = 1 } }")
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(UsageError, match="the noise annotation: the confusion names dragon"):
        larbench.plan(str(tmp_path / "s.toml"))


@pytest.mark.parametrize("name", ["noise", "noise-sample"])
def test_the_shipped_suites_have_noise_on_both_sides(name: str) -> None:
    suite = load_suite(name)
    assert {series.on for series in suite.noise} == {"source", "target"}
    adapting = {"tent"} if name == "noise" else set()
    assert {spec.name for spec in suite.methods or ()} == {
        "source-only",
        "fine-tune",
        "lar-direct",
    } | adapting
    if name == "noise":
        assert (suite.seeds, suite.backbone, len(suite.domains)) == ((555,), "mini", 3)
        assert suite.noise[0].rates == (0.1, 0.2, 0.4)
