"""Asking an endpoint: every question answered once, by the cache or over the wire, or given up with a fault.

One policy for all that can go wrong (``larbench.endpoint.retry``). Three things end in three ways:

- an answer that cannot be read is the caller's business: it came, it is kept, it is not asked for again;
- a request that fails in all its tries is lost, and the others go on;
- an endpoint that no request can reach, that refuses the key, or that loses one request after the other ends
  the asking with an error. What was answered is kept, so that the next run goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.errors import LarbenchError, OverBudget, UsageError
from benchmark.task import ArtefactStore, Budget
from larbench.endpoint.config import Endpoint
from larbench.endpoint.prices import Price
from larbench.endpoint.reply import NO_COMPLETION, UNREACHABLE, Fault, Reply
from larbench.endpoint.retry import Policy
from larbench.endpoint.tokens import Tokens
from larbench.endpoint.usage import Account

if TYPE_CHECKING:
    from larbench.endpoint.transport import Wire

KIND = "llm-answer"
_FILE = "answer.json"
_MAY_BE_FORMAT = frozenset({400, 422})  # how servers refuse a response_format that they do not know


class EndpointError(LarbenchError):
    """The endpoint cannot be asked any more. Answers read so far are kept: run again to go on."""


@dataclass(frozen=True)
class Request:
    """One request: what identifies its answer, what is sent, and the most that it can take."""

    body: dict[str, Any]
    response_format: dict[str, Any]
    most: Tokens

    @property
    def key(self) -> dict[str, object]:
        """What an answer is kept under: model, prompt and parameters; no key, no address."""
        return {"form": 1, **self.body}


@dataclass(frozen=True)
class Means:
    """What asking works with; time and chance are passed in, so that tests are deterministic.

    ``jitter`` draws from [0, 1).
    """

    endpoint: Endpoint
    policy: Policy
    price: Price | None
    sleep: Callable[[float], Awaitable[None]]
    clock: Callable[[], float]
    jitter: Callable[[], float]


class Cache:
    """Answers that were read before, in a run's artefacts."""

    def __init__(self, artefacts: ArtefactStore) -> None:
        self._artefacts = artefacts

    def get(self, request: Request) -> Reply | None:
        """Return the kept answer, or None."""
        files = self._artefacts.get(KIND, request.key)
        return Reply.from_bytes(files[_FILE]) if files and _FILE in files else None

    def put(self, request: Request, reply: Reply) -> Reply:
        """Keep an answer; where another process was faster, return the one that it kept."""
        files = self._artefacts.get_or_make(KIND, request.key, lambda: {_FILE: reply.to_bytes()})
        return Reply.from_bytes(files[_FILE]) or reply


class Asking:
    """Asks over an open wire until ``deadline`` (of the clock), for any number of workers at once."""

    # endpoints (address, model) that were seen to refuse a JSON schema, or to accept it
    formats: dict[tuple[str, str], bool] = {}  # noqa: RUF012 - shared by all on purpose: once per endpoint

    def __init__(
        self, wire: Wire, means: Means, cache: Cache, budget: Budget | None, account: Account, deadline: float
    ) -> None:
        self._wire, self._means, self._cache = wire, means, cache
        self._budget, self._account, self._deadline = budget, account, deadline
        self._lost = 0
        self._under_way = 0
        self._settled = asyncio.Event()
        self.stopped: LarbenchError | None = None

    def format_known(self, model: str) -> bool:
        """Return whether it is known if this endpoint takes a JSON schema for this model."""
        return (self._means.endpoint.url, model) in self.formats

    def stop(self, error: LarbenchError) -> LarbenchError:
        """End the asking as a whole, and return what ended it first."""
        self.stopped = self.stopped or error
        return self.stopped

    async def ask(self, request: Request) -> Reply | str:
        """Return the reply, which is kept already, or the fault that this request is lost for.

        Raises ``UsageError``, ``EndpointError`` or ``OverBudget`` where no other request can fare better.
        """
        fault = Fault(NO_COMPLETION)
        for failures in range(1, self._means.policy.tries + 1):
            if self.stopped is not None:
                raise self.stopped
            outcome = await self._try_in_format(request)
            if isinstance(outcome, Reply):
                self._lost = 0
                return self._cache.put(request, outcome)
            fault = outcome
            self._account.met[fault.kind] += 1
            if fault.fatal:
                raise self.stop(UsageError(f"the endpoint {self._means.endpoint.url}: {fault.detail}"))
            if not fault.again or failures == self._means.policy.tries:
                break
            await self._wait(failures, fault)
        self._lost += 1
        if fault.kind == UNREACHABLE or self._lost >= self._means.policy.lost_in_a_row:
            raise self.stop(self._gone(fault))
        return fault.kind

    async def _try_in_format(self, request: Request) -> Reply | Fault:
        """Try with a JSON schema; where that may be what the server refuses, once without, and remember."""
        endpoint = (self._means.endpoint.url, request.body["model"])
        structured = self.formats.get(endpoint, True)
        outcome = await self._try(request, structured=structured)
        if isinstance(outcome, Reply):
            self.formats[endpoint] = structured
        elif outcome.status in _MAY_BE_FORMAT and endpoint not in self.formats:
            plain = await self._try(request, structured=False)
            if isinstance(plain, Reply):
                self.formats[endpoint] = False
            return plain
        return outcome

    async def _try(self, request: Request, *, structured: bool) -> Reply | Fault:
        left = self._deadline - self._means.clock()
        if left <= 0:
            raise self.stop(self._late())
        reservation = await self._reserve(request.most)
        self._account.tries += 1
        outcome: Reply | Fault | None = None
        try:
            outcome = await self._wire.send(
                request.body,
                request.response_format if structured else None,
                min(self._means.policy.request_seconds, left),
            )
        finally:
            self._settle(reservation, request.most, outcome)
        if isinstance(outcome, Reply):
            self._account.replied(outcome, cached=False)
        return outcome

    async def _reserve(self, most: Tokens) -> str | None:
        if self._budget is None:
            return None
        price = self._means.price
        dollars = None if price is None else price.dollars(most.prompt, most.completion)
        while True:
            self._settled.clear()
            try:
                reservation = self._budget.reserve(most.total, dollars)
            except OverBudget as error:
                if self._under_way == 0:
                    raise self.stop(error) from None
                await self._settled.wait()  # those under way may turn out cheaper than what they reserved
                continue
            self._under_way += 1
            return reservation

    def _settle(self, reservation: str | None, most: Tokens, outcome: Reply | Fault | None) -> None:
        if self._budget is None or reservation is None:
            return
        used = _used(most, outcome)
        price = self._means.price
        dollars = None if price is None else price.dollars(used.prompt, used.completion)
        self._under_way -= 1
        self._budget.settle(reservation, used.total, dollars)
        self._settled.set()

    async def _wait(self, failures: int, fault: Fault) -> None:
        means = self._means
        seconds = means.policy.wait(failures, fault.retry_after, means.jitter())
        if means.clock() + seconds >= self._deadline:
            raise self.stop(self._late())
        await means.sleep(seconds)

    def _gone(self, fault: Fault) -> EndpointError:
        how = "cannot be reached" if fault.kind == UNREACHABLE else f"stopped answering ({fault.kind})"
        why = f": {fault.detail}" if fault.detail else ""
        kept = "answers read so far are kept: run again, with --retry-failed, to go on"
        return EndpointError(f"the endpoint {self._means.endpoint.url} {how}{why}; {kept}")

    def _late(self) -> EndpointError:
        return EndpointError(
            f"asking took longer than the {self._means.policy.run_seconds:g} s it may take;"
            " answers read so far are kept: run again, with --retry-failed, to go on"
        )


def _used(most: Tokens, outcome: Reply | Fault | None) -> Tokens:
    """Return what to book: what was reported; in full what may be billed without anybody knowing."""
    if isinstance(outcome, Fault) and not outcome.billed:
        return Tokens(0, 0)
    if isinstance(outcome, Reply) and not outcome.oversized:
        prompt, completion = outcome.prompt_tokens, outcome.completion_tokens
        return Tokens(
            most.prompt if prompt is None else prompt, most.completion if completion is None else completion
        )
    return most
