"""The generalist ``openai``: a chat model behind any OpenAI-compatible endpoint types the mentions."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from benchmark.domains.corpus import EntityType
from benchmark.errors import LarbenchError
from benchmark.task import Workspace
from lar.generalists.account import Account
from lar.generalists.answers import OVERSIZED, answer_schema, read_answer
from lar.generalists.asked import Asked
from lar.generalists.asking import Asking, Cache, Means, Request
from lar.generalists.endpoint import Endpoint, endpoint_from_environment
from lar.generalists.estimate import at_most, longest_answer
from lar.generalists.prices import price_of
from lar.generalists.prompts import messages
from lar.generalists.questions import Question, ask_again, questions_for
from lar.generalists.reply import NO_COMPLETION, Reply
from lar.generalists.retry import Policy

Place = tuple[int, int]  # sentence and span in the list of distinct sentences asked about


class OpenAIGeneralist:
    """Asks a chat model for the types of mentions, several at a time; keeps every answer.

    An answer that cannot be read is asked for once more, then its mentions fall back to None; so do those of
    a request that the endpoint fails to answer. ``notes`` accounts for each mention.

    Parameters
    ----------
    types: the target's declared types.
    model: name of the model at the endpoint; it is the generalist's name too.
    workspace: its artefacts keep the answers; its budget, if any, pays for them.
    seed: sent along, with temperature 0.
    policy: limits of time, size and patience; they change no answer.
    endpoint: where to ask; by default what the environment names, looked at only when something has to be
        asked, so that a run whose answers are all kept needs neither key nor network.
    sleep, clock, jitter: for tests.
    """

    def __init__(
        self,
        types: Sequence[EntityType],
        *,
        model: str = "gpt-3.5-turbo",
        workspace: Workspace,
        seed: int,
        policy: Policy | None = None,
        endpoint: Endpoint | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = model
        self._types = tuple(types)
        self._readable = {kind.name: kind.readable for kind in types}
        self._seed = seed
        self._policy = policy or Policy()
        self._endpoint = endpoint
        self._price = price_of(model)
        self._cache = Cache(workspace.artefacts)
        self._budget = workspace.budget
        self._timing = (sleep, clock, jitter)
        self._account = Account()
        self._seconds = 0.0  # spent asking, of policy.run_seconds

    def learn(self, text: Sequence[Asked]) -> None:
        """Learn nothing: each question stands for itself."""

    def answer(self, asked: Sequence[Asked]) -> list[tuple[str | None, ...]]:
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
        batch = _Batch(self, [firsts[row] for row in range(len(distinct))])
        try:
            batch.run()
        finally:
            for row in rows:
                batch.enter(row, self._account)
        return [tuple(batch.types.get((row, span)) for span in range(len(firsts[row].spans))) for row in rows]

    def notes(self) -> Mapping[str, Any]:
        """Return the account of all that was asked, under ``llm``."""
        return {"llm": self._account.notes(self.name, self._price)}

    def _request(self, question: Question) -> Request:
        prompt = messages(self._types, question)
        candidates = question.candidates
        max_tokens = longest_answer(candidates)
        body = {
            "model": self.name,
            "messages": prompt,
            "temperature": 0,
            "seed": self._seed,
            "max_tokens": max_tokens,
        }
        return Request(body, answer_schema(candidates), at_most(prompt, max_tokens))


class _Batch:
    """One call of ``answer``: the questions still open, and what became of each mention."""

    def __init__(self, generalist: OpenAIGeneralist, asked: Sequence[Asked]) -> None:
        self._of = generalist
        self.types: dict[Place, str] = {}
        self._faults: dict[Place, str] = {}
        self._again: set[Place] = set()
        self._spans = [len(one.spans) for one in asked]
        for row, one in enumerate(asked):
            for span, candidates in enumerate(one.candidates):
                if len(set(candidates)) == 1:
                    self.types[row, span] = candidates[0]
        questions = questions_for(asked, [kind.name for kind in generalist._types])
        self._asked = {item.place for question in questions for item in question.items}
        self._open: deque[tuple[Question, Request]] = deque()
        self._waiting = deque(questions)

    def run(self) -> None:
        """Answer all questions: first from the cache, then over the wire."""
        self._from_cache()
        if self._open:
            _run_apart(self._over_the_wire())

    def enter(self, row: int, account: Account) -> None:
        """Enter the mentions of one sentence into the account."""
        for span in range(self._spans[row]):
            place = (row, span)
            if place not in self._asked:
                continue
            account.mentions += 1
            account.asked_again += place in self._again
            if place in self.types:
                account.answered += 1
            elif place in self._faults:
                account.fell_back += 1
                account.by_fault[self._faults[place]] += 1
            else:
                account.not_asked += 1

    def _from_cache(self) -> None:
        """Settle all waiting questions that the cache knows, and open the others."""
        while self._waiting:
            question = self._waiting.popleft()
            request = self._of._request(question)
            reply = self._of._cache.get(request)
            if reply is None:
                self._open.append((question, request))
            else:
                self._of._account.replied(reply, cached=True)
                self._read(question, reply)

    def _read(self, question: Question, reply: Reply) -> None:
        """Take what can be read of a reply; what cannot waits to be asked again, or falls back."""
        reading = read_answer(reply.text, question.candidates, self._of._readable, cut=reply.cut)
        faults = dict(reading.faults)
        if reply.oversized:
            faults = dict.fromkeys(faults, OVERSIZED)
        for number, name in reading.types.items():
            self.types[question.items[number - 1].place] = name
        for fault in faults.values():
            self._of._account.met[fault] += 1
        self._unreadable(question, faults)

    def _unreadable(self, question: Question, faults: dict[int, str]) -> None:
        places = {number: question.items[number - 1].place for number in faults}
        if question.fault is None:
            self._again.update(places.values())
            self._waiting.extend(ask_again(question, faults))
        else:
            self._faults.update((places[number], fault) for number, fault in faults.items())

    async def _over_the_wire(self) -> None:
        from lar.generalists.wire import Wire

        generalist = self._of
        generalist._endpoint = generalist._endpoint or endpoint_from_environment()
        sleep, clock, jitter = generalist._timing
        policy = generalist._policy
        means = Means(generalist._endpoint, policy, generalist._price, sleep, clock, jitter)
        start = clock()
        deadline = start + policy.run_seconds - generalist._seconds
        try:
            async with Wire(means.endpoint, policy) as wire:
                asking = Asking(
                    wire, means, generalist._cache, generalist._budget, generalist._account, deadline
                )
                if not asking.format_known(generalist.name):
                    # the first alone: a refused key costs one request, a refused format one more
                    await self._work(asking, most=1)
                await asyncio.gather(*(self._work(asking) for _ in range(policy.concurrency)))
        finally:
            generalist._seconds += clock() - start
        if asking.stopped is not None:
            raise asking.stopped

    async def _work(self, asking: Asking, most: int | None = None) -> None:
        """Ask one open question after the other, ``most`` of them, until none is left or asking stops."""
        while self._open and asking.stopped is None and most != 0:
            most = None if most is None else most - 1
            question, request = self._open.popleft()
            try:
                outcome = await asking.ask(request)
            except LarbenchError:
                return  # asking.stopped holds it; others finish what they have under way
            if isinstance(outcome, Reply):
                self._read(question, outcome)
            elif outcome == NO_COMPLETION:  # not the form of an answer: not kept, but asked again like one
                self._unreadable(question, dict.fromkeys(range(1, len(question.items) + 1), outcome))
            else:
                self._faults.update((item.place, outcome) for item in question.items)
            self._from_cache()


def _run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, also where this thread runs an event loop already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    errors: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            errors.append(error)

    thread = threading.Thread(target=run, name="asking")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
