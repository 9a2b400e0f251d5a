"""From a suite and what the user selects of it to cells, each with its identity; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark import registry
from benchmark.cells.cell import Cell
from benchmark.cells.configure import Configuration, configure
from benchmark.cells.identity import identity_hash, make_identity
from benchmark.cells.suite import MethodSpec, Suite, choose
from benchmark.domains.load import load_domain
from benchmark.errors import UsageError
from benchmark.task import ZERO_SHOT, check_setting


@dataclass(frozen=True)
class Selection:
    """What a user wants of a suite; None means all that the suite names.

    ``own_domains`` are folders of the user's own, which become targets: the only ones where ``domains`` is
    None, further ones where it names some of the suite's.
    """

    methods: tuple[str, ...] | None = None
    domains: tuple[str, ...] | None = None
    settings: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    backbone: str | None = None
    source_limit: int | None = None
    own_domains: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Corpus:
    corpus: str
    name: str
    asked_for: str  # what load_domain is given: the name, or the path of a folder
    content_hash: str


def make_plan(suite: Suite, selection: Selection, data_dir: Path | None = None) -> list[Cell]:
    """Return the cells of a suite that ``selection`` asks for, in the order in which they run.

    Cells of the source domain come first: they train the source taggers that the others start from.
    A method that cannot be loaded, or does not support a setting, gives cells that are settled already.

    Raises ``UsageError`` for unknown names (with the nearest known ones) and what ``load_domain`` raises.
    """
    limit = selection.source_limit
    if limit is not None and limit < 1:
        raise UsageError(f"a source limit of {limit}: at least 1 sentence is needed")
    settings = [check_setting(setting) for setting in selection.settings or suite.settings]
    seeds = suite.seeds if selection.seeds is None else selection.seeds
    names = _domains(suite, selection)
    rows = [configure(spec, selection.backbone, suite.backbone) for spec in _specs(suite, selection)]
    source = _load(suite.corpus, suite.source, data_dir)
    targets = [_load(suite.corpus, name, data_dir) for name in names if name != suite.source]
    targets += [_load("own", str(path.expanduser().resolve()), data_dir) for path in selection.own_domains]
    probes = [row for row in rows if row.spec.name == suite.in_domain_method][:1]
    if suite.source not in names or ZERO_SHOT not in settings:
        probes = []
    cells = [_cell(suite, row, ZERO_SHOT, source, source, limit, seed) for row in probes for seed in seeds]
    cells += [
        _cell(suite, row, setting, source, target, limit, seed)
        for seed in seeds
        for row in rows
        for setting in settings
        for target in targets
    ]
    _refuse_shared_slots(cells)
    return cells


def _domains(suite: Suite, selection: Selection) -> list[str]:
    known = [*suite.domains, *([suite.source] if suite.in_domain else [])]
    if selection.domains is None:
        return [] if selection.own_domains else known
    return [choose(name, known, "domain of this suite") for name in dict.fromkeys(selection.domains)]


def _specs(suite: Suite, selection: Selection) -> Iterator[MethodSpec]:
    listed = {name: MethodSpec(name, name, suite.params.get(name, {})) for name in registry.registered()}
    wanted = list(listed)
    if suite.methods is not None:
        listed |= {spec.label: spec for spec in suite.methods}
        wanted = [spec.label for spec in suite.methods]
    for name in dict.fromkeys(wanted if selection.methods is None else selection.methods):
        spec = listed[choose(name, listed, "method")]
        choose(spec.name, registry.registered(), "method")
        yield spec


def _load(corpus: str, name: str, data_dir: Path | None) -> _Corpus:
    domain = load_domain(corpus, name, data_dir=data_dir)
    return _Corpus(corpus, domain.name, name, domain.content_hash)


def _cell(
    suite: Suite,
    row: Configuration,
    setting: str,
    source: _Corpus,
    target: _Corpus,
    source_limit: int | None,
    seed: int,
) -> Cell:
    problem = row.problem_in(setting)
    identity = make_identity(
        method=row.spec.name,
        params=row.params,
        code=row.code,
        components=row.components,
        setting=setting,
        seed=seed,
        source_hash=source.content_hash,
        source_limit=source_limit,
        target_hash=target.content_hash,
    )
    return Cell(
        suite=suite.name,
        corpus=target.corpus,
        domain=target.name,
        target=target.asked_for,
        source_corpus=source.corpus,
        source=source.name,
        source_limit=source_limit,
        method=row.spec.name,
        # a row of its own: figures from a part of the source never stand among those from all of it
        label=row.spec.label if source_limit is None else f"{row.spec.label}@{source_limit}",
        params=row.given,
        backbone=row.backbone,
        setting=setting,
        seed=seed,
        identity=identity,
        identity_hash=identity_hash(identity),
        settled=None if problem is None else problem.state,
        reason=None if problem is None else problem.reason,
        traceback=None if problem is None else problem.traceback,
    )


def _refuse_shared_slots(cells: list[Cell]) -> None:
    seen: set[str] = set()
    for cell in cells:
        if cell.slot in seen:
            todo = "give the methods other labels, or the folders other names"
            raise UsageError(f"two cells would share the place {cell.slot}: {todo}")
        seen.add(cell.slot)
