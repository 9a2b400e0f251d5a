"""The key reaches the endpoint and nothing else: no log, no cache, no note, no error, no representation."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable

import pytest
from asking_tools import KEY
from chat_server import Call, ChatServer, Send, completion, echo, error
from chat_tools import Make, requests, texts

from benchmark.errors import LarbenchError, UsageError
from benchmark.store.store import Store
from larbench.endpoint.config import DEFAULT_URL, endpoint_from_environment, missing_endpoint
from larbench.endpoint.policy import Policy

ASKED = requests("a", "b", "c", "d")
ECHOES: dict[str, Callable[[Call], Send]] = {
    "400": lambda call: error(400, f"you sent {dict(call.headers)}"),
    "401": lambda call: error(401, f"Incorrect API key provided: {call.headers['authorization']}"),
    "429": lambda call: error(429, f"slow down, {call.headers['authorization']}", code="insufficient_quota"),
    "500": lambda call: error(500, f"{call.headers['authorization']}", X_Echo=call.headers["authorization"]),
    "plain": lambda call: Send(str(dict(call.headers)).encode(), 502),
    "content": lambda call: completion(f"{call.headers['authorization']} {call.user}"),
    "model": lambda call: completion(call.user, model=call.headers["authorization"]),
    "html": lambda call: Send(f"<html>{call.headers['authorization']}".encode()),
}


def everything_written(
    store: Store, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], *texts: str
) -> str:
    files = [path for path in store.root.rglob("*") if path.is_file()]
    names = " ".join(str(path) for path in files)
    out, err = capfd.readouterr()
    contents = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    return "\n".join([names, contents, caplog.text, out, err, *texts])


@pytest.mark.parametrize("how", ECHOES)
def test_a_server_that_echoes_the_key_does_not_get_it_written_anywhere(
    how: str, server: ChatServer, chat: Make, store: Store, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    server.behave = lambda call: echo(call) if call.number == 1 else ECHOES[how](call)
    asking = chat(policy=Policy(concurrency=2, tries=2, lost_in_a_row=2))
    said = ""
    try:
        said = str(asking.ask(ASKED))
    except LarbenchError as failure:
        shown = traceback.TracebackException.from_exception(failure, capture_locals=True)
        said = "".join(shown.format()) + repr(failure) + str(failure.__context__) + str(failure.__cause__)
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"
    written = everything_written(
        store,
        caplog,
        capfd,
        said,
        json.dumps(asking.notes()),
        repr(asking),
        repr(asking._endpoint),
        repr(vars(asking)),
    )
    assert KEY not in written
    assert "***" in written or how not in ("401", "429", "500", "content", "model")


@pytest.mark.parametrize("key", [f'"{KEY}"\n{KEY}', f"{KEY} x", "sk-\u00e4\u00f6\u00fc-5ba1f9d07c3e"])
def test_a_malformed_key_is_refused_without_being_shown(key: str, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(UsageError, match="OPENAI_API_KEY holds characters") as caught:
        endpoint_from_environment()
    assert "5ba1f9d07c3e" not in str(caught.value)


def test_a_line_break_at_the_end_of_a_key_is_taken_off(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    assert endpoint_from_environment().key == KEY


def test_a_password_in_the_address_is_sent_and_shown_nowhere(
    server: ChatServer, chat: Make, store: Store, monkeypatch, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:can%40ry-pass@127.0.0.1:{server.port}/v1/")
    asking = chat()
    assert texts(asking.ask(ASKED[:1])) == ["a"]
    pair = base64.b64encode(b"me:can@ry-pass").decode()
    assert server.calls[0].headers["authorization"] == f"Basic {pair}"
    server.behave = lambda call: error(401, f"no: {call.headers['authorization']} can@ry-pass can%40ry-pass")
    with pytest.raises(UsageError) as caught:
        asking.ask(ASKED[1:])
    written = everything_written(store, caplog, capfd, str(caught.value), repr(vars(asking)))
    for secret in (pair, "can@ry-pass", "can%40ry-pass"):
        assert secret not in written


def test_a_key_is_not_carried_along_by_a_redirect(server: ChatServer, chat: Make):
    with ChatServer() as elsewhere:
        server.behave = lambda call: Send(b"", 308, {"Location": f"{elsewhere.url}/chat/completions"})
        with pytest.raises(UsageError, match="redirects"):
            chat().ask(ASKED)
        assert elsewhere.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://example.org",
        "http://",
        "http://h:99999x/v1",
        "https://h/v1?key=abc",
        "http://[::",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(url: str, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(UsageError, match="OPENAI_BASE_URL is not an address") as caught:
        endpoint_from_environment()
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "url", "key"),
    [
        ({"OPENAI_API_KEY": "sk-1"}, DEFAULT_URL, "sk-1"),
        ({"OPENAI_BASE_URL": "http://localhost:8000/v1/"}, "http://localhost:8000/v1", "none"),
        ({"OPENAI_BASE_URL": "http://[::1]:8000", "OPENAI_API_KEY": "k"}, "http://[::1]:8000", "k"),
    ],
)
def test_a_key_or_an_address_is_enough(environment, url, key):
    assert missing_endpoint(environment) is None
    endpoint = endpoint_from_environment(environment)
    assert (endpoint.url, endpoint.key) == (url, key)


@pytest.mark.parametrize("environment", [{}, {"OPENAI_API_KEY": " ", "OPENAI_BASE_URL": ""}])
def test_neither_is_missing(environment):
    assert missing_endpoint(environment) == "no endpoint: set OPENAI_API_KEY (or OPENAI_BASE_URL)"
    with pytest.raises(UsageError, match="no endpoint"):
        endpoint_from_environment(environment)
