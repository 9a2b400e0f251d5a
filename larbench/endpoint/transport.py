"""One try of one request, by the ``openai`` client: bounded in time and size, never raising what it met.

The only module that imports ``openai``; import it where a request is to be sent, not before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Self

import openai

from larbench.endpoint.config import Endpoint
from larbench.endpoint.reply import (
    CUT,
    NO_COMPLETION,
    RATE_LIMITED,
    REFUSED,
    SERVER_ERROR,
    TIME_OUT,
    UNREACHABLE,
    Fault,
    Reply,
    read_completion,
)
from larbench.endpoint.retry import Policy, retry_after

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_FATAL = {
    401: "it does not accept the key: check OPENAI_API_KEY",
    402: "it asks for payment",
    403: "it does not allow this key to do this: check OPENAI_API_KEY and the model's name",
    404: "it knows no such address or no such model: check OPENAI_BASE_URL and --llm-model",
}
_NO_QUOTA = "insufficient_quota"
_DETAIL = 300  # characters of a server's message that are shown


class _TooLongError(openai.OpenAIError):  # type: ignore[misc]
    """A response went beyond the limit; one of the client's own errors, so that it lets it through."""

    def __init__(self, status: int, *, compressed: bool = False) -> None:
        super().__init__("a response beyond the limit")
        self.status, self.compressed = status, compressed


class _BoundedClient(openai.DefaultAsyncHttpxClient):  # type: ignore[misc]
    """The client's transport, which reads no more of any response than it may: of errors as of answers.

    Redirects are not followed: the key is for the address that it was given with.
    """

    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(follow_redirects=False, **options)
        self._limit = limit

    async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """Send, read within the limit, and return a response that is read already."""
        del stream
        response = await super().send(request, stream=True, **options)
        try:
            headers = response.headers
            # a compressed bomb would pass a limit on bytes received; none was asked for
            if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
                raise _TooLongError(response.status_code, compressed=True)
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self._limit:
                    raise _TooLongError(response.status_code)
        finally:
            await response.aclose()
        kept = [
            (name, value)
            for name, value in headers.multi_items()
            if name.lower() not in ("content-length", "transfer-encoding", "content-encoding")
        ]
        return type(response)(response.status_code, headers=kept, content=bytes(content), request=request)


class _Blotter(logging.Filter):
    """Takes an endpoint's secrets out of what libraries log: headers that a server sends back, above all."""

    _LIBRARIES = ("openai", "httpx", "httpcore", "h11", "h2", "hpack", "anyio")

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; it is logged in any case."""
        record.msg, record.args = self._endpoint.blot(record.getMessage()), ()
        return True

    def loggers(self) -> list[logging.Logger]:
        """Return the libraries' loggers: a filter does not reach below its own."""
        names = [name for name in logging.root.manager.loggerDict if name.startswith(self._LIBRARIES)]
        return [logging.getLogger(name) for name in names]


class Wire:
    """An open client for one endpoint; use it as an asynchronous context manager."""

    def __init__(self, endpoint: Endpoint, policy: Policy) -> None:
        self._endpoint = endpoint
        headers = {"Accept-Encoding": "identity"}
        if endpoint.authorization is not None:
            headers["Authorization"] = endpoint.authorization
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.key,
            base_url=endpoint.url,
            timeout=policy.request_seconds,
            max_retries=0,
            default_headers=headers,
            http_client=_BoundedClient(policy.response_bytes, timeout=policy.request_seconds),
        )

        self._blotter = _Blotter(endpoint)

    async def __aenter__(self) -> Self:
        for logger in self._blotter.loggers():
            logger.addFilter(self._blotter)
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.close()
        for logger in self._blotter.loggers():
            logger.removeFilter(self._blotter)

    async def send(
        self, body: dict[str, Any], response_format: dict[str, Any] | None, seconds: float
    ) -> Reply | Fault:
        """Try once to get the completion of ``body``, within so many seconds.

        Nothing that the client raises leaves this function: its errors hold the request, with the key in a
        header, and whatever the server sent back.
        """
        extra = {} if response_format is None else {"response_format": response_format}
        try:
            async with asyncio.timeout(seconds):
                raw = await self._client.chat.completions.with_raw_response.create(**body, **extra)
        except openai.APIStatusError as error:
            return self._of_status(error)
        except openai.APIConnectionError as error:
            if not isinstance(error.__cause__, _TooLongError):
                return _of_connection(error)
            return _of_length(error.__cause__, structured=response_format is not None)
        except _TooLongError as error:
            return _of_length(error, structured=response_format is not None)
        except TimeoutError:
            return Fault(TIME_OUT, "no whole answer in time", again=True, billed=True)
        except openai.OpenAIError as error:
            return Fault(NO_COMPLETION, type(error).__name__, billed=True)
        content = self._endpoint.blot(raw.http_response.content.decode("utf-8", "replace")).encode()
        reply = read_completion(content, structured=response_format is not None)
        return reply or Fault(NO_COMPLETION, "what it sent is no chat completion", billed=True)

    def _of_status(self, error: Any) -> Fault:
        status = int(error.status_code)
        said = " ".join(self._endpoint.blot(str(error.message)).split())[:_DETAIL]
        if 300 <= status < 400:
            return Fault(REFUSED, "it redirects: set OPENAI_BASE_URL to where it does", status, fatal=True)
        if status in _FATAL:
            return Fault(REFUSED, f"{_FATAL[status]} ({said})", status, fatal=True)
        if status == 429 and error.code == _NO_QUOTA:
            return Fault(REFUSED, f"the account has no quota left ({said})", status, fatal=True)
        if status in _TRY_AGAIN or status >= 500:
            wait = retry_after(error.response.headers, time.time())
            kind = RATE_LIMITED if status == 429 else SERVER_ERROR
            return Fault(kind, said, status, again=True, retry_after=wait)
        return Fault(REFUSED, said, status)


def _of_connection(error: Any) -> Fault:
    name = type(error.__cause__).__name__
    if name in ("ConnectError", "ConnectTimeout", "UnsupportedProtocol"):
        return Fault(UNREACHABLE, "no connection", again=True)
    if isinstance(error, openai.APITimeoutError):
        return Fault(TIME_OUT, "no whole answer in time", again=True, billed=True)
    return Fault(CUT, "the connection broke", again=True, billed=True)


def _of_length(error: _TooLongError, *, structured: bool) -> Reply | Fault:
    if error.compressed:
        return Fault(
            NO_COMPLETION, "it compresses what was asked for uncompressed", error.status, billed=True
        )
    if 200 <= error.status < 300:
        return Reply(None, oversized=True, structured=structured)
    again = error.status >= 500 or error.status in _TRY_AGAIN
    return Fault(SERVER_ERROR if again else REFUSED, "an endless message", error.status, again=again)
