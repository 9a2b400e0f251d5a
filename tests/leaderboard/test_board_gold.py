from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.load import load_domain
from benchmark.domains.noise.condition import Noise
from benchmark.domains.noise.text import corrupt_text
from benchmark.errors import InputError
from benchmark.scoring.spans import pair_mentions
from leaderboard.results.gold import Ceiling, Gold, GoldCache, ceiling
from leaderboard.results.measure import measure, unfinished

FILE = Path("predictions.jsonl")


def test_a_noisy_test_set_keeps_the_groups_of_the_clean_one() -> None:
    """Noise makes copies differ; were they drawn apart, clean and noisy could not be resampled together."""
    sentences = tuple(
        LabelledSentence(f"x/test/{n}", ("Ada", "met", "Bob", "."), (Mention(0, 1, "person"),))
        for n in range(8)
    )
    clean = Gold("x", ("person",), sentences)
    assert clean.groups.tolist() == [0] * 8
    noisy, _ = corrupt_text(sentences, Noise("target", 0.4))
    assert len({sentence.tokens for sentence in noisy}) > 1
    assert Gold("x", ("person",), noisy, clean.groups).groups.tolist() == [0] * 8


def test_ceilings_of_source_types() -> None:
    mentions = [[Mention(0, 1, "person"), Mention(1, 2, "party")], [Mention(0, 1, "task")], []]
    found = ceiling(mentions, {"person", "misc"})
    assert found.all_spans == pytest.approx(1 / 3)
    assert found.source_spans == pytest.approx(0.5)  # one of three found, none wrong: P 1, R 1/3
    assert ceiling([[]], {"person"}) == Ceiling(0.0, 0.0)
    assert ceiling([[Mention(0, 1, "person")]], {"person"}) == Ceiling(1.0, 1.0)


@pytest.mark.crossner
@pytest.mark.skipif(not os.environ.get("LARBENCH_DATA"), reason="LARBENCH_DATA names no folder with CrossNER")
def test_ceilings_on_crossner_are_the_published_facts() -> None:
    expected = {
        "politics": (41.0, 58.1),
        "science": (38.6, 55.7),
        "music": (24.0, 38.8),
        "literature": (27.5, 43.1),
        "ai": (23.9, 38.6),
    }
    shelf = GoldCache()
    for domain, points in expected.items():
        equal = shelf.equal_types(("crossner", "conll2003"), ("crossner", domain))
        assert equal.remark == ""  # the four types of the same names, and no other
        assert equal.source_of == {name: name for name in ("person", "organisation", "location", "misc")}
        found = ceiling(shelf.test("crossner", domain).mentions, equal.source_of)
        assert (round(100 * found.all_spans, 1), round(100 * found.source_spans, 1)) == points
        assert shelf.test("crossner", domain).test == load_domain("crossner", domain).test


def test_missing_and_foreign_sentences_are_named(gold: Callable[[str], Gold]) -> None:
    right = {f"politics/test/{n}": [] for n in range(3)}
    assert gold("politics").align(dict(reversed(right.items())), FILE) == [[], [], []]
    right.pop("politics/test/1")
    with pytest.raises(
        InputError, match=r"predictions.jsonl: found no politics/test/1 among .* exactly the 3"
    ):
        gold("politics").align(right, FILE)
    with pytest.raises(InputError, match="no politics/test/1 and foreign music/test/0"):
        gold("politics").align({**right, "music/test/0": []}, FILE)
    with pytest.raises(InputError, match="foreign x0, x1, x2 and 7 more"):
        gold("politics").align({**right, "politics/test/1": [], **{f"x{n}": [] for n in range(10)}}, FILE)


@pytest.mark.parametrize(
    "mentions",
    [
        [Mention(0, 9, "person")],
        [Mention(0, 2, "person"), Mention(1, 3, "person")],
        [Mention(-1, 1, "person")],
    ],
)
def test_impossible_mentions_are_refused_with_their_file(
    gold: Callable[[str], Gold], record: Callable[..., object], mentions: list[Mention]
) -> None:
    predicted = {"ai/test/0": mentions, "ai/test/1": []}
    with pytest.raises(InputError, match=r"predictions\.jsonl"):
        measure(record("alpha", "ai", 1), gold("ai"), predicted, FILE)  # type: ignore[arg-type]


def test_an_undeclared_type_counts_as_wrong(
    gold: Callable[[str], Gold], record: Callable[..., object]
) -> None:
    predicted = {"ai/test/0": [Mention(0, 1, "unicorn")], "ai/test/1": [Mention(0, 1, "task")]}
    cell = measure(record("alpha", "ai", 1), gold("ai"), predicted, FILE)  # type: ignore[arg-type]
    assert cell.values["f1"] == pytest.approx(2 * 1 / (2 + 3))


def test_only_a_cell_that_ended_otherwise_is_unfinished(record: Callable[..., object]) -> None:
    assert unfinished(record("alpha", "ai", 1, state="failed")).counts is None  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ended ok"):
        unfinished(record("alpha", "ai", 1))  # type: ignore[arg-type]


def test_sides_are_those_of_all_mentions_laid_together(gold: Callable[[str], Gold]) -> None:
    """Gold is laid into the stream once for all systems; what each predicted, in lists, comes beside it."""
    politics = gold("politics")
    said = {sentence.id: [list(m) for m in sentence.mentions[:1]] for sentence in politics.test}
    said[politics.ids[0]].append([len(politics.tokens[0]) - 1, len(politics.tokens[0]), "nothing declared"])
    together = pair_mentions(
        politics.mentions,
        [[Mention(*m) for m in said[name]] for name in politics.ids],
        politics.types,
        politics.lengths,
    )
    for found, wanted in zip(politics.sides(said, FILE), together, strict=True):
        for part in ("sentence", "start", "end", "type", "legal"):
            assert getattr(found, part).tolist() == getattr(wanted, part).tolist()
    assert politics.sides(dict(reversed(said.items())), FILE)[0] is politics.spans
    said[politics.ids[1]] = [[0, 99, politics.types[0]]]
    with pytest.raises(
        InputError, match=r"predictions.jsonl: found a mention that ends behind the last token"
    ):
        politics.sides(said, FILE)
