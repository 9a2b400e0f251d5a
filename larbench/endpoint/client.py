"""Asking an endpoint: every request answered once, or lost for a reason that is counted.

Each try has a thread of its own; the thread that asks decides everything: what is sent and when, what is
sent again, what is given up. Three things end in three ways:

- an answer that cannot be read is the caller's business: it came, it is kept, it is not asked for again;
- a request that the server refuses, or fails in all its tries, is lost, and the others go on;
- an endpoint that no request can reach, that refuses the key, or that loses one request after the other ends
  the asking with an error. What was answered is kept, so that the next run goes on from there.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark.errors import LarbenchError, OverBudget, UsageError
from benchmark.task import Budget
from larbench.endpoint.adaptation import Adaptation
from larbench.endpoint.config import Endpoint
from larbench.endpoint.pace import Pace
from larbench.endpoint.policy import Policy
from larbench.endpoint.prices import Price
from larbench.endpoint.reply import (
    NO_COMPLETION,
    OF_ONE_REQUEST,
    RATE_LIMITED,
    SERVER_ERROR,
    TIME_OUT,
    UNREACHABLE,
    Fault,
    Reply,
)
from larbench.endpoint.tokens import Tokens
from larbench.endpoint.usage import Usage

if TYPE_CHECKING:
    from larbench.endpoint.transport import Transport

_ALWAYS_FATAL = frozenset({401, 402, 429})
# tries of one request: after a time-out the server may still be busy; what is no completion seldom passes
_FEWER_TRIES = {TIME_OUT: 3, NO_COMPLETION: 2}
_KEPT = "answers read so far are kept: run again, with --retry-failed, to go on"


class EndpointError(LarbenchError):
    """The endpoint cannot be asked any more. Answers read so far are kept: run again to go on."""


@dataclass(eq=False)
class Job:
    """A request on its way: what asks it, what is sent, the most that it can take, how it went so far.

    ``answers`` counts what had been answered when it first failed; ``changes`` are those of ``Adaptation``.
    """

    question: Any
    body: dict[str, Any]
    most: Tokens
    failures: int = 0
    answers: int = 0
    changes: frozenset[str] = frozenset()
    round: int = 0
    level: int = 1
    reservation: str | None = None


Take = Callable[[Job, Reply | str], Iterable[Job]]
Outcomes = queue.SimpleQueue[tuple[Job, Reply | Fault | BaseException, float]]


@dataclass
class Client:
    """Asks one model at one endpoint; what it learnt of the server holds for all that it asks.

    ``tell`` receives how far it is, and how long the rest will take. ``entry`` is what the server lists of
    the model that answered. Time is passed in for tests.
    """

    endpoint: Endpoint
    model: str
    adaptation: Adaptation
    policy: Policy
    pace: Pace
    usage: Usage
    price: Price | None
    budget: Budget | None
    tell: Callable[[str], None]
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    entry: dict[str, Any] | None = None
    _waiting: deque[Job] = field(default_factory=deque)
    _under_way: set[Job] = field(default_factory=set)
    _outcomes: Outcomes = field(default_factory=queue.SimpleQueue)
    _answers: int = 0
    _listed: bool = False  # whether the server was asked what it lists: once, also where it lists nothing
    _lost_in_a_row: int = 0
    _stopped: LarbenchError | None = None

    def ask(self, jobs: Iterable[Job], take: Take) -> None:
        """Ask until nothing waits; raise what stopped it.

        ``take`` is given each request's reply, or the fault that it is lost for, and returns what follows.
        """
        from larbench.endpoint.transport import Transport

        self._waiting, self._outcomes = deque(jobs), queue.SimpleQueue()
        self._stopped, self._lost_in_a_row = None, 0
        self.pace.start()
        with Transport(self.endpoint, self.policy) as transport:
            try:
                while self._under_way or (self._waiting and self._stopped is None):
                    self._send(transport)
                    pause = self.pace.left() if self._waiting and self._stopped is None else 0.0
                    if self._under_way:
                        self._receive(take, pause)
                    elif pause:
                        self.sleep(pause)
                if self._answers and not self._listed:  # by now a server has loaded what it answers with
                    self._listed = True
                    self.entry = transport.model_entry(self.model, self.adaptation.known)
            finally:  # of an error in ``take``, or Ctrl-C: nobody will read these answers
                for job in self._under_way:
                    self._book(job, None)
                self._under_way.clear()
        if self._stopped is not None:
            raise self._stopped

    def _send(self, transport: Transport) -> None:
        """Start as many requests as pace and budget allow."""
        while (
            self._waiting
            and self._stopped is None
            and len(self._under_way) < self.pace.level
            and not self.pace.left()
        ):
            job = self._waiting[0]
            try:
                job.reservation = self._reserve(job.most)
            except OverBudget as error:
                if not self._under_way:  # else those under way may turn out cheaper than what they reserved
                    self._stopped = error
                return
            self._waiting.popleft()
            self._under_way.add(job)
            job.changes |= self.adaptation.known
            job.round, job.level = self.pace.round, self.pace.level
            self.usage.tries += 1
            seconds = self.pace.timeout()
            arguments = (transport, job, seconds, self._outcomes)
            threading.Thread(target=self._try, args=arguments, daemon=True).start()

    def _try(self, transport: Transport, job: Job, seconds: float, outcomes: Outcomes) -> None:
        start = self.clock()
        outcome: Reply | Fault | BaseException
        try:
            outcome = transport.send(job.body, job.changes, seconds)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that asks
            outcome = error
        outcomes.put((job, outcome, self.clock() - start))

    def _receive(self, take: Take, pause: float) -> None:
        """Wait for one outcome, no longer than the pause where there is one, and do what it asks for."""
        try:
            job, outcome, seconds = self._outcomes.get(timeout=pause or None)
        except queue.Empty:
            return
        if isinstance(outcome, BaseException):
            raise outcome
        self._under_way.remove(job)
        self._book(job, outcome)
        if isinstance(outcome, Fault):
            self._fail(job, outcome, take)
            return
        self._answers += 1
        self._lost_in_a_row = 0
        self.pace.answered(seconds, job.level)
        self.adaptation.answered(job.changes)
        self.usage.replied(outcome, cached=False)
        self._waiting.extend(take(job, outcome))
        self.tell(self._progress())

    def _fail(self, job: Job, fault: Fault, take: Take) -> None:
        self.usage.failed(fault)
        change = self.adaptation.next_change(fault, job.changes, job.failures)
        if change is not None:
            job.changes |= {change}
            self._waiting.appendleft(job)
        elif fault.fatal and (fault.status in _ALWAYS_FATAL or not self._answers):
            self._stop(UsageError(f"the endpoint {self.endpoint.url}: {fault.detail}"))
        elif self._may_try_again(job, fault):
            # behind the others: a server that is busy, or still works on it, is not hurried
            last = fault.busy or fault.kind == TIME_OUT
            self._waiting.insert(len(self._waiting) if last else 0, job)
        else:
            self._lose(job, fault, take)

    def _may_try_again(self, job: Job, fault: Fault) -> bool:
        """Decide whether to try once more, and let all requests pause before."""
        if not job.failures:
            job.answers = self._answers
        job.failures += 1
        most = min(_FEWER_TRIES.get(fault.kind, self.policy.tries), self.policy.tries)
        spent = job.failures >= most
        if fault.kind == RATE_LIMITED:
            spent = False  # patience alone ends it
        elif fault.kind == SERVER_ERROR and fault.busy:
            spent = spent and self._answers > job.answers  # it answers others
        if not fault.again or spent:
            return False
        if fault.kind == TIME_OUT:
            self.pace.timed_out()
            return True
        return self.pace.pause(job.round, fault.retry_after, rate_limited=fault.kind == RATE_LIMITED)

    def _lose(self, job: Job, fault: Fault, take: Take) -> None:
        self._lost_in_a_row += not (fault.kind in OF_ONE_REQUEST and self._answers)
        why = f": {fault.detail}" if fault.detail else ""
        if fault.kind == UNREACHABLE:
            self._stop(EndpointError(f"the endpoint {self.endpoint.url} cannot be reached{why}; {_KEPT}"))
        elif self._lost_in_a_row >= self.policy.lost_in_a_row:
            how = f"stopped answering ({fault.kind})" if self._answers else f"answers nothing ({fault.kind})"
            self._stop(EndpointError(f"the endpoint {self.endpoint.url} {how}{why}; {_KEPT}"))
        else:
            self._waiting.extend(take(job, fault.kind))

    def _stop(self, error: LarbenchError) -> None:
        self._stopped = self._stopped or error

    def _reserve(self, most: Tokens) -> str | None:
        if self.budget is None:
            return None
        return self.budget.reserve(most.total, most.dollars(self.price))

    def _book(self, job: Job, outcome: Reply | Fault | None) -> None:
        """Settle what a try took: what was reported; in full what may be billed without anybody knowing."""
        if self.budget is None or job.reservation is None:
            return
        used = job.most
        if isinstance(outcome, Fault) and not outcome.billed:
            used = Tokens(0, 0)
        elif isinstance(outcome, Reply) and not outcome.oversized:
            prompt, completion = outcome.prompt_tokens, outcome.completion_tokens
            used = Tokens(
                used.prompt if prompt is None else prompt,
                used.completion if completion is None else completion,
            )
        self.budget.settle(job.reservation, used.total, used.dollars(self.price))
        job.reservation = None

    def _progress(self) -> str:
        left = len(self._waiting) + len(self._under_way)
        rest = ""
        if left and self.pace.seconds is not None:
            seconds = left * self.pace.seconds / self.pace.level
            rest = f", some {seconds:.0f} s" if seconds < 100 else f", some {seconds / 60:.0f} min"
        return f"asking: {self._answers} answered, {left} to go{rest}"
