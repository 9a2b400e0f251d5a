"""A chat model as a method sees it: requests in, replies or faults out."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from benchmark.errors import LarbenchError
from benchmark.task import Workspace
from larbench.endpoint.client import Asking, Cache, Means, Request
from larbench.endpoint.config import Endpoint, endpoint_from_environment
from larbench.endpoint.prices import price_of
from larbench.endpoint.reply import Reply
from larbench.endpoint.retry import Policy
from larbench.endpoint.run_sync import run_apart
from larbench.endpoint.tokens import at_most
from larbench.endpoint.usage import Account

Q = TypeVar("Q")


@dataclass(frozen=True)
class ChatRequest:
    """One request: its messages, the ``response_format`` it wants where the server knows such, its bound.

    ``max_tokens`` bounds the answer. Model, seed and temperature are the chat's own.
    """

    messages: Sequence[Mapping[str, str]]
    response_format: Mapping[str, Any]
    max_tokens: int


class Chat:
    """A chat model behind an endpoint: several requests at a time, every answer kept, none paid for twice.

    An answer that was kept needs neither key nor network. Both ways to ask raise ``UsageError`` where the
    endpoint is missing or refuses, ``EndpointError`` where it is gone or time is up, ``OverBudget`` where the
    budget is; what was answered until then is kept, and was handed over.

    Parameters
    ----------
    model: name of the model at the endpoint; it is the chat's name too.
    workspace: its artefacts keep the answers; its budget, if any, pays for them.
    seed: sent along, with temperature 0.
    policy: limits of time, size and patience; they change no answer.
    endpoint: where to ask; by default what the environment names, looked at only when something has to be
        asked.
    sleep, clock, jitter: for tests.
    """

    def __init__(
        self,
        model: str,
        *,
        workspace: Workspace,
        seed: int,
        policy: Policy | None = None,
        endpoint: Endpoint | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = model
        self.account = Account()
        self._seed = seed
        self._policy = policy or Policy()
        self._endpoint = endpoint
        self._price = price_of(model)
        self._cache = Cache(workspace.artefacts)
        self._budget = workspace.budget
        self._timing = (sleep, clock, jitter)
        self._seconds = 0.0  # spent asking, of policy.run_seconds

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | str]:
        """Return for each request its reply, or the fault that it was lost for; equal ones are sent once."""
        keys = [json.dumps([list(map(dict, one.messages)), one.max_tokens]) for one in requests]
        distinct = dict(zip(keys, requests, strict=True))
        found: dict[str, Reply | str] = {}

        def take(key: str, outcome: Reply | str) -> Iterable[str]:
            found[key] = outcome
            return ()

        self.ask_on(distinct, distinct.__getitem__, take)
        return [found[key] for key in keys]

    def ask_on(
        self,
        questions: Iterable[Q],
        request: Callable[[Q], ChatRequest],
        take: Callable[[Q, Reply | str], Iterable[Q]],
    ) -> None:
        """Ask all questions, and those that follow from their answers, until none is left.

        ``request`` puts a question into words. ``take`` is given each one's reply as soon as it is there, or
        the fault that it was lost for, and returns the questions to ask because of it. What is kept is taken
        first, before anything is sent.
        """
        batch = _Batch(self, request, take)
        batch.sort(questions)
        if batch.open:
            run_apart(batch.over_the_wire())

    def notes(self) -> Mapping[str, Any]:
        """Return what was spent, under ``llm``, as ``benchmark.method.Method.notes`` describes."""
        return {"llm": self.account.notes(self.name, self._price)}

    def _whole(self, one: ChatRequest) -> Request:
        messages = [dict(message) for message in one.messages]
        body = {
            "model": self.name,
            "messages": messages,
            "temperature": 0,
            "seed": self._seed,
            "max_tokens": one.max_tokens,
        }
        return Request(body, dict(one.response_format), at_most(messages, one.max_tokens))


class _Batch(Generic[Q]):
    """One call of ``ask_on``: the questions that are still open."""

    def __init__(
        self,
        chat: Chat,
        request: Callable[[Q], ChatRequest],
        take: Callable[[Q, Reply | str], Iterable[Q]],
    ) -> None:
        self._chat, self._request, self._take = chat, request, take
        self.open: deque[tuple[Q, Request]] = deque()

    def sort(self, questions: Iterable[Q]) -> None:
        """Settle all questions that the cache knows, and what follows from them; open the others."""
        chat = self._chat
        waiting = deque(questions)
        while waiting:
            question = waiting.popleft()
            request = chat._whole(self._request(question))
            reply = chat._cache.get(request)
            if reply is None:
                self.open.append((question, request))
            else:
                chat.account.replied(reply, cached=True)
                waiting.extend(self._take(question, reply))

    async def over_the_wire(self) -> None:
        """Ask what is open, several at a time; raise what stopped it."""
        from larbench.endpoint.transport import Wire

        chat = self._chat
        policy = chat._policy
        sleep, clock, jitter = chat._timing
        chat._endpoint = chat._endpoint or endpoint_from_environment()
        means = Means(chat._endpoint, policy, chat._price, sleep, clock, jitter)
        start = clock()
        deadline = start + policy.run_seconds - chat._seconds
        try:
            async with Wire(means.endpoint, policy) as wire:
                asking = Asking(wire, means, chat._cache, chat._budget, chat.account, deadline)
                if not asking.format_known(chat.name):
                    # the first alone: a refused key costs one request, a refused format one more
                    await self._work(asking, most=1)
                await asyncio.gather(*(self._work(asking) for _ in range(policy.concurrency)))
        finally:
            chat._seconds += clock() - start
        if asking.stopped is not None:
            raise asking.stopped

    async def _work(self, asking: Asking, most: int | None = None) -> None:
        """Ask one open question after the other, ``most`` of them, until none is left or asking stops."""
        while self.open and asking.stopped is None and most != 0:
            most = None if most is None else most - 1
            question, request = self.open.popleft()
            try:
                outcome = await asking.ask(request)
            except LarbenchError as error:
                asking.stop(error)  # others finish what they have under way
                return
            self.sort(self._take(question, outcome))
