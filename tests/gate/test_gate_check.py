"""The three verdicts, and what leads to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gate_results import a_record, keep, predictions_with

import larbench
from benchmark.domains.corpus import Domain
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import Noise
from benchmark.domains.noise.text import corrupt_text
from benchmark.errors import UsageError
from benchmark.gate.check import check
from benchmark.gate.gold import Counter
from benchmark.gate.inputs import open_suite
from benchmark.gate.render import table
from benchmark.gate.report import NO_EVIDENCE, NOT_MEASURED, REGRESSED, Report
from benchmark.plan.cell_filter import CellFilter
from benchmark.plan.planner import Selection
from benchmark.plan.selection_note import note_selection
from benchmark.store.noisy_corpora import CONTENT, noise_identity
from benchmark.store.record import FAILED, OVER_BUDGET, SKIPPED, Record
from benchmark.store.store import Store

Write = Callable[..., Path]
FEW = {"resamples": 400}
SHAKEN = Noise("target", 0.6)


def only(label: str, domain: str, seed: int, other: Callable[[Record, Any], Any]) -> Callable[..., Any]:
    """Change one cell alone."""

    def change(record: Record, predicted: Any) -> Any:
        here = (record.spec.label, record.spec.domain, record.spec.seed) == (label, domain, seed)
        return other(record, predicted) if here else (record, predicted)

    return change


def test_equal_bytes_are_no_evidence_and_need_no_corpus(write: Write) -> None:
    report = check(write("base"), write("new"))
    assert (report.verdict, report.exit_code, report.comparisons) == (NO_EVIDENCE, 0, 0)
    assert len(report.lines) == 4 and all(line.equal and line.evidence is None for line in report.lines)


def test_what_the_run_was_not_asked_for_is_counted_and_not_missed(write: Write) -> None:
    base, part = write("base"), write("part", labels=("even",), seeds=(1, 2))
    assert check(base, part).exit_code == 3  # nothing says that this is all that was wanted
    part.joinpath("ledger.json").rename(part / "later")
    store = Store(part.parent)
    note_selection(store, part.name, Selection(methods=("even",), seeds=(1, 2)))
    (part / "later").rename(part / "ledger.json")
    report = check(base, part)
    assert (report.exit_code, report.not_asked_for, len(report.lines)) == (0, 2, 2)
    assert "2 places that the run was not asked for are not compared" in table(report)
    gone = next((part / "records").glob("even-*hills*"))
    gone.unlink()
    assert check(base, part).exit_code == 3  # what it was asked for must be there
    note_selection(store, part.name, Selection())  # a run of all of the suite
    assert not (part / "selection.json").exists() and check(base, part).exit_code == 3
    note_selection(store, part.name, Selection(methods=("even",)))
    assert not (part / "selection.json").exists()  # all of it was asked for before


def of_rule_1(record: Record, predicted: Any) -> Any:
    identity = {name: value for name, value in record.spec.identity.items() if name != "language"}
    return record.changed(identity={**identity, "rule": 1}), predicted


def test_results_of_two_rules_of_identities_are_compared(write: Write, own: list[str]) -> None:
    """Rows are paired though their places are named in two ways; corpora of equal content are the same."""
    labels = ("even (x)", "odd")
    base = write("base", change=of_rule_1, labels=labels)
    equal = check(base, write("equal", labels=labels))
    assert (equal.verdict, len(equal.lines), equal.added) == (NO_EVIDENCE, 4, ())
    assert all(line.equal and line.changed == ("rule", "language") for line in equal.lines)
    report = check(base, write("new", share={"even (x)": 0.5}, labels=labels), own=own, **FEW)
    assert report.verdict == REGRESSED and {line.label for line in report.of(REGRESSED)} == {"even (x)"}


def test_a_loss_is_a_regression_of_its_row_alone(
    write: Write, own: list[str], domains: dict[str, Domain]
) -> None:
    report = check(write("base"), write("new", share={"even": 0.5}), own=own, **FEW)
    assert (report.verdict, report.exit_code) == (REGRESSED, 1)
    assert {line.label for line in report.of(REGRESSED)} == {"even"}
    assert {line.domain for line in report.of(REGRESSED)} == {"hills", "lakes", "average"}
    assert report.comparisons == 3
    for line in report.of(REGRESSED):
        found = line.evidence
        assert found is not None
        assert found.interval.low < found.difference < found.interval.high < 0
        assert -found.difference > found.threshold > 0 and found.adjusted <= 0.05
        assert found.spread is not None
    # every mention is predicted with one of two types, so F1 is the share of right ones
    rights = {}
    for share in (0.7, 0.5):
        rights[share] = []
        for domain in domains.values():
            gold = {s.id: s.mentions for s in domain.test}
            found_ones = [predictions_with(domain, share, seed) for seed in (1, 2, 3)]
            rights[share] += [m in gold[name] for one in found_ones for name, ms in one.items() for m in ms]
    means = {share: sum(right) / len(right) for share, right in rights.items()}
    (mean,) = [line.evidence for line in report.lines if line.domain == "average"]
    assert mean is not None
    assert (mean.baseline_f1, mean.run_f1) == pytest.approx((means[0.7], means[0.5]))
    assert mean.difference == pytest.approx(means[0.5] - means[0.7])


def test_a_gain_is_no_regression(write: Write, own: list[str]) -> None:
    report = check(write("base"), write("new", share={"even": 0.9}), own=own, **FEW)
    assert report.verdict == NO_EVIDENCE
    assert all(line.evidence.difference > 0.1 for line in report.lines if line.evidence)


def test_the_store_of_a_run_will_do(write: Write) -> None:
    assert check(write("base"), write("new").parent).verdict == NO_EVIDENCE


def lost(record: Record, predicted: Any) -> None:
    return None


def failed(record: Record, predicted: Any) -> Any:
    return record.changed(state=FAILED, reason="out of memory"), None


def of_other_data(record: Record, predicted: Any) -> Any:
    return record.changed(identity={**record.spec.identity, "target": "f" * 64}), predicted


def of_other_scorer(record: Record, predicted: Any) -> Any:
    return record.changed(identity={**record.spec.identity, "scorer": "0"}), predicted


def of_other_noise(record: Record, predicted: Any) -> Any:
    return record.changed(identity={**record.spec.identity, "noise": "typos"}), predicted


def shorter(record: Record, predicted: Any) -> Any:
    return record, dict(list(predicted.items())[1:])


def skipped(record: Record, predicted: Any) -> Any:
    return record.changed(state=SKIPPED, reason="not made for this"), None


@pytest.mark.parametrize("side", ["run", "base"])
@pytest.mark.parametrize(
    ("other", "told"),
    [
        (failed, "seed 2 ended failed in the"),
        (of_other_data, "other data: target is"),
        (of_other_scorer, "other scorer: odd-zero-shot-lakes"),
        (of_other_noise, "other data: noise is"),
        (shorter, "sentences that only one of predictions and test set has"),
    ],
)
def test_what_cannot_be_compared_is_never_green(
    write: Write, own: list[str], side: str, other: Callable[..., Any], told: str
) -> None:
    odd = only("odd", "lakes", 2, other)
    base, run = (
        write("base", change=odd if side == "base" else None),
        write("new", change=odd if side == "run" else None),
    )
    report = check(base, run, own=own, **FEW)
    assert (report.verdict, report.exit_code) == (NOT_MEASURED, 3)
    (line,) = report.of(NOT_MEASURED)
    assert (line.label, line.domain) == ("odd", "lakes") and told in " ".join(line.reasons)
    assert line.evidence is None and not line.equal


@pytest.mark.parametrize(("other", "told"), [(lost, "no cell with seed 2"), (skipped, "skips seed 2")])
def test_a_cell_that_the_run_lacks_is_missed(
    write: Write, own: list[str], other: Callable[..., Any], told: str
) -> None:
    report = check(write("base"), write("new", change=only("odd", "lakes", 2, other)), own=own, **FEW)
    assert report.exit_code == 3 and told in " ".join(report.of(NOT_MEASURED)[0].reasons)


def test_a_loss_counts_whatever_else_could_not_be_measured(write: Write, own: list[str]) -> None:
    run = write("new", share={"even": 0.4}, change=only("odd", "lakes", 2, lost))
    report = check(write("base"), run, own=own, **FEW)
    assert (report.verdict, report.exit_code) == (REGRESSED, 1) and report.of(NOT_MEASURED)


@pytest.mark.parametrize("what", ["records", "predictions"])
def test_a_damaged_file_is_named(write: Write, own: list[str], what: str) -> None:
    base, run = write("base"), write("new")
    path = sorted((run / what).iterdir())[0]
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)
    report = check(base, run, own=own, **FEW)
    assert report.exit_code == 3 and path.name in " ".join(report.of(NOT_MEASURED)[0].reasons)


def nothing(folder: Path) -> None:
    (folder / "ledger.json").unlink()


def broken(folder: Path) -> None:
    path = folder / "ledger.json"
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize("spoil", [nothing, broken])
@pytest.mark.parametrize("side", ["base", "new"])
def test_a_side_without_a_ledger_cannot_be_measured(write: Write, spoil: Any, side: str) -> None:
    sides = {"base": write("base"), "new": write("new")}
    spoil(sides[side])
    report = check(sides["base"], sides["new"])
    assert (report.exit_code, report.lines) == (3, ()) and report.reason


def test_zero_cells_are_not_green(write: Write) -> None:
    all_failed = write("base", change=failed)
    assert check(all_failed, write("new", change=failed)).exit_code == 3
    declined = write("declined", change=skipped)
    report = check(declined, declined)
    assert report.exit_code == 3 and "zero cells" in report.reason


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            CellFilter(domains=("moors",)),
            "no cell of the baseline has the domain 'moors'; there are hills, lakes",
        ),
        (CellFilter(methods=("even", "oddd")), "the method 'oddd'"),
        (CellFilter(settings=("supervised",)), "the setting 'supervised'"),
        (CellFilter(seeds=(1, 9)), "no cell of the baseline has seed 9; there are 1, 2, 3"),
    ],
)
def test_a_wanted_name_that_is_not_there_is_not_green(write: Write, wanted: CellFilter, told: str) -> None:
    report = check(write("base"), write("new"), only=wanted)
    assert report.exit_code == 3 and told in report.reason


def test_a_part_of_the_baseline_can_be_checked(write: Write, own: list[str]) -> None:
    run = write("new", seeds=(1,), share={"odd": 0.4})
    wanted = CellFilter(methods=("even",), domains=("hills",), seeds=(1,))
    report = check(write("base"), run, only=wanted, own=own, **FEW)
    assert report.verdict == NO_EVIDENCE and [line.domain for line in report.lines] == ["hills"]


@pytest.mark.parametrize("state", [FAILED, OVER_BUDGET])
def test_a_row_that_failed_everywhere_is_left_out_or_named_like_any_other(write: Write, state: str) -> None:
    def spoil(record: Record, predicted: Any) -> Any:
        if record.spec.label != "odd":
            return record, predicted
        return record.changed(state=state, reason="out of memory"), None

    base, run = write("base", change=spoil), write("new", change=spoil)
    report = check(base, run, only=CellFilter(methods=("even",)))
    assert (report.exit_code, {line.label for line in report.lines}) == (0, {"even"})
    report = check(base, run, only=CellFilter(methods=("odd",), domains=("hills",)))
    (line,) = report.lines
    assert (report.exit_code, line.label, line.setting, line.domain) == (3, "odd", "zero-shot", "hills")
    assert f"seed 2 ended {state} in the baseline: out of memory" in line.reasons


def test_other_seeds_are_missing_cells_unless_they_may_be_others(write: Write, own: list[str]) -> None:
    base, run = write("base"), write("new", seeds=(7, 8))
    assert check(base, run, own=own, **FEW).exit_code == 3
    report = check(base, run, any_seed=True, own=own, **FEW)
    assert report.verdict == NO_EVIDENCE
    assert {(line.seeds, line.run_seeds) for line in report.lines} == {((1, 2, 3), (7, 8))}
    worse = write("worse", seeds=(7, 8), share={"even": 0.4})
    assert check(base, worse, any_seed=True, own=own, **FEW).verdict == REGRESSED


def test_with_one_stored_seed_nothing_is_said_of_another(write: Write, own: list[str]) -> None:
    base, run = write("base", seeds=(1,)), write("new", seeds=(7,))
    report = check(base, run, any_seed=True, own=own, **FEW)
    assert report.exit_code == 3
    assert all("one seed does not tell" in line.reasons[0] for line in report.lines)


def test_what_the_run_has_besides_is_named_and_not_judged(write: Write) -> None:
    run = write("new", labels=("even", "odd", "third"))
    report = check(write("base"), run)
    assert report.verdict == NO_EVIDENCE and len(report.added) == 6


def test_what_the_baseline_declines_is_not_asked_for(write: Write) -> None:
    def decline(record: Record, predicted: Any) -> Any:
        return skipped(record, predicted) if record.spec.label == "odd" else (record, predicted)

    report = check(write("base", change=decline), write("new", change=decline))
    assert (report.verdict, report.skipped, len(report.lines)) == (NO_EVIDENCE, 2, 2)


def test_the_same_identity_with_other_predictions_is_told(write: Write, own: list[str]) -> None:
    def notes(report: Report) -> str:
        return " ".join(reason for line in report.lines for reason in line.reasons)

    base, run = write("base"), write("new", share={"even": 0.72})
    assert "not reproduced" in notes(check(base, run, own=own, **FEW))

    def newer(record: Record, predicted: Any) -> Any:
        return record.changed(identity={**record.spec.identity, "code": {"m": "11"}}), predicted

    report = check(base, write("newer", share={"even": 0.72}, change=newer), own=own, **FEW)
    assert "not reproduced" not in notes(report)
    assert {name for line in report.lines for name in line.changed} == {"code.m"}


def test_a_corpus_that_is_not_here_cannot_be_measured(write: Write) -> None:
    report = check(write("base"), write("new", share={"even": 0.5}))
    assert report.exit_code == 3
    assert "--domain path/to/" in report.of(NOT_MEASURED)[0].reasons[0]


def test_gold_that_has_changed_since_is_other_data(write: Write, own: list[str], tmp_path: Path) -> None:
    other = tmp_path / "hills"
    other.mkdir()
    for split in ("train", "dev", "test"):
        text = (Path(own[0]) / f"{split}.txt").read_text("utf-8")
        (other / f"{split}.txt").write_text(text.replace("Tarn", "Fell"), encoding="utf-8")
    report = check(write("base"), write("new", share={"even": 0.5}), own=[str(other), own[1]], **FEW)
    reasons = [reason for line in report.of(NOT_MEASURED) for reason in line.reasons]
    assert report.of(NOT_MEASURED) and "other data" in reasons[0]


def test_noise_that_differs_in_its_last_field_is_other_data(write: Write, own: list[str]) -> None:
    def noisy(content: str) -> Callable[[Record, Any], Any]:
        noise = {**Noise("source", 0.2).to_json(), CONTENT: content}
        return lambda record, predicted: (
            record.changed(identity={**record.spec.identity, "noise": noise}),
            predicted,
        )

    report = check(write("base", change=noisy("a")), write("new", change=noisy("b")), own=own, **FEW)
    assert report.exit_code == 3
    assert all("other data: noise is" in line.reasons[0] for line in report.lines)


@pytest.fixture
def copied(tmp_path: Path) -> Domain:
    """A domain whose test set is one sentence six times, and another once."""
    folder = tmp_path / "copied"
    folder.mkdir()
    one, other = "Ada B-person\nsaw O\nthe O\nBlue B-place\nTarn I-place\n", "Bob B-person\nleft O\n"
    for split in ("train", "dev", "test"):
        (folder / f"{split}.txt").write_text("\n".join([one] * 6 + [other]), encoding="utf-8")
    return load_domain("own", str(folder))


def test_predictions_on_a_noisy_test_set_are_held_to_noisy_gold(copied: Domain, tmp_path: Path) -> None:
    condition = Noise("target", 0.5, ("spacing",))
    noise = noise_identity(condition, copied, copied)
    noisy, _ = corrupt_text(copied.test, condition)
    assert [s.mentions for s in noisy] != [s.mentions for s in copied.test]
    clean = a_record(copied, "even", 1)
    record = clean.changed(identity={**clean.spec.identity, "noise": noise})
    store = Store(tmp_path / "noisy")
    kept = keep(store, record, {s.id: list(s.mentions) for s in noisy})
    side = open_suite(tmp_path / "noisy" / "tiny", "run")
    counts = Counter(None, [tmp_path / "copied"]).count(side, kept)
    assert counts.micro().f1 == 1.0
    # copies that noise made differ are still drawn together
    assert counts.gold.sum(axis=1).tolist() == [12, 1]


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"alpha": 1.0}, {"resamples": 10}])
def test_wrong_figures_are_wrong_usage(write: Write, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        check("base", "new", **wrong)


def test_nothing_is_written_into_either_side(write: Write, own: list[str]) -> None:
    base, run = write("base"), write("new", share={"even": 0.5})
    before = {path: path.read_bytes() for root in (base, run) for path in root.rglob("*") if path.is_file()}
    check(base, run, own=own, **FEW)
    assert {p: p.read_bytes() for root in (base, run) for p in root.rglob("*") if p.is_file()} == before
    assert Store(run.parent).suites() == ["tiny"]


def test_a_noisy_cell_is_held_to_its_noisy_gold(write: Write, own: list[str]) -> None:
    """Right on the noisy text is right: where tokens were split or joined, clean gold lies elsewhere."""

    def shaken(share: float) -> Callable[..., Any]:
        def change(record: Record, predicted: Any) -> Any:
            domain = next(
                found for found in map(partial(load_domain, "own"), own) if found.name == record.spec.domain
            )
            test, _ = corrupt_text(domain.test, SHAKEN)
            noise = noise_identity(SHAKEN, domain, domain)
            found = predictions_with(replace(domain, test=test), share, record.spec.seed)
            return record.changed(identity={**record.spec.identity, "noise": noise}), found

        return change

    counter = Counter(own=own)
    for share, f1 in ((1.0, 1.0), (0.0, 0.0)):
        side = open_suite(write(f"side-{share}", seeds=(1,), labels=("even",), change=shaken(share)), "run")
        for record in side.store.records(side.suite):
            assert counter.count(side, record).micro().f1 == f1
    report = check(write("base", change=shaken(0.8)), write("new", change=shaken(0.3)), own=own, **FEW)
    assert report.exit_code == 1


def test_the_function_of_larbench_takes_names_as_strings(write: Write, own: list[str]) -> None:
    base, run = write("base"), write("new", seeds=(1,), labels=("even",))
    assert larbench.check(base, run, own=own).verdict == NOT_MEASURED
    part = larbench.check(str(base), str(run), methods="even", seeds=1, domains="hills, lakes", own=own)
    assert (part.verdict, {line.label for line in part.lines}) == (NO_EVIDENCE, {"even"})
