"""Fits a method on the toy corpus, recorded, once for all the tests that look at the outcome."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.few_shot import make_task
from benchmark.method import Method
from benchmark.task import Task, Workspace
from larbench.testing.compute_spy import ComputeSpy
from larbench.testing.file_spy import FileSpy
from larbench.testing.leak_detector import LeakDetector, marked
from larbench.testing.store import MemoryStore
from larbench.testing.toy_corpus import ODD_WORDS, SOURCE
from larbench.testing.toy_corpus import TARGET as PLAIN

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

    ``changed`` names what it changed of what it was given, ``read`` the files that were opened.
    """

    method: Method
    predicted: list[list[Mention]]
    detector: LeakDetector
    spy: ComputeSpy
    changed: tuple[str, ...] = ()
    read: frozenset[Path] = frozenset()


def toy_task(
    source: Domain, target: Domain, setting: str, store: MemoryStore, *, device: str = "cpu"
) -> Task:
    """Return a task whose artefacts are kept in memory; few shots are drawn by ``SEED``.

    Parameters
    ----------
    source, target : Domain
        ``SOURCE`` and ``TARGET`` of ``larbench.testing``, or your own.
    setting : str
        ``zero-shot``, ``supervised``, or ``few-shot-K``.
    store : MemoryStore
        Keeps the artefacts.
    device : str
        Where torch computes.

    Returns
    -------
    Task
        What ``fit`` is given.
    """
    return make_task(source, target, setting, SEED, workspace=Workspace(device=device, artefacts=store))


def fit_watched(method: Method, task_of: Callable[[], Task], seed: int = SEED) -> tuple[Task, LeakDetector]:
    """Make a task and fit a method on it with a leak detector; return both."""
    detector = LeakDetector()
    with detector.open():
        task = task_of()
        detector.look("the task", (task.setting, task.source, task.target))
        assert method.fit(task, seed) is method, "fit has to return self"
    return task, detector


def fitted(method: Method, setting: str, store: MemoryStore, *, device: str, global_seed: int) -> Fitted:
    """Fit a method on the toy corpus and ask it; the global random generators start from ``global_seed``."""

    def task_of() -> Task:
        return toy_task(SOURCE, TARGET, setting, store, device=device)

    shown, sentences = task_of(), deepcopy(SENTENCES)
    spy, files = ComputeSpy(), FileSpy()
    with seeded_globals(global_seed), spy.open(), files.open():
        task, detector = fit_watched(method, task_of)
        predicted = method.predict(sentences)
    parts = {
        "the source": task.source == shown.source,
        "the target": task.target == shown.target,
        "the sentences": sentences == SENTENCES,
    }
    changed = tuple(name for name, same in parts.items() if not same)
    return Fitted(method, predicted, detector, spy, changed, frozenset(files.read))


@contextmanager
def seeded_globals(seed: int) -> Iterator[None]:
    """Seed the generators that all code in a process shares, and put them back."""
    import torch

    python, legacy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)
