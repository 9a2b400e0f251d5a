"""A method on the task of one cell: fitted, and asked for mentions in blocks of sentences."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.domains.corpus import LabelledSentence
from benchmark.method import Method
from benchmark.plan.cell import Cell
from benchmark.run.check_predictions import check_predictions
from benchmark.run.method_output import MethodOutput, Predictions
from benchmark.store.atomic_io import canonical_json
from benchmark.store.noisy_corpora import NoisyCorpora, apply_noise
from benchmark.store.redact import redact_value
from benchmark.store.store import Store
from benchmark.task import Task

# sentences that a method is asked about at once, which bounds what it holds of them
BLOCK = 4_000
TRANSDUCTIVE = "transductive"


@dataclass(frozen=True)
class FitPredict:
    """A cell's method, task and corpora. ``on_phase`` receives the name of each phase as it starts."""

    cell: Cell
    method: Method
    task: Task
    corpora: NoisyCorpora
    store: Store
    on_phase: Callable[[str], None]

    def fit_and_predict(self) -> MethodOutput:
        """Fit the method and return what it predicts for the cell's test and dev sets."""
        _use_one_thread()
        target, artefacts = self.corpora.target, self.store.artefacts
        self.on_phase("training")
        start = time.perf_counter()
        self.method.fit(self.task, self.cell.spec.seed)
        trained = time.perf_counter()
        shared, needed = artefacts.seconds, artefacts.needed
        self.on_phase("predicting")
        test = predict(self.method, target.test, target.type_names)
        predicted = time.perf_counter()
        asked = predicted - trained - (artefacts.seconds - shared) + artefacts.needed - needed
        dev = predict(self.method, target.dev, target.type_names)
        notes = redact_value(dict(self.method.notes()))
        canonical_json(notes)  # raises where a method notes what is no JSON value
        timings = {
            "train_seconds": round(trained - start - shared, 3),
            "shared_seconds": round(shared, 3),
            "saved_seconds": round(artefacts.saved, 3),
            "predict_seconds": round(predicted - trained, 3),
            "train_alone_seconds": round(trained - start - shared + needed, 3),
        }
        if not _answers_kept(notes):  # an answer that was kept from before is given in no time
            timings |= {
                "predict_alone_seconds": round(asked, 3),
                "sentences_per_second": round(len(test) / max(asked, 1e-6), 1),
            }
        return MethodOutput(test, dev, notes, timings)

    def predict_under(self, noise: Mapping[str, Any] | None) -> tuple[Predictions, dict[str, Any]]:
        """Return what the fitted method predicts for the test set under a noise, and what it notes then."""
        corpora = self.corpora
        noisy = apply_noise(noise, corpora.source, corpora.clean_target, self.cell.spec.source_limit)
        found = predict(self.method, noisy.target.test, corpora.target.type_names)
        return found, redact_value(dict(self.method.notes()))


def _answers_kept(notes: Mapping[str, Any]) -> bool:
    """Whether some answers of a language model came from the cache: predicting cannot be timed then."""
    asked = notes.get("llm")
    return isinstance(asked, Mapping) and bool(asked.get("from_cache"))


def _use_one_thread() -> None:
    """One thread a cell, so that sums have one order whatever the number of jobs."""
    torch = sys.modules.get("torch")  # a method that loads it later finds OMP_NUM_THREADS=1
    if torch is not None:
        torch.set_num_threads(1)


def predict(method: Method, sentences: Sequence[LabelledSentence], types: Sequence[str]) -> Predictions:
    """Return the checked predictions of a fitted method, which is given tokens only.

    Parameters
    ----------
    method : Method
        A fitted one.
    sentences : sequence of LabelledSentence
        Asked about in blocks, or all at once where the answer to one depends on the others.
    types : sequence of str
        The declared types.

    Returns
    -------
    dict
        Sentence id → mentions, sorted by start, in the order of ``sentences``.

    Raises
    ------
    BadPredictions
        Where the method returns what are no predictions.
    """
    size = len(sentences) if _depends_on_others(method) else BLOCK
    found: Predictions = {}
    for start in range(0, len(sentences), max(1, size)):
        block = sentences[start : start + size]
        bare, given = ([sentence.unlabelled() for sentence in block] for _ in range(2))
        # a method may change what it is given: what it predicts is held to sentences that it never had
        found |= check_predictions(method.predict(given), bare, types)
    return found


def _depends_on_others(method: Method) -> bool:
    """Whether a fitted method's answer to a sentence depends on the others that it is asked about."""
    return getattr(method, TRANSDUCTIVE, False) is True or dict(method.notes()).get(TRANSDUCTIVE) is True
