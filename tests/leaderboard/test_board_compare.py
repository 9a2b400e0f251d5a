from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.domains.corpus import Mention
from benchmark.errors import InputError, MissingDataError, UsageError
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard.analyses.compare import Comparison, Example, compare, document
from leaderboard.compare_command import WIDTH, to_text
from leaderboard.output.json import render

TINY = """
name = "tiny"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["zero-shot"]
seeds = [1]
"""


@pytest.fixture
def found(store: Store, corpora: list[Path]) -> Comparison:
    (one,) = compare(store.root, "tiny", "alpha", "beta", own=corpora, resamples=400)
    return one


def test_figures_are_those_of_the_board(found: Comparison) -> None:
    assert found.average.first_f1 == pytest.approx(0.55)
    assert found.average.second_f1 == pytest.approx(0.65)
    assert found.average.difference.observed == pytest.approx(-0.1)
    assert list(found.domains) == ["politics", "ai"]
    assert found.domains["politics"].difference.observed == pytest.approx(0.1)
    assert found.seeds == (1, 2)


def test_sentences_that_one_has_right_alone(found: Comparison) -> None:
    """Politics: alpha has the party right twice, and misses Bob once; ai: neither has a sentence right."""
    politics, ai = found.domains["politics"], found.domains["ai"]
    assert (politics.of, politics.only_first, politics.only_second) == (3, 2, 1)
    assert (ai.of, ai.only_first, ai.only_second) == (2, 0, 0)
    assert (found.average.of, found.average.only_first, found.average.only_second) == (5, 2, 1)


def test_types_count_gold_mentions(found: Comparison) -> None:
    party, person = found.types["politics", "party"], found.types["politics", "person"]
    assert (party.of, party.only_first, party.only_second) == (1, 2, 0)
    assert (person.of, person.only_first, person.only_second) == (2, 0, 1)
    assert (party.first_f1, party.second_f1) == (1.0, 0.0)
    assert person.difference.observed == pytest.approx((1 + 2 / 3) / 2 - 1)
    assert ("ai", "task") in found.types


def test_p_values_are_corrected_over_their_kind(found: Comparison) -> None:
    for parts in (found.domains, found.types):
        for part in parts.values():
            assert part.p <= part.corrected <= min(1.0, len(parts) * part.p)
    assert found.average.corrected == found.average.p
    # one sentence of three is swapped to any effect: no difference of one sentence can be sure
    assert found.domains["politics"].p > 0.4


def test_examples_hold_what_is_in_dispute(found: Comparison) -> None:
    (example,) = found.examples
    assert example == Example(
        "politics/test/0", 1, (Mention(3, 5, "party"),), (Mention(3, 5, "party"),), (), {(3, 5): "Blue Party"}
    )
    assert example.first_is_right


def test_turned_round_it_is_the_negative(store: Store, corpora: list[Path], found: Comparison) -> None:
    (back,) = compare(store.root, "tiny", "beta", "alpha", own=corpora, resamples=400)
    assert back.average.difference.observed == pytest.approx(-found.average.difference.observed)
    assert back.average.p == found.average.p
    assert back.domains["politics"].only_first == found.domains["politics"].only_second


def test_of_own_domains_those_are_compared_whose_folders_are_given(store: Store, corpora: list[Path]) -> None:
    one_folder = [folder for folder in corpora if folder.name == "ai"]
    (one,) = compare(store.root, "tiny", "alpha", "beta", own=one_folder, resamples=100)
    assert list(one.domains) == ["ai"]
    with pytest.raises(MissingDataError, match="no folder given"):
        compare(store.root, "tiny", "alpha", "beta", resamples=100)


def test_cells_that_one_lacks_are_left_out(
    store: Store, corpora: list[Path], keep: Callable[..., None], record: Callable[..., Record]
) -> None:
    keep(store, record("gamma", "ai", 1), {"ai/test/0": [], "ai/test/1": []})
    (one,) = compare(store.root, "tiny", "beta", "gamma", own=corpora, resamples=100)
    assert list(one.domains) == ["ai"]
    assert one.rows.alone == (("ai", 2), ("politics", 1), ("politics", 2))
    assert "Left out" in to_text(one)
    with pytest.raises(UsageError, match="did you mean beta"):
        compare(store.root, "tiny", "beta", "betta", own=corpora)
    keep(store, record("delta", "ai", 9), {"ai/test/0": [], "ai/test/1": []})
    with pytest.raises(InputError, match="no finished cell that beta and delta share"):
        compare(store.root, "tiny", "beta", "delta", own=corpora)


def test_a_screen_is_at_most_100_columns_wide(
    store: Store, corpora: list[Path], keep: Callable[..., None], record: Callable[..., Record]
) -> None:
    long = "a method with a very long name (and a generalist besides)"
    for seed in (1, 2):
        keep(store, record(long, "ai", seed, slot=f"long{seed}"), {"ai/test/0": [], "ai/test/1": []})
    for text in (
        to_text(one) for one in compare(store.root, "tiny", "beta", long, own=corpora, resamples=100)
    ):
        assert max(map(len, text.splitlines())) <= WIDTH == 100


def test_the_command_prints_text_and_json(
    store: Store, corpora: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    domains = [part for folder in corpora for part in ("--domain", str(folder))]
    arguments = ["compare", "alpha", "beta", "--store", str(store.root), "--suite", "tiny", *domains]

    def run(*more: str) -> str:
        with pytest.raises(SystemExit) as end:
            main([*arguments, *more])
        assert end.value.code == 0
        return capsys.readouterr().out

    text = run()
    assert "zero-shot: A = alpha (mini), B = beta (mini)" in text
    assert "Only A is right" in text and '3–5 party "Blue Party"' in text
    toml = store.root / "tiny.toml"
    toml.write_text(TINY)
    assert run("--suite", str(toml)) == text
    assert "Blue" not in run("--no-text")
    assert "Only A is right" not in run("--examples", "0")
    printed = run("--json")
    assert "Blue" not in printed
    content = json.loads(printed)["settings"]["zero-shot"]
    assert content["domains"]["politics"]["difference"] == pytest.approx(0.1)
    assert content["examples"][0]["first"] == [[3, 5, "party"]]
    assert content["types"]["politics"]["party"]["only_first"] == 2


def test_the_same_comparison_gives_the_same_bytes(
    store: Store, corpora: list[Path], found: Comparison
) -> None:
    again = compare(store.root, "tiny", "alpha", "beta", own=corpora, resamples=400)
    assert render(document(again, "tiny")) == render(document([found], "tiny"))


def test_rows_of_two_settings_are_compared_on_the_same_sentences(
    store: Store,
    corpora: list[Path],
    keep: Callable[..., None],
    record: Callable[..., Record],
    right: dict[str, dict[str, list[Mention]]],
) -> None:
    for domain, found in right.items():
        keep(store, record("alpha", domain, 1, setting="supervised"), found)
    (one,) = compare(
        store.root,
        "tiny",
        "alpha",
        "alpha",
        setting="supervised",
        against="zero-shot",
        own=corpora,
        resamples=200,
    )
    assert one.rows.where == "supervised against zero-shot"
    assert one.seeds == (1,)
    assert one.domains["politics"].difference.observed == pytest.approx(0.0)
    assert one.domains["ai"].difference.observed == pytest.approx(0.6)
    assert "supervised against zero-shot" in to_text(one)
    with pytest.raises(UsageError, match="--setting"):
        compare(store.root, "tiny", "alpha", "alpha", against="zero-shot", own=corpora)
    with pytest.raises(UsageError, match="'few'"):
        compare(store.root, "tiny", "alpha", "alpha", setting="zero-shot", against="few", own=corpora)
