"""A real HTTP server on this machine that speaks chat completions, and errs when it is told to."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """A request as the server got it; ``number`` counts from 1."""

    number: int
    body: dict[str, Any]
    headers: Mapping[str, str]
    path: str = ""

    @property
    def user(self) -> str:
        """The message that asks, the last one."""
        return self.body["messages"][-1]["content"]

    @property
    def conversation(self) -> str:
        """All messages, as one text."""
        return json.dumps(self.body["messages"])

    @property
    def document(self) -> dict[str, Any]:
        """The JSON that the user message starts with."""
        return json.JSONDecoder().raw_decode(self.user)[0]


@dataclass(frozen=True)
class Send:
    """What the server does with a call: a status with a body, or something worse."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: bool = False  # say nothing until the server ends
    cut: bool = False  # announce more than is sent, and hang up
    endless: int = 0  # so many bytes of filling, without saying how many


def completion(
    text: str | None, *, finish: str = "stop", usage: bool = True, model: str = "served-1"
) -> Send:
    """A chat completion with this text."""
    body: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
    }
    if usage:
        body["usage"] = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return Send(json.dumps(body).encode())


def error(status: int, message: str = "on purpose", code: str | None = None, **headers: str) -> Send:
    """An error as OpenAI writes it. Underscores in the names of headers become hyphens."""
    body = json.dumps({"error": {"message": message, "type": "test", "code": code}}).encode()
    return Send(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def echo(call: Call) -> Send:
    """Answer with what was asked."""
    return completion(call.user)


class ChatServer:
    """``behave`` says what to send; ``calls`` keeps what came, ``answered`` counts by conversation."""

    call: type[Call] = Call

    def __init__(self, behave: Callable[[Any], Send] = echo, port: int = 0) -> None:
        self.behave = behave
        self.calls: list[Any] = []
        self.answered: Counter[str] = Counter()
        self.models: list[dict[str, Any]] = []  # what it lists under /v1/models
        self.sent_bytes = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop; connections that are under way are cut."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def die(self) -> None:
        """Stop from within a call: from now on nobody listens."""
        self._ended.set()
        self._server.shutdown()  # from a handler's thread; a loop left on a closed socket would spin
        self._server.socket.close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["Content-Length"])
        body = json.loads(handler.rfile.read(length))
        with self._lock:
            headers = {name.lower(): value for name, value in handler.headers.items()}
            call = self.call(len(self.calls) + 1, body, headers, handler.path)
            self.calls.append(call)
        send = self.behave(call)
        if send.stall:
            self._ended.wait(30)
            return
        if send.status == 200 and not send.cut:
            with self._lock:
                self.answered[call.conversation] += 1
        handler.send_response(send.status)
        for name, value in {"Content-Type": "application/json", **send.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        if not send.endless:
            handler.send_header("Content-Length", str(len(send.body) + 1000 * send.cut))
        handler.end_headers()
        handler.wfile.write(send.body)
        for _ in range(send.endless // 65536):
            handler.wfile.write(b" " * 65536)
            self.sent_bytes += 65536


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hung up."""


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.close_connection = True
            with suppress(ConnectionError):
                server._serve(self)

        def do_GET(self) -> None:
            self.close_connection = True
            body = json.dumps({"object": "list", "data": server.models}).encode()
            self.send_response(200 if self.path.endswith("/models") else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
