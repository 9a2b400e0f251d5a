"""Servers as they are: parameters that they refuse, forms of answers, their own words, addresses."""

from __future__ import annotations

import gzip
import json
import ssl
import subprocess
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asking_tools import KEY
from chat_server import Call, ChatServer, Send, completion, echo, error
from chat_tools import SCHEMA, Make, requests, texts

from benchmark.errors import LarbenchError, UsageError
from larbench.endpoint.client import EndpointError
from larbench.endpoint.config import Endpoint, endpoint_from_environment
from larbench.endpoint.policy import Policy
from larbench.endpoint.reply import Reply, server_words, without_thought

SIX = list("abcdef")


def refusing(*refusals: tuple[Callable[[dict[str, Any]], bool], Send]) -> Callable[[Call], Send]:
    """Refuse a request by the first of these that applies to its body, else answer."""

    def behave(call: Call) -> Send:
        found = next((send for applies, send in refusals if applies(call.body)), None)
        return found or completion(call.user.rpartition("\n")[2])

    return behave


def has(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda body: name in body


def system(body: dict[str, Any]) -> bool:
    return body["messages"][0]["role"] == "system"


OPENAI_TOKENS = error(
    400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'"
)
OPENAI_TEMPERATURE = error(400, "Unsupported value: 'temperature' does not support 0 with this model.")
MISTRAL_SEED = Send(
    json.dumps(
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are forbidden",
                     "input": {"temperature": 0, "response_format": "json_schema"}}]}
    ).encode(),
    422,
)  # fmt: skip
GEMMA_SYSTEM = error(500, "Error rendering prompt with jinja template: System role not supported")
REFUSALS: dict[str, tuple[list[tuple[Callable[[dict[str, Any]], bool], Send]], list[str]]] = {
    "newer OpenAI models": (
        [(has("max_tokens"), OPENAI_TOKENS), (has("temperature"), OPENAI_TEMPERATURE)],
        ["max_tokens: sent as max_completion_tokens", "temperature"],
    ),
    "Mistral": ([(has("seed"), MISTRAL_SEED)], ["seed"]),
    "Gemma's template": ([(system, GEMMA_SYSTEM)], ["system role: sent with the first user message"]),
    "Google": (
        [(system, error(400, "Developer instruction is not enabled for models/gemma-3-1b-it"))],
        ["system role: sent with the first user message"],
    ),
    "param of the error": (
        [(has("seed"), Send(b'{"error": {"message": "Not permitted", "param": "seed"}}', 400))],
        ["seed"],
    ),
    **{
        f"response_format by {status}": (
            [(has("response_format"), error(status, words))],
            ["response_format"],
        )
        for status, words in [
            (400, "bad request"),
            (422, "unprocessable"),
            (404, "No endpoints found that can handle the requested parameters"),
            (500, "Internal Server Error"),
            (500, "Failed to parse grammar"),
            (501, "not implemented"),
        ]
    },
    "llama-cpp-python": (
        [
            (
                lambda body: body.get("response_format", {}).get("type") == "json_schema",
                error(500, "('body', 'response_format', 'type'): Input should be 'text' or 'json_object'"),
            )
        ],
        ["response_format: json_object in place of json_schema"],
    ),
    "no JSON at all": (
        [(has("response_format"), error(400, "response_format: 'json_object' and 'json_schema' are off"))],
        ["response_format", "response_format: json_object in place of json_schema"],
    ),
    "everything": (
        [
            (has("response_format"), error(501, "not implemented")),
            (has("max_tokens"), OPENAI_TOKENS),
            (has("temperature"), OPENAI_TEMPERATURE),
            (has("seed"), MISTRAL_SEED),
            (system, GEMMA_SYSTEM),
        ],
        [
            "max_tokens: sent as max_completion_tokens",
            "response_format",
            "seed",
            "system role: sent with the first user message",
            "temperature",
        ],
    ),
}


@pytest.mark.parametrize("family", REFUSALS)
def test_what_a_server_refuses_is_left_out_once_for_the_whole_run_and_noted(
    family: str, server: ChatServer, chat: Make
):
    refusals, left_out = REFUSALS[family]
    server.behave = refusing(*refusals)
    asking = chat()
    assert texts(asking.ask(requests(*SIX))) == SIX
    assert asking.notes()["llm"]["left_out"] == left_out
    refused = len(server.calls) - 6
    assert refused <= len(left_out) + 1  # an error 500 that says nothing is met twice
    another_cell = chat(seed=1)
    assert texts(another_cell.ask(requests(*SIX))) == SIX
    assert len(server.calls) == 6 + refused + 6
    assert another_cell.notes()["llm"]["left_out"] == left_out
    kept = chat()
    assert texts(kept.ask(requests(*SIX))) == SIX  # an answer is kept under what was wanted
    assert kept.usage.tries == 0


def test_a_schema_goes_along_where_a_server_takes_json_objects_alone(server: ChatServer, chat: Make):
    server.behave = refusing(*REFUSALS["llama-cpp-python"][0])
    chat().ask(requests("a"))
    sent = server.calls[-1].body["response_format"]
    assert sent == {"type": "json_object", "schema": SCHEMA["json_schema"]["schema"]}


def test_no_word_of_the_system_message_is_lost(server: ChatServer, chat: Make):
    server.behave = refusing((system, GEMMA_SYSTEM))
    chat().ask(requests("a"))
    assert server.calls[-1].body["messages"] == [{"role": "user", "content": "be brief\n\na"}]


def test_what_one_request_is_refused_for_changes_no_other(server: ChatServer, chat: Make):
    # a content filter that happens to speak of the temperature
    def filter_b(call: Call) -> Send:
        return error(400, "content filtered: temperature of the debate") if call.user == "b" else echo(call)

    server.behave = filter_b
    asking = chat()
    assert texts(asking.ask(requests(*"abc"))) == ["a", "refused", "c"]
    assert asking.notes()["llm"]["left_out"] == []
    assert server.calls[-1].body["temperature"] == 0


def test_ten_of_twelve_requests_that_are_refused_are_lost_and_counted(server: ChatServer, chat: Make):
    server.behave = lambda call: echo(call) if call.user in "ab" else error(400, "content_filter")
    asking = chat()
    found = texts(asking.ask(requests(*"abcdefghijkl")))
    assert found == ["a", "b", *["refused"] * 10]
    assert asking.notes()["llm"]["said"] == {"refused": "content_filter"}


def test_a_server_that_refuses_everything_says_why(server: ChatServer, chat: Make):
    server.behave = lambda call: error(400, "the model is too small for this")
    with pytest.raises(EndpointError, match=r"answers nothing \(refused\): the model is too small for this"):
        chat().ask(requests(*"abcdefghijkl"))


# --- forms of answers


def parts(*texts_: str) -> Send:
    send = json.loads(completion("").body)
    send["choices"][0]["message"]["content"] = [{"type": "text", "text": text} for text in texts_]
    return Send(json.dumps(send).encode())


def events(*texts_: str, end: str | None = "stop") -> Send:
    lines = [": a comment", "event: message"]
    for number, text in enumerate(texts_):
        delta = {"role": "assistant", "content": text} if number == 0 else {"content": text}
        chunk = {"model": "served-1", "choices": [{"delta": delta, "finish_reason": None}]}
        lines += [f"data: {json.dumps(chunk)}", ""]
    if end:
        usage = {"prompt_tokens": 100, "completion_tokens": 10}
        lines += [f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': end}]})}", ""]
        lines += [f"data: {json.dumps({'choices': [], 'usage': usage})}", "", "data: [DONE]", ""]
    return Send("\n".join(lines).encode(), headers={"Content-Type": "text/event-stream"})


def message(**fields: Any) -> Send:
    """A completion whose message, and whose choice by ``finish_reason``, has these fields."""
    send = json.loads(completion(None).body)
    choice = send["choices"][0]
    choice["finish_reason"] = fields.pop("finish_reason", "stop")
    choice["message"] |= fields
    return Send(json.dumps(send).encode())


READ: dict[str, Send] = {
    "parts": parts("an ", "answer"),
    "events": events("an ", "answer"),
    "gzip": Send(gzip.compress(completion("an answer").body), headers={"Content-Encoding": "gzip"}),
    "deflate": Send(zlib.compress(completion("an answer").body), headers={"Content-Encoding": "deflate"}),
    "a byte order mark": Send(b"\xef\xbb\xbf" + completion("an answer").body),
    "a thought": completion("<think>The form is {}. Now I go</think>an answer"),
    "a thought that the prompt opened": completion("The form is {}</think>an answer"),
    "two thoughts": completion("<think>a</think> hm <THINK>b</THINK>an answer"),
    "a channel": completion(
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>an answer"
    ),
    "a thought beside it": message(content="an answer", reasoning_content="The form is {}"),
}


@pytest.mark.parametrize("form", READ)
def test_an_answer_is_read_in_every_form(form: str, server: ChatServer, chat: Make):
    server.behave = lambda call: READ[form]
    (reply,) = chat().ask(requests("a"))
    assert reply == Reply(
        "an answer", model="served-1", prompt_tokens=100, completion_tokens=10, structured=True
    )


NOT_WHOLE: dict[str, Send] = {
    "length": completion('{"mentions": []}', finish="length"),
    "a thought that does not end": completion('<think>The form is {"mentions": []}. Now I go'),
    "a thought at the bound": completion('<think>The form is {"mentions": []}. Now I go', finish="length"),
    "events at the bound": events('{"mentions": ', "[]}", end="length"),
    "events that break off": events('{"mentions": ', "[]}", end=None),
    "a second thought": completion('<think>a</think><think>{"mentions": []}'),
}


@pytest.mark.parametrize("form", NOT_WHOLE)
def test_what_is_not_whole_is_never_read_as_whole(form: str, server: ChatServer, chat: Make):
    server.behave = lambda call: NOT_WHOLE[form]
    (reply,) = chat().ask(requests("a"))
    assert isinstance(reply, Reply)
    assert (reply.text, reply.cut) == (None, True)


LOST: dict[str, tuple[Send, str, str]] = {
    "a refusal": (message(refusal="I can't help with that"), "refusal", "I can't help with that"),
    "a filter": (completion("Wa", finish="content_filter"), "filtered", "its content filter"),
    "a tool": (
        message(tool_calls=[{"id": "1"}], finish_reason="tool_calls"),
        "tool-call",
        "it calls a tool, though none was offered",
    ),
    "an error of the choice": (completion("", finish="error"), "server-error", "an error ended its answer"),
    "an error in a 200": (
        Send(b'{"error": {"message": "Upstream is out of order", "code": 500}}'),
        "server-error",
        "Upstream is out of order",
    ),
    "a text in a 200": (Send(b'{"error": "model crashed"}'), "server-error", "model crashed"),
    "a form of its own": (Send(b'{"response": "hi"}'), "no-completion", '{"response": "hi"}'),
    "brotli": (Send(b"abc", headers={"Content-Encoding": "br"}), "no-completion", "it compresses by br"),
    "damaged gzip": (Send(b"abc", headers={"Content-Encoding": "gzip"}), "no-completion", "is damaged"),
}


@pytest.mark.parametrize("form", LOST)
def test_what_is_no_answer_is_lost_for_a_reason_that_is_counted_and_not_kept(
    form: str, server: ChatServer, chat: Make
):
    send, kind, words = LOST[form]
    server.behave = lambda call: send if call.user == "b" else echo(call)
    asking = chat()
    assert texts(asking.ask(requests(*"abc"))) == ["a", kind, "c"]
    assert words in asking.notes()["llm"]["said"][kind]
    server.behave = echo
    assert texts(chat().ask(requests(*"abc"))) == list("abc")


def test_a_rate_limit_in_a_200_is_waited_for(server: ChatServer, chat: Make):
    limit = Send(b'{"error": {"message": "slow down", "code": 429}}')
    server.behave = lambda call: limit if call.number < 9 else echo(call)
    asking = chat()
    assert texts(asking.ask(requests("a"))) == ["a"]
    assert asking.notes()["llm"]["faults_met"] == {"rate-limited": 8}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        (" <think>\n</think>\n\nx", "\n\nx"),
        ("x <think> y", "x <think> y"),  # no thought: it does not stand first
        ("<think>", None),
    ],
)
def test_thoughts_are_told_from_text(text: str, left: str | None):
    assert without_thought(text) == left


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "too  long", "type": "x"}}', "too long"),
        (b'{"error": "too long"}', "too long"),
        (b'{"detail": "too long"}', "too long"),
        (b'{"message": "too long"}', "too long"),
        (
            b'{"detail": [{"loc": ["body", "seed"], "msg": "no", "input": "sk-secret"}]}',
            "['body', 'seed']: no",
        ),
        (b"too long", "too long"),
        (
            b"<html><style>p {}</style><h1>502</h1>\n<p>Bad gateway</html>",
            "502 Bad gateway",
        ),
        (b'{"error": {"message": "bad", "param": "seed"}}', "bad (seed)"),
        (b'{"code": 7}', '{"code": 7}'),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_servers_own_words_are_found(body: bytes, words: str):
    assert server_words(body) == words


@pytest.mark.parametrize(
    "body", [b'{"error": "no such thing"}', b'{"detail": "no such thing"}', b"no such thing"]
)
def test_the_servers_own_words_reach_the_user(body: bytes, server: ChatServer, chat: Make):
    server.behave = lambda call: Send(body, 401)
    with pytest.raises(UsageError, match=r"check OPENAI_API_KEY \(no such thing\)"):
        chat().ask(requests("a"))


# --- addresses


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_an_address_may_end_before_v1_or_behind_it(path: str, server: ChatServer, chat: Make, monkeypatch):
    server.behave = lambda call: (
        echo(call) if call.path == "/v1/chat/completions" else error(404, "Not Found")
    )
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.port}{path}")
    asking = chat()
    assert texts(asking.ask(requests(*SIX))) == SIX
    bare = path in ("", "/")
    assert len(server.calls) == 6 + bare
    assert asking.notes()["llm"]["left_out"] == (["address: /v1 appended"] if bare else [])
    chat(seed=1).ask(requests("a"))
    assert len(server.calls) == 7 + bare


@pytest.mark.parametrize("path", ["/openai", "/openai/deployments/gpt-4o-mine"])
def test_an_address_of_azure_has_a_version_and_a_deployment(
    path: str, server: ChatServer, chat: Make, monkeypatch
):
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.port}{path}?api-version=2024-10-21")
    assert texts(chat(model="gpt-4o").ask(requests("a"))) == ["a"]
    (call,) = server.calls
    deployment = "gpt-4o-mine" if "mine" in path else "gpt-4o"
    assert call.path == f"/openai/deployments/{deployment}/chat/completions?api-version=2024-10-21"
    assert call.headers["api-key"] == KEY
    assert "authorization" not in call.headers


def test_no_other_query_is_taken_for_an_address(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://h/openai?api-version=1&key=abc")
    with pytest.raises(UsageError, match="no query but Azure's"):
        endpoint_from_environment()


def test_who_answered_is_noted(server: ChatServer, chat: Make):
    body = json.loads(completion("x", model="m-7b@3").body) | {"system_fingerprint": "fp_1"}
    server.behave = lambda call: Send(json.dumps(body).encode())
    asking = chat()
    asking.ask(requests("a"))
    notes = asking.notes()["llm"]
    assert (notes["served_model"], notes["fingerprint"]) == ("m-7b@3", "fp_1")


# --- connections that do not come about


def said(chat: Make, url: str) -> str:
    with pytest.raises(LarbenchError) as caught:
        chat(endpoint=Endpoint(url, "none"), policy=Policy(tries=2)).ask(requests("a"))
    return str(caught.value)


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def tls_port(tmp_path: Path):
    """A port that speaks TLS, with a certificate that nobody signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=here"]
    try:
        subprocess.run(
            [*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("making a certificate takes openssl")

    class Quiet(HTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of clients that hung up."""

    with Quiet(("127.0.0.1", 0), _Silent) as running:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        running.socket = context.wrap_socket(running.socket, server_side=True)
        thread = Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running.server_address[1]
        running.shutdown()
        thread.join()


def test_a_wrong_certificate_a_wrong_host_and_a_dead_proxy_are_told_apart(
    tls_port: int, server: ChatServer, chat: Make, monkeypatch
):
    certificate = said(chat, f"https://127.0.0.1:{tls_port}/v1")
    assert "its certificate is refused" in certificate
    assert "SSL_CERT_FILE (self-signed certificate)" in certificate
    assert "it speaks no TLS there: check https://" in said(chat, f"https://127.0.0.1:{server.port}/v1")
    assert "no host of the name in http://no-such-host.invalid/v1 is known" in said(
        chat, "http://no-such-host.invalid/v1"
    )
    nobody = said(chat, "http://127.0.0.1:9/v1")
    assert "cannot be reached: it takes no connection" in nobody
    assert "refused" in nobody
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret-word@127.0.0.1:9")
    proxy = said(chat, "http://example.invalid/v1")
    assert "the proxy 127.0.0.1:9 (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) takes no connection" in proxy
    assert "secret-word" not in proxy
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
    assert "does not let the request through (501" in said(chat, "https://example.invalid/v1")
