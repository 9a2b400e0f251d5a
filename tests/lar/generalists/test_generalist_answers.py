"""One try of the protocol, without faults: what is sent, what is taken, what is kept."""

from __future__ import annotations

import json

from asking_tools import KEY
from chat_server import completion
from mention_tools import TYPES, Make, MentionServer, account, long, sentence

from lar.generalists.answers import answer_schema


def test_mentions_of_several_sentences_are_typed_in_one_request(server: MentionServer, generalist: Make):
    asked = [
        sentence("Anna swam in the Ems .", "Anna", "Ems"),
        sentence("nobody was here", name="empty"),
        sentence("the Skyway crosses the Elbe", "Skyway", "Elbe"),
    ]
    model = generalist()
    assert model.answer(asked) == [("person", "river"), (), ("bridge", "river")]
    notes = account(model)
    assert len(server.calls) == 1
    assert (notes["answered"], notes["requests"], notes["fell_back"]) == (4, 1, 0)
    assert (notes["prompt_tokens"], notes["completion_tokens"]) == (100, 10)
    assert notes["served_model"] == "served-1"
    assert notes["cost_usd"] == round((100 * 0.5 + 10 * 1.5) / 1e6, 9)


def test_the_request_is_what_the_protocol_wants(server: MentionServer, generalist: Make):
    generalist().answer([sentence("Anna swam", "Anna")])
    body = server.calls[0].body
    assert body["model"] == "gpt-3.5-turbo"
    assert (body["temperature"], body["seed"]) == (0, 555)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["response_format"] == answer_schema([[kind.name for kind in TYPES]])
    assert body["max_tokens"] > 20
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_second_run_costs_nothing_and_needs_no_server_and_no_key(
    server: MentionServer, generalist: Make, monkeypatch
):
    asked = [long(sentence(f"Anna {n} swam in the Ems", "Anna", "Ems")) for n in range(3)]
    first = generalist().answer(asked)
    server.close()
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    again = generalist()
    assert again.answer(asked) == first
    notes = account(again)
    assert (notes["requests"], notes["from_cache"], notes["tries"]) == (0, 3, 0)
    assert (notes["prompt_tokens"], notes["cost_usd"], notes["cached_prompt_tokens"]) == (0, 0.0, 300)
    assert notes["served_model"] == "served-1"


def test_the_same_sentence_twice_is_asked_once_and_answered_twice(server: MentionServer, generalist: Make):
    model = generalist()
    twin = sentence("Anna swam", "Anna")
    assert model.answer([twin, twin, sentence("Anna swam", "Anna", name="third")]) == [("person",)] * 3
    assert len(server.calls[0].mentions) == 1
    assert account(model)["answered"] == 3


def test_the_order_of_candidates_does_not_change_the_question(server: MentionServer, generalist: Make):
    generalist().answer([sentence("Anna swam", "Anna", candidates=("river", "person", "bridge"))])
    model = generalist()
    model.answer([sentence("Anna swam", "Anna", candidates=("bridge", "person", "river"))])
    assert account(model)["from_cache"] == 1


def test_seed_and_model_are_part_of_what_an_answer_is_kept_under(server: MentionServer, generalist: Make):
    asked = [sentence("Anna swam", "Anna")]
    for options in ({}, {"seed": 666}, {"model": "gpt-4o"}):
        generalist(**options).answer(asked)
    assert len(server.calls) == 3


def test_one_candidate_needs_no_asking_and_none_cannot_be_asked(server: MentionServer, generalist: Make):
    model = generalist()
    assert model.answer([sentence("Anna swam", "Anna", candidates=("river",))]) == [("river",)]
    assert model.answer([sentence("Anna swam", "Anna", candidates=())]) == [(None,)]
    assert server.calls == []
    assert account(model)["mentions"] == 0


def test_prose_and_code_fences_around_the_answer_are_passed_over(server: MentionServer, generalist: Make):
    server.behave = lambda call: completion(
        f"Sure {{as you like}}!\n```json\n{json.dumps(call.right())}\n```\nGlad to help."
    )
    model = generalist()
    assert model.answer([sentence("Anna swam in the Ems", "Anna", "Ems")]) == [("person", "river")]
    assert account(model)["asked_again"] == 0


def test_a_type_may_be_named_by_its_readable_name(server: MentionServer, generalist: Make):
    server.behave = lambda call: completion('{"1": "Bridge (Built)"}')
    assert generalist().answer([sentence("the Skyway", "Skyway")]) == [("bridge",)]
