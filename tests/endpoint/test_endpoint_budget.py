"""A server that dies half-way, a budget that runs out: answers are kept, and nothing is paid for twice."""

from __future__ import annotations

import pytest
from asking_tools import Purse
from chat_server import Call, ChatServer, Send, echo, error
from chat_tools import Make, request, requests, texts

from benchmark.errors import OverBudget
from larbench.endpoint.client import EndpointError
from larbench.endpoint.policy import Policy

WORDS = [str(number) for number in range(12)]
ASKED = requests(*WORDS)  # a request reserves some 70 tokens, and the server says that it took 110


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_server_killed_half_way_is_gone_on_from(
    concurrency: int, server: ChatServer, chat: Make, monkeypatch
):
    def dying(call: Call) -> Send:
        if call.number == 7:
            server.die()
            return Send(echo(call).body[:50], cut=True)
        return echo(call)

    server.behave = dying
    with pytest.raises(EndpointError, match=r"cannot be reached.*run again"):
        chat(policy=Policy(concurrency=concurrency, tries=3)).ask(ASKED)
    server.close()
    with ChatServer() as restarted:
        monkeypatch.setenv("OPENAI_BASE_URL", restarted.url)
        again = chat()
        assert texts(again.ask(ASKED)) == WORDS
        assert again.usage.from_cache == len(server.answered)
        assert again.usage.requests == 12 - len(server.answered)
        assert max((server.answered + restarted.answered).values()) == 1


def test_a_budget_that_runs_out_keeps_what_was_answered(server: ChatServer, chat: Make):
    purse = Purse(limit=600)
    with pytest.raises(OverBudget):
        chat(budget=purse).ask(ASKED)
    assert purse.held == {}
    paid = len(server.calls)
    assert 0 < paid < 12
    assert purse.spent == 110 * paid
    again = chat()
    assert texts(again.ask(ASKED)) == WORDS
    assert len(server.calls) == 12
    assert again.usage.from_cache == paid


def test_requests_under_way_may_turn_out_cheaper_than_they_reserved(server: ChatServer, chat: Make):
    roomy = Purse(limit=12 * 110 + 1000)
    assert texts(chat(budget=roomy).ask([request(word, max_tokens=900) for word in WORDS])) == WORDS
    assert roomy.spent == 12 * 110
    assert roomy.most_held > 1


def test_what_may_have_been_billed_is_booked_in_full(server: ChatServer, chat: Make):
    purse = Purse(limit=100_000)
    server.behave = lambda call: error(500) if call.number == 1 else Send(cut=True)
    assert chat(budget=purse, policy=Policy(tries=2)).ask(requests("x" * 3000)) == ["cut"]
    assert purse.held == {}
    assert purse.spent > 1000
