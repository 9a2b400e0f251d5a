"""A server that dies half-way, a budget that runs out: what was answered is kept, nothing is asked twice."""

from __future__ import annotations

import pytest
from asking_tools import Purse
from chat_server import Send
from mention_tools import Make, MentionCall, MentionServer, account, long, right, sentence

from benchmark.errors import OverBudget
from larbench.endpoint.client import EndpointError
from larbench.endpoint.policy import Policy

ASKED = [long(sentence(f"Anna {n} swam in the Ems", "Anna", "Ems")) for n in range(12)]


def test_a_server_killed_half_way_is_gone_on_from(server: MentionServer, generalist: Make, monkeypatch):
    def dying(call: MentionCall) -> Send:
        if call.number == 7:
            server.die()
            return Send(right(call).body[:50], cut=True)
        return right(call)

    server.behave = dying
    model = generalist(policy=Policy(concurrency=1, tries=3))
    with pytest.raises(EndpointError, match=r"cannot be reached.*run again"):
        model.answer(ASKED)
    notes = account(model)
    assert (notes["answered"], notes["not_asked"], notes["fell_back"]) == (12, 12, 0)
    server.close()

    with MentionServer() as restarted:
        monkeypatch.setenv("OPENAI_BASE_URL", restarted.url)
        again = generalist()
        assert again.answer(ASKED) == [("person", "river")] * 12
        notes = account(again)
        assert (notes["from_cache"], notes["requests"], notes["answered"]) == (6, 6, 24)
        asked_twice = set(server.answered) & set(restarted.answered)
        assert not asked_twice
        assert max((server.answered + restarted.answered).values()) == 1
        assert len(server.answered + restarted.answered) == 12


def test_several_under_way_when_the_server_dies_lose_nothing_that_was_read(
    server: MentionServer, generalist: Make, monkeypatch
):
    def dying(call: MentionCall) -> Send:
        if call.number == 6:
            server.die()
        return right(call)

    server.behave = dying
    model = generalist(policy=Policy(concurrency=4, tries=2))
    with pytest.raises(EndpointError):
        model.answer(ASKED)
    assert account(model)["answered"] == 2 * len(server.answered)
    server.close()
    with MentionServer() as restarted:
        monkeypatch.setenv("OPENAI_BASE_URL", restarted.url)
        assert generalist().answer(ASKED) == [("person", "river")] * 12
        assert max((server.answered + restarted.answered).values()) == 1


def test_a_budget_that_runs_out_keeps_what_was_answered(server: MentionServer, generalist: Make):
    purse = Purse(limit=1400)  # a request reserves some 600 and takes 110
    model = generalist(budget=purse)
    with pytest.raises(OverBudget):
        model.answer(ASKED)
    notes = account(model)
    assert 0 < notes["answered"] < 24
    assert notes["not_asked"] == 24 - notes["answered"]
    assert purse.held == {}
    assert purse.spent == 110 * len(server.calls) <= 1400
    paid = len(server.calls)
    again = generalist()
    assert again.answer(ASKED) == [("person", "river")] * 12
    assert len(server.calls) == 12
    assert account(again)["from_cache"] == paid
