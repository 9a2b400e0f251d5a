"""What becomes of gold mentions at their boundaries: by hand, in general, and as a command."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE, TARGET

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.errors import InputError, UsageError
from benchmark.scoring.counts import count_mentions
from benchmark.task import ZERO_SHOT, Task
from lar.commands import cli
from lar.commands.found_mentions import FATES, FoundRow, found_mentions, summed
from lar.method import LarDirect

TYPES = ["election", "genre"]
WORDS = ["2001", "Italian", "general", "election", "in", "the", "Nobel", "Prize", "for", "jazz", ",", "rock"]
WORDS += ["and", "Ravel"]
GOLD = [
    Mention(0, 4, "election"),
    Mention(6, 10, "election"),
    Mention(11, 12, "genre"),
    Mention(13, 14, "genre"),
]


def _found(predicted: list[Mention]) -> tuple[FoundRow, FoundRow]:
    one = LabelledSentence("s/0", tuple(WORDS), tuple(GOLD))
    election, genre = found_mentions([one], [predicted], TYPES).rows
    return election, genre


def test_counted_by_hand() -> None:
    predicted = [
        Mention(1, 2, "genre"),  # inside of the first
        Mention(6, 8, "election"),  # two pieces of the second
        Mention(9, 10, "genre"),
        Mention(13, 14, "election"),  # right boundaries, wrong type; the third is missed
    ]
    assert _found(predicted) == (
        FoundRow("election", 2, 0, 0, part=1, split=1, beyond=0, missed_lower=0, missed_capitals=0),
        FoundRow("genre", 2, 1, 0, part=0, split=0, beyond=0, missed_lower=1, missed_capitals=0),
    )


@pytest.mark.parametrize(
    ("predicted", "fate"),
    [
        ([], "missed_capitals"),
        ([Mention(4, 5, "genre")], "missed_capitals"),  # beside it
        ([Mention(0, 4, "genre")], "found"),
        ([Mention(0, 3, "election")], "part"),
        ([Mention(1, 4, "election")], "part"),
        ([Mention(0, 5, "election")], "beyond"),
        ([Mention(2, 5, "election")], "beyond"),  # crosses an end
        ([Mention(0, 1, "election"), Mention(3, 6, "election")], "split"),
    ],
)
def test_each_fate(predicted: list[Mention], fate: str) -> None:
    one = LabelledSentence("s/0", tuple(WORDS), (GOLD[0],))
    row = found_mentions([one], [predicted], TYPES).rows[0]
    assert {name: getattr(row, name) for name in FATES} == {name: int(name == fate) for name in FATES}
    assert row.share(fate) == 1


def test_shares_of_nothing_are_none() -> None:
    row = summed([])
    assert row == FoundRow("all", 0, 0, 0, 0, 0, 0, 0, 0)
    assert [row.share(fate) for fate in FATES] == [None] * len(FATES)
    assert row.type_accuracy is None


def test_an_undeclared_gold_type_is_refused() -> None:
    with pytest.raises(InputError, match="'genre'"):
        found_mentions([LabelledSentence("s/0", tuple(WORDS), tuple(GOLD))], [[]], ["election"])


@st.composite
def _side(draw: st.DrawFn) -> list[Mention]:
    cuts = draw(st.lists(st.integers(0, len(WORDS)), unique=True).map(sorted))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return [Mention(start, end, draw(st.sampled_from(TYPES))) for start, end in pairs]


@given(_side(), _side())
def test_fates_add_up_and_agree_with_the_scorer(gold: list[Mention], predicted: list[Mention]) -> None:
    found = found_mentions([LabelledSentence("s/0", tuple(WORDS), tuple(gold))], [predicted], TYPES)
    for row in found.rows:
        assert sum(getattr(row, fate) for fate in FATES) == row.support
    total = summed(found.rows)
    micro = count_mentions([gold], [predicted], TYPES).micro()
    assert total.support == len(gold)
    assert found.f1 == pytest.approx(micro.f1)
    assert total.right == sum(mention in predicted for mention in gold)
    assert found.boundary_f1 >= found.f1
    untyped = [[Mention(m.start, m.end, "genre") for m in side] for side in (gold, predicted)]
    assert found.boundary_f1 == pytest.approx(count_mentions(untyped[:1], untyped[1:], TYPES).micro().f1)


# ------------------------------------------------------------------------------------------ the command


@pytest.mark.usefixtures("toy_corpus")
def test_the_command_says_what_the_method_finds(tiny_backbone: str, tmp_path: Any) -> None:
    words = ["mentions", "--corpus", "sample", "--target", "ai", "--backbone", tiny_backbone, "--seed", "1"]
    words += ["--store", str(tmp_path / "store"), "--target", "music", "--set", "rounds=0"]
    done = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    task = Task.of(SOURCE, replace(TARGET, test=()), ZERO_SHOT)
    method = LarDirect(backbone=tiny_backbone, rounds=0).fit(task, 1)
    predicted = method.predict([sentence.unlabelled() for sentence in TARGET.dev])
    gold = [sentence.mentions for sentence in TARGET.dev]
    one = told["domains"]["ai"]
    assert one["f1"] == pytest.approx(count_mentions(gold, predicted, TARGET.type_names).micro().f1)
    assert [row["type"] for row in one["types"]] == list(TARGET.type_names)
    assert one["all"]["support"] == sum(map(len, gold)) == sum(row["support"] for row in one["types"])
    shown = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert shown.exit_code == 0
    for text in ("towns → ai", "towns → music", "of boundaries alone", "All domains", *FATES.values()):
        assert text in shown.output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "name a --target"),
        (["--all", "--set", "round=1"], "no parameter 'round': it has .*rounds"),
        (["--all", "--set", "rounds"], "use NAME=VALUE"),
    ],
)
def test_what_it_cannot_do_is_told_before_any_work(words: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        CliRunner().invoke(cli, ["mentions", *words], catch_exceptions=False, standalone_mode=False)
