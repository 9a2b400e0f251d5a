"""One cell, computed in the process that calls: load, fit and predict, score dev, store the record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
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
from benchmark.run.cell_record import make_record, state_of
from benchmark.run.context import ExecutionContext
from benchmark.run.environment import parameter_count, peak_memory_mb
from benchmark.run.fit_predict import FitPredict
from benchmark.run.method_output import MethodOutput, Predictions
from benchmark.run.oracle_output import oracle_output
from benchmark.run.shared_fit import method_output
from benchmark.scoring.counts import count_mentions
from benchmark.store.atomic_io import canonical_json, sha256
from benchmark.store.noisy_corpora import NoisyCorpora, apply_noise
from benchmark.store.predictions import render_predictions
from benchmark.store.record import (
    FAILED,
    OVER_BUDGET,
    Record,
    predictions_path,
)
from benchmark.store.redact import redact, redact_value
from benchmark.store.store import Store
from benchmark.task import Workspace


def compute(cell: Cell, context: ExecutionContext, store: Store, on_phase: Callable[[str], None]) -> Record:
    """Compute a cell and store its record, whatever its method does.

    Parameters
    ----------
    cell : Cell
        What to compute.
    context : ExecutionContext
        Where.
    store : Store
        Where the record and the predictions go.
    on_phase : callable
        Receives the name of each phase as it starts.

    Returns
    -------
    Record
        ``ok``; ``incomplete`` where more answers of a language model were lost than may be; ``failed`` with
        reason and traceback where the method fails; ``over-budget`` where the run's budget could not pay what
        the method asked.
    """
    start = time.perf_counter()
    method = content = None
    try:
        on_phase("loading")
        source, target = load_domains(cell, context)
        kind = method_class(cell.spec.method)
        _check_unchanged(cell, source, target, kind)
        corpora = apply_noise(cell.spec.noise, source, target, cell.spec.source_limit)
        task = few_shot.make_task(
            corpora.source,
            target,
            cell.spec.setting,
            cell.spec.seed,
            source_limit=cell.spec.source_limit,
            workspace=_workspace(cell, context, store, on_phase),
        )
        method = kind(**method_params(kind, cell.spec.params))
        work = FitPredict(cell, method, task, corpora, store, on_phase)
        probability = oracle_of(kind, cell.spec.params)
        output = method_output(work) if probability is None else oracle_output(work, probability)
        content = render_predictions(output.test)
        facts = _facts(cell, corpora, output, sha256(content))
        if size := parameter_count(method):
            facts["notes"].setdefault("parameters", size)
        facts |= state_of(facts["notes"], kind.max_lost if context.max_lost is None else context.max_lost)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a method raises fails its cell only
        facts, content = _facts_of_failure(error, method), None
    facts["timings"] |= {"total_seconds": round(time.perf_counter() - start, 3)}
    record = make_record(cell, context, **facts)
    store.save(record, content)
    return record


def load_domains(cell: Cell, context: ExecutionContext) -> tuple[Domain, Domain]:
    """Return source and target of a cell; what was read once is kept, for the cells that follow."""
    source = _load(cell.spec.source_corpus, cell.source or cell.spec.source, context.data_dir)
    return source, _load(cell.spec.corpus, cell.target, context.data_dir)


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
        "language": target.language,
        "code": row_code(kind, cell.spec.params),
    }
    for name, value in now.items():
        if canonical_json(value) != canonical_json(cell.spec.identity[name]):
            raise LarbenchError(
                f"the {name} changed while the run was going on; "
                "run again, with --retry-failed if it has changed back"
            )
    few_shot.check_drawn(cell.spec.identity, target, cell.spec.setting, cell.spec.seed)


def _workspace(
    cell: Cell, context: ExecutionContext, store: Store, on_phase: Callable[[str], None]
) -> Workspace:
    budget = None if context.budget is None else RunBudget(store, context.budget, cell.spec.name)
    return Workspace(context.device, store.artefacts, budget, on_phase, context.retry_lost)


def _facts(cell: Cell, corpora: NoisyCorpora, output: MethodOutput, digest: str) -> dict[str, Any]:
    """Return what the record of a cell that was computed says of it, but for its state."""
    target = corpora.target
    notes = dict(output.notes)
    notes |= {name: text for name, text in (("types", cell.types), ("warning", cell.warning)) if text}
    if corpora.report is not None:
        notes["noise"] = corpora.report.to_json()
    support = few_shot.describe_support(target, cell.spec.setting, cell.spec.seed)
    if support is not None:
        notes[few_shot.FEW_SHOT] = support
    return {
        "timings": dict(output.timings),
        "peak_memory_mb": peak_memory_mb(),
        "dev": _score(target.dev, output.dev, target.type_names),
        "notes": notes,
        "predictions": predictions_path(cell.spec.name),
        "predictions_sha256": digest,
    }


def _score(
    gold: Sequence[LabelledSentence], predicted: Predictions, types: Sequence[str]
) -> Mapping[str, float] | None:
    if not gold:
        return None
    counts = count_mentions([s.mentions for s in gold], [predicted[s.id] for s in gold], types)
    return asdict(counts.micro())


def _facts_of_failure(error: BaseException, method: Method | None) -> dict[str, Any]:
    """Return what the record of a cell says that its method, or the run's budget, has ended."""
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
