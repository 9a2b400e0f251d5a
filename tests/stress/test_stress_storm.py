"""A storm: a server that errs in every way, each in a tenth of its answers, and limits the rate.

Whatever it does, no answer is lost without being counted, none is asked for again that could be used, and
asking again for what was lost, of a server that is calm by then, completes the row. The server's own counts
prove it. ``LARBENCH_STORM=1000`` sets how many sentences are asked about.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from random import Random

import pytest
from asking_tools import environment, server
from chat_server import Call, ChatServer, Send, completion, error
from toys import SOURCE, TARGET, MemoryStore

from baselines.llm_prompt.method import LlmPrompt
from benchmark.domains.corpus import Sentence
from benchmark.task import ZERO_SHOT, Task, Workspace
from larbench.endpoint.policy import Policy

__all__ = ["environment", "server"]

SENTENCES = int(os.environ.get("LARBENCH_STORM", "60"))
TEXT = [Sentence(f"s/{number}", ("Anna", "saw", "river", str(number), ".")) for number in range(SENTENCES)]
ANSWER = '{"mentions": [{"text": "Anna", "type": "person", "occurrence": null}]}'
FAULTS = (
    lambda: error(500),
    lambda: error(503),
    lambda: error(400, "content filter"),
    lambda: Send(b'{"choices": [', cut=True),
    lambda: Send(b"<html>bad gateway</html>"),
    lambda: completion("I see nobody."),
    lambda: completion(""),
)


class Storm:
    """Answers rightly in three of ten calls; more than so many calls a moment are refused."""

    def __init__(self, seed: int, *, a_moment: float = 0.05, calls: int = 20) -> None:
        self._random, self._lock = Random(seed), threading.Lock()
        self._moment, self._most, self._began, self._seen = a_moment, calls, 0.0, 0
        self.usable: Counter[str] = Counter()
        self.sent: Counter[int] = Counter()

    def __call__(self, call: Call) -> Send:
        with self._lock:
            now = time.monotonic()
            if now - self._began > self._moment:
                self._began, self._seen = now, 0
            self._seen += 1
            if self._seen > self._most:
                return error(429)
            number = self._random.randrange(10)
            self.sent[number] += 1
            if number < len(FAULTS):
                return FAULTS[number]()
            self.usable[call.document["sentence"]] += 1
            return completion(ANSWER)


def asking(store: MemoryStore, *, again: bool = False) -> LlmPrompt:
    workspace = Workspace(artefacts=store, retry_lost=again)
    return LlmPrompt(llm_model="stormy").fit(Task.of(SOURCE, TARGET, ZERO_SHOT, workspace=workspace), 3)


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_a_storm_loses_nothing_uncounted_and_what_it_lost_can_be_asked_for_again(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Policy, "wait", lambda *_: 0.01)
    monkeypatch.setenv("LARBENCH_LLM_CONCURRENCY", "8")
    monkeypatch.setattr(Policy, "lost_in_a_row", SENTENCES)
    storm, store = Storm(seed=11), MemoryStore()
    server.behave = storm
    first = asking(store)
    found = first.predict(TEXT)
    llm = first.notes()["llm"]
    answered = {" ".join(s.tokens) for s, mentions in zip(TEXT, found, strict=True) if mentions}
    assert min(storm.sent[number] for number in range(10)) > 0
    assert 0 < len(answered) < SENTENCES
    assert (llm["asked"], llm["answered"]) == (SENTENCES, len(answered))
    assert sum(llm["lost"].values()) == SENTENCES - len(answered)
    assert llm["tries"] == len(server.calls) == llm["requests"] + sum(llm["faults_met"].values())
    assert set(storm.usable) == answered and max(storm.usable.values()) == 1

    before = len(server.calls)
    same = asking(store)
    server.behave = lambda call: completion(ANSWER)
    assert all(same.predict(TEXT)[n] for n, s in enumerate(TEXT) if " ".join(s.tokens) in answered)
    asked = {call.document["sentence"] for call in server.calls[before:]}
    assert not asked & answered

    before = len(server.calls)
    second = asking(store, again=True)
    assert all(second.predict(TEXT))
    llm = second.notes()["llm"]
    assert (llm["answered"], llm["lost"]) == (SENTENCES, {})
    asked_now = Counter(call.document["sentence"] for call in server.calls[before:])
    assert not set(asked_now) & (answered | asked)
    assert max(asked_now.values(), default=0) <= 1
    print(  # shown with -s
        f"{SENTENCES} sentences: {sum(storm.sent.values())} answers of a storm, {len(answered)} usable;"
        f" {len(asked)} asked again without, {len(asked_now)} with --retry-lost"
    )
