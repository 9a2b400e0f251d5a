"""The generalist that chooses: letters and their log-probabilities, asked of a server on this machine."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from asking_tools import Clock
from chat_server import Call, ChatServer, Send, error
from found_mentions import found_mentions
from mention_tools import NAMES, TYPE_OF, TYPES, sentence

from benchmark.domains.corpus import EntityType, Sentence
from benchmark.errors import UsageError
from benchmark.store.store import Store
from benchmark.task import Workspace
from lar.generalists.choice import ChoiceGeneralist
from lar.generalists.enhance import enhanced
from lar.generalists.make import make_generalist
from larbench.endpoint.policy import Policy

ASKED = [sentence("Anna swam in the Ems .", "Anna", "Ems"), sentence("Skyway", "Skyway")]
Make = Callable[..., ChoiceGeneralist]


def send(probabilities: dict[str, float], *, old: bool = False, given: bool = True) -> Send:
    """A completion of one token with what it could have been; ``old``: as completions have it."""
    top = {token: math.log(p) for token, p in probabilities.items()}
    listed: dict[str, Any] = {"top_logprobs": [top], "tokens": [max(top, key=top.__getitem__)]}
    if not old:
        of_token = [{"token": token, "logprob": value} for token, value in top.items()]
        listed = {"content": [{"token": "A", "logprob": -1.0, "top_logprobs": of_token}]}
    choice = {"message": {"role": "assistant", "content": "A"}, "finish_reason": "length"}
    choices = [{**choice, "logprobs": listed if given else None}]
    return Send(json.dumps({"choices": choices, "usage": {}}).encode())


def fond_of_a(call: Call) -> dict[str, float]:
    """A model that says A most, whatever is asked, and yet knows the types a little."""
    favoured = {"A": 0.6, "B": 0.2, "C": 0.1, "The": 0.1}
    known = TYPE_OF.get(call.document["mention"])
    if known is None:
        return favoured
    letter = "ABC"[NAMES.index(known)]
    return {token: p * (1.5 if token == letter else 0.5) for token, p in favoured.items()}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with ChatServer(lambda call: send(fond_of_a(call))) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


@pytest.fixture
def choosing(store: Store, clock: Clock) -> Make:
    def make(types: tuple[EntityType, ...] = TYPES, **options: Any) -> ChoiceGeneralist:
        given = {"policy": Policy(concurrency=4, max_tokens=900), "sleep": clock.sleep, "clock": clock}
        workspace = Workspace(artefacts=store.artefacts)
        return ChoiceGeneralist(types, model="small", seed=5, workspace=workspace, **{**given, **options})

    return make


@pytest.mark.parametrize("old", [False, True])
def test_probabilities_are_held_against_what_nothing_gets(
    old: bool, server: ChatServer, choosing: Make
) -> None:
    server.behave = lambda call: send(fond_of_a(call), old=old)
    (anna, ems), (skyway,) = choosing().answer(ASKED)
    for found, right in ((anna, "person"), (ems, "river"), (skyway, "bridge")):
        assert found is not None
        assert sum(found.values()) == pytest.approx(1.0)
        assert max(found, key=found.__getitem__) == right
        assert found[right] == pytest.approx(0.6)  # whatever the model is fond of


def test_a_request_asks_for_one_token_and_its_alternatives(server: ChatServer, choosing: Make) -> None:
    choosing().answer(ASKED)
    assert len(server.calls) == 4  # three mentions, and nothing
    body = server.calls[0].body
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)
    assert "response_format" not in body
    assert 'B. {"name": "river"' in body["messages"][0]["content"]
    assert {call.document["mention"] for call in server.calls} == {"N/A", "Anna", "Ems", "Skyway"}


def test_a_second_run_asks_nothing(server: ChatServer, choosing: Make) -> None:
    first = choosing().answer(ASKED)
    again = choosing()
    assert again.answer(ASKED) == first
    assert len(server.calls) == 4
    assert again.notes()["llm"]["from_cache"] == 4


def test_what_is_lost_falls_back_and_is_counted(server: ChatServer, choosing: Make) -> None:
    def behave(call: Call) -> Send:
        mention = call.document["mention"]
        if mention == "Ems":
            return error(400, "content filter")
        return send({"Well": 0.9}) if mention == "Skyway" else send(fond_of_a(call))

    server.behave = behave
    model = choosing()
    (anna, ems), (skyway,) = model.answer(ASKED)
    assert anna is not None and ems is None and skyway is None
    llm = model.notes()["llm"]
    assert (llm["asked"], llm["answered"], llm["lost"]) == (3, 1, {"no-letter": 1, "refused": 1})


@pytest.mark.parametrize(
    "behave",
    [
        lambda call: send({"A": 1.0}, given=False),
        lambda call: error(400, "logprobs is not supported by this model"),
    ],
)
def test_a_server_without_log_probabilities_is_an_error_in_words(
    behave: Any, server: ChatServer, choosing: Make
) -> None:
    server.behave = behave
    with pytest.raises(UsageError, match=r"no log-probabilities.*--generalist openai"):
        choosing().answer(ASKED)


def test_more_types_than_letters_are_refused(choosing: Make) -> None:
    many = tuple(EntityType(f"t{n}", f"t{n}", "") for n in range(27))
    with pytest.raises(UsageError, match="27 types"):
        choosing(types=many)


def test_its_probabilities_join_those_of_direct_inference(server: ChatServer, choosing: Make) -> None:
    text = [Sentence("s", ASKED[0].tokens)]
    ones = np.ones((2, 1), dtype=np.float32)
    found = found_mentions(np.array([0, 0]), ((0, 1), (4, 5)), ones, ones[:, 0])
    direct = np.array([[0.2, 0.5, 0.3], [1 / 3, 1 / 3, 1 / 3]], dtype=np.float32)
    both = enhanced(choosing(), found, direct, text, NAMES)
    said = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2]])
    expected = direct * said / (direct * said).sum(axis=1, keepdims=True)
    assert np.allclose(both, expected, atol=1e-5)
    assert np.allclose(both.sum(axis=1), 1.0, atol=1e-5)


def test_it_is_made_by_its_name(store: Store) -> None:
    made = make_generalist(
        "choice", TYPES, model="small", workspace=Workspace(artefacts=store.artefacts), seed=5
    )
    assert made.name == "small by choice"
