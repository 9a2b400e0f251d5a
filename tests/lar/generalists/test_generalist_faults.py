"""What an endpoint does wrong: each mention is accounted for, and nothing is waited for in vain."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from asking_tools import Clock, Make, account, long, sentence
from chat_server import Call, ChatServer, Send, completion, error, right

from benchmark.errors import UsageError
from lar.generalists.asking import EndpointError
from lar.generalists.retry import Policy

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
    "no-completion": lambda call: Send(b"<html>welcome to the hotel</html>"),
}


def first(fault: Callable[[Call], Send], times: int = 1) -> Callable[[Call], Send]:
    """Err on the first calls, then answer rightly."""
    return lambda call: fault(call) if call.number <= times else right(call)


def about_b(fault: Callable[[Call], Send]) -> Callable[[Call], Send]:
    """Err on every question about sentence b."""
    return lambda call: fault(call) if "Bob Marsh" in call.user else right(call)


@pytest.mark.parametrize("fault", CONTENT)
def test_an_unreadable_answer_is_asked_for_once_more(fault: str, server: ChatServer, generalist: Make):
    server.behave = lambda call: right(call) if call.asked_again else about_b(CONTENT[fault])(call)
    model = generalist()
    assert model.answer(ASKED) == RIGHT
    notes = account(model)
    assert (notes["answered"], notes["asked_again"], notes["fell_back"]) == (6, 3, 0)
    assert notes["faults_met"][fault] >= 1
    assert len(server.calls) == 4


@pytest.mark.parametrize("fault", CONTENT)
def test_one_that_stays_unreadable_falls_back(fault: str, server: ChatServer, generalist: Make):
    server.behave = about_b(CONTENT[fault])
    model = generalist()
    assert model.answer(ASKED) == [RIGHT[0], (None, None, None), RIGHT[2]]
    notes = account(model)
    assert (notes["answered"], notes["asked_again"], notes["fell_back"]) == (3, 3, 3)
    assert notes["by_fault"] == {fault: 3}
    assert len(server.calls) == 4


@pytest.mark.parametrize("fault", set(CONTENT) - {"no-completion"})
def test_an_unreadable_answer_is_kept_too(fault: str, server: ChatServer, generalist: Make):
    server.behave = about_b(CONTENT[fault])
    first_run = generalist().answer(ASKED)
    server.behave = right
    again = generalist()
    assert again.answer(ASKED) == first_run
    assert account(again)["tries"] == 0
    assert max(server.answered.values()) == 1


def test_a_type_that_is_no_candidate_spoils_its_own_mention_alone(server: ChatServer, generalist: Make):
    def odd(call: Call) -> Send:
        return completion(json.dumps(call.right() | {"2": "spaceship"}))

    server.behave = lambda call: right(call) if call.asked_again else odd(call)
    model = generalist()
    assert model.answer(ASKED[:1]) == RIGHT[:1]
    assert [mention["words"] for mention in server.calls[1].mentions] == ["Ems"]
    assert account(model)["asked_again"] == 1


def test_two_objects_in_an_answer_are_not_chosen_between(server: ChatServer, generalist: Make):
    server.behave = lambda call: completion('{"1": "person"} or rather {"1": "river"}')
    model = generalist()
    assert model.answer(ASKED[2:]) == [(None,)]
    assert account(model)["by_fault"] == {"malformed": 1}


def test_a_bundle_with_one_unreadable_answer_is_asked_again_sentence_by_sentence(
    server: ChatServer, generalist: Make
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


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_passes_is_tried_again(fault: str, server: ChatServer, generalist: Make):
    server.behave = first(TRANSIENT[fault], times=2)
    model = generalist(policy=Policy(concurrency=1, request_seconds=0.5))
    assert model.answer(ASKED) == RIGHT
    notes = account(model)
    assert notes["answered"] == 6
    assert notes["faults_met"] == {fault: 2}
    assert notes["tries"] == 5


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_does_not_pass_for_one_question_falls_back(fault: str, server: ChatServer, generalist: Make):
    server.behave = about_b(TRANSIENT[fault])
    model = generalist(policy=Policy(concurrency=2, tries=3, request_seconds=0.5))
    assert model.answer(ASKED) == [RIGHT[0], (None, None, None), RIGHT[2]]
    notes = account(model)
    assert notes["by_fault"] == {fault: 3}
    assert notes["tries"] == 5
    assert notes["asked_again"] == 0


def test_an_answer_that_drips_is_given_up_at_the_time_out(server: ChatServer, generalist: Make):
    # every chunk comes in time, the whole does not
    class Dripping(bytes):
        pass

    import socketserver
    import threading

    ended = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not ended.wait(0.05):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as dripping:
        thread = threading.Thread(target=dripping.serve_forever, args=(0.02,))
        thread.start()
        from lar.generalists.endpoint import Endpoint

        endpoint = Endpoint(f"http://127.0.0.1:{dripping.server_address[1]}/v1", "none")
        model = generalist(endpoint=endpoint, policy=Policy(tries=2, request_seconds=0.4))
        assert model.answer(ASKED[2:]) == [(None,)]
        ended.set()
        dripping.shutdown()
        thread.join()
    assert account(model)["by_fault"] == {"time-out": 1}


def test_retry_after_is_kept_to_and_bounded(server: ChatServer, generalist: Make, clock: Clock):
    answers = [
        error(429, retry_after="7"),
        error(503, retry_after="86400"),
        error(429, retry_after_ms="1500"),
    ]
    server.behave = lambda call: answers[call.number - 1] if call.number <= 3 else right(call)
    assert generalist().answer(ASKED[2:]) == RIGHT[2:]
    assert clock.slept == [7.0, Policy().longest_retry_after, 1.5]


def test_without_retry_after_the_waits_double(server: ChatServer, generalist: Make, clock: Clock):
    server.behave = first(lambda call: error(429), times=5)
    assert generalist().answer(ASKED[2:]) == RIGHT[2:]
    assert clock.slept == [0.25, 0.5, 1.0, 2.0, 4.0]


def test_ten_megabytes_are_not_swallowed(server: ChatServer, generalist: Make):
    server.behave = lambda call: Send(endless=10_000_000)
    model = generalist(policy=Policy(concurrency=1, response_bytes=100_000))
    assert model.answer(ASKED[2:]) == [(None,)]
    assert account(model)["by_fault"] == {"oversized": 1}
    assert len(server.calls) == 2
    server.close()
    assert server.sent_bytes < 2 * 9_000_000  # the connection was closed in mid-answer


def test_ten_megabytes_of_error_are_not_swallowed_either(server: ChatServer, generalist: Make):
    server.behave = first(lambda call: Send(status=500, endless=10_000_000))
    model = generalist(policy=Policy(concurrency=1, response_bytes=100_000))
    assert model.answer(ASKED[2:]) == RIGHT[2:]
    assert account(model)["faults_met"] == {"server-error": 1}


def test_a_compressed_bomb_is_not_unpacked(server: ChatServer, generalist: Make):
    import gzip

    bomb = Send(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})
    server.behave = lambda call: bomb
    model = generalist()
    assert model.answer(ASKED[2:]) == [(None,)]
    assert account(model)["by_fault"] == {"no-completion": 1}


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, None, "check OPENAI_API_KEY"),
        (403, None, "check OPENAI_API_KEY"),
        (404, None, "check OPENAI_BASE_URL and --llm-model"),
        (402, None, "payment"),
        (429, "insufficient_quota", "no quota left"),
        (307, None, "redirects"),
    ],
)
def test_what_no_request_can_pass_ends_it_at_once(
    status: int, code: str | None, says: str, server: ChatServer, generalist: Make
):
    server.behave = lambda call: error(status, code=code, location="http://127.0.0.1:1/v1")
    model = generalist()
    with pytest.raises(UsageError, match=says):
        model.answer(ASKED)
    assert len(server.calls) == 1
    assert account(model)["not_asked"] == 6


def test_a_request_that_the_server_refuses_falls_back_and_others_go_on(server: ChatServer, generalist: Make):
    server.behave = about_b(lambda call: error(400, "context length exceeded"))
    model = generalist()
    assert model.answer(ASKED) == [RIGHT[0], (None, None, None), RIGHT[2]]
    notes = account(model)
    assert notes["by_fault"] == {"refused": 3}
    assert notes["structured"] is True


def test_an_endpoint_that_fails_again_and_again_is_given_up(server: ChatServer, generalist: Make):
    server.behave = lambda call: error(500, "out of order")
    asked = [long(sentence(f"Anna {n} swam", "Anna")) for n in range(20)]
    model = generalist(policy=Policy(concurrency=1, tries=2, lost_in_a_row=3))
    with pytest.raises(EndpointError, match=r"stopped answering.*out of order.*run again"):
        model.answer(asked)
    assert len(server.calls) == 6
    notes = account(model)
    assert (notes["fell_back"], notes["not_asked"]) == (2, 18)


def test_nobody_there_is_an_error_and_not_a_fall_back(server: ChatServer, generalist: Make):
    server.close()
    model = generalist(policy=Policy(tries=3))
    with pytest.raises(EndpointError, match="cannot be reached"):
        model.answer(ASKED)
    assert account(model)["not_asked"] == 6


def test_the_time_for_all_asking_together_is_bounded(server: ChatServer, generalist: Make, clock: Clock):
    server.behave = lambda call: error(429, retry_after="40") if call.number > 1 else right(call)
    model = generalist(policy=Policy(concurrency=1, run_seconds=100))
    with pytest.raises(EndpointError, match="longer than the 100 s"):
        model.answer(ASKED)
    assert clock.now <= 100
    notes = account(model)
    assert (notes["answered"], notes["not_asked"]) == (2, 4)
    clock.now += 1000  # what passes between two calls is not asking
    with pytest.raises(EndpointError):  # what the first call took is taken from the second
        model.answer(ASKED[1:2])
    assert clock.now <= 1100


def test_no_more_requests_are_under_way_than_allowed(server: ChatServer, generalist: Make):
    import threading

    lock, under_way, most = threading.Lock(), [0], [0]

    def slow(call: Call) -> Send:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.05)
        with lock:
            under_way[0] -= 1
        return right(call)

    server.behave = slow
    asked = [long(sentence(f"Anna {n} swam", "Anna")) for n in range(12)]
    assert generalist(policy=Policy(concurrency=3)).answer(asked) == [("person",)] * 12
    assert 1 < most[0] <= 3


def test_without_an_endpoint_what_to_set_is_said(generalist: Make, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match="no endpoint: set OPENAI_API_KEY"):
        generalist().answer(ASKED)
