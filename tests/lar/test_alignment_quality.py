"""Quality against gold alignments, the gold files themselves, and the published tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.errors import InputError, UsageError
from lar.alignment.quality import DOMAINS, GOLD_DIR, Quality, average, gold_alignment, measure

RESULTS = Path(__file__).parents[2] / "results" / "alignment"
SOURCE = [kind.name for kind in load_types(TYPES_DIR / "conll2003.toml")[1]]


def _targets(domain: str) -> list[str]:
    return [kind.name for kind in load_types(TYPES_DIR / f"{domain}.toml")[1]]


def test_measured_by_hand() -> None:
    gold = {"a": "x", "b": "x", "c": None, "d": None, "e": "y"}
    pairs = {"a": "x", "b": "y", "c": None, "d": "y", "e": None}
    # three pairs made, one right; three wanted; right of all five: a and c
    assert measure(pairs, gold) == Quality(precision=1 / 3, recall=1 / 3, accuracy=2 / 5)
    assert measure(gold, gold) == Quality(1, 1, 1)
    assert measure({"a": None}, {"a": None}) == Quality(1, 1, 1)
    assert measure({"a": None}, {"a": "x"}) == Quality(precision=1, recall=0, accuracy=0)
    with pytest.raises(ValueError, match="'b'"):
        measure({"a": None}, {"a": None, "b": None})


def test_the_average_counts_each_domain_once() -> None:
    assert average([Quality(1, 0.5, 0), Quality(0, 0.5, 1)]) == Quality(0.5, 0.5, 0.5)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_gold_alignments_cover_every_type_with_a_reason(domain: str) -> None:
    gold = gold_alignment(domain, source_types=SOURCE, target_types=_targets(domain))
    assert list(gold) == _targets(domain)
    for name in SOURCE:
        assert gold[name] == name
    with (GOLD_DIR / f"{domain}.csv").open(encoding="utf-8", newline="") as file:
        assert all(len(row["reason"]) > 20 for row in csv.DictReader(file))


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("target,source\n", 1, "another header"),
        ("target,source,reason\na,x\n", 2, "another form"),
        ("target,source,reason\na,x, \n", 2, "another form"),
        ("target,source,reason\nz,x,why\n", 2, "undeclared target type 'z'"),
        ("target,source,reason\na,x,why\na,x,why\n", 3, "repeated target type 'a'"),
        ("target,source,reason\na,z,why\n", 2, "source type 'z'"),
        ("target,source,reason\na,x,why\n", None, "no row for b"),
    ],
)
def test_a_damaged_gold_file_is_named(tmp_path: Path, text: str, line: int | None, found: str) -> None:
    (tmp_path / "art.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=found) as caught:
        gold_alignment("art", source_types=["x"], target_types=["a", "b"], folder=tmp_path)
    assert (caught.value.path, caught.value.line) == (str(tmp_path / "art.csv"), line)


def test_a_domain_without_gold_alignment_is_told() -> None:
    with pytest.raises(UsageError, match="no gold alignment for 'art'"):
        gold_alignment("art", source_types=["x"], target_types=["a"])


def test_the_published_alignments_reach_their_goal_and_the_table_tells_them() -> None:
    found = {}
    for domain in DOMAINS:
        alignment = json.loads((RESULTS / f"{domain}.json").read_text("utf-8"))
        assert (alignment["solver"], alignment["type_text"]) == ("hungarian", "parts")
        assert alignment["target_types"] == _targets(domain)
        gold = gold_alignment(domain, source_types=SOURCE, target_types=alignment["target_types"])
        found[domain] = measure(alignment["pairs"], gold)
        assert all((RESULTS / f"{domain}.{form}").stat().st_size > 0 for form in ("png", "svg"))
    found["average"] = average(list(found.values()))
    assert found["average"].accuracy >= 0.85
    with (RESULTS / "quality.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[: len(found)]:
        told = Quality(*(float(row[name]) for name in ("precision", "recall", "accuracy")))
        exact = found[row["domain"]]
        assert told.precision == pytest.approx(exact.precision, abs=5e-5)
        assert told.recall == pytest.approx(exact.recall, abs=5e-5)
        assert told.accuracy == pytest.approx(exact.accuracy, abs=5e-5)
        assert f"| {100 * exact.accuracy:.1f}".replace("| ", "") in (RESULTS / "quality.md").read_text(
            "utf-8"
        )


def test_the_published_setting_is_the_best_on_politics_alone() -> None:
    with (RESULTS / "quality.csv").open(encoding="utf-8", newline="") as file:
        politics = [row for row in csv.DictReader(file) if row["domain"] == "politics"]
    best = max(float(row["accuracy"]) for row in politics)
    assert float(politics[0]["accuracy"]) == best
    assert politics[0]["type_text"] == "parts"
