"""What comes back from an endpoint: a reply, or a fault. Plain data, read from what servers send."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

# faults of the endpoint: no answer was read
UNREACHABLE, TIME_OUT, CUT = "unreachable", "time-out", "cut"
RATE_LIMITED, SERVER_ERROR, REFUSED = "rate-limited", "server-error", "refused"
NO_COMPLETION, FILTERED, REFUSAL, TOOL_CALL = "no-completion", "filtered", "refusal", "tool-call"
# faults that say something of one request, and nothing of the endpoint
OF_ONE_REQUEST = frozenset({REFUSED, FILTERED, REFUSAL, TOOL_CALL})

_BUSY = frozenset({408, 409, 425, 429, 502, 503, 504, 529})  # it will pass: a limit, a model that loads
_FATAL = {
    401: "it does not accept the key: check OPENAI_API_KEY",
    402: "it asks for payment",
    403: "it does not allow this key to do this: check OPENAI_API_KEY and the model's name",
    404: "it knows no such address or no such model: check OPENAI_BASE_URL and --llm-model",
}
_MOST_MODEL = 200  # characters of a model's name
_MOST_WORDS = 1000  # of a server's message that are read
_SHOWN_WORDS = 300  # and that are shown
_EVENTS = ("data:", "event:", ":")  # how a stream of server-sent events starts
_THOUGHT = re.compile(r"\s*(?:<(?:think|thinking|thought|reasoning)>|<\|channel\|>analysis)", re.IGNORECASE)
_THOUGHT_END = re.compile(
    r"</(?:think|thinking|thought|reasoning)>|<\|channel\|>final<\|message\|>", re.IGNORECASE
)


@dataclass(frozen=True)
class Reply:
    """An answer as it came: its text and how it ended, who gave it, what it took.

    ``text`` holds no thoughts, and is None where the answer was ``cut``: what was cut is never read as whole.
    Token counts are None where the server did not report them. ``oversized`` says that reading was stopped
    at the limit, and nothing is known of it. ``structured`` says that a JSON schema was asked for,
    ``fingerprint`` which version of the model answered, as far as the server says. ``logprobs`` is token →
    log-probability of being the first of the answer, where that was asked for and given.
    """

    text: str | None
    cut: bool = False
    oversized: bool = False
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    structured: bool = False
    fingerprint: str | None = None
    logprobs: Mapping[str, float] | None = None

    def to_bytes(self) -> bytes:
        """Return the stored form."""
        return json.dumps(asdict(self), ensure_ascii=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Reply | None:
        """Read the stored form back; None where it is not one."""
        try:
            reply = cls(**json.loads(content))
        except (ValueError, TypeError, RecursionError):
            return None
        return replace(reply, text=None) if reply.cut else reply


@dataclass(frozen=True)
class Fault:
    """Why a try brought no reply.

    ``again`` says whether another try may help, ``busy`` whether the server asks to wait for it, ``billed``
    whether the server may have done the work, ``fatal`` whether no other request can fare better either.
    ``said`` are the server's own words, ``advice`` what a user can do; neither holds a secret.
    """

    kind: str
    said: str = ""
    advice: str = ""
    status: int | None = None
    again: bool = False
    busy: bool = False
    billed: bool = False
    fatal: bool = False
    retry_after: float | None = None

    @property
    def detail(self) -> str:
        """What to show of it, on one line."""
        said = " ".join(self.said.split())[:_SHOWN_WORDS]
        return f"{self.advice} ({said})" if self.advice and said else self.advice or said


def fault_of_status(status: int, words: str, *, code: object = None, wait: float | None = None) -> Fault:
    """Return what an HTTP status means; ``words`` are the server's, ``wait`` the seconds that it asks for."""
    if 300 <= status < 400:
        advice = "it redirects: set OPENAI_BASE_URL to where it does"
        return Fault(REFUSED, "", advice, status, fatal=True)
    if status in _FATAL:
        return Fault(REFUSED, words, _FATAL[status], status, fatal=True)
    if status == 429 and code == "insufficient_quota":
        return Fault(REFUSED, words, "the account has no quota left", status, fatal=True)
    if status in _BUSY or status >= 500:
        kind = RATE_LIMITED if status == 429 else SERVER_ERROR
        return Fault(kind, words, status=status, again=True, busy=status in _BUSY, retry_after=wait)
    return Fault(REFUSED, words, status=status)


def server_words(content: bytes | str | Mapping[str, Any]) -> str:
    """Return what a server says in the body of an error, in any form that is met; without mark-up."""
    value: Any = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    if isinstance(value, str):
        parsed = _json(value)
        value = re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", value) if parsed is None else parsed
    param = None
    while isinstance(value, dict):
        param = value.get("param") or param
        names = ("error", "detail", "message", "msg", "errors")
        value = next((value[name] for name in names if value.get(name)), json.dumps(value))
    if isinstance(value, list):  # of pydantic: without the input, which holds the whole request
        value = "; ".join(f"{one['loc']}: {one['msg']}" if _is_problem(one) else str(one) for one in value)
    words = " ".join(str(value).split())[:_MOST_WORDS]
    return f"{words} ({param})" if isinstance(param, str) and param not in words else words


def _is_problem(value: Any) -> bool:
    return isinstance(value, dict) and {"loc", "msg"} <= set(value)


def read_completion(content: bytes, *, structured: bool) -> Reply | Fault:
    """Read the body of a chat completion that came with status 200; a fault where it holds no answer."""
    text = content.decode("utf-8-sig", "replace")
    try:
        body = _joined(text) if text.lstrip().startswith(_EVENTS) else _json(text)
        if error := body.get("error"):
            code = error.get("code") if isinstance(error, dict) else None
            number = code if isinstance(code, int) and 400 <= code < 600 else 500
            return fault_of_status(number, server_words(body), code=code)
        return _read_choice(body, body["choices"][0], structured=structured)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return no_completion("what it sent is no chat completion", server_words(text))


def _read_choice(body: dict[str, Any], choice: dict[str, Any], *, structured: bool) -> Reply | Fault:
    message, end = choice["message"], choice.get("finish_reason")
    text = _text(message.get("content"))
    if end == "error" or choice.get("error"):
        said = server_words({"error": choice["error"]}) if choice.get("error") else ""
        return Fault(SERVER_ERROR, said, "an error ended its answer", again=True, billed=True)
    if end == "content_filter":
        return _lost(FILTERED, "", "its content filter holds the answer back")
    if not text and message.get("refusal"):
        return _lost(REFUSAL, str(message["refusal"]), "")
    if not text and (message.get("tool_calls") or message.get("function_call")):
        return _lost(TOOL_CALL, "", "it calls a tool, though none was offered")
    whole = None if text is None or end in ("length", "max_tokens") else without_thought(text)
    usage = body.get("usage")
    return Reply(
        whole,
        cut=text is not None and whole is None,
        model=_name(body.get("model")),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        structured=structured,
        fingerprint=_name(body.get("system_fingerprint")),
        logprobs=_first_token(choice.get("logprobs")),
    )


def _first_token(logprobs: Any) -> dict[str, float] | None:
    """Return token → log-probability at the first place of an answer; None where the server gives none.

    In the form of chat completions, or of completions, which some servers send in both.
    """
    if not isinstance(logprobs, dict):
        return None
    if isinstance(logprobs.get("content"), list) and logprobs["content"]:
        listed = {one["token"]: one["logprob"] for one in logprobs["content"][0].get("top_logprobs", ())}
    else:
        listed = dict((logprobs.get("top_logprobs") or [{}])[0])
    found = {str(token): float(value) for token, value in listed.items() if value is not None}
    return found or None


def without_thought(text: str) -> str | None:
    """Return what stands behind a model's thoughts; None where they do not end."""
    ends = [found.end() for found in _THOUGHT_END.finditer(text)]
    answer = text[ends[-1] :] if ends else text
    return None if _THOUGHT.match(answer) else answer


def _text(content: Any) -> str | None:
    """Return a message's text, also where it comes in parts; ``TypeError`` where it is none."""
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else part["text"] for part in content)
    if not isinstance(content, str | None):
        raise TypeError
    return content


def _joined(text: str) -> dict[str, Any]:
    """Return the completion that the events of a stream make together; one that breaks off was cut."""
    whole: dict[str, Any] = {}
    said, end = "", "length"
    for line in text.splitlines():
        chunk = _json(line[5:]) if line.startswith("data:") else None
        if not isinstance(chunk, dict):
            continue
        whole |= {name: value for name, value in chunk.items() if value is not None}
        for choice in (chunk.get("choices") or [])[:1]:
            said += _text((choice.get("delta") or choice.get("message") or {}).get("content")) or ""
            end = choice.get("finish_reason") or end
    return {**whole, "choices": [{"message": {"content": said}, "finish_reason": end}] * ("choices" in whole)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def no_completion(advice: str, said: str = "") -> Fault:
    """Return the fault of a response that has the form of no answer: a proxy's page, which may pass."""
    return Fault(NO_COMPLETION, said, advice, again=True, billed=True)


def _lost(kind: str, said: str, advice: str) -> Fault:
    return Fault(kind, said, advice, billed=True)


def _name(value: Any) -> str | None:
    return value[:_MOST_MODEL] if isinstance(value, str) else None


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    sensible = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if sensible else None
