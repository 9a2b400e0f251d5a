"""Noise in a suite: planned cells and their identities, one fit for several test sets, what records tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cells_cli import call
from noisy_suite import NOISE, SUITE

import larbench
from benchmark.domains.corpus import Mention
from benchmark.domains.load import load_domain
from benchmark.domains.noise.annotation import corrupt_annotation
from benchmark.domains.noise.condition import Noise
from benchmark.domains.noise.text import corrupt_text
from benchmark.errors import LarbenchError, UsageError
from benchmark.plan.cell import Cell
from benchmark.plan.identity import make_identity
from benchmark.run.method_output import MethodOutput, Predictions
from benchmark.run.shared_fit import method_output
from benchmark.store.cell_spec import CellSpec, identity_hash
from benchmark.store.noisy_corpora import CONTENT, apply_noise
from benchmark.store.record import Record
from benchmark.store.row_label import split_label
from benchmark.store.store import Store

RESULTS = Path(__file__).parents[2] / "results"


# ---- identity


def test_golden_hash_under_noise() -> None:
    """As the one without noise: change it only where every stored noisy cell must go."""
    noise = {**Noise("source", 0.2).to_json(), CONTENT: "cc"}
    identity = make_identity(
        method="m",
        params={"epochs": 3},
        code={"m.module": "0123456789abcdef"},
        components={},
        setting="zero-shot",
        seed=555,
        source_hash="aa",
        source_limit=None,
        target_hash="bb",
        language="en",
        noise=noise,
    ) | {"scorer": "1"}
    assert identity_hash(identity) == "d5ed4b1d039ddb47a3a3b19d035e57952fa78d94ae15af186f9beaf23fee14c3"
    assert identity["noise"] == {
        "on": "source",
        "rate": 0.2,
        "kinds": ["boundaries", "missed", "spurious", "types"],
        "seed": 0,
        "content": "cc",
    }


def test_identities_of_published_records_are_what_they_were() -> None:
    paths = sorted(RESULTS.glob("*/records/*.json"))
    assert len(paths) > 20
    for path in paths:
        record = json.loads(path.read_text("utf-8"))
        old = record["identity"]
        again = make_identity(
            **{name: old[name] for name in ("method", "params", "code", "components", "setting", "seed")},
            source_hash=old["source"],
            source_limit=old["source_limit"],
            target_hash=old["target"],
            language=old.get("language", ""),
            noise=old["noise"],
            few_shot=old.get("few_shot"),
        )
        again |= {"scorer": old["scorer"]}
        if old["rule"] == 1:  # which knew no language
            del again["language"]
            again["rule"] = 1
        assert json.dumps(again) == json.dumps(old)
        assert identity_hash(old) == record["identity_hash"]


def test_the_cells_of_a_suite_without_noise_are_the_same_in_one_with(noisy: str, tmp_path: Path) -> None:
    clean = tmp_path / "clean.toml"
    clean.write_text(SUITE.replace(NOISE, ""))
    planned = {one.cell.spec.name: one.cell for one in larbench.plan(noisy)}
    for one in larbench.plan(str(clean)):
        same = planned[one.cell.spec.name]
        assert same.spec.identity == one.cell.spec.identity and same.spec.identity["noise"] is None
        assert (same.spec.label, same.spec.noise) == (one.cell.spec.label, None)


def test_noise_has_rows_slots_and_identities_of_its_own(noisy: str) -> None:
    cells = [one.cell for one in larbench.plan(noisy)]
    assert len({cell.spec.identity_hash for cell in cells}) == len(cells) == 17
    text = next(
        cell
        for cell in cells
        if cell.spec.label == "fake-rule~text-0.3" and cell.spec.setting == "supervised"
    )
    assert text.spec.ledger_key == "fake-rule-text-0.3-supervised-politics-none-s555".replace(
        "none", text.spec.backbone
    )
    assert text.spec.noise is not None and text.spec.noise["on"] == "target" and text.spec.noise["seed"] == 7
    test = load_domain("sample", "politics").test
    changed, _ = corrupt_text(test, Noise.from_json(text.spec.noise))
    assert changed != test
    # what a method declines is said once, and the source tagger is probed without noise only
    assert sum(cell.decided == "skipped" for cell in cells) == 1
    assert [cell.spec.label for cell in cells if cell.spec.domain == "news"] == ["fake-rule"]


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        (["clean"], {""}),
        (["annotation"], {"annotation-0.2", "annotation-0.4"}),
        (["text-0.1", "clean"], {"text-0.1", ""}),
    ],
)
def test_conditions_are_chosen_by_name(noisy: str, wanted: list[str], labels: set[str]) -> None:
    cells = [one.cell for one in larbench.plan(noisy, noise=wanted)]
    assert {split_label(cell.spec.label, cell.spec.noise)[1] for cell in cells} == labels


def test_an_unknown_condition_is_named(noisy: str) -> None:
    with pytest.raises(
        UsageError, match="no noise of this suite is called 'typos'; there is clean, annotation"
    ):
        larbench.plan(noisy, noise=["typos"])
    code, out, _ = call("plan", "--suite", noisy, "--noise", "text-0.1", "--settings", "zero-shot")
    assert code == 0 and out.endswith("1 cells, 0 of them done, 1 to compute\n")


def test_another_condition_is_another_identity(noisy: str, tmp_path: Path) -> None:
    def hashes(old: str = "", new: str = "") -> set[str]:
        (tmp_path / "other.toml").write_text(SUITE.replace(old, new, 1) if old else SUITE)
        cells = [one.cell for one in larbench.plan(str(tmp_path / "other.toml"))]
        return {
            cell.spec.identity_hash for cell in cells if cell.spec.noise and cell.spec.noise["on"] == "target"
        }

    assert hashes() == hashes('name = "text"', 'name = "typing"')  # a name changes no output
    assert not hashes() & hashes("seed = 7", "seed = 8")
    assert not hashes() & hashes("seed = 7", 'seed = 7\nwhere = "inside"')


# ---- a run


def fits(tmp_path: Path) -> list[str]:
    trace = tmp_path / "trace"
    lines = trace.read_text().splitlines() if trace.exists() else []
    return [line for line in lines if line.startswith("fit")]


def test_one_fit_answers_all_test_sets_as_fits_of_their_own_would(noisy: str, tmp_path: Path) -> None:
    few = {"methods": ["fake-rule"], "settings": ["zero-shot"], "domains": ["politics"], "jobs": 1}
    report = larbench.run(noisy, noise=["clean", "text"], store="together", **few)
    assert report.exit_code == 0, [o.record.reason for o in report.outcomes]
    assert len(report.outcomes) == 3 and len(fits(tmp_path)) == 1
    for outcome in report.outcomes[::2]:
        name = split_label(outcome.record.spec.label, outcome.record.spec.noise)[1] or "clean"
        store = f"alone-{name}"
        ((alone),) = larbench.run(noisy, noise=[name], store=store, **few).outcomes
        assert alone.record.spec.identity_hash == outcome.record.spec.identity_hash
        assert alone.record.predictions_sha256 == outcome.record.predictions_sha256
        assert alone.record.dev == outcome.record.dev
        assert alone.record.notes.get("noise") == outcome.record.notes.get("noise")
    assert len(fits(tmp_path)) == 3
    hashes = {outcome.record.predictions_sha256 for outcome in report.outcomes}
    assert len(hashes) == 3
    shared = [o.record.timings for o in report.outcomes if o.record.spec.noise is not None]
    assert all(t["train_seconds"] == 0.0 and "predict_seconds" not in t for t in shared)
    again = larbench.run(noisy, noise=["clean", "text"], store="together", **few)
    assert all(outcome.cached for outcome in again.outcomes) and len(fits(tmp_path)) == 3


def test_a_method_is_trained_on_the_noisy_source_and_the_rates_are_told(noisy: str, tmp_path: Path) -> None:
    report = larbench.run(noisy, noise=["clean", "annotation"], methods=["fake-rule"], settings=["zero-shot"])
    assert report.exit_code == 0, [o.record.reason for o in report.outcomes]
    made = [line for line in (tmp_path / "trace").read_text().splitlines() if line.startswith("make")]
    assert len(made) == 3  # what cells share of a source is made for each content of it: clean and two rates
    source = load_domain("sample", "news")
    for outcome in report.outcomes:
        noise, note = outcome.record.spec.noise, outcome.record.notes.get("noise")
        if noise is None:
            assert note is None
            continue
        _, expected = corrupt_annotation(source, Noise.from_json(noise))
        assert note == expected.to_json()
        assert note["requested"] == noise["rate"] and abs(note["realised"] - noise["rate"]) < 0.05
        assert note["unit"] == "mentions" and set(note["kinds"]) == {"types", "missed"}
        assert outcome.record.spec.ledger_key == outcome.cell.spec.ledger_key


def test_what_a_limit_hides_is_not_counted(fakes: Path) -> None:
    source, target = load_domain("sample", "news"), load_domain("sample", "politics")
    corpora = apply_noise(None, source, target, 5)
    assert corpora.report is None and corpora.source is source
    cell = benchmark_cell(source, target)
    limited, whole = (apply_noise(cell, source, target, limit).report for limit in (10, None))
    assert limited is not None and whole is not None and limited.total < whole.total


def benchmark_cell(source: Any, target: Any) -> dict[str, Any]:
    from benchmark.store.noisy_corpora import noise_identity

    return noise_identity(Noise("source", 0.3), source, target)


def test_another_outcome_than_planned_is_refused() -> None:
    source, target = load_domain("sample", "news"), load_domain("sample", "politics")
    noise = benchmark_cell(source, target)
    with pytest.raises(LarbenchError, match="this noise made another corpus when the run was planned"):
        apply_noise({**noise, CONTENT: "0" * 64}, source, target, None)


# ---- together, or alone


CLEAN: None = None
LOW, HIGH = ({"on": "target", "rate": rate} for rate in (0.1, 0.2))
SAID: dict[float, Predictions] = {
    rate: {"x/test/0": [Mention(0, n, "a")]} for n, rate in enumerate((0.0, 0.1, 0.2), start=1)
}


def a_cell(noise: Any, variants: tuple[Any, ...] = (CLEAN, LOW, HIGH)) -> Cell:
    fields = dict.fromkeys(("suite", "corpus", "domain", "source_corpus", "source", "method"), "x")
    names = dict.fromkeys(("label", "backbone", "setting", "identity_hash"), "x")
    spec = CellSpec(**fields, **names, seed=1, identity={"method": "x", "noise": noise})
    return Cell(spec=spec, target="x", variants=variants)


def told(rate: float, **notes: Any) -> tuple[Predictions, dict[str, Any]]:
    """What a method says of the test set at a rate, and notes."""
    return SAID[rate], {"a": 1, **notes}


def rate_of(noise: Any) -> float:
    return 0.0 if noise is None else noise["rate"]


def asked(
    cell: Cell, store: Store, also: Callable[[Any], tuple[Predictions, Any]] | None = None, **notes: Any
) -> tuple[MethodOutput, int]:
    """Return the answers and how often the method was fitted."""
    fitted = []

    class Work:
        def __init__(self) -> None:
            self.cell, self.store, self.on_phase = cell, store, lambda phase: None

        def fit_and_predict(self) -> MethodOutput:
            fitted.append(True)
            return MethodOutput(SAID[rate_of(cell.spec.noise)], {}, {"a": 1, **notes}, {"train_seconds": 5.0})

        def predict_under(self, noise: Any) -> tuple[Predictions, Any]:
            return (also or (lambda noise: told(rate_of(noise))))(noise)

    return method_output(Work()), len(fitted)


@pytest.mark.parametrize("order", [(CLEAN, LOW, HIGH), (HIGH, CLEAN, LOW)])
def test_the_first_fits_for_all(tmp_path: Path, order: tuple[Any, ...]) -> None:
    store = Store(tmp_path)
    found = [asked(a_cell(noise), store) for noise in order]
    assert [count for _, count in found] == [1, 0, 0]
    for noise, (answers, _) in zip(order, found, strict=True):
        assert answers.test == SAID[rate_of(noise)] and answers.notes == {"a": 1}
    assert found[0][0].timings == {"train_seconds": 5.0}
    assert found[1][0].timings["train_seconds"] == 0.0


def test_another_set_of_conditions_or_another_fit_is_asked_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert asked(a_cell(CLEAN), store)[1] == 1
    assert asked(a_cell(LOW, (CLEAN, LOW)), store)[1] == 1
    cell = a_cell(LOW)
    assert (
        asked(replace(cell, spec=replace(cell.spec, identity={**cell.spec.identity, "method": "y"})), store)[
            1
        ]
        == 1
    )
    assert asked(cell, store)[1] == 0


def test_who_answers_one_question_in_two_ways_fits_each_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for noise in (CLEAN, LOW, HIGH):
        answers, count = asked(a_cell(noise), store, lambda noise: told(0.2 if rate_of(noise) == 0 else 0.0))
        assert count == 1 and answers.test == SAID[rate_of(noise)]


def test_a_test_set_that_breaks_a_method_breaks_one_cell_only(tmp_path: Path) -> None:
    def also(noise: Any) -> tuple[Predictions, Any]:
        if rate_of(noise) == 0.2:
            raise ValueError("such a token!")
        return told(rate_of(noise))

    store = Store(tmp_path)
    assert [asked(a_cell(noise), store, also)[1] for noise in (CLEAN, LOW)] == [1, 1]


def test_who_notes_something_of_the_test_set_fits_each_time(tmp_path: Path) -> None:
    """As a method that adapts to it: the notes of one test set are not those of another."""
    store = Store(tmp_path)
    for noise in (CLEAN, LOW, HIGH):
        own = {"adapted": rate_of(noise)}
        also = lambda other: told(rate_of(other), adapted=rate_of(other))  # noqa: E731
        answers, count = asked(a_cell(noise), store, also, **own)
        assert count == 1 and answers.notes == {"a": 1, **own}


def test_who_pays_for_answers_is_asked_cell_by_cell(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def never(noise: Any) -> tuple[Predictions, Any]:
        raise AssertionError("nobody asked for that")

    for noise in (CLEAN, LOW):
        answers, count = asked(a_cell(noise), store, never, llm={"prompt_tokens": 1})
        assert count == 1 and "llm" in answers.notes


def test_records_without_an_identity_are_clean() -> None:
    record = Record.from_fields(
        cell="c",
        suite="s",
        corpus="x",
        method="m",
        label="m",
        setting="zero-shot",
        source="n",
        domain="d",
        seed=1,
        state="ok",
    )
    assert record.spec.noise is None and record.spec.ledger_key == "m-zero-shot-d-none-s1"
