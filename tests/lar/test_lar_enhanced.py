"""Enhanced inference: what a generalist is asked, how its answers count, the embedded one, the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from found_mentions import found_mentions
from hypothesis import given
from hypothesis import strategies as st
from toys import SOURCE, TARGET, MemoryStore

import lar.generalists.embedding
from benchmark.domains.corpus import EntityType, Sentence
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from lar.enhanced import LarEnhanced
from lar.generalists.embedding import EmbeddingGeneralist
from lar.generalists.enhance import TRUST, enhanced
from lar.generalists.make import make_generalist
from lar.generalists.protocol import TypingRequest
from lar.inference.mentions import FoundMentions
from lar.method import LarDirect
from larbench.endpoint.config import MISSING

Floats = npt.NDArray[np.float32]
NAMES = ("person", "river", "bridge")
SENTENCES = [Sentence(f"s/{n}", ("Ems", "and", "Elbe", "and", "Oder")) for n in range(3)]
Place = tuple[int, int]  # sentence, word


class Told:
    """A generalist that answers as it is told for each sentence and word, and keeps what it was asked."""

    name = "told"

    def __init__(self, answers: Mapping[Place, str | None]) -> None:
        self.answers = answers
        self.asked: list[TypingRequest] = []
        self.read: list[TypingRequest] = []

    def learn(self, text: Sequence[TypingRequest]) -> None:
        self.read += text

    def answer(self, asked: Sequence[TypingRequest]) -> list[tuple[str | None, ...]]:
        self.asked += asked
        return [
            tuple(self.answers.get((int(one.id.rpartition("/")[2]), start)) for start, _ in one.spans)
            for one in asked
        ]

    def notes(self) -> Mapping[str, Any]:
        return {}


def _found(places: Sequence[Place]) -> FoundMentions:
    numbers = np.array([number for number, _ in places], dtype=np.int64)
    return found_mentions(
        numbers,
        [(at, at + 1) for _, at in places],
        np.ones((len(places), 1), np.float32),
        np.ones(len(places)),
    )


DIRECT = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.1, 0.1, 0.8]], dtype=np.float32)


def test_an_answer_outweighs_direct_inference_and_none_keeps_it() -> None:
    found = _found([(0, 0), (0, 2), (2, 4)])
    told = Told({(0, 0): "person", (2, 4): "bridge"})
    before = DIRECT.copy()
    rows = enhanced(told, found, DIRECT, SENTENCES, NAMES)
    np.testing.assert_array_equal(before, DIRECT)
    left = 1 - TRUST
    expected = [
        [0.2 * left + TRUST, 0.5 * left, 0.3 * left],
        DIRECT[1],
        [0.1 * left, 0.1 * left, 0.8 * left + TRUST],
    ]
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    assert rows.dtype == np.float32


def test_a_sentence_is_asked_about_once_with_its_mentions_and_ranked_candidates() -> None:
    told = Told({})
    enhanced(told, _found([(0, 0), (2, 4), (0, 2)]), DIRECT, SENTENCES, NAMES)
    first, second = told.asked
    assert (first.id, first.tokens, first.spans) == ("s/0", SENTENCES[0].tokens, ((0, 1), (2, 3)))
    assert first.candidates == (("river", "bridge", "person"), ("bridge", "person", "river"))
    np.testing.assert_allclose(first.probabilities, [[0.5, 0.3, 0.2], [0.8, 0.1, 0.1]], rtol=1e-6)
    assert (second.id, second.spans) == ("s/2", ((4, 5),))
    assert second.candidates == (("person", "bridge", "river"),)


def test_where_nothing_was_found_nothing_is_asked() -> None:
    told = Told({})
    rows = enhanced(told, _found([]), np.zeros((0, 3), np.float32), SENTENCES, NAMES)
    assert rows.shape == (0, 3)
    assert told.asked == []


@given(
    answers=st.dictionaries(
        st.tuples(st.integers(0, 2), st.sampled_from([0, 2, 4])), st.sampled_from([*NAMES, None])
    ),
    places=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, 2, 4])), unique=True),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_mention_gets_its_own_answer(
    answers: dict[Place, str | None], places: list[Place], seed: int
) -> None:
    direct = np.random.default_rng(seed).dirichlet(np.ones(3), size=len(places)).astype(np.float32)
    direct = direct.reshape(len(places), 3)
    rows = enhanced(Told(answers), _found(places), direct, SENTENCES, NAMES)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    for place, row, before in zip(places, rows, direct, strict=True):
        answer = answers.get(place)
        if answer is None:
            np.testing.assert_array_equal(row, before)
        else:
            assert NAMES[int(row.argmax())] == answer


# --- the embedded generalist

TYPES = tuple(EntityType(name, name, f"the name of a {name}") for name in NAMES)


class Vectors:
    """Embeds a span as what is told of its first word."""

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        self.vectors = vectors

    def spans(self, sentences: Sequence[Sequence[str]], spans: Sequence[Sequence[tuple[int, int]]]) -> Floats:
        rows = [
            self.vectors[words[start]]
            for words, row in zip(sentences, spans, strict=True)
            for start, _ in row
        ]
        return np.array(rows, dtype=np.float32).reshape(len(rows), 2)


def _generalist(monkeypatch: pytest.MonkeyPatch, **vectors: Sequence[float]) -> EmbeddingGeneralist:
    monkeypatch.setattr(lar.generalists.embedding, "Embedder", lambda *args, **options: Vectors(vectors))
    return EmbeddingGeneralist(TYPES, workspace=Workspace(), seed=1)


def _asked(text: str, *probabilities: Mapping[str, float], name: str = "s/0") -> TypingRequest:
    """A sentence whose words are all mentions, each with what is soft_labels of it."""
    ranked = [sorted(row, key=lambda kind: -row[kind]) for row in probabilities]
    return TypingRequest(
        id=name,
        tokens=tuple(text.split()),
        spans=tuple((at, at + 1) for at in range(len(probabilities))),
        candidates=tuple(map(tuple, ranked)),
        probabilities=tuple(
            tuple(row[kind] for kind in names) for names, row in zip(ranked, probabilities, strict=True)
        ),
    )


RIVER, BRIDGE = {"river": 0.9, "bridge": 0.1}, {"bridge": 0.9, "river": 0.1}
UNSURE = {"bridge": 0.51, "river": 0.49}
# two that are surely rivers, two that are surely bridges, used in opposite ways
TEXT = _asked("Ems Elbe Skyway Arch", RIVER, RIVER, BRIDGE, BRIDGE)
VECTORS = {"Ems": [1, 0], "Elbe": [0.9, 0.1], "Skyway": [-1, 0], "Arch": [-0.9, -0.1]}


def test_a_mention_that_is_used_like_a_river_is_a_river(monkeypatch: pytest.MonkeyPatch) -> None:
    generalist = _generalist(monkeypatch, **VECTORS, Oder=[1, 0.1], Gate=[-1, 0.1], Nile=[0, 1])
    generalist.learn([TEXT])
    unsure = _asked("Oder Gate", UNSURE, UNSURE, name="s/1")
    assert generalist.answer([TEXT, unsure]) == [("river", "river", "bridge", "bridge"), ("river", "bridge")]
    assert generalist.notes() == {"generalist": {"name": "embedding", "asked": 6, "changed": 1}}


def test_without_beliefs_all_candidates_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    generalist = _generalist(monkeypatch, **VECTORS)
    generalist.learn([TEXT])
    blind = replace(TEXT, id="s/1", candidates=(("bridge", "river"),) * 4, probabilities=())
    assert generalist.answer([blind]) == [("river", "river", "bridge", "bridge")]


def test_it_remembers_what_it_read_and_nothing_that_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    generalist = _generalist(monkeypatch, **VECTORS, Oder=[1, 0.1], Nile=[1, 0])
    generalist.learn([TEXT])
    later = _asked("Oder", UNSURE, name="t/0")
    # what others hold of a later text, sure as they may be, changes no answer
    contrary = _asked("Nile Nile Nile", BRIDGE, BRIDGE, BRIDGE, name="t/1")
    assert generalist.answer([later]) == [("river",)]
    assert generalist.answer([contrary, later])[1] == ("river",)


def test_of_a_text_without_mentions_it_remembers_that_and_direct_inference_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generalist = _generalist(monkeypatch, **VECTORS)
    assert generalist.answer([TEXT]) == [("river", "river", "bridge", "bridge")]  # as before it read any
    generalist.learn([])
    assert generalist.answer([]) == []
    assert generalist.answer([TEXT]) == [("river", "river", "bridge", "bridge")]
    assert generalist.answer([_asked("Ems", UNSURE)]) == [("bridge",)]
    assert generalist.notes()["generalist"]["changed"] == 0


def test_a_mention_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    generalist = _generalist(monkeypatch, **VECTORS)
    assert generalist.notes()["generalist"]["asked"] == 0
    for _ in range(2):
        generalist.answer([TEXT])
    generalist.answer([replace(TEXT, id="s/9")])
    assert generalist.notes()["generalist"]["asked"] == 8


@given(data=st.data())
def test_it_answers_every_span_with_one_of_its_candidates(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    with pytest.MonkeyPatch.context() as patch:
        words = ("Ems", "Elbe", "Skyway")
        generalist = _generalist(patch, **{word: rng.normal(size=2).tolist() for word in words})
        for turn in range(2):
            asked = []
            for number in range(data.draw(st.integers(0, 3))):
                kinds = data.draw(
                    st.lists(st.lists(st.sampled_from(NAMES), min_size=1, unique=True), max_size=3)
                )
                # probabilities as small as they come
                probabilities = [
                    {kind: 0.5**rank * data.draw(st.sampled_from([1, 0])) for rank, kind in enumerate(row)}
                    for row in kinds
                ]
                asked.append(_asked(" ".join(words), *probabilities, name=f"s/{number}"))
            if turn == 0:
                generalist.learn(asked)
            answers = generalist.answer(asked)
            assert [len(row) for row in answers] == [len(one.spans) for one in asked]
            for one, row in zip(asked, answers, strict=True):
                assert all(answer in names for answer, names in zip(row, one.candidates, strict=True))


def test_on_a_real_encoder(tiny_backbone: str) -> None:
    generalist = make_generalist("embedding", TYPES, workspace=Workspace(), seed=1, backbone=tiny_backbone)
    assert generalist.name == "embedding"
    assert generalist.answer([]) == []
    silent = TypingRequest("s/0", ("it", "rained"), (), ())
    generalist.learn([silent, TEXT])
    assert generalist.answer([silent, _asked("Ems Skyway", RIVER, UNSURE), silent])[::2] == [(), ()]


# --- the method


def _task(store: MemoryStore, setting: str = ZERO_SHOT) -> Task:
    return Task.of(SOURCE, TARGET, setting, workspace=Workspace(artefacts=store))


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "LARBENCH_LLM_PRICES"):
        monkeypatch.delenv(name, raising=False)


def test_the_row_names_its_generalist() -> None:
    assert LarEnhanced().variant() == "embedding"
    assert LarEnhanced(generalist="openai").variant() == "gpt-3.5-turbo"
    assert LarEnhanced(generalist="openai", llm_model="other-1").variant() == "other-1"
    assert LarEnhanced(base="other-base").variant() == "other-base, embedding"
    with pytest.raises(UsageError, match="unknown generalist 'opneai': use embedding, openai, choice"):
        LarEnhanced(generalist="opneai")


@pytest.mark.usefixtures("_no_endpoint")
@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
def test_without_an_endpoint_openai_is_skipped_with_a_reason(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LarEnhanced(generalist="openai").skip(setting) == MISSING
    assert LarEnhanced().skip(setting) is None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:9/v1")
    assert LarEnhanced(generalist="openai").skip(setting) is None


@pytest.mark.usefixtures("_no_endpoint")
def test_only_openai_costs_tokens() -> None:
    assert LarEnhanced().estimate_tokens(TARGET, ZERO_SHOT) == 0
    assert LarEnhanced().estimate_dollars(TARGET, ZERO_SHOT) == 0
    assert LarDirect().estimate_tokens(TARGET, ZERO_SHOT) == 0
    asking = LarEnhanced(generalist="openai")
    tokens = {setting: asking.estimate_tokens(TARGET, setting) for setting in (ZERO_SHOT, SUPERVISED)}
    assert all(isinstance(count, int) and count > 0 for count in tokens.values())
    dollars = asking.estimate_dollars(TARGET, ZERO_SHOT)
    assert dollars is not None
    assert 0 < dollars < 1
    unpriced = LarEnhanced(generalist="openai", llm_model="nobody-knows-1")
    assert unpriced.estimate_dollars(TARGET, ZERO_SHOT) is None
    assert unpriced.estimate_tokens(TARGET, ZERO_SHOT) == tokens[ZERO_SHOT]


def test_more_text_costs_more() -> None:
    asking = LarEnhanced(generalist="openai")
    twice = replace(TARGET, test=TARGET.test * 2, train=TARGET.train * 2)
    assert asking.estimate_tokens(twice, ZERO_SHOT) > asking.estimate_tokens(TARGET, ZERO_SHOT)
    # but the supervised student asks about source sentences alone
    assert asking.estimate_tokens(twice, SUPERVISED) == asking.estimate_tokens(TARGET, SUPERVISED) > 0


def test_prompts_are_a_component_where_they_are_asked(tiny_backbone: str) -> None:
    assert set(LarEnhanced(backbone=tiny_backbone).components()) == {"backbone"}
    asking = LarEnhanced(backbone=tiny_backbone, generalist="openai")
    assert set(asking.components()) == {"backbone", "prompts"}


def test_an_oracle_is_the_harnesss_affair(tiny_backbone: str, store: MemoryStore) -> None:
    for kind in (LarDirect, LarEnhanced):
        assert kind().get_params()["oracle"] is None
        assert kind(oracle=0.7).get_params()["oracle"] == 0.7
    text = [sentence.unlabelled() for sentence in TARGET.test]
    plain, oracle = (
        LarEnhanced(backbone=tiny_backbone, rounds=0, oracle=p).fit(_task(store), 1) for p in (None, 0.9)
    )
    assert plain.predict(text) == oracle.predict(text)


def test_the_generalist_types_what_the_teacher_finds(
    tiny_backbone: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bridges(Told):
        def answer(self, asked: Sequence[TypingRequest]) -> list[tuple[str | None, ...]]:
            self.asked += asked
            return [("bridge",) * len(one.spans) for one in asked]

    bridges = Bridges({})
    monkeypatch.setattr(LarEnhanced, "_generalist", lambda *args: bridges)
    method = LarEnhanced(backbone=tiny_backbone, rounds=0).fit(_task(store), 1)
    predicted = method.predict([sentence.unlabelled() for sentence in TARGET.train])
    found = [mention for mentions in predicted for mention in mentions]
    assert found
    assert {mention.type for mention in found} == {"bridge"}
    # it may learn from the unlabelled text, and is asked about that first, then what is to be predicted
    ids = [one.id for one in bridges.asked]
    assert ids[: len(set(ids))] == [s.id for s in _task(store).target.unlabelled if s.id in set(ids)]
    assert all(one.candidates and sorted(one.candidates[0]) == sorted(NAMES) for one in bridges.asked)


def test_a_supervised_student_asks_about_the_source_alone(
    tiny_backbone: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told({})
    monkeypatch.setattr(LarEnhanced, "_generalist", lambda *args: told)
    LarEnhanced(backbone=tiny_backbone, joint_epochs=1, self_rounds=0).fit(_task(store, SUPERVISED), 1)
    assert {one.id for one in told.read} <= {s.id for s in _task(store).target.unlabelled}
    assert told.read
    assert told.asked
    assert {one.id for one in told.asked} <= {sentence.id for sentence in SOURCE.train}


def test_what_the_generalist_notes_stands_on_the_record(tiny_backbone: str, store: MemoryStore) -> None:
    method = LarEnhanced(backbone=tiny_backbone, rounds=0).fit(_task(store), 1)
    before = method.notes()["generalist"]
    assert before["name"] == "embedding"
    assert before["asked"] > 0
    method.predict([sentence.unlabelled() for sentence in TARGET.test])
    assert method.notes()["generalist"]["asked"] > before["asked"]
    assert "generalist" not in LarDirect(backbone=tiny_backbone, rounds=0).fit(_task(store), 1).notes()
