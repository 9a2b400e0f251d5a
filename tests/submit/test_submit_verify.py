"""Verification: seqeval's second opinion, cells run again, and the tiers that follow."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from submission_bundles import CARD, all_cells, render

from benchmark.store.atomic_io import sha256
from benchmark.store.ledger import Entry
from benchmark.store.record import predictions_path
from benchmark.store.store import Store
from leaderboard.submit.card import parse_card
from leaderboard.submit.findings import Findings
from leaderboard.submit.store import submission_named
from leaderboard.submit.suite_cells import SuiteCells
from leaderboard.verify import seqeval_check
from leaderboard.verify.rerun import choose_cells, run_again

RERUN = (
    CARD + '[rerun]\nmethod = "mine"\npackage = "theirs"\nparams = {epochs = 2, rate = 0.5, kind = "a\\"b"}\n'
)


@pytest.fixture
def added(bundle, command, store):
    assert command("submit", "add", bundle(card=RERUN), "--store", store.root).exit_code == 0
    return store.root / "tiny"


@pytest.fixture
def runs(monkeypatch):
    """Replace the run of a cell: ``runs(answers)`` says with what content each (domain, seed) comes out."""
    asked = []

    def fake(answers):
        def run(command, **_):
            from benchmark.cli.run import run as real
            from benchmark.plan.suite import load_suite

            assert command[1:5] == ["-P", "-m", "benchmark", "run"]
            options = real.make_context("run", command[5:]).params
            suite = load_suite(options["suite"])
            asked.append((suite, options))
            (seed,) = options["seeds"]
            for path in options["own_domains"]:
                if path.name in answers:
                    write(Store(options["store"]), suite.name, path.name, seed, answers[path.name])
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr(subprocess, "run", run)
        return asked

    def write(store, suite, domain, seed, content):
        record = TEMPLATE[0].changed(domain=domain, seed=seed, suite=suite, corpus="own")
        record = record.changed(
            cell=f"x-{domain}-s{seed}", predictions=predictions_path(f"x-{domain}-s{seed}")
        )
        record = record.changed(predictions_sha256=sha256(content))
        store.save(record, content)
        store.update_ledger(suite, {f"{domain}-{seed}": Entry(record.cell, "ok")})

    return fake


TEMPLATE: list = []


@pytest.fixture(autouse=True)
def template(store):
    TEMPLATE[:] = store.records("tiny")[:1]


def test_every_cell_own_and_submitted_scores_as_seqeval_says(added, command):
    pytest.importorskip("seqeval")
    done = command("verify", added)
    assert "tiny: 8 of 8 cells score as seqeval says, to the last bit" in done.output
    assert done.exit_code == 0


def test_a_disagreement_of_one_bit_is_named_and_fails(added, command, monkeypatch):
    monkeypatch.setattr(seqeval_check, "_seqeval", lambda *_: (1.0, 1.0, 1.0 - 2**-53))
    done = command("verify", added)
    assert "0 of 8 cells" in done.output
    assert "seqeval says (1.0, 1.0, 0.9999999999999999)" in done.output
    assert "8 cells came out otherwise" in str(done.exception)


def test_cells_are_drawn_without_replacement_and_the_same_by_the_same_seed():
    digests = dict.fromkeys(all_cells(), "x")
    assert choose_cells(digests, 2, 7) == choose_cells(digests, 2, 7)
    assert choose_cells(digests, 9) == sorted(digests)
    assert len(set(choose_cells(digests, 3))) == 3


def tier(command, added):
    return command("submit", "list", "--store", added.parent, gold=False).output.split()[2]


def test_sampled_cells_that_come_out_the_same_raise_the_tier(added, command, runs, monkeypatch):
    pytest.importorskip("seqeval")
    monkeypatch.setattr("leaderboard.verify.rerun._suite", own_suite)
    runs({"politics": render("politics", 1), "ai": render("ai", 1)})
    assert tier(command, added) == "recomputed"
    done = command("verify", added, "--sample", "3", "--draw", "1")
    assert done.exit_code == 0, done.exception
    assert done.output.count("the same predictions") == 3
    assert tier(command, added) == "sampled"
    assert command("verify", added, "--all").exit_code == 0
    assert tier(command, added) == "re-run"


def test_a_cell_that_comes_out_otherwise_is_shown_and_takes_the_tier_back(
    added, command, runs, monkeypatch, store, corpora
):
    pytest.importorskip("seqeval")
    from boards import text_of

    from leaderboard.board import build

    monkeypatch.setattr("leaderboard.verify.rerun._suite", own_suite)
    runs({"politics": render("politics", 1), "ai": render("ai")})
    done = command("verify", added, "--all")
    assert "mine zero-shot ai (seed 1): OTHER PREDICTIONS" in done.output
    assert "2 cells came out otherwise" in str(done.exception)
    assert tier(command, added) == "recomputed"
    page = text_of(build(store.root, "tiny", own=corpora, resamples=20), "board.md")
    assert "zero-shot ai (seed 2), run again, gave other predictions" in page


def own_suite(folder, card, rerun, suite):
    """The suite's file, with a source that a suite can name: the tiny one is a folder of the test's own."""
    from leaderboard.verify.rerun import suite_file

    return suite_file(folder, card, rerun, replace(suite, source_corpus="sample"))


def test_the_method_gets_its_parameters_and_the_cells_seed_and_setting(added, command, runs, monkeypatch):
    pytest.importorskip("seqeval")
    monkeypatch.setattr("leaderboard.verify.rerun._suite", own_suite)
    asked = runs({"politics": render("politics", 1), "ai": render("ai", 1)})
    command("verify", added, "--sample", "1", "--draw", "3")
    ((suite, options),) = asked
    (method,) = suite.methods
    assert (method.name, dict(method.params)) == ("mine", {"epochs": 2, "rate": 0.5, "kind": 'a"b'})
    assert tuple(options["methods"]) == ("mine",)
    assert tuple(options["settings"]) == ("zero-shot",)


@pytest.mark.parametrize(
    ("stated", "params", "expected"),
    [
        ('backbone = "base"\n', "", ("sample", "base")),
        ("", "", ("sample", None)),
        # a file holds it, and there the method's parameters win
        ('backbone = "base"\n', "params = {epochs = 2}\n", ("again.toml", None)),
    ],
)
def test_a_shipped_suite_is_run_with_the_backbone_that_is_declared(monkeypatch, stated, params, expected):
    from benchmark.cli.run import run as real

    asked = []

    def run(command, **_):
        asked.append(real.make_context("run", command[5:]).params)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    text = f'{CARD}{stated}[rerun]\nmethod = "mine"\npackage = "theirs"\n{params}'
    card = parse_card(text.encode(), "method.toml", Findings())
    place = ("zero-shot", "politics", 555)
    suite = SuiteCells("sample", "news", "sample", {"politics": "sample"}, ("politics",), (555,))
    run_again(card, {place: "x"}, [place], suite)
    ((suite, backbone),) = [(one["suite"].rpartition("/")[2], one["backbone"]) for one in asked]
    assert (suite, backbone) == expected


def test_a_submission_that_does_not_say_how_is_told_so(bundle, command, store):
    pytest.importorskip("seqeval")
    command("submit", "add", bundle(), "--store", store.root)
    done = command("verify", store.root / "tiny", "--sample", "1")
    assert "mine: does not say how to run it again" in done.output
    named = command("verify", store.root / "tiny", "--sample", "1", "--submission", "mine")
    assert "has no [rerun]" in str(named.exception)
    assert submission_named(store.root, "tiny", "mine").card.rerun is None
