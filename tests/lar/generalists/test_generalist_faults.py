"""What an endpoint does wrong: each mention is accounted for, and nothing is waited for in vain."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from chat_server import Send, completion, error
from mention_tools import Make, MentionCall, MentionServer, account, long, right, sentence

from larbench.endpoint.client import EndpointError
from larbench.endpoint.policy import Policy

ASKED = [
    long(sentence("Anna swam in the Ems .", "Anna", "Ems", name="a")),
    long(sentence("Bob Marsh crossed the Skyway over the Elbe", "Bob Marsh", "Skyway", "Elbe", name="b")),
    long(sentence("the Elbe was cold", "Elbe", name="c")),
]
RIGHT = [("person", "river"), ("person", "bridge", "river"), ("river",)]
CONTENT = {  # unreadable contents, by the fault that they are
    "malformed": lambda call: completion('{"1": "person", '),
    "unknown-type": lambda call: completion(json.dumps(dict.fromkeys(call.right(), "spaceship"))),
    "wrong-count": lambda call: completion(json.dumps({**call.right(), "99": "person"})),
    "truncated": lambda call: completion('{"1": "per', finish="length"),
    "empty": lambda call: completion(""),
    "oversized": lambda call: completion('{"1": "' + "x" * 100_000 + '"}'),
}


def first(fault: Callable[[MentionCall], Send], times: int = 1) -> Callable[[MentionCall], Send]:
    """Err on the first calls, then answer rightly."""
    return lambda call: fault(call) if call.number <= times else right(call)


def about_b(fault: Callable[[MentionCall], Send]) -> Callable[[MentionCall], Send]:
    """Err on every question about sentence b."""
    return lambda call: fault(call) if "Bob Marsh" in call.user else right(call)


@pytest.mark.parametrize("fault", CONTENT)
def test_an_unreadable_answer_is_asked_for_once_more(fault: str, server: MentionServer, generalist: Make):
    server.behave = lambda call: right(call) if call.asked_again else about_b(CONTENT[fault])(call)
    model = generalist()
    assert model.answer(ASKED) == RIGHT
    notes = account(model)
    assert (notes["answered"], notes["asked_again"], notes["fell_back"]) == (6, 3, 0)
    assert notes["faults_met"][fault] >= 1
    assert len(server.calls) == 4


@pytest.mark.parametrize("fault", CONTENT)
def test_one_that_stays_unreadable_falls_back(fault: str, server: MentionServer, generalist: Make):
    server.behave = about_b(CONTENT[fault])
    model = generalist()
    assert model.answer(ASKED) == [RIGHT[0], (None, None, None), RIGHT[2]]
    notes = account(model)
    assert (notes["answered"], notes["asked_again"], notes["fell_back"]) == (3, 3, 3)
    assert notes["by_fault"] == {fault: 3}
    assert len(server.calls) == 4


@pytest.mark.parametrize("fault", CONTENT)
def test_an_unreadable_answer_is_kept_too(fault: str, server: MentionServer, generalist: Make):
    server.behave = about_b(CONTENT[fault])
    first_run = generalist().answer(ASKED)
    server.behave = right
    again = generalist()
    assert again.answer(ASKED) == first_run
    assert account(again)["tries"] == 0
    assert max(server.answered.values()) == 1


@pytest.mark.parametrize(("times", "expected"), [(1, "right"), (99, "no-completion")])
def test_what_is_no_completion_is_asked_for_once_more_in_the_same_words(
    times: int, expected: str, server: MentionServer, generalist: Make
):
    server.behave = first(lambda call: Send(b"<html>welcome to the hotel</html>"), times)
    model = generalist()
    (types,) = model.answer(ASKED[:1])
    assert types == (RIGHT[0] if expected == "right" else (None, None))
    assert len(server.calls) == 2
    assert server.calls[0].body == server.calls[1].body
    notes = account(model)
    assert (notes["asked_again"], notes["faults_met"]) == (0, {"no-completion": min(times, 2)})
    assert notes["by_fault"] == ({} if expected == "right" else {"no-completion": 2})


def test_a_type_that_is_no_candidate_spoils_its_own_mention_alone(server: MentionServer, generalist: Make):
    def odd(call: MentionCall) -> Send:
        return completion(json.dumps(call.right() | {"2": "spaceship"}))

    server.behave = lambda call: right(call) if call.asked_again else odd(call)
    model = generalist()
    assert model.answer(ASKED[:1]) == RIGHT[:1]
    assert [mention["words"] for mention in server.calls[1].mentions] == ["Ems"]
    assert account(model)["asked_again"] == 1


def test_two_objects_in_an_answer_are_not_chosen_between(server: MentionServer, generalist: Make):
    server.behave = lambda call: completion('{"1": "person"} or rather {"1": "river"}')
    model = generalist()
    assert model.answer(ASKED[2:]) == [(None,)]
    assert account(model)["by_fault"] == {"malformed": 1}


def test_a_bundle_with_one_unreadable_answer_is_asked_again_sentence_by_sentence(
    server: MentionServer, generalist: Make
):
    asked = [sentence(f"Anna {n} swam in the Ems", "Anna", "Ems") for n in range(3)]
    server.behave = lambda call: (
        completion("no")
        if not call.asked_again or call.document["sentences"][0]["sentence"].startswith("Anna 1")
        else right(call)
    )
    model = generalist()
    assert model.answer(asked) == [("person", "river"), (None, None), ("person", "river")]
    assert len(server.calls) == 4
    assert account(model)["by_fault"] == {"malformed": 2}


TRANSIENT = {
    "rate-limited": lambda call: error(429),
    "server-error": lambda call: error(500),
    "cut": lambda call: Send(right(call).body[:40], cut=True),
    "time-out": lambda call: Send(stall=True),
}


def _patience(fault: str) -> float:
    """Seconds for one try: as few as a busy machine allows where a test waits for all of them."""
    return 2.0 if fault == "time-out" else 60.0


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_does_not_pass_for_one_question_falls_back(fault: str, server: MentionServer, generalist: Make):
    server.behave = about_b(TRANSIENT[fault])
    model = generalist(policy=Policy(concurrency=2, tries=3, timeout=_patience(fault)))
    assert model.answer(ASKED) == [RIGHT[0], (None, None, None), RIGHT[2]]
    notes = account(model)
    assert notes["by_fault"] == {fault: 3}
    if fault != "rate-limited":  # whose end patience is
        assert notes["tries"] == 5
    assert notes["asked_again"] == 0


def test_nobody_there_is_an_error_and_not_a_fall_back(server: MentionServer, generalist: Make):
    server.close()
    model = generalist(policy=Policy(tries=3))
    with pytest.raises(EndpointError, match="cannot be reached"):
        model.answer(ASKED)
    assert account(model)["not_asked"] == 6
