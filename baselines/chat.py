"""A chat model as a method sees it: requests in, replies or faults out; the wire is somebody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from benchmark.errors import UsageError
from benchmark.task import Workspace

MISSING = "no endpoint: this version cannot ask one for mentions"


@dataclass(frozen=True)
class ChatRequest:
    """One request: its messages, the ``response_format`` it wants where the server knows such, its bound.

    ``max_tokens`` bounds the answer. Model, seed and temperature are the chat's own.
    """

    messages: tuple[Mapping[str, str], ...]
    response_format: Mapping[str, Any]
    max_tokens: int


@dataclass(frozen=True)
class ChatReply:
    """An answer as it came: ``cut`` in the middle by the server, or ``oversized`` and so not read."""

    text: str | None
    cut: bool = False
    oversized: bool = False


class Chat(Protocol):
    """A chat model behind an endpoint, which keeps every answer and pays from the run's budget.

    ``name`` is the model's.
    """

    name: str

    def ask(self, requests: Sequence[ChatRequest]) -> list[ChatReply | str]:
        """Return for each request its reply, or the fault that it was lost for.

        Equal requests are sent once, and answers that were kept are not asked for again. Raises a
        ``LarbenchError`` where asking cannot go on; what was answered is kept.
        """

    def notes(self) -> Mapping[str, Any]:
        """Return what was spent, under ``llm``, as ``benchmark.method.Method.notes`` describes."""


def missing_chat() -> str | None:
    """Return why no chat model can be asked, or None where one can."""
    return MISSING


def make_chat(model: str, *, workspace: Workspace, seed: int) -> Chat:
    """Return the chat model called ``model``; raise ``UsageError`` where none can be asked."""
    del model, workspace, seed
    raise UsageError(missing_chat() or MISSING)
