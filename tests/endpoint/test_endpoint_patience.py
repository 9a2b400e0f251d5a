"""What is waited for, and for how long: rate limits, models that load, slow servers; each loss is counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from random import Random

import pytest
from asking_tools import Clock
from chat_server import Call, ChatServer, Send, completion, echo, error
from chat_tools import Make, requests, texts

from benchmark.errors import UsageError
from larbench.endpoint.client import EndpointError
from larbench.endpoint.pace import Pace
from larbench.endpoint.policy import Policy

TWELVE = [str(number) for number in range(12)]


class Window:
    """A server that allows so many requests a minute, of a clock that passes by sleeping."""

    def __init__(self, clock: Clock, most: int, **headers: str) -> None:
        self.clock, self.most, self.headers = clock, most, headers
        self.minute, self.used = 0, 0

    def __call__(self, call: Call) -> Send:
        minute = int(self.clock() // 60)
        if minute != self.minute:
            self.minute, self.used = minute, 0
        self.used += 1
        return echo(call) if self.used <= self.most else error(429, "8 a minute", **self.headers)


@pytest.mark.parametrize("headers", [{}, {"retry_after": "30"}])
def test_a_server_that_allows_eight_requests_a_minute_loses_no_answer(
    headers: dict[str, str], server: ChatServer, chat: Make, clock: Clock
):
    server.behave = Window(clock, 8, **headers)
    asking = chat()
    assert texts(asking.ask(requests(*TWELVE))) == TWELVE
    assert max(server.answered.values()) == 1
    assert clock.now < 120
    assert len(server.calls) < 12 + 18  # one request looks whether the minute is over, not each of those left


def test_a_thousand_requests_outlast_a_rate_limit(server: ChatServer, chat: Make, clock: Clock):
    server.behave = Window(clock, 50)
    many = [str(number) for number in range(300)]
    assert texts(chat().ask(requests(*many))) == many
    assert clock.now > 240


def test_what_patience_ends_is_lost_and_counted_and_asked_for_by_the_next_run(
    server: ChatServer, chat: Make, clock: Clock
):
    server.behave = lambda call: echo(call) if call.number <= 8 else error(429, "8 a day")
    asking = chat(policy=Policy(patience=100))
    found = texts(asking.ask(requests(*TWELVE)))
    assert found == [*TWELVE[:8], *["rate-limited"] * 4]
    assert 70 < clock.now <= 100
    assert asking.notes()["llm"]["said"] == {"rate-limited": "8 a day"}
    server.behave = echo
    assert texts(chat().ask(requests(*TWELVE))) == TWELVE
    assert set(server.answered.values()) == {1}


def test_a_server_that_never_stops_to_ask_for_patience_ends_the_asking(
    server: ChatServer, chat: Make, clock: Clock
):
    server.behave = lambda call: echo(call) if call.number <= 2 else error(429, "come back tomorrow")
    with pytest.raises(EndpointError, match=r"stopped answering \(rate-limited\): come back tomorrow;"):
        chat(policy=Policy(patience=100)).ask(requests(*TWELVE))
    assert clock.now <= 100


def test_a_model_that_loads_for_45_seconds_is_waited_for(server: ChatServer, chat: Make, clock: Clock):
    server.behave = lambda call: echo(call) if clock() >= 45 else error(503, "Loading model")
    assert texts(chat().ask(requests(*"abc"))) == list("abc")
    assert 45 <= clock.now < 70


def test_patience_does_not_count_what_passes_between_two_calls(server: ChatServer, chat: Make, clock: Clock):
    asking = chat(policy=Policy(patience=100))
    asking.ask(requests("a"))
    clock.now += 1000
    server.behave = lambda call: echo(call) if call.number > 3 else error(429)
    assert texts(asking.ask(requests("b"))) == ["b"]


class Slots:
    """A server that works on so many requests at once, ``seconds`` each, also on those given up."""

    def __init__(self, slots: int, seconds: float) -> None:
        self.slots, self.seconds = threading.Semaphore(slots), seconds
        self.seen: Counter[str] = Counter()
        self.lock, self.inside, self.most = threading.Lock(), 0, 0

    def __call__(self, call: Call) -> Send:
        with self.lock:
            self.seen[call.user] += 1
            self.inside += 1
            self.most = max(self.most, self.inside)
        with self.slots:
            time.sleep(self.seconds)
        with self.lock:
            self.inside -= 1
        return completion(call.user)


def test_one_request_at_a_time_is_found_for_a_server_with_one_slot(server: ChatServer, chat: Make):
    server.behave = slots = Slots(1, 0.5)  # more than a busy machine adds to an answer
    asking = chat(policy=Policy(), clock=time.monotonic)
    assert texts(asking.ask(requests(*TWELVE))) == TWELVE
    assert slots.most == 2  # two were tried, and came slower
    assert asking.notes()["llm"]["concurrency"] == 1
    assert set(slots.seen.values()) == {1}
    assert asking.notes()["llm"]["answer_seconds"] >= 0.5


def test_more_requests_at_a_time_are_found_for_a_server_with_more_slots(server: ChatServer, chat: Make):
    server.behave = slots = Slots(32, 0.15)
    many = [str(number) for number in range(40)]
    asking = chat(policy=Policy(), clock=time.monotonic)
    assert texts(asking.ask(requests(*many))) == many
    assert slots.most > 2


def test_a_slow_server_is_given_time_and_asked_once(server: ChatServer, chat: Make):
    # the queue of one server, in small: one slot, and a time-out that two waiting requests would pass
    server.behave = slots = Slots(1, 1.0)
    asking = chat(policy=Policy(timeout=1.7), clock=time.monotonic)
    six = TWELVE[:6]
    assert texts(asking.ask(requests(*six))) == six
    assert sum(slots.seen.values()) <= 8  # what was tried at two at a time, may have been sent again
    assert asking.notes()["llm"]["concurrency"] == 1


def test_what_timed_out_goes_behind_the_others(server: ChatServer, chat: Make):
    server.behave = lambda call: Send(stall=True) if call.number == 1 else echo(call)
    asking = chat(policy=Policy(timeout=1.0))
    assert texts(asking.ask(requests(*"abc"))) == list("abc")
    assert [call.user for call in server.calls] == ["a", "b", "c", "a"]


def test_the_level_falls_and_rises_again():
    clock = Clock()
    pace = Pace(Policy(concurrency=8), clock, lambda: 0.0)

    def answers(count: int, seconds: float) -> int:
        for _ in range(count):
            pace.answered(seconds, pace.level)
        return pace.level

    assert [answers(n, 1.0) for n in (3, 1, 4, 4, 8)] == [1, 2, 4, 8, 8]
    pace.timed_out()
    assert pace.level == 4
    pace.timed_out()
    assert pace.level == 2
    assert answers(20, 1.0) == 2  # what was too much is not tried at once
    assert answers(40, 1.0) == 8
    assert pace.pause(pace.round, None, rate_limited=True)
    assert pace.level == 4
    assert answers(4, 5.0) == 2  # slower than at the level below


def test_a_stalled_request_is_told_by_what_answers_take():
    pace = Pace(Policy(timeout=600), Clock(), lambda: 0.0)
    assert pace.timeout() == 600  # a model may still have to be loaded
    pace.answered(2.0, 1)
    assert pace.timeout() == 60
    pace.answered(12.0, 1)
    assert pace.timeout() == 240
    pace.answered(70.0, 1)
    assert pace.timeout() == 600


def test_the_first_answers_tell_how_long_the_rest_will_take(server: ChatServer, store, clock: Clock):
    from benchmark.task import Workspace
    from larbench.endpoint.chat import Chat

    def slow(call: Call) -> Send:
        clock.now += 3
        return echo(call)

    server.behave = slow
    told: list[str] = []
    workspace = Workspace(artefacts=store.artefacts, tell=told.append)
    Chat("m", workspace=workspace, seed=1, policy=Policy(concurrency=1), clock=clock).ask(requests(*TWELVE))
    assert told[0] == "asking: 1 answered, 11 to go"
    assert told[4] == "asking: 5 answered, 7 to go, some 21 s"
    assert told[-1] == "asking: 12 answered, 0 to go"


def test_the_environment_sets_the_limits(server: ChatServer, chat: Make, monkeypatch):
    assert Policy.from_environment({}) == Policy()
    environment = {"LARBENCH_LLM_TIMEOUT": "90.5", "LARBENCH_LLM_CONCURRENCY": " 2 "}
    assert Policy.from_environment(environment) == Policy(timeout=90.5, concurrency=2)
    monkeypatch.setenv("LARBENCH_LLM_MAX_TOKENS", "999")
    chat(policy=None).ask(requests("a"))
    assert server.calls[0].body["max_tokens"] == 999


@pytest.mark.parametrize("text", ["0", "-1", "many", "nan", "1.5"])
def test_a_limit_that_is_none_is_named(text: str):
    with pytest.raises(UsageError, match=f"LARBENCH_LLM_CONCURRENCY='{text}': expected a whole number"):
        Policy.from_environment({"LARBENCH_LLM_CONCURRENCY": text})
    if text != "1.5":
        with pytest.raises(UsageError, match=r"LARBENCH_LLM_PATIENCE.*expected seconds, more than 0"):
            Policy.from_environment({"LARBENCH_LLM_PATIENCE": text})


def test_a_cut_answer_is_asked_for_again_where_more_tokens_are_allowed(server: ChatServer, chat: Make):
    def wordy(call: Call) -> Send:
        return completion(call.user, finish="stop" if call.body["max_tokens"] >= 500 else "length")

    server.behave = wordy
    assert texts(chat().ask(requests("a"))) == [None]
    assert texts(chat().ask(requests("a"))) == [None]  # it would be cut again
    assert len(server.calls) == 1
    assert texts(chat(policy=Policy(max_tokens=500)).ask(requests("a"))) == ["a"]
    assert texts(chat(policy=Policy(max_tokens=500)).ask(requests("a"))) == ["a"]
    assert len(server.calls) == 2
    # a whole answer serves whatever bound it was asked for
    assert texts(chat(policy=Policy(max_tokens=700)).ask(requests("b"))) == ["b"]
    assert texts(chat().ask(requests("b"))) == ["b"]
    assert len(server.calls) == 3


def test_a_storm_of_faults_loses_nothing_uncounted_and_the_next_run_asks_for_the_rest_alone(
    server: ChatServer, chat: Make, clock: Clock
):
    random, lock = Random(7), threading.Lock()
    window = Window(clock, 60)
    faults = [
        lambda call: error(500),
        lambda call: error(503),
        lambda call: error(400, "content_filter"),
        lambda call: Send(echo(call).body[:40], cut=True),
        lambda call: Send(b"<html>"),
        lambda call: Send(b'{"error": "overloaded"}'),
    ]

    def storm(call: Call) -> Send:
        with lock:
            limited = window(call)
            strikes = random.random() < 0.6
            return faults[random.randrange(len(faults))](call) if strikes else limited

    server.behave = storm
    many = [str(number) for number in range(100)]
    asking = chat(policy=Policy(lost_in_a_row=50))
    found = texts(asking.ask(requests(*many)))
    answered = [text for text, said in zip(many, found, strict=True) if said == text]
    lost = Counter(said for text, said in zip(many, found, strict=True) if said != text)
    assert 0 < len(answered) < 100
    assert set(lost) <= {"server-error", "refused", "cut", "no-completion", "rate-limited"}
    notes = asking.notes()["llm"]
    assert notes["requests"] == len(answered)
    assert notes["tries"] == len(server.calls) == len(answered) + sum(notes["faults_met"].values())

    before = len(server.calls)
    server.behave = echo
    assert texts(chat().ask(requests(*many))) == many
    assert len(server.calls) == before + sum(lost.values())
    right = Counter(call.user for call in server.calls[before:])
    assert set(right) == set(many) - set(answered)
    assert set(right.values()) == {1}
