"""A chat model as a method sees it: requests in, replies or faults out, every answer kept."""

from __future__ import annotations

import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from benchmark.task import ArtefactStore, Workspace
from larbench.endpoint.adaptation import RESPONSE_FORMAT, Adaptation
from larbench.endpoint.client import Client, Job
from larbench.endpoint.config import Endpoint, endpoint_from_environment
from larbench.endpoint.pace import Pace
from larbench.endpoint.policy import Policy
from larbench.endpoint.prices import price_of
from larbench.endpoint.reply import Reply
from larbench.endpoint.tokens import at_most
from larbench.endpoint.usage import Usage

Q = TypeVar("Q")

KIND, _FILE = "llm-answer", "answer.json"


@dataclass(frozen=True)
class ChatRequest:
    """One request: its messages, the ``response_format`` it wants where the server knows such, its bound.

    ``max_tokens`` bounds the answer. ``logprobs`` is of how many tokens that its first could have been the
    log-probabilities are wanted. Model, seed and temperature are the chat's own.
    """

    messages: Sequence[Mapping[str, str]]
    response_format: Mapping[str, Any]
    max_tokens: int
    logprobs: int = 0


class Chat:
    """A chat model behind an endpoint: several requests at a time, every answer kept, none paid for twice.

    An answer that was kept needs neither key nor network. Where ``workspace.retry_lost`` is set, one that
    could not be used is asked for once more by each chat, and the newer one is kept beside it.

    Both ways to ask raise ``UsageError`` where the endpoint is missing or refuses, ``EndpointError`` where it
    is gone, ``OverBudget`` where the budget is; what was answered until then is kept, and was handed over.

    Parameters
    ----------
    model : str
        Name of the model at the endpoint; it is the chat's name too.
    workspace : Workspace
        Its artefacts keep the answers; its budget, if any, pays for them.
    seed : int
        Sent along, with temperature 0.
    revision : str, optional
        Which weights stand behind the name, in the user's own words: answers of others are not used.
    policy : Policy, optional
        Limits of time, size and patience; by default those of the environment.
    endpoint : Endpoint, optional
        Where to ask; by default what the environment names, looked at only when something has to be asked.
    sleep, clock, jitter : callable
        For tests.
    """

    def __init__(
        self,
        model: str,
        *,
        workspace: Workspace,
        seed: int,
        revision: str | None = None,
        policy: Policy | None = None,
        endpoint: Endpoint | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = model
        self.usage = Usage()
        self._seed, self._revision = seed, revision
        self._policy = policy or Policy.from_environment()
        self._endpoint = endpoint
        self._price = price_of(model)
        self._workspace = workspace
        self._timing = (sleep, clock, jitter)
        self._client: Client | None = None
        self._again: dict[str, int] = {}  # what is asked for once more → how many answers there were

    def ask(
        self, requests: Sequence[ChatRequest], usable: Callable[[Reply], bool] = lambda _: True
    ) -> list[Reply | str]:
        """Return for each request its reply, or the fault that it was lost for; equal ones are sent once.

        ``usable`` tells of a kept reply whether it serves, or whether what it answers is lost.
        """
        keys = [json.dumps(self._body(one, one.max_tokens)) for one in requests]
        distinct = dict(zip(keys, requests, strict=True))
        found: dict[str, Reply | str] = {}

        def take(key: str, outcome: Reply | str) -> Iterable[str]:
            found[key] = outcome
            return ()

        self.ask_on(distinct, distinct.__getitem__, take, lambda _, reply: usable(reply))
        return [found[key] for key in keys]

    def ask_on(
        self,
        questions: Iterable[Q],
        request: Callable[[Q], ChatRequest],
        take: Callable[[Q, Reply | str], Iterable[Q]],
        usable: Callable[[Q, Reply], bool] = lambda *_: True,
    ) -> None:
        """Ask all questions, and those that follow from their answers, until none is left.

        ``request`` puts a question into words. ``take`` is given each one's reply as soon as it is there, or
        the fault that it was lost for, and returns the questions to ask because of it. What is kept is taken
        first, before anything is sent. ``usable`` is as in ``ask``.
        """

        def not_kept(questions: Iterable[Q]) -> list[Job]:
            waiting, open_ = deque(questions), []
            while waiting:
                question = waiting.popleft()
                one = request(question)
                reply = self._kept(one, partial(usable, question))
                if reply is None:
                    open_.append(self._job(question, one))
                else:
                    self.usage.replied(reply, cached=True)
                    waiting.extend(take(question, reply))
            return open_

        def answered(job: Job, outcome: Reply | str) -> list[Job]:
            if isinstance(outcome, Reply):
                outcome = self._keep(request(job.question), outcome)
            return not_kept(take(job.question, outcome))

        if jobs := not_kept(questions):
            self._open().ask(jobs, answered)

    def notes(self) -> Mapping[str, Any]:
        """Return what was spent, under ``llm``, as ``benchmark.method.Method.notes`` describes.

        ``left_out`` is what the server was seen to refuse, ``concurrency`` how many requests were
        under way in the end, ``answer_seconds`` what an answer took then, ``model_entry`` what the server
        lists of the model.
        """
        client = self._client
        seconds = client.pace.seconds if client else None
        found = {
            "left_out": sorted(client.adaptation.known) if client else [],
            "concurrency": client.pace.level if client else None,
            "answer_seconds": None if seconds is None else round(seconds, 3),
            "revision": self._revision,
            "model_entry": client.entry if client else None,
        }
        return {"llm": {**self.usage.notes(self.name, self._price), **found}}

    def _open(self) -> Client:
        if self._client is None:
            endpoint = self._endpoint = self._endpoint or endpoint_from_environment()
            workspace, (sleep, clock, jitter) = self._workspace, self._timing
            self._client = Client(
                endpoint,
                self.name,
                Adaptation(workspace.artefacts, endpoint, self.name),
                self._policy,
                Pace(self._policy, clock, jitter),
                self.usage,
                self._price,
                workspace.budget,
                workspace.tell,
                sleep,
                clock,
            )
        return self._client

    def _job(self, question: Any, one: ChatRequest) -> Job:
        body = self._body(one, self._bound(one))
        if one.response_format:
            body[RESPONSE_FORMAT] = dict(one.response_format)
        return Job(question, body, at_most(body["messages"], body["max_tokens"]))

    def _bound(self, one: ChatRequest) -> int:
        """Return the bound of an answer: the user's own, but where its first token alone is wanted."""
        return one.max_tokens if one.logprobs else self._policy.max_tokens or one.max_tokens

    def _body(self, one: ChatRequest, max_tokens: int) -> dict[str, Any]:
        return {
            "model": self.name,
            "messages": [dict(message) for message in one.messages],
            "temperature": 0,
            "seed": self._seed,
            "max_tokens": max_tokens,
            **({"logprobs": True, "top_logprobs": one.logprobs} if one.logprobs else {}),
        }

    def _kept(self, one: ChatRequest, usable: Callable[[Reply], bool]) -> Reply | None:
        """Return the answer that is kept, the newest where earlier ones could not be used."""
        name = json.dumps(self._keys(one, 0))
        found, number = None, 0
        while (reply := _read(self._workspace.artefacts, self._keys(one, number))) is not None:
            if usable(reply):
                return reply
            found, number = reply, number + 1
        if found is None or not self._workspace.retry_lost or name in self._again:
            return found
        self._again[name] = number
        return None

    def _keep(self, one: ChatRequest, reply: Reply) -> Reply:
        number = self._again.get(json.dumps(self._keys(one, 0)), 0)
        return _write(self._workspace.artefacts, self._keys(one, number), reply)

    def _keys(self, one: ChatRequest, number: int) -> list[dict[str, object]]:
        """Return what an answer may be kept under: model, prompt and parameters; no key, no address.

        A whole answer serves under whatever bound it was asked for; one that was cut, under its own alone.
        ``number`` counts the answers before it that could not be used.
        """
        bounds = dict.fromkeys([one.max_tokens, self._bound(one)])
        more: dict[str, object] = {"revision": self._revision} if self._revision else {}
        more |= {"again": number} if number else {}
        return [{"form": 1, **self._body(one, bound), **more} for bound in bounds]


def _read(artefacts: ArtefactStore, keys: Sequence[dict[str, object]]) -> Reply | None:
    """Return the answer that is kept under these keys: a whole one, else the one under the last key."""
    reply = None
    for key in keys:
        files = artefacts.get(KIND, key)
        reply = Reply.from_bytes(files[_FILE]) if files and _FILE in files else None
        if reply is not None and not reply.cut:
            return reply
    return reply


def _write(artefacts: ArtefactStore, keys: Sequence[dict[str, object]], reply: Reply) -> Reply:
    """Keep an answer; where another process was faster, return the one that it kept."""
    key = keys[-1] if reply.cut or _read(artefacts, keys[:1]) else keys[0]
    files = artefacts.get_or_make(KIND, key, lambda: {_FILE: reply.to_bytes()})
    return Reply.from_bytes(files[_FILE]) or reply
