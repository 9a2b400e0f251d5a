"""What an endpoint does wrong: each request ends in one way, and nothing is waited for in vain."""

from __future__ import annotations

import gzip
import socketserver
import threading
from collections.abc import Callable

import pytest
from asking_tools import Clock
from chat_server import Call, ChatServer, Send, completion, echo, error
from chat_tools import Make, requests, texts

from benchmark.errors import UsageError
from larbench.endpoint.client import EndpointError
from larbench.endpoint.config import Endpoint
from larbench.endpoint.policy import Policy
from larbench.endpoint.reply import Reply

ASKED = requests("a", "b", "c")

TRANSIENT: dict[str, Callable[[Call], Send]] = {
    "rate-limited": lambda call: error(429),
    "server-error": lambda call: error(503),
    "cut": lambda call: Send(echo(call).body[:40], cut=True),
    "time-out": lambda call: Send(stall=True),
}


def first(fault: Callable[[Call], Send], times: int = 1) -> Callable[[Call], Send]:
    """Err on the first calls, then answer."""
    return lambda call: fault(call) if call.number <= times else echo(call)


def about_b(fault: Callable[[Call], Send]) -> Callable[[Call], Send]:
    """Err on every request about b."""
    return lambda call: fault(call) if call.user == "b" else echo(call)


def _patience(fault: str) -> float:
    """Seconds for one try: as few as a busy machine allows where a test waits for all of them."""
    return 2.0 if fault == "time-out" else 60.0


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_passes_is_tried_again(fault: str, server: ChatServer, chat: Make):
    server.behave = first(TRANSIENT[fault], times=2)
    asking = chat(policy=Policy(concurrency=1, timeout=_patience(fault)))
    assert texts(asking.ask(ASKED)) == ["a", "b", "c"]
    notes = asking.notes()["llm"]
    assert notes["faults_met"] == {fault: 2}
    assert (notes["requests"], notes["tries"]) == (3, 5)


@pytest.mark.parametrize("fault", sorted(set(TRANSIENT) - {"rate-limited"}))
def test_what_does_not_pass_for_one_request_loses_that_one(fault: str, server: ChatServer, chat: Make):
    server.behave = about_b(TRANSIENT[fault])
    asking = chat(policy=Policy(concurrency=2, tries=3, timeout=_patience(fault)))
    assert texts(asking.ask(ASKED)) == ["a", fault, "c"]
    notes = asking.notes()["llm"]
    assert (notes["requests"], notes["tries"]) == (2, 5)


def test_what_is_no_completion_is_asked_for_once_more_in_the_same_words_and_not_kept(
    server: ChatServer, chat: Make
):
    server.behave = about_b(lambda call: Send(b"<html>welcome to the hotel</html>"))
    assert texts(chat().ask(ASKED)) == ["a", "no-completion", "c"]
    assert len(server.calls) == 4
    first_try, second_try = (call.body for call in server.calls if call.user == "b")
    assert first_try == second_try
    server.behave = echo
    assert texts(chat().ask(ASKED)) == ["a", "b", "c"]
    assert len(server.calls) == 5


def test_an_answer_that_drips_is_given_up_at_the_time_out(chat: Make):
    # every chunk comes in time, the whole does not
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
        endpoint = Endpoint(f"http://127.0.0.1:{dripping.server_address[1]}/v1", "none")
        try:
            asking = chat(endpoint=endpoint, policy=Policy(tries=2, timeout=0.4))
            assert asking.ask(ASKED[:1]) == ["time-out"]
        finally:
            ended.set()
            dripping.shutdown()
            thread.join()


def test_retry_after_is_kept_to_and_bounded(server: ChatServer, chat: Make, clock: Clock):
    answers = [
        error(429, retry_after="7"),
        error(503, retry_after="86400"),
        error(429, retry_after_ms="1500"),
    ]
    server.behave = lambda call: answers[call.number - 1] if call.number <= 3 else echo(call)
    assert texts(chat().ask(ASKED[:1])) == ["a"]
    assert clock.slept == [7.0, Policy().longest_retry_after, 1.5]


def test_without_retry_after_the_waits_double(server: ChatServer, chat: Make, clock: Clock):
    server.behave = first(lambda call: error(429), times=5)
    assert texts(chat().ask(ASKED[:1])) == ["a"]
    assert clock.slept == [0.25, 0.5, 1.0, 2.0, 4.0]


def test_ten_megabytes_are_not_swallowed(server: ChatServer, chat: Make):
    server.behave = lambda call: Send(endless=10_000_000)
    asking = chat(policy=Policy(concurrency=1, response_bytes=100_000))
    assert asking.ask(ASKED[:1]) == [Reply(None, oversized=True, structured=True)]
    assert len(server.calls) == 1  # kept, as any answer
    server.close()
    assert server.sent_bytes < 9_000_000  # the connection was closed in mid-answer


def test_ten_megabytes_of_error_are_not_swallowed_either(server: ChatServer, chat: Make):
    server.behave = first(lambda call: Send(status=500, endless=10_000_000))
    asking = chat(policy=Policy(concurrency=1, response_bytes=100_000))
    assert texts(asking.ask(ASKED[:1])) == ["a"]
    assert asking.notes()["llm"]["faults_met"] == {"server-error": 1}


def test_a_compressed_bomb_is_not_unpacked(server: ChatServer, chat: Make):
    bomb = Send(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})
    server.behave = lambda call: bomb
    assert chat().ask(ASKED[:1]) == [Reply(None, oversized=True, structured=True)]


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, None, "check OPENAI_API_KEY"),
        (403, None, "check OPENAI_API_KEY"),
        (402, None, "payment"),
        (429, "insufficient_quota", "no quota left"),
        (307, None, "redirects"),
    ],
)
def test_what_no_request_can_pass_ends_it_at_once(
    status: int, code: str | None, says: str, server: ChatServer, chat: Make
):
    server.behave = lambda call: error(status, code=code, location="http://127.0.0.1:1/v1")
    with pytest.raises(UsageError, match=says):
        chat().ask(ASKED)
    assert len(server.calls) == 1


def test_an_address_or_a_model_that_is_not_known_ends_it_once_the_request_was_tried_plainly(
    server: ChatServer, chat: Make
):
    server.behave = lambda call: error(404, "on purpose")  # so do servers that know no response_format
    with pytest.raises(UsageError, match=r"check OPENAI_BASE_URL and --llm-model \(on purpose\)"):
        chat().ask(ASKED)
    assert ["response_format" in call.body for call in server.calls] == [True, False]
    server.behave = lambda call: error(404, "the model 'x' was not found")
    with pytest.raises(UsageError, match="'x' was not found"):
        chat().ask(ASKED)
    assert len(server.calls) == 3


def test_a_request_that_the_server_refuses_is_lost_and_others_go_on(server: ChatServer, chat: Make):
    server.behave = about_b(lambda call: error(400, "context length exceeded"))
    asking = chat()
    assert texts(asking.ask(ASKED)) == ["a", "refused", "c"]
    assert asking.notes()["llm"]["structured"] is True


def test_an_endpoint_that_fails_again_and_again_is_given_up(server: ChatServer, chat: Make):
    server.behave = lambda call: error(500, "out of order")
    asking = chat(policy=Policy(concurrency=1, tries=2, lost_in_a_row=3))
    with pytest.raises(EndpointError, match=r"answers nothing \(server-error\): out of order; .*run again"):
        asking.ask(requests(*(str(n) for n in range(20))))
    assert len(server.calls) == 6 + 2  # two without response_format, which may be what it cannot bear


def test_nobody_there_is_an_error_and_not_a_lost_request(server: ChatServer, chat: Make):
    server.close()
    with pytest.raises(EndpointError, match="cannot be reached"):
        chat(policy=Policy(tries=3)).ask(ASKED)


def test_no_more_requests_are_under_way_than_allowed(server: ChatServer, chat: Make):
    lock, under_way, most = threading.Lock(), [0], [0]

    def slow(call: Call) -> Send:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.05)
        with lock:
            under_way[0] -= 1
        return completion("x")

    server.behave = slow
    found = chat(policy=Policy(concurrency=3)).ask(requests(*(str(n) for n in range(12))))
    assert texts(found) == ["x"] * 12
    assert 1 < most[0] <= 3


def test_without_an_endpoint_what_to_set_is_said(chat: Make, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match="no endpoint: set OPENAI_API_KEY"):
        chat().ask(ASKED)
