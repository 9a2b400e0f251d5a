"""What to label next, which method, how much names matter: on the toy corpus."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cells_cli import call
from toys import SOURCE, TARGET

from benchmark.domains.corpus import EntityType, Mention
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT
from lar.alignment.align import align_types
from lar.method import LarDirect
from larbench.advice.familiarity import Familiarity, familiarity
from larbench.advice.label_next import WRITERS, majority, rank
from larbench.advice.paraphrases import paraphrases
from larbench.advice.race import MEASURED, held_out, run_race
from larbench.commands.recommend import advice
from larbench.models.documents import LINES, read_questions
from larbench.tagger.embedding import Embedder

LINES_OF_TEXT = ["Anna swam in the Elbe", "Bob met Eve", "it rained", "Bob met Eve"]


def _model(*answers: list[Mention]) -> Any:
    """A model that gives these answers to the sentences that it is asked about, in their order."""
    method = SimpleNamespace(notes=dict, predict=lambda asked: list(answers)[: len(asked)])
    types = (EntityType("person", "person", ""), EntityType("river", "river", ""))
    return SimpleNamespace(method=method, types=types, predict=method.predict)


@pytest.fixture
def questions() -> Any:
    return list(read_questions(enumerate(LINES_OF_TEXT, 1), LINES, "text"))


def test_the_sentence_that_models_disagree_on_comes_first(questions: Any) -> None:
    anna, river = Mention(0, 1, "person"), Mention(4, 5, "river")
    bob, eve = Mention(0, 1, "person"), Mention(2, 3, "person")
    models = [_model([anna, river], [bob], []), _model([anna], [bob], []), _model([anna], [eve], [])]
    found = rank(models, questions, count=5)
    assert [one.question.text for one in found] == ["Bob met Eve", "Anna swam in the Elbe"]
    assert [round(one.disagreement, 3) for one in found] == [0.667, 0.222]
    assert [one.mentions for one in found] == [(bob,), (anna,)]
    assert len(rank(models, questions, count=1)) == 1


def test_majority_is_more_than_half() -> None:
    one, other = Mention(0, 1, "person"), Mention(0, 2, "person")
    assert majority([[one], [other]]) == ()
    assert majority([[one], [other], [one]]) == (one,)


def test_files_for_tools_hold_places_in_characters(questions: Any) -> None:
    river = Mention(4, 5, "river")
    (one,) = rank([_model([river], [], []), _model([river], [], []), _model([], [], [])], questions, count=1)
    doccano = json.loads(WRITERS["doccano"]([one]))
    assert doccano["text"][slice(*doccano["label"][0][:2])] == "Elbe"
    (task,) = json.loads(WRITERS["label-studio"]([one]))
    value = task["predictions"][0]["result"][0]["value"]
    assert task["data"]["text"][value["start"] : value["end"]] == "Elbe"
    assert value["labels"] == ["river"]
    assert "Elbe\tB-river\n" in WRITERS["columns"]([one])


def test_paraphrases_keep_the_names_of_tags() -> None:
    kinds = (EntityType("city", "city", "a large town"),)
    ways = paraphrases(kinds)
    assert {kind.name for types in ways.values() for kind in types} == {"city"}
    assert ways["plural names"][0].readable == "cities"
    assert ways["without descriptions"][0].description == ""
    assert ways["as stated"] == kinds
    assert len({types[0].stated[1] + types[0].stated[2] for types in ways.values()}) == len(ways)


def test_a_race_runs_what_the_time_allows_and_says_it_in_words(tiny_backbone: str, tmp_path: Path) -> None:
    entrants: Any = {ZERO_SHOT: ["source-only"], SUPERVISED: ["fine-tune", "direct"]}
    store = Store(tmp_path / "store")
    params = {"backbone": tiny_backbone}
    race = run_race(SOURCE, TARGET, store, minutes=30, params=params, entrants=entrants)
    best = race.runners[SUPERVISED][0]
    assert len(best.runs) == 3
    assert best.f1 >= race.runners[SUPERVISED][1].f1
    assert race.doubling is not None
    assert race.left_out == ()
    near = familiarity(SOURCE, TARGET, tiny_backbone)
    told = "\n".join(advice(race, near))
    assert f"with 14 labelled sentences: {best.method}, F1 {100 * best.f1:.1f} (" in told
    assert "without labels: source-only" in told
    assert "more labels: from 7 to 14 sentences" in told
    assert "  person: person, " in told


def test_a_fit_is_ended_when_the_time_is_up_and_what_was_finished_counts(
    tiny_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(10_000))  # each look at the clock is a second later
    monkeypatch.setattr("larbench.advice.race.time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr("larbench.tagger.train._TOLD_EVERY", 0.0)  # a training tells each step
    entrants: Any = {ZERO_SHOT: ["source-only", "lar-direct"], SUPERVISED: ["fine-tune"]}
    params = {"backbone": tiny_backbone}
    run_race(SOURCE, TARGET, store := Store(tmp_path / "store"), minutes=30, params=params, entrants=entrants)
    race = run_race(SOURCE, TARGET, store, minutes=0.4, params=params, entrants=entrants)
    assert race.runners[ZERO_SHOT][0].method == "source-only" and race.source_tagger
    (ended,) = [text for text in race.left_out if "(ended after" in text]
    assert "training on" in ended and " left)" in ended
    assert f"left out for want of time: {race.left_out[0]}" in "\n".join(advice(race, []))


def test_a_race_without_time_says_that_nothing_was_measured(tiny_backbone: str, tmp_path: Path) -> None:
    params = {"backbone": tiny_backbone}
    race = run_race(SOURCE, TARGET, Store(tmp_path), minutes=0, params=params)
    told = list(advice(race, []))
    assert not race.runners and not race.source_tagger and race.left_out
    assert told[:2] == [
        "measured on 10 labelled sentences that were held out of train and dev, which are few: label more",
        "without labels: not measured",
    ]
    assert "nothing came to its end in the time: give more with --minutes" in told


def test_a_race_never_looks_at_test(tiny_backbone: str, tmp_path: Path) -> None:
    split = held_out(TARGET)
    parts = [{one.id for one in part} for part in (split.train, split.dev, split.test)]
    assert set.union(*parts) == {one.id for one in (*TARGET.train, *TARGET.dev)}
    assert sum(map(len, parts)) == len(TARGET.train) + len(TARGET.dev)
    blind = replace(TARGET, test=())
    entrants: Any = {ZERO_SHOT: ["source-only"]}
    params = {"backbone": tiny_backbone}
    race = run_race(SOURCE, blind, Store(tmp_path), minutes=30, params=params, entrants=entrants)
    assert race.runners[ZERO_SHOT][0].runs


def test_train_gives_what_dev_lacks_and_a_third_at_most() -> None:
    split = held_out(TARGET)
    assert len(split.train) == len(TARGET.train) - len(TARGET.train) // 3
    many = replace(TARGET, dev=TARGET.dev * 40)
    assert held_out(many).train == many.train
    few = replace(TARGET, train=TARGET.train * 20)
    assert len(held_out(few).test) == MEASURED


def test_familiarity_is_that_of_the_alignment_that_the_method_uses(tiny_backbone: str) -> None:
    aligned = align_types(SOURCE.types, TARGET.types, Embedder(tiny_backbone), **_alignment_of_the_method())
    near = familiarity(SOURCE, TARGET, tiny_backbone)
    assert {one.type: one.similarity for one in near} == dict(aligned.scores)
    assert {one.type: one.partner for one in near} == dict(aligned.pairs)


def _alignment_of_the_method() -> dict[str, Any]:
    params = LarDirect().get_params()
    return {name: params[name] for name in ("solver", "type_text", "similarity")}


def test_a_type_that_is_strange_is_warned_of() -> None:
    assert Familiarity("a", None, 0.1, 0.9).strange
    assert Familiarity("a", "b", 0.9, 0.1).strange
    assert not Familiarity("a", "b", 0.9, 0.9).strange
    assert not Familiarity("a", "b", 0.9, None).strange


def test_wrong_use_is_told() -> None:
    code, _, err = call("recommend", "--domain", "sample/music", "--source", "sample/news", "--methods", "x")
    assert (code, "none of these methods races" in err) == (2, True)
