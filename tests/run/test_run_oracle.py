"""Rows with an oracle: what the harness does after the method, and what the method never gets to see."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scored import scored

import larbench
from benchmark import registry
from benchmark.domains.load import load_domain
from benchmark.store.store import Store

SPY = '''
import json
import os
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.method import Method


class Spy(Method):
    """Capitalised words have the first type; all that it is given is written down."""

    def __init__(self, oracle=None, types="first"):
        self.oracle = oracle
        self.types = types

    def fit(self, task, seed):
        assert self.get_params()["oracle"] is None
        self.kind = task.target.type_names[0]
        self.seen = {"labels": len(task.target.train) + len(task.target.dev), "kinds": set(), "fields": set()}
        with Path(os.environ["SPY_TRACE"]).open("a") as out:
            out.write("fit\\n")
        return self

    def predict(self, sentences):
        self.seen["kinds"] |= {type(s).__name__ for s in sentences}
        self.seen["fields"] |= {name for s in sentences for name in s.__slots__}
        return [self.found(sentence.tokens) for sentence in sentences]

    def found(self, tokens):
        return [Mention(n, n + 1, self.kind) for n, token in enumerate(tokens) if token.istitle()]

    def notes(self):
        seen = {name: sorted(v) if isinstance(v, set) else v for name, v in self.seen.items()}
        return {**seen, "oracle": "none of my business"}
'''
SUITE = """
name = "spied"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["zero-shot"]
seeds = [555, 666]
base = "spy"
methods = [
    "spy",
    { name = "spy", label = "spy-0.5", params = { oracle = 0.5 } },
    { name = "spy", label = "spy-1", params = { oracle = 1 } },
]
"""


@pytest.fixture
def spied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the spying method and write a suite of it with oracles; the suite's file."""
    site = tmp_path / "site"
    info = site / "larbench_spies-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: larbench-spies\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[larbench.methods]\nspy = larbench_spies:Spy\n")
    (site / "larbench_spies.py").write_text(SPY)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("SPY_TRACE", str(tmp_path / "trace"))
    monkeypatch.chdir(tmp_path)
    registry.registered.cache_clear()
    (tmp_path / "spied.toml").write_text(SUITE)
    yield tmp_path / "spied.toml"
    registry.registered.cache_clear()
    sys.modules.pop("larbench_spies", None)


def test_the_harness_types_and_the_method_sees_tokens_only(spied: Path, tmp_path: Path) -> None:
    report = larbench.run(spied)
    assert report.exit_code == 0, [o.record.reason for o in report.outcomes]
    store = Store("runs")
    records = {(r.spec.label, r.spec.seed): r for r in store.records("spied")}
    test = load_domain("sample", "politics").test
    types = load_domain("sample", "politics").type_names
    gold = [s.mentions for s in test]
    bare = store.predictions(records["spy", 555])
    parts = scored(gold, [bare[s.id] for s in test], types).decomposition
    found = parts.correct + parts.wrong_type
    assert found and parts.wrong_type  # the sample has capitalised mentions, of several types

    full = records["spy-1", 555]
    said = scored(gold, [store.predictions(full)[s.id] for s in test], types).decomposition
    assert said.f1 == parts.typed_right_f1 and said.wrong_type == 0
    assert full.notes["oracle"] == 1.0 and full.spec.params == {"oracle": 1}
    elsewhere = parts.boundary_predicted + parts.spurious
    assert full.notes["oracle_mentions"]["test"] == {"right": found, "wrong": 0, "left_alone": elsewhere}
    dev = records["spy", 555].dev
    assert full.dev is not None and dev is not None and full.dev["f1"] > dev["f1"]
    assert full.notes["oracle_mentions"]["dev"]["wrong"] == 0

    half = records["spy-0.5", 555].notes["oracle_mentions"]["test"]
    assert half["right"] + half["wrong"] == found and 0 < half["right"] < found
    assert store.predictions(records["spy-0.5", 666]) != store.predictions(records["spy-0.5", 555])
    fits = (tmp_path / "trace").read_text().split()
    assert len(fits) == 4  # with each seed, the bare row and one for the two oracles
    assert full.timings["train_seconds"] == 0.0 and full.timings["shared_seconds"] > 0
    for record in records.values():
        seen = {name: record.notes[name] for name in ("labels", "kinds", "fields")}
        assert seen == {"labels": 0, "kinds": ["Sentence"], "fields": ["id", "tokens"]}


def test_the_oracles_code_is_part_of_the_identity_of_its_rows_alone(spied: Path) -> None:
    planned = {cell.cell.spec.label: cell.cell for cell in larbench.plan(spied, seeds=[555])}
    assert "benchmark.oracle" not in planned["spy"].spec.identity["code"]
    assert "benchmark.oracle" in planned["spy-0.5"].spec.identity["code"]
    assert planned["spy-0.5"].spec.identity["params"]["oracle"] == 0.5
    assert len({cell.spec.identity_hash for cell in planned.values()}) == 3


def test_what_is_no_probability_fails_when_planned(spied: Path) -> None:
    spied.write_text(SUITE.replace("oracle = 0.5", "oracle = 1.5"))
    planned = {cell.cell.spec.label: cell.cell for cell in larbench.plan(spied, seeds=[555])}
    assert planned["spy-0.5"].decided == "failed"
    assert "oracle = 1.5: expected a probability" in str(planned["spy-0.5"].reason)
    assert planned["spy"].decided is None


def test_the_base_lies_with_the_results_and_is_published(spied: Path, tmp_path: Path) -> None:
    larbench.run(spied, seeds=[555], methods=["spy"])
    kept = tmp_path / "runs" / "spied" / "comparison.json"
    content = json.loads(kept.read_text())
    assert (content["base"], content["rows"]) == ("spy", ["spy", "spy-0.5", "spy-1"])
    larbench.publish("runs/spied", "results")
    assert (tmp_path / "results" / "spied" / "comparison.json").read_bytes() == kept.read_bytes()
    spied.write_text(SUITE.replace('base = "spy"\n', ""))
    larbench.run(spied, seeds=[555], methods=["spy"])
    assert not kept.exists()
    larbench.publish("runs/spied", "results")
    assert not (tmp_path / "results" / "spied" / "comparison.json").exists()
