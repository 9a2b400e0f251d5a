"""Fitting one method on one domain outside of a suite, and measuring it on the labels that there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmark import few_shot
from benchmark.domains.corpus import SPLITS, Domain, LabelledSentence
from benchmark.errors import UsageError, choose
from benchmark.method import Method
from benchmark.registry import method_class
from benchmark.run.fit_predict import predict
from benchmark.scoring.clusters import clustered, duplicate_clusters
from benchmark.scoring.counts import Counts, count_mentions
from benchmark.scoring.statistics import bootstrap_f1
from benchmark.settings import check_setting, contract_of
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT, Workspace
from larbench.models.card import model_card
from larbench.models.folder import check_saveable, refuse_existing, save_model

_NOT_STATED = "not stated"


@dataclass(frozen=True)
class Training:
    """What to fit: a method by its name, with parameters, from a source to a target in a setting."""

    method: str
    source: Domain
    target: Domain
    setting: str
    seed: int = 555
    params: Mapping[str, Any] = ()  # type: ignore[assignment]
    source_limit: int | None = None


def choose_setting(method: str, target: Domain) -> str:
    """Return the setting that is meant where none is named: supervised where method and labels allow it."""
    settings = method_class(method).settings
    labelled = any(sentence.mentions for sentence in target.train)
    return SUPERVISED if SUPERVISED in settings and (labelled or ZERO_SHOT not in settings) else ZERO_SHOT


def make_method(training: Training) -> Method:
    """Return the method that is to be fitted; ``UsageError`` where it cannot run so."""
    kind = method_class(training.method)
    for name in training.params or {}:
        choose(name, kind.parameter_defaults(), f"parameter of {training.method}")
    method = kind(**dict(training.params or {}))
    if reason := method.skip(contract_of(check_setting(training.setting))):
        raise UsageError(f"{training.method} in the setting {training.setting}: {reason}")
    if training.setting != ZERO_SHOT and not any(sentence.mentions for sentence in training.target.train):
        raise UsageError(
            f"{training.target.name} has no labelled sentence to learn from: use --setting {ZERO_SHOT}"
        )
    return method


def fit(training: Training, store: Store, *, device: str, tell: Callable[[str], None]) -> Method:
    """Return the fitted method, as a cell of a suite would fit it; the store keeps what cells share."""
    import torch

    torch.set_num_threads(1)  # as in a cell: sums have one order
    method = make_method(training)
    tell("training")
    task = few_shot.make_task(
        training.source,
        training.target,
        training.setting,
        training.seed,
        source_limit=training.source_limit,
        workspace=Workspace(device=device, artefacts=store.artefacts, tell=tell),
    )
    return method.fit(task, training.seed)


def split_counts(method: Method, target: Domain, split: str) -> Counts | None:
    """Return the counts of a fitted method on a split; None where the split has no mention."""
    sentences: tuple[LabelledSentence, ...] = target.split(split)
    if not any(sentence.mentions for sentence in sentences):
        return None
    found = predict(method, sentences, target.type_names)
    return count_mentions(
        [s.mentions for s in sentences], [found[s.id] for s in sentences], target.type_names
    )


def measure(method: Method, training: Training) -> dict[str, dict[str, float]]:
    """Return split → F1 with its interval, on the splits that were not learned from and have labels."""
    scores = {}
    for split in ("dev", "test"):
        counts = split_counts(method, training.target, split)
        if counts is None:
            continue
        sentences = training.target.split(split)
        interval = bootstrap_f1(clustered(counts, duplicate_clusters([s.tokens for s in sentences])))
        mentions = sum(len(sentence.mentions) for sentence in sentences)
        figures = {"f1": counts.micro().f1, "low": interval.low, "high": interval.high}
        scores[split] = {**figures, "sentences": len(sentences), "mentions": mentions}
    return scores


def train_model(
    training: Training,
    folder: Path,
    *,
    store: Store,
    device: str = "cpu",
    licence: str = _NOT_STATED,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, dict[str, float]]:
    """Fit a method, measure it, and save it as a model.

    Parameters
    ----------
    training : Training
        What to fit.
    folder : Path
        Where the model goes; it must not exist.
    store : Store
        Keeps what cells share, a source tagger above all.
    device : str
        Where torch computes.
    licence : str
        Of the data, for the model card.
    tell : callable
        Shows the user how far it is.

    Returns
    -------
    dict
        Split → F1 and its interval.

    Raises
    ------
    UsageError
        Where the folder exists, or the method cannot run so or be saved.
    """
    refuse_existing(folder)
    check_saveable(method_class(training.method)(), training.method)
    method = fit(training, store, device=device, tell=tell)
    tell("measuring")
    scores = measure(method, training)
    about = {
        "method": training.method,
        "setting": training.setting,
        "seed": training.seed,
        "source": _corpus(training.source),
        "source_limit": training.source_limit,
        "target": _corpus(training.target),
        "types": [asdict(kind) for kind in training.target.types],
        "scores": scores,
        "licence": licence,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    tell("saving")
    save_model(folder, method, about, model_card(about, method))
    return scores


def _corpus(domain: Domain) -> dict[str, Any]:
    return {
        "corpus": domain.corpus,
        "name": domain.name,
        "language": domain.language,
        "content_sha256": domain.content_hash,
        "sentences": {split: len(domain.split(split)) for split in SPLITS},
    }
