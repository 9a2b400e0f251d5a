"""Fits a method in the toy world, under watch, once for all the tests that look at the outcome."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.few_shot import make_task
from benchmark.method import Method
from benchmark.task import Task, Workspace
from larbench.testing.conduct import Conduct
from larbench.testing.store import MemoryStore
from larbench.testing.watch import Watch, marked
from larbench.testing.world import ODD_WORDS, SOURCE
from larbench.testing.world import TARGET as PLAIN

SEED = 7
TARGET = marked(PLAIN)
SENTENCES = (
    *(sentence.unlabelled() for sentence in TARGET.test),
    Sentence("waters/test/100", ("Anna",)),
    Sentence("waters/test/101", (".",)),
    Sentence("waters/test/102", ("Anna", "swam", "in", "the", "Blue", "Nile", ".") * 60),
    Sentence("waters/test/103", tuple(word or "-" for word in ODD_WORDS)),
    Sentence("waters/test/104", ("nile" * 100,)),
    Sentence("waters/test/105", ()),
)


@dataclass(frozen=True)
class Fitted:
    """A method that was fitted and asked about ``SENTENCES``, and what was seen meanwhile.

    ``changed`` names what it changed of what it was given.
    """

    method: Method
    predicted: list[list[Mention]]
    watch: Watch
    conduct: Conduct
    changed: tuple[str, ...] = ()


def toy_task(
    source: Domain, target: Domain, setting: str, store: MemoryStore, *, device: str = "cpu"
) -> Task:
    """Return a task whose artefacts are kept in memory; few shots are drawn by ``SEED``."""
    return make_task(source, target, setting, SEED, workspace=Workspace(device=device, artefacts=store))


def fit_watched(method: Method, task_of: Callable[[], Task], seed: int = SEED) -> tuple[Task, Watch]:
    """Make a task and fit a method on it under a watch; return both."""
    watch = Watch()
    with watch.open():
        task = task_of()
        watch.look("the task", (task.setting, task.source, task.target))
        assert method.fit(task, seed) is method, "fit has to return self"
    return task, watch


def fitted(method: Method, setting: str, store: MemoryStore, *, device: str, luck: int) -> Fitted:
    """Fit a method in the toy world and ask it; ``luck`` is what the global random generators start from."""

    def task_of() -> Task:
        return toy_task(SOURCE, TARGET, setting, store, device=device)

    shown, sentences = task_of(), deepcopy(SENTENCES)
    conduct = Conduct()
    with global_luck(luck), conduct.open():
        task, watch = fit_watched(method, task_of)
        predicted = method.predict(sentences)
    parts = {
        "the source": task.source == shown.source,
        "the target": task.target == shown.target,
        "the sentences": sentences == SENTENCES,
    }
    changed = tuple(name for name, same in parts.items() if not same)
    return Fitted(method, predicted, watch, conduct, changed)


@contextmanager
def global_luck(luck: int) -> Iterator[None]:
    """Seed the generators that all code in a process shares, and put them back."""
    import torch

    python, legacy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        random.seed(luck)
        np.random.seed(luck)
        torch.manual_seed(luck)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)
