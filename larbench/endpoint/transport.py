"""One try of one request, by the ``openai`` client: bounded in time and size, never raising what it met.

The only module that imports ``openai``; import it where a request is to be sent, not before.
"""

from __future__ import annotations

import json
import logging
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Self

import openai

from larbench.endpoint.adaptation import ADDRESS, RESPONSE_FORMAT, adapted
from larbench.endpoint.config import Endpoint
from larbench.endpoint.policy import Policy, retry_after
from larbench.endpoint.reply import (
    CUT,
    TIME_OUT,
    UNREACHABLE,
    Fault,
    Reply,
    fault_of_status,
    no_completion,
    read_completion,
    server_words,
)

_CONNECT_SECONDS = 20.0
_LISTING_SECONDS = 5.0  # nothing waits for it but a note
_PASSING = ("created", "object", "permission", "permissions")
_LONGEST_ENTRY = 2_000
_LATE = Fault(TIME_OUT, advice="no whole answer in time", again=True, billed=True)


class _StoppedError(openai.OpenAIError):  # type: ignore[misc]
    """Reading was stopped; one of the client's own errors, so that it lets it through."""

    def __init__(self, outcome: Fault | None, status: int) -> None:
        super().__init__("reading was stopped")
        self.outcome, self.status = outcome, status


class _BoundedClient(openai.DefaultHttpxClient):  # type: ignore[misc]
    """The client's transport, which reads no more of any response than it may: of errors as of answers.

    Redirects are not followed: the key is for the address that it was given with.
    """

    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(follow_redirects=False, **options)
        self._limit = limit

    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """Send, read within the limits, and return a response that is read already."""
        del stream
        deadline = time.monotonic() + request.extensions["timeout"]["read"]
        response = super().send(request, stream=True, **options)
        try:
            content = bytearray()
            for piece in self._unpacked(response):
                content += piece
                if len(content) > self._limit:
                    raise _StoppedError(None, response.status_code)
                if time.monotonic() > deadline:  # each piece came in time, the whole did not
                    raise _StoppedError(_LATE, response.status_code)
        finally:
            response.close()
        kept = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in ("content-length", "transfer-encoding", "content-encoding")
        ]
        return type(response)(response.status_code, headers=kept, content=bytes(content), request=request)

    def _unpacked(self, response: Any) -> Iterator[bytes]:
        """Yield the response in pieces; what was compressed, though nobody asked, within the limit."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise _StoppedError(
                no_completion(f"it compresses by {encoding[:20]}, unasked"), response.status_code
            )
        unpack = zlib.decompressobj(wbits=47) if encoding not in ("", "identity") else None
        left = self._limit + 1
        for piece in response.iter_raw():
            try:
                unpacked = unpack.decompress(piece, left) if unpack else piece
            except zlib.error as error:
                fault = no_completion(f"what it compressed is damaged: {error}")
                raise _StoppedError(fault, response.status_code) from None
            left -= len(unpacked)
            yield unpacked


class _Redactor(logging.Filter):
    """Takes an endpoint's secrets out of what libraries log: headers that a server sends back, above all."""

    _LIBRARIES = ("openai", "httpx", "httpcore", "h11", "h2", "hpack", "anyio")

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; it is logged in any case."""
        record.msg, record.args = self._endpoint.redact(record.getMessage()), ()
        return True

    def loggers(self) -> list[logging.Logger]:
        """Return the libraries' loggers: a filter does not reach below its own."""
        names = [name for name in logging.root.manager.loggerDict if name.startswith(self._LIBRARIES)]
        return [logging.getLogger(name) for name in names]


class Transport:
    """An open client for one endpoint, for several threads; use it as a context manager."""

    def __init__(self, endpoint: Endpoint, policy: Policy) -> None:
        self._endpoint = endpoint
        headers = {"Accept-Encoding": "identity"}
        if endpoint.authorization is not None:
            headers["Authorization"] = endpoint.authorization
        options: dict[str, Any] = {
            "api_key": endpoint.key,
            "base_url": endpoint.url,
            "max_retries": 0,  # the client's own pay no heed to a budget, nor to each other
            "default_headers": headers,
            "http_client": _BoundedClient(policy.response_bytes),
        }
        if endpoint.api_version is None:
            self._client = openai.OpenAI(**options)
        else:
            self._client = openai.AzureOpenAI(**options, api_version=endpoint.api_version)
        self._redactor = _Redactor(endpoint)

    def __enter__(self) -> Self:
        for logger in self._redactor.loggers():
            logger.addFilter(self._redactor)
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()
        for logger in self._redactor.loggers():
            logger.removeFilter(self._redactor)

    def send(self, body: Mapping[str, Any], changes: frozenset[str], seconds: float) -> Reply | Fault:
        """Try once to get the completion of ``body``, with these changes, within so many seconds.

        Nothing that the client raises leaves this function: its errors hold the request, with the key in a
        header, and whatever the server sent back.
        """
        structured = RESPONSE_FORMAT in body and RESPONSE_FORMAT not in changes
        timeout = openai.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        try:
            create = self._client_of(changes).chat.completions.with_raw_response.create
            content = create(**adapted(body, changes), timeout=timeout).http_response.content
        except openai.APIStatusError as error:
            words = server_words(self._redacted(error.response.content))
            wait = retry_after(error.response.headers, time.time())
            return fault_of_status(int(error.status_code), words, code=error.code, wait=wait)
        except openai.APIConnectionError as error:
            return self._of_connection(error)
        except _StoppedError as error:
            if error.outcome is not None:
                return error.outcome
            if 200 <= error.status < 300:
                return Reply(None, oversized=True, structured=structured)
            return fault_of_status(error.status, "an endless message")
        except openai.OpenAIError as error:
            return no_completion("", type(error).__name__)
        return read_completion(self._redacted(content), structured=structured)

    def model_entry(self, model: str, changes: frozenset[str]) -> dict[str, Any] | None:
        """Return what the server lists of a model; None where it lists nothing, whatever the reason.

        What changes from call to call (when it was loaded, who may use it) is left out.
        """
        try:
            response = self._client_of(changes).models.with_raw_response.list(timeout=_LISTING_SECONDS)
            listed = json.loads(self._redacted(response.http_response.content))["data"]
            entry = next(dict(one) for one in listed if one["id"] == model)
        except (openai.OpenAIError, ValueError, LookupError, TypeError, StopIteration, RecursionError):
            return None
        kept = {name: value for name, value in entry.items() if name not in _PASSING}
        return kept if len(json.dumps(kept)) <= _LONGEST_ENTRY else {"id": model}

    def _client_of(self, changes: frozenset[str]) -> Any:
        if ADDRESS not in changes:
            return self._client
        return self._client.with_options(base_url=f"{self._endpoint.url}/v1")

    def _redacted(self, content: bytes) -> bytes:
        return self._endpoint.redact(content.decode("utf-8", "replace")).encode()

    def _of_connection(self, error: Any) -> Fault:
        chain = list(_causes(error))
        names = {type(one).__name__ for one in chain}
        for one in chain:
            if isinstance(one, ssl.SSLCertVerificationError):
                advice = "its certificate is refused: if you trust it, name its authority in SSL_CERT_FILE"
                return Fault(UNREACHABLE, one.verify_message, advice, fatal=True)
            if isinstance(one, ssl.SSLError):
                advice = "it speaks no TLS there: check https:// and the port in OPENAI_BASE_URL"
                return Fault(UNREACHABLE, str(one.reason or one), advice, fatal=True)
        proxy = self._endpoint.proxy()
        whose = f"the proxy {proxy} (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY)" if proxy else "it"
        if "ProxyError" in names:
            said = self._endpoint.redact(str(error.__cause__))
            return Fault(UNREACHABLE, said, f"{whose} does not let the request through", again=True)
        if any(isinstance(one, socket.gaierror) for one in chain):
            host = proxy or self._endpoint.url
            return Fault(
                UNREACHABLE, advice=f"no host of the name in {host} is known: check it, and the network"
            )
        if names & {"ConnectError", "ConnectTimeout", "UnsupportedProtocol"}:
            return Fault(UNREACHABLE, str(error.__cause__), f"{whose} takes no connection", again=True)
        if isinstance(error, openai.APITimeoutError):
            return _LATE
        return Fault(CUT, advice="the connection broke", again=True, billed=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
