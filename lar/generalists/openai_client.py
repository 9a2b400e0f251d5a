"""The generalist ``openai``: a chat model behind any OpenAI-compatible endpoint types the mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.domains.corpus import EntityType
from benchmark.task import Workspace
from lar.generalists.answers import Reading, answer_schema, read_answer
from lar.generalists.estimate import longest_answer
from lar.generalists.prompts import messages
from lar.generalists.protocol import TypingRequest
from lar.generalists.questions import Question, ask_again, questions_for
from larbench.endpoint.answers import OVERSIZED
from larbench.endpoint.chat import Chat, ChatRequest
from larbench.endpoint.reply import Reply
from larbench.endpoint.usage import Usage, answers_note

Place = tuple[int, int]  # sentence and span in the list of distinct sentences asked about


@dataclass
class MentionCounts:
    """What became of all mentions asked about: mentions = answered + fell back + not asked.

    ``not_asked`` stays 0 unless asking was broken off. ``by_fault`` is fault → mentions that fell back for
    it.
    """

    mentions: int = 0
    answered: int = 0
    asked_again: int = 0
    fell_back: int = 0
    not_asked: int = 0
    by_fault: Counter[str] = field(default_factory=Counter)

    def notes(self) -> dict[str, Any]:
        """Return the counts as a record keeps them."""
        return {**vars(self), "by_fault": dict(sorted(self.by_fault.items()))}


class OpenAIGeneralist:
    """Asks a chat model for the types of mentions, several at a time; keeps every answer.

    An answer that cannot be read is asked for once more, then its mentions fall back to None; so do those of
    a request that the endpoint fails to answer. ``notes`` accounts for each mention.

    Parameters
    ----------
    types : sequence of EntityType
        The target's declared types.
    model : str
        Name of the model at the endpoint; it is the generalist's name too.
    workspace : Workspace
        Its artefacts keep the answers; its budget, if any, pays for them.
    seed : int
        Sent along, with temperature 0.
    **options : Any
        For ``larbench.endpoint.chat.Chat``; none of them changes an answer.
    """

    def __init__(
        self,
        types: Sequence[EntityType],
        *,
        model: str = "gpt-3.5-turbo",
        workspace: Workspace,
        seed: int,
        **options: Any,
    ) -> None:
        self.name = model
        self._types = tuple(types)
        self._chat = Chat(model, workspace=workspace, seed=seed, **options)
        self._counts = MentionCounts()

    def learn(self, text: Sequence[TypingRequest]) -> None:
        """Learn nothing: each question stands for itself."""

    def answer(self, asked: Sequence[TypingRequest]) -> list[tuple[str | None, ...]]:
        """Return the type of each span, or None where it falls back.

        Raises ``UsageError`` where the endpoint is missing or refuses, ``EndpointError`` where it is gone or
        time is up, ``OverBudget`` where the budget is: with all answers so far kept.
        """
        distinct: dict[tuple[Any, ...], int] = {}
        rows = [
            distinct.setdefault((one.tokens, one.spans, tuple(map(frozenset, one.candidates))), len(distinct))
            for one in asked
        ]
        firsts = {row: one for one, row in zip(reversed(asked), reversed(rows), strict=True)}
        batch = _Batch(self._types, [firsts[row] for row in range(len(distinct))], self._chat.usage)
        try:
            self._chat.ask_on(batch.questions, self._request, batch.take, batch.usable)
        finally:
            for row in rows:
                batch.count(row, self._counts)
        return [tuple(batch.types.get((row, span)) for span in range(len(firsts[row].spans))) for row in rows]

    def notes(self) -> Mapping[str, Any]:
        """Return the account of all that was asked, under ``llm``."""
        counts = self._counts
        lost = {**counts.by_fault, "not-asked": counts.not_asked}
        answers = answers_note("mentions", counts.mentions, lost)
        return {"llm": {**self._chat.notes()["llm"], **counts.notes(), **answers}}

    def _request(self, question: Question) -> ChatRequest:
        candidates = question.candidates
        return ChatRequest(
            messages(self._types, question), answer_schema(candidates), longest_answer(candidates)
        )


class _Batch:
    """One call of ``answer``: its questions, and what became of each mention; ``usage`` counts all faults."""

    def __init__(self, types: Sequence[EntityType], asked: Sequence[TypingRequest], usage: Usage) -> None:
        self._readable = {kind.name: kind.readable for kind in types}
        self._usage = usage
        self.types: dict[Place, str] = {}
        self._faults: dict[Place, str] = {}
        self._again: set[Place] = set()
        self._spans = [len(one.spans) for one in asked]
        for row, one in enumerate(asked):
            for span, candidates in enumerate(one.candidates):
                if len(set(candidates)) == 1:
                    self.types[row, span] = candidates[0]
        self.questions = questions_for(asked, [kind.name for kind in types])
        self._asked = {item.place for question in self.questions for item in question.items}

    def take(self, question: Question, outcome: Reply | str) -> list[Question]:
        """Take what can be read of a reply; what cannot is to be asked again, or falls back."""
        if isinstance(outcome, str):
            self._faults.update((item.place, outcome) for item in question.items)
            return []
        reading = self._read(question, outcome)
        faults = dict(reading.faults)
        if outcome.oversized:
            faults = dict.fromkeys(faults, OVERSIZED)
        for number, name in reading.types.items():
            self.types[question.items[number - 1].place] = name
        self._usage.met.update(faults.values())
        self._usage.repaired.update(reading.repairs)
        return self._unreadable(question, faults)

    def usable(self, question: Question, reply: Reply) -> bool:
        """Return whether a kept reply serves: it can be read, or another question was asked because of it."""
        return question.fault is None or not self._read(question, reply).faults

    def _read(self, question: Question, reply: Reply) -> Reading:
        return read_answer(reply.text, question.candidates, self._readable, cut=reply.cut)

    def count(self, row: int, counts: MentionCounts) -> None:
        """Enter the mentions of one sentence into the counts."""
        for span in range(self._spans[row]):
            place = (row, span)
            if place not in self._asked:
                continue
            counts.mentions += 1
            counts.asked_again += place in self._again
            if place in self.types:
                counts.answered += 1
            elif place in self._faults:
                counts.fell_back += 1
                counts.by_fault[self._faults[place]] += 1
            else:
                counts.not_asked += 1

    def _unreadable(self, question: Question, faults: dict[int, str]) -> list[Question]:
        places = {number: question.items[number - 1].place for number in faults}
        if question.fault is not None:
            self._faults.update((places[number], fault) for number, fault in faults.items())
            return []
        self._again.update(places.values())
        return ask_again(question, faults)
