"""One cell, computed in the process that calls: fit, predict, check, score dev, store."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from benchmark import few_shot
from benchmark.domains.corpus import Domain, LabelledSentence
from benchmark.domains.load import load_domain
from benchmark.errors import LarbenchError, OverBudget
from benchmark.method import Method
from benchmark.plan.cell import Cell
from benchmark.plan.oracle_parameter import method_params, oracle_of, row_code
from benchmark.registry import method_class
from benchmark.run.budget import RunBudget
from benchmark.run.check_predictions import check_predictions
from benchmark.run.environment import describe_machine, peak_memory_mb
from benchmark.run.method_output import MethodOutput, Predictions
from benchmark.run.oracles import ask_oracle
from benchmark.run.shared_fit import answer_together
from benchmark.scoring.counts import count_mentions
from benchmark.store.atomic_io import canonical_json, sha256
from benchmark.store.noisy_corpora import NoisyCorpora, apply_noise
from benchmark.store.predictions import render_predictions
from benchmark.store.record import FAILED, OK, OVER_BUDGET, Record, predictions_path
from benchmark.store.redact import portable, redact, redact_value
from benchmark.store.store import Store
from benchmark.task import Task, Workspace

# sentences that a method is asked about at once, which bounds what it holds of them
BLOCK = 4_000
TRANSDUCTIVE = "transductive"


@dataclass(frozen=True)
class ExecutionContext:
    """Where a cell is computed; nothing in it can change an output. All fields are JSON values.

    ``budget`` names the run's budget for language models, None for a run without a limit. ``cell_timeout``
    are the seconds after which a cell is ended, None for no limit.
    """

    store: str
    data_dir: str | None
    device: str
    versions: Mapping[str, Any]
    budget: str | None = None
    cell_timeout: float | None = None


def compute(cell: Cell, where: ExecutionContext, store: Store, tell: Callable[[str], None]) -> Record:
    """Compute a cell and store its record, ``failed`` with reason and traceback where its method fails.

    It is ``over-budget`` where the run's budget could not pay what the method asked.
    ``tell`` receives the name of each phase as it starts.
    """
    start = time.perf_counter()
    method = None
    try:
        tell("loading")
        method, task, corpora = _make(cell, where, store, tell)
        facts, content = _fit_and_predict(cell, method, task, corpora, store, tell)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a method raises fails its cell only
        facts, content = _ended(error, method), None
    facts["timings"] |= {"total_seconds": round(time.perf_counter() - start, 3)}
    record = make_record(cell, where, **facts)
    store.save(record, content)
    return record


def _ended(error: BaseException, method: Method | None) -> dict[str, Any]:
    """Return the facts of a cell that its method, or the run's budget, has ended."""
    facts: dict[str, Any] = {"timings": {}, "notes": _spent(method)}
    over = _over_budget(error)
    if over is not None:
        return {**facts, "state": OVER_BUDGET, "reason": redact(str(over) or type(over).__name__)}
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return {**facts, "state": FAILED, "reason": redact(reason), "traceback": redact(traceback.format_exc())}


def _over_budget(error: BaseException) -> OverBudget | None:
    """Return the error as ``OverBudget``; a group of errors (of ``asyncio.TaskGroup``) counts if all do."""
    if isinstance(error, OverBudget):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = [_over_budget(one) for one in error.exceptions]
        return found[0] if all(found) else None
    return None


def _spent(method: Method | None) -> dict[str, Any]:
    """Return the notes of an unfinished cell: what it spent on a language model, if its method can tell."""
    if method is None:
        return {}
    try:
        notes = {"llm": redact_value(dict(method.notes()["llm"]))}
        canonical_json(notes)
    except Exception:  # noqa: BLE001 - asked of a method in any state: its error would hide the one that counts
        return {}
    return notes


def make_record(cell: Cell, where: ExecutionContext, **facts: Any) -> Record:
    """Return the record of a cell from the cell's own fields and ``facts`` about how it ended."""
    return Record(
        cell=cell.spec.name,
        spec=replace(cell.spec, params=portable(cell.spec.params)),
        versions=where.versions,
        machine=describe_machine(where.device),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    )


def _make(
    cell: Cell, where: ExecutionContext, store: Store, tell: Callable[[str], None]
) -> tuple[Method, Task, NoisyCorpora]:
    source, target = load_domains(cell, where)
    kind = method_class(cell.spec.method)
    _check_unchanged(cell, source, target, kind)
    budget = None if where.budget is None else RunBudget(store, where.budget, cell.spec.name)
    workspace = Workspace(device=where.device, artefacts=store.artefacts, budget=budget, tell=tell)
    corpora = apply_noise(cell.spec.noise, source, target, cell.spec.source_limit)
    task = few_shot.make_task(
        corpora.source,
        target,
        cell.spec.setting,
        cell.spec.seed,
        source_limit=cell.spec.source_limit,
        workspace=workspace,
    )
    return kind(**method_params(kind, cell.spec.params)), task, corpora


def _fit_and_predict(
    cell: Cell, method: Method, task: Task, corpora: NoisyCorpora, store: Store, tell: Callable[[str], None]
) -> tuple[dict[str, Any], bytes]:
    target = corpora.target

    def alone() -> MethodOutput:
        return _answer(cell, method, task, target, store, tell)

    def also(noise: Mapping[str, Any] | None) -> tuple[Predictions, dict[str, Any]]:
        test = apply_noise(noise, corpora.source, corpora.clean_target, cell.spec.source_limit).target.test
        return _predict(method, test, target.type_names), redact_value(dict(method.notes()))

    def answer() -> MethodOutput:
        if not cell.variants:
            return alone()
        tell("fitting, or waiting for the cell that does")
        return answer_together(cell, store, alone, also)

    p = oracle_of(type(method), cell.spec.params)
    answers = answer() if p is None else ask_oracle(cell, type(method), target, store.artefacts, p, answer)
    content = render_predictions(answers.test)
    told: dict[str, Any] = {} if corpora.report is None else {"noise": corpora.report.to_json()}
    support = few_shot.describe_support(target, cell.spec.setting, cell.spec.seed)
    told |= {} if support is None else {few_shot.FEW_SHOT: support}
    facts = {
        "state": OK,
        "timings": dict(answers.timings),
        "peak_memory_mb": peak_memory_mb(),
        "dev": _score(target.dev, answers.dev, target.type_names),
        "notes": {**answers.notes, **told},
        "predictions": predictions_path(cell.spec.name),
        "predictions_sha256": sha256(content),
    }
    return facts, content


def _answer(
    cell: Cell, method: Method, task: Task, target: Domain, store: Store, tell: Callable[[str], None]
) -> MethodOutput:
    _one_thread()
    tell("training")
    start = time.perf_counter()
    method.fit(task, cell.spec.seed)
    trained = time.perf_counter()
    shared = store.artefacts.seconds
    tell("predicting")
    test = _predict(method, target.test, target.type_names)
    predicted = time.perf_counter()
    dev = _predict(method, target.dev, target.type_names)
    notes = redact_value(dict(method.notes()))
    canonical_json(notes)  # raises where a method notes what is no JSON value
    timings = {
        "train_seconds": round(trained - start - shared, 3),
        "shared_seconds": round(shared, 3),
        "saved_seconds": round(store.artefacts.saved, 3),
        "predict_seconds": round(predicted - trained, 3),
        "sentences_per_second": round(len(test) / max(predicted - trained, 1e-6), 1),
    }
    return MethodOutput(test, dev, notes, timings)


def load_domains(cell: Cell, where: ExecutionContext) -> tuple[Domain, Domain]:
    """Return source and target of a cell; what was read once is kept, for the cells that follow."""
    source = _load(cell.spec.source_corpus, cell.spec.source, where.data_dir)
    return source, _load(cell.spec.corpus, cell.target, where.data_dir)


@lru_cache(maxsize=16)
def _load(corpus: str, name: str, data_dir: str | None) -> Domain:
    domain = load_domain(corpus, name, data_dir=data_dir)
    _ = domain.content_hash  # kept with it
    return domain


def _check_unchanged(cell: Cell, source: Domain, target: Domain, kind: type[Method]) -> None:
    """Refuse to store under an identity what was computed from something else."""
    now = {
        "source": source.content_hash,
        "target": target.content_hash,
        "code": row_code(kind, cell.spec.params),
    }
    for name, value in now.items():
        if canonical_json(value) != canonical_json(cell.spec.identity[name]):
            raise LarbenchError(
                f"the {name} changed while the run was going on; "
                "run again, with --retry-failed if it has changed back"
            )
    few_shot.check_drawn(cell.spec.identity, target, cell.spec.setting, cell.spec.seed)


def _one_thread() -> None:
    """One thread a cell, so that sums have one order whatever the number of jobs."""
    torch = sys.modules.get("torch")  # a method that loads it later finds OMP_NUM_THREADS=1
    if torch is not None:
        torch.set_num_threads(1)


def _predict(method: Method, sentences: Sequence[LabelledSentence], types: Sequence[str]) -> Predictions:
    size = len(sentences) if _depends_on_others(method) else BLOCK
    found: Predictions = {}
    for start in range(0, len(sentences), max(1, size)):
        block = sentences[start : start + size]
        bare, given = ([sentence.unlabelled() for sentence in block] for _ in range(2))
        # a method may change what it is given: what it predicts is held to sentences that it never had
        found |= check_predictions(method.predict(given), bare, types)
    return found


def _depends_on_others(method: Method) -> bool:
    """Whether a fitted method's answer to a sentence hangs on the others that it is asked about."""
    return getattr(method, TRANSDUCTIVE, False) is True or dict(method.notes()).get(TRANSDUCTIVE) is True


def _score(
    gold: Sequence[LabelledSentence], predicted: Predictions, types: Sequence[str]
) -> dict[str, float] | None:
    if not gold:
        return None
    counts = count_mentions([s.mentions for s in gold], [predicted[s.id] for s in gold], types)
    return asdict(counts.micro())
