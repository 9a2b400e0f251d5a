"""From a suite and what the user selects of it to cells, each with its identity; nothing is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmark import few_shot, registry
from benchmark.domains.corpus import Domain
from benchmark.domains.load import OWN, load_domain, named
from benchmark.domains.noise.condition import SOURCE, TARGET
from benchmark.domains.types.equal_types import equal_types
from benchmark.errors import InputError, UsageError, choose
from benchmark.plan.backbone_language import language_warning
from benchmark.plan.cell import Cell
from benchmark.plan.default_source import OWN_SUITE, default_source
from benchmark.plan.identity import make_identity
from benchmark.plan.noise_series import Condition, choose_conditions
from benchmark.plan.resolve_method import ResolvedMethod, resolve_method
from benchmark.plan.suite import MethodSpec, Suite
from benchmark.settings import check_setting
from benchmark.store.atomic_io import canonical_json
from benchmark.store.cell_spec import CellSpec, identity_hash
from benchmark.store.comparison import Comparison
from benchmark.store.noisy_corpora import noise_identity
from benchmark.store.record import SKIPPED
from benchmark.store.row_label import noisy_label
from benchmark.task import ZERO_SHOT


@dataclass(frozen=True)
class Selection:
    """What a user wants of a suite; None means all that the suite names.

    ``own_domains`` are folders of the user's own, which become targets: the only ones where ``domains`` is
    None, further ones where it names some of the suite's. ``backbone``, ``generalist``, ``llm_model``,
    ``llm_revision`` and ``unlabelled``, a text file, are given to every method with a parameter of that
    name. ``source`` is a domain, or a folder, in place of the suite's source. ``noise`` names conditions,
    series of them, or ``clean``.
    """

    methods: tuple[str, ...] | None = None
    domains: tuple[str, ...] | None = None
    settings: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    backbone: str | None = None
    generalist: str | None = None
    llm_model: str | None = None
    llm_revision: str | None = None
    unlabelled: Path | None = None
    source: str | None = None
    source_limit: int | None = None
    own_domains: tuple[Path, ...] = ()
    noise: tuple[str, ...] | None = None

    @property
    def overrides(self) -> dict[str, str]:
        """Return parameter → value of what methods that have it are to be given."""
        overridden = {
            "backbone": self.backbone,
            "generalist": self.generalist,
            "llm_model": self.llm_model,
            "llm_revision": self.llm_revision,
            # absolute, so that identity and record hold its name alone (``redact.portable``)
            "unlabelled": None if self.unlabelled is None else str(self.unlabelled.expanduser().resolve()),
        }
        return {name: value for name, value in overridden.items() if value is not None}


@dataclass(frozen=True)
class _Corpus:
    corpus: str
    name: str
    asked_for: str  # what load_domain is given: the name, or the path of a folder
    content_hash: str
    domain: Domain


def make_plan(suite: Suite, selection: Selection, data_dir: Path | None = None) -> list[Cell]:
    """Return the cells of a suite that ``selection`` asks for, in the order in which they run.

    Cells of the source domain come first: they train the source taggers that the others start from.
    A method that cannot be loaded, or does not support a setting, gives cells that are decided already.

    Raises ``UsageError`` for unknown names (with the nearest known ones), ``InputError`` for an
    ``unlabelled`` that is no file, and what ``load_domain`` raises.
    """
    _check_text(selection.unlabelled)
    limit = selection.source_limit
    if limit is not None and limit < 1:
        raise UsageError(f"a source limit of {limit}: at least 1 sentence is needed")
    settings = [check_setting(setting) for setting in selection.settings or suite.settings]
    seeds = suite.seeds if selection.seeds is None else selection.seeds
    names = _domains(suite, selection)
    rows = _rows(suite, selection)
    source, warning = _source(suite, selection, data_dir)
    targets = [_load(suite.corpus_of(name), name, data_dir) for name in names if name != suite.source]
    targets += [_own(path, suite, data_dir) for path in selection.own_domains]
    conditions = choose_conditions(suite.noise, selection.noise)
    probes = [row for row in rows if row.spec.name == suite.in_domain_method][:1]
    if not _probes_source(suite, selection, names) or ZERO_SHOT not in settings or None not in conditions:
        probes = []
    cells = [_cell(suite, row, ZERO_SHOT, source, source, limit, seed) for row in probes for seed in seeds]
    noises, drawn = _Noises(source), _Drawn()
    cells += [
        _cell(
            suite,
            row,
            setting,
            source,
            target,
            limit,
            seed,
            condition,
            noises.of(condition, target),
            drawn.of(target, setting, seed),
        )
        for seed in seeds
        for condition in conditions
        for row in rows
        for setting in settings
        if condition is None or not _declines(row, setting)  # the clean cell says so once
        for target in targets
    ]
    _refuse_shared_slots(cells)
    if warning is not None:
        cells = [replace(cell, warning=" ".join(filter(None, (warning, cell.warning)))) for cell in cells]
    return with_variants(cells)


def _source(suite: Suite, selection: Selection, data_dir: Path | None) -> tuple[_Corpus, str | None]:
    """Return the source, and a warning where it is synthetic though the suite is for corpora of your own."""
    name, warning = selection.source, None
    if name is None and suite.name != OWN_SUITE:
        return _load(suite.corpus_of(suite.source), suite.source, data_dir), None
    if name is None:
        name, warning = default_source(data_dir)
    return _load(*named(name), data_dir), warning


def _probes_source(suite: Suite, selection: Selection, names: Sequence[str]) -> bool:
    """Whether the source tagger is measured at home: where asked for, or where all domains are meant."""
    return suite.source in names or (suite.in_domain and selection.domains is None and not suite.domains)


def _check_text(path: Path | None) -> None:
    if path is not None and not path.expanduser().is_file():
        expected = "a text file of unlabelled sentences, one a line"
        raise InputError("no such file", path=path, expected=expected, todo="check --unlabelled")


def _domains(suite: Suite, selection: Selection) -> list[str]:
    known = [*suite.domains, *([suite.source] if suite.in_domain else [])]
    if selection.domains is None:
        return [] if selection.own_domains else known
    written = {f"{suite.corpus_of(name)}/{name}": name for name in known}
    wanted = dict.fromkeys(written.get(name, name) for name in selection.domains)
    return [choose(name, known, "domain of this suite") for name in wanted]


def _rows(suite: Suite, selection: Selection) -> list[ResolvedMethod]:
    """Return the suite's rows that are meant, set up.

    A name means the row with that label; else all rows of the method with that name; else that registered
    method, though the suite does not list it; else the row whose label it is once its variant is known.
    """
    specs = suite.methods
    if specs is None:
        names = registry.registered()
        specs = tuple(MethodSpec(name, name, suite.params.get(name, {})) for name in names)

    def set_up(spec: MethodSpec) -> ResolvedMethod:
        choose(spec.name, registry.registered(), "method")
        return resolve_method(spec, selection.overrides, suite.backbone)

    meant = list(specs if selection.methods is None else ())
    for name in dict.fromkeys(selection.methods or ()):
        found = [spec for spec in specs if spec.label == name]
        found = found or [spec for spec in specs if spec.name == name]
        if not found and name in registry.registered():
            found = [MethodSpec(name, name, {})]
        if not found:
            unsure = [spec for spec in specs if not spec.labelled and name.startswith(f"{spec.label} (")]
            found = [spec for spec in unsure if set_up(spec).label == name]
        if not found:
            choose(name, [*(spec.label for spec in specs), *registry.registered()], "method")
        meant += [spec for spec in found if spec not in meant]
    return [set_up(spec) for spec in meant]


def suite_comparison(suite: Suite) -> Comparison | None:
    """Return the labels of a suite's rows, where one of them is the base that the others are compared to.

    The labels are those that rows have where the user selects no other backbone or model. The base may be
    named without its variant. Raises ``UsageError`` where no row is meant.
    """
    if suite.base is None:
        return None
    labels = [row.label for row in _rows(suite, Selection())]
    for names in (labels, [spec.label for spec in suite.methods or ()]):
        if suite.base in names:
            return Comparison(labels[names.index(suite.base)], tuple(labels))
    raise UsageError(
        f"base = {suite.base!r} of the suite {suite.name}: no row has that label; "
        f"there are {', '.join(labels)}"
    )


def _load(corpus: str, name: str, data_dir: Path | None) -> _Corpus:
    domain = load_domain(corpus, name, data_dir=data_dir)
    return _Corpus(corpus, domain.name, name, domain.content_hash, domain)


def _cell(
    suite: Suite,
    row: ResolvedMethod,
    setting: str,
    source: _Corpus,
    target: _Corpus,
    source_limit: int | None,
    seed: int,
    condition: Condition | None = None,
    noise: Mapping[str, Any] | None = None,
    drawn: Mapping[str, Any] | None = None,
) -> Cell:
    problem = row.problem_in(setting)
    # a row of its own: figures from a part of the source never stand among those from all of it
    label = row.label if source_limit is None else f"{row.label}@{source_limit}"
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
        language=target.domain.language,
        noise=noise,
        few_shot=drawn,
    )
    spec = CellSpec(
        suite=suite.name,
        corpus=target.corpus,
        domain=target.name,
        source_corpus=source.corpus,
        source=source.name,
        source_limit=source_limit,
        method=row.spec.name,
        label=noisy_label(label, None if condition is None else condition.name),
        params=row.given,
        backbone=row.backbone,
        setting=setting,
        seed=seed,
        identity=identity,
        identity_hash=identity_hash(identity),
    )
    equal = _equal_types(target.domain.types, source.domain.types)
    lacking = row.says_source_types_alone(setting) and not equal.source_of
    return Cell(
        spec=spec,
        target=target.asked_for,
        source=source.asked_for if source.corpus == OWN else "",
        types=equal.remark,
        warning=_warning(row, source, target, lacking=lacking),
        decided=None if problem is None else problem.state,
        reason=None if problem is None else problem.reason,
        traceback=None if problem is None else problem.traceback,
    )


_equal_types = lru_cache(maxsize=None)(equal_types)  # of few pairs, asked for each of many cells


def _warning(row: ResolvedMethod, source: _Corpus, target: _Corpus, *, lacking: bool) -> str:
    warnings = [
        _no_type(target, source) if lacking else "",
        language_warning(row.backbone, target.domain) if target.corpus == OWN else "",
    ]
    return " ".join(filter(None, warnings))


def _no_type(target: _Corpus, source: _Corpus) -> str:
    return (
        f"no type of {target.name} ({', '.join(target.domain.type_names)}) is one of {source.name}'s: methods"
        " that can say the source's types alone find nothing there; state same_as in its domain.toml"
    )


def _declines(row: ResolvedMethod, setting: str) -> bool:
    problem = row.problem_in(setting)
    return problem is not None and problem.state == SKIPPED


def _own(path: Path, suite: Suite, data_dir: Path | None) -> _Corpus:
    """Load a folder of the user's own; refused where the suite has a domain of that name."""
    found = _load("own", str(path.expanduser().resolve()), data_dir)
    if found.name in (suite.source, *suite.domains):
        raise UsageError(
            f"{path} is called {found.name}, as a domain of the suite {suite.name}, whose places in the "
            "ledger it would take: rename it, or state another name in its domain.toml"
        )
    return found


class _Noises:
    """What identities hold of noise, made once for each condition and the corpus that it disturbs."""

    def __init__(self, source: _Corpus) -> None:
        self._source = source
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def of(self, condition: Condition | None, target: _Corpus) -> dict[str, Any] | None:
        if condition is None:
            return None
        place = (condition.name, "" if condition.noise.on == SOURCE else target.content_hash)
        if place not in self._known:
            try:
                self._known[place] = noise_identity(condition.noise, self._source.domain, target.domain)
            except ValueError as error:
                raise UsageError(f"the noise {condition.series}: {error}") from error
        return self._known[place]


class _Drawn:
    """What identities hold of few-shot cells, made once for each target, setting and seed."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], dict[str, Any] | None] = {}

    def of(self, target: _Corpus, setting: str, seed: int) -> dict[str, Any] | None:
        place = (target.content_hash, setting, seed)
        if place not in self._known:
            self._known[place] = few_shot.identify(target.domain, setting, seed)
        return self._known[place]


def with_variants(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells, each told of the others that a method fitted once can answer: see ``shared_fit``."""
    if not any(cell.spec.noise is not None and cell.spec.noise["on"] == TARGET for cell in cells):
        return list(cells)
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.decided is None and (cell.spec.noise is None or cell.spec.noise["on"] == TARGET):
            key = canonical_json([cell.spec.corpus, cell.target, dict(cell.spec.identity, noise=None)])
            groups.setdefault(key, []).append(cell)
    told = {
        cell.spec.name: tuple(one.spec.noise for one in group)
        for group in groups.values()
        if len(group) > 1
        for cell in group
    }
    return [replace(cell, variants=told.get(cell.spec.name, ())) for cell in cells]


def _refuse_shared_slots(cells: list[Cell]) -> None:
    seen: set[str] = set()
    for cell in cells:
        if cell.spec.ledger_key in seen:
            todo = "give the methods other labels, or the folders other names"
            raise UsageError(f"two cells would share the place {cell.spec.ledger_key}: {todo}")
        seen.add(cell.spec.ledger_key)
