"""What comes back from an endpoint: a reply, or a fault. Plain data, and a reply's stored form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

# faults of the endpoint: no answer was read
UNREACHABLE, TIME_OUT, CUT = "unreachable", "time-out", "cut"
RATE_LIMITED, SERVER_ERROR, REFUSED, NO_COMPLETION = (
    "rate-limited",
    "server-error",
    "refused",
    "no-completion",
)

_MOST_MODEL = 200  # characters of a model's name


@dataclass(frozen=True)
class Reply:
    """An answer as it came: its text and how it ended, who gave it, what it took.

    Token counts are None where the server did not report them. ``oversized`` says that reading was stopped
    at the limit, and nothing is known of it. ``structured`` says that a JSON schema was asked for.
    """

    text: str | None
    cut: bool = False
    oversized: bool = False
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    structured: bool = False

    def to_bytes(self) -> bytes:
        """Return the stored form."""
        return json.dumps(asdict(self), ensure_ascii=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Reply | None:
        """Read the stored form back; None where it is not one."""
        try:
            return cls(**json.loads(content))
        except (ValueError, TypeError, RecursionError):
            return None


@dataclass(frozen=True)
class Fault:
    """Why a try brought no reply.

    ``again`` says whether another try may help, ``billed`` whether the server may have done the work,
    ``fatal`` whether no other request can fare better either. ``detail`` is for a message, without secrets.
    """

    kind: str
    detail: str = ""
    status: int | None = None
    again: bool = False
    billed: bool = False
    fatal: bool = False
    retry_after: float | None = None


def read_completion(content: bytes, *, structured: bool) -> Reply | None:
    """Read the body of a chat completion; None where it is not one."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    text = message.get("content")
    if not isinstance(text, str | None):
        return None
    usage = body.get("usage")
    return Reply(
        text,
        cut=choice.get("finish_reason") == "length",
        model=body["model"][:_MOST_MODEL] if isinstance(body.get("model"), str) else None,
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        structured=structured,
    )


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    sensible = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if sensible else None
