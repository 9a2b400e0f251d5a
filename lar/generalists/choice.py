"""The generalist ``choice``: a chat model chooses among the types by one letter, and says how likely each is.

One request a mention. The model is to answer with the letter of a type; of its answer the log-probabilities
of the first token count alone, p(t) for the letter of each type t. Small models favour letters whatever they
stand for, so p is held against what the same model answers where there is nothing to read, a sentence and a
mention that are "N/A" (contextual calibration: Zhao and others, *Calibrate Before Use*, ICML 2021, section
4):

    q(t) ∝ p(t) / p_N/A(t)

and q is what ``lar.generalists.enhance`` multiplies direct inference's distribution with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from benchmark.domains.corpus import EntityType
from benchmark.errors import UsageError
from benchmark.task import Workspace
from lar.generalists.openai_client import MentionCounts
from lar.generalists.prompts import choice_messages
from lar.generalists.protocol import TypingRequest
from lar.generalists.questions import occurrence_of
from larbench.endpoint.chat import Chat, ChatRequest
from larbench.endpoint.reply import Reply
from larbench.endpoint.usage import answers_note

MOST = 20  # probabilities that servers give of one token
NO_LETTER = "no-letter"
_NOTHING = "N/A"
_TINY = 1e-9
_NO_PROBABILITIES = (
    "the endpoint gives no log-probabilities of its answers, which --generalist choice needs (llama.cpp's"
    " server gives them with --logits_all true): --generalist openai asks for the types themselves"
)


@dataclass(frozen=True)
class _Mention:
    """What one request asks: a mention in its sentence; ``occurrence`` is None where its words stand once."""

    sentence: str
    words: str
    occurrence: int | None = None


class ChoiceGeneralist:
    """Asks a chat model to choose a type by its letter, a mention a request; keeps every answer.

    Parameters
    ----------
    types : sequence of EntityType
        The target's declared types, as many as there are letters at most.
    model : str
        Name of the model at the endpoint.
    workspace : Workspace
        Its artefacts keep the answers; its budget, if any, pays for them.
    seed : int
        Sent along, with temperature 0.
    **options : Any
        For ``larbench.endpoint.chat.Chat``.
    """

    def __init__(
        self, types: Sequence[EntityType], *, model: str, workspace: Workspace, seed: int, **options: Any
    ) -> None:
        if len(types) > len(ascii_uppercase):
            raise UsageError(
                f"{len(types)} types: --generalist choice has letters for {len(ascii_uppercase)}"
            )
        self.name = f"{model} by choice"
        self._types = tuple(types)
        self._chat = Chat(model, workspace=workspace, seed=seed, **options)
        self._found: dict[_Mention, dict[str, float] | str] = {}

    def learn(self, text: Sequence[TypingRequest]) -> None:
        """Learn nothing: each question stands for itself."""

    def answer(self, asked: Sequence[TypingRequest]) -> list[tuple[Mapping[str, float] | None, ...]]:
        """Return the probability of each candidate for each span, or None where it has none.

        Raises ``UsageError`` where the endpoint is missing, refuses, or gives no log-probabilities,
        ``EndpointError`` where it is gone, ``OverBudget`` where the budget is: with all answers so far kept.
        """
        rows = [[_mention(one, span) for span in one.spans] for one in asked]
        wanted = dict.fromkeys(mention for mentions in rows for mention in mentions)
        if wanted:
            self._ask([_Mention(_NOTHING, _NOTHING), *wanted])
        return [
            tuple(
                self._calibrated(mention, names)
                for mention, names in zip(mentions, one.candidates, strict=True)
            )
            for mentions, one in zip(rows, asked, strict=True)
        ]

    def notes(self) -> Mapping[str, Any]:
        """Return the account of all that was asked, under ``llm``."""
        asked = {mention: found for mention, found in self._found.items() if mention.words != _NOTHING}
        lost: dict[str, int] = {}
        for found in asked.values():
            if isinstance(found, str):
                lost[found] = lost.get(found, 0) + 1
        counts = MentionCounts(len(asked), len(asked) - sum(lost.values()), fell_back=sum(lost.values()))
        counts.by_fault.update(lost)
        answers = answers_note("mentions", len(asked), lost)
        return {"llm": {**self._chat.notes()["llm"], **counts.notes(), **answers}}

    def _ask(self, mentions: Sequence[_Mention]) -> None:
        new = [mention for mention in mentions if mention not in self._found]
        requests = [
            ChatRequest(choice_messages(self._types, _document(one)), {}, 1, logprobs=MOST) for one in new
        ]
        for mention, reply in zip(new, self._chat.ask(requests, self._usable), strict=True):
            if isinstance(reply, Reply) and reply.logprobs is None:
                raise UsageError(_NO_PROBABILITIES)
            self._found[mention] = reply if isinstance(reply, str) else self._letters(reply) or NO_LETTER
        self._refused_all(new)

    def _refused_all(self, new: Sequence[_Mention]) -> None:
        """Raise where the server refuses every request: it does not know what is asked of it."""
        said = self._chat.usage.said.get("refused", "")
        if new and all(self._found[one] == "refused" for one in new) and "logprob" in said.casefold():
            raise UsageError(f"{_NO_PROBABILITIES} ({said})")

    def _usable(self, reply: Reply) -> bool:
        return reply.logprobs is not None and bool(self._letters(reply))

    def _letters(self, reply: Reply) -> dict[str, float]:
        """Return type → probability of its letter, as far as the server gives it; nothing without one."""
        found: dict[str, float] = {}
        for token, logarithm in (reply.logprobs or {}).items():
            letter = token.strip(" \n\t.:)(\"'*").upper()
            number = ascii_uppercase.find(letter) if len(letter) == 1 else -1
            if 0 <= number < len(self._types):
                name = self._types[number].name
                found[name] = found.get(name, 0.0) + math.exp(min(logarithm, 0.0))
        return found

    def _calibrated(self, mention: _Mention, candidates: Sequence[str]) -> dict[str, float] | None:
        found, nothing = self._found[mention], self._found[_Mention(_NOTHING, _NOTHING)]
        if isinstance(found, str):
            return None
        before = {} if isinstance(nothing, str) else nothing
        weights = {name: _of(found, name) / _of(before, name) for name in candidates}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}


def _of(found: Mapping[str, float], name: str) -> float:
    """Return a letter's probability; one that is not given is below the least that is. 1 where none is."""
    return max(found.get(name, min(found.values()) / 2), _TINY) if found else 1.0


def _mention(asked: TypingRequest, span: tuple[int, int]) -> _Mention:
    words = " ".join(asked.tokens[slice(*span)])
    return _Mention(" ".join(asked.tokens), words, occurrence_of(asked.tokens, *span))


def _document(mention: _Mention) -> dict[str, Any]:
    named = {} if mention.occurrence is None else {"occurrence": mention.occurrence}
    return {"sentence": mention.sentence, "mention": mention.words, **named}
