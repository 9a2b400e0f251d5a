"""Rows against two annotations of the same sentences, by hand; nothing where the second is not at hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Mention
from benchmark.errors import MissingDataError
from leaderboard.analyses import second_annotation
from leaderboard.analyses.second_annotation import (
    SecondAnnotation,
    agreement_of,
    both_annotations,
    compute,
    figures_on,
    tables,
)
from leaderboard.results.gold import Gold

WORDS = ("Ada", "saw", "Rome")
ADA, ROME = Mention(0, 1, "person"), Mention(2, 3, "place")


def _labelled(name: str, *mentions: Mention, words: tuple[str, ...] = WORDS) -> LabelledSentence:
    return LabelledSentence(name, words, mentions)


GOLD = Gold(
    "politics",
    ("person", "place"),
    (
        _labelled("one", ADA, ROME),
        _labelled("two", ADA),  # the same words: paired with the second of their kind
        _labelled("alone", words=("Nothing",)),
    ),
)
SECOND = Domain(
    "open",
    "politics-en",
    "en",
    (EntityType("person", "person", ""), EntityType("place", "place", "")),
    train=(),
    dev=(),
    test=(
        _labelled("a", ADA, ROME),
        _labelled("b", Mention(0, 1, "place")),
        _labelled("c", words=("Elsewhere",)),
    ),
)


def test_sentences_are_paired_by_their_words_and_counted() -> None:
    both = both_annotations(GOLD, SECOND)
    assert both.ids == ("one", "two") and both.equal.tolist() == [True, False]
    found = agreement_of("politics", both)
    assert (found.sentences, found.differing) == (2, 1)
    assert found.typed == pytest.approx(2 / 3)  # of three mentions on either side two are the same
    assert found.spans == 1


def test_a_row_is_held_against_either_and_where_they_differ() -> None:
    answers: dict[str, list[Mention]] = {"one": [ADA], "two": [ADA], "alone": []}
    cells: Any = [SimpleNamespace(), SimpleNamespace()]
    results: Any = SimpleNamespace(predictions=lambda cell: answers, kept=None)
    found = figures_on(results, both_annotations(GOLD, SECOND), cells)
    assert found.first == pytest.approx(2 * 2 / (2 + 3))
    assert found.second == pytest.approx(2 * 1 / (2 + 3))
    assert found.agreed == pytest.approx(2 * 1 / (1 + 2))
    assert found.differing == 1
    key = ("zero-shot", "mine", "mini")
    shown = SecondAnnotation(
        (agreement_of("politics", both_annotations(GOLD, SECOND)),), {key: {"politics": found}}
    )
    first, second = tables(shown, "file")
    assert first.rows == (("politics", "2", "1", "66.7", "100.0"),)
    assert second.rows == (("mine", "mini", "zero-shot", "80.0 / 40.0", "80.0", "40.0", "66.7", "100.0"),)
    assert not [*tables(shown, "board")]


def test_without_the_second_annotation_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Domain:
        raise MissingDataError("no such folder", path=name, expected="files", todo="fetch them")

    monkeypatch.setattr(second_annotation, "load_open", missing)
    spec = SimpleNamespace(corpus="crossner", domain="politics", noise=None, in_domain=False)
    cell = SimpleNamespace(whole=True, record=SimpleNamespace(spec=spec))
    results: Any = SimpleNamespace(
        training={}, store="results", main=(cell,), domains=("politics",), gold=lambda cell: GOLD, tables={}
    )
    assert compute(results) is None
    results.training = None
    assert compute(results) is None
