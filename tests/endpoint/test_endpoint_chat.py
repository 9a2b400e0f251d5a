"""A chat over the wire, without faults: what is sent, what is kept, what follows from an answer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable

import pytest
from asking_tools import KEY, Purse
from chat_server import Call, ChatServer, Send, completion, echo, error
from chat_tools import SCHEMA, Make, request, requests, texts

from benchmark.errors import InputError
from larbench.endpoint.reply import Reply


def test_replies_come_in_the_order_of_requests_and_equal_ones_are_sent_once(server: ChatServer, chat: Make):
    asking = chat()
    assert texts(asking.ask(requests("a", "b", "a", "c"))) == ["a", "b", "a", "c"]
    assert sorted(call.user for call in server.calls) == ["a", "b", "c"]
    notes = asking.notes()["llm"]
    assert (notes["requests"], notes["from_cache"], notes["tries"]) == (3, 0, 3)
    assert (notes["prompt_tokens"], notes["completion_tokens"]) == (300, 30)
    assert notes["cost_usd"] == round((300 * 0.5 + 30 * 1.5) / 1e6, 9)
    assert (notes["model"], notes["served_model"], notes["structured"]) == ("gpt-3.5-turbo", "served-1", True)
    assert asking.ask([]) == []


def test_the_request_is_what_the_protocol_wants(server: ChatServer, chat: Make):
    chat().ask([request("a", max_tokens=7)])
    (call,) = server.calls
    assert call.body == {
        "model": "gpt-3.5-turbo",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "a"}],
        "temperature": 0,
        "seed": 555,
        "max_tokens": 7,
        "response_format": SCHEMA,
    }
    assert call.headers["authorization"] == f"Bearer {KEY}"


def test_what_was_answered_needs_no_server_and_no_key(server: ChatServer, chat: Make, monkeypatch):
    first = chat().ask(requests("a", "b"))
    server.close()
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    again = chat()
    assert again.ask(requests("b", "a")) == first[::-1]
    notes = again.notes()["llm"]
    assert (notes["requests"], notes["from_cache"], notes["tries"]) == (0, 2, 0)
    assert (notes["prompt_tokens"], notes["cost_usd"], notes["cached_prompt_tokens"]) == (0, 0.0, 200)


def test_seed_model_and_length_are_part_of_what_an_answer_is_kept_under(server: ChatServer, chat: Make):
    for options in ({}, {"seed": 666}, {"model": "gpt-4o"}):
        chat(**options).ask(requests("a"))
    chat().ask([request("a", max_tokens=51)])
    assert len(server.calls) == 4


def test_what_follows_from_an_answer_is_asked_too_and_taken_from_what_is_kept(server: ChatServer, chat: Make):
    def asked_on() -> tuple[dict[str, Reply | str], int]:
        asking, found = chat(), {}

        def take(text: str, outcome: Reply | str) -> Iterable[str]:
            found[text] = outcome
            return [f"{text}+"] if len(text) < 3 else []

        asking.ask_on(["a", "b"], request, take)
        return found, asking.usage.tries

    found, tries = asked_on()
    assert set(found) == {"a", "a+", "a++", "b", "b+", "b++"}
    assert tries == len(server.calls) == 6
    assert asked_on() == (found, 0)


def test_a_server_without_json_schema_is_asked_without_once_and_for_all(server: ChatServer, chat: Make):
    def plain_only(call: Call) -> Send:
        return error(400, "unknown response_format") if "response_format" in call.body else echo(call)

    server.behave = plain_only
    asking = chat()
    assert texts(asking.ask(requests(*"abcdef"))) == list("abcdef")
    assert sum("response_format" in call.body for call in server.calls) == 1
    assert len(server.calls) == 7
    assert asking.notes()["llm"]["structured"] is False
    chat(seed=1).ask(requests("a"))
    assert sum("response_format" in call.body for call in server.calls) == 1


def test_tokens_that_the_server_does_not_report_are_said_to_be_missing(server: ChatServer, chat: Make):
    server.behave = lambda call: completion("x", usage=False)
    asking = chat(model="local-model")
    asking.ask(requests("a"))
    notes = asking.notes()["llm"]
    assert (notes["unmetered"], notes["prompt_tokens"], notes["cost_usd"]) == (1, 0, None)


def test_an_answer_that_was_cut_says_so_and_is_never_read_as_whole(server: ChatServer, chat: Make):
    server.behave = lambda call: completion('{"mentions": []} and so', finish="length")
    (reply,) = chat().ask(requests("a"))
    assert reply == Reply(
        None, cut=True, model="served-1", prompt_tokens=100, completion_tokens=10, structured=True
    )


def test_a_damaged_answer_is_asked_for_again(server: ChatServer, chat: Make, store):
    chat().ask(requests("a"))
    (path,) = store.root.rglob("answer.json")
    path.write_bytes(b"damaged")
    assert texts(chat().ask(requests("a"))) == ["a"]
    assert len(server.calls) == 2


def test_asking_works_where_an_event_loop_runs_already(server: ChatServer, chat: Make):
    async def notebook() -> list[str | None]:
        return texts(chat().ask(requests("a")))

    assert asyncio.run(notebook()) == ["a"]


def test_an_error_where_a_loop_runs_already_is_raised_to_who_asked(server: ChatServer, chat: Make):
    async def notebook() -> None:
        chat(budget=Purse(limit=0)).ask(requests("a"))

    with pytest.raises(Exception, match="cannot pay"):
        asyncio.run(notebook())


def test_whatever_ends_one_request_for_good_ends_the_asking(server: ChatServer, chat: Make):
    # an error of the harness that is no fault of the endpoint: no request is lost in silence
    class Gone(Purse):
        def reserve(self, tokens: int, dollars: float | None = None) -> str:
            raise InputError("no budget")

    with pytest.raises(InputError, match="no budget"):
        chat(budget=Gone(limit=0)).ask(requests(*"abc"))
    assert server.calls == []


def test_an_error_in_taking_an_answer_is_not_swallowed(server: ChatServer, chat: Make):
    def take(text: str, outcome: Reply | str) -> Iterable[str]:
        raise RuntimeError(f"cannot take {text}")

    with pytest.raises(RuntimeError, match="cannot take"):
        chat().ask_on(["a", "b"], request, take)


def test_importing_the_room_imports_neither_openai_nor_torch():
    code = (
        "import sys, larbench.endpoint.chat, larbench.endpoint.config;"
        "print([name for name in ('openai', 'torch', 'httpx', 'httpx2', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_code_of_a_method_that_asks_has_the_rooms_in_its_identity(monkeypatch):
    from benchmark import code

    listed = frozenset({"benchmark", "larbench", "lar", "baselines"})
    monkeypatch.setattr(code, "own_packages", lambda: listed)
    for module in ("lar.enhanced", "baselines.llm_prompt.method"):
        digests = code.code_digests(module)
        assert {
            "larbench.endpoint.chat",
            "larbench.endpoint.client",
            "larbench.endpoint.transport",
            "larbench.endpoint.policy",
        } <= set(digests)
    assert not any(name.startswith("endpoint") for name in code.code_digests("lar.method"))
