"""Suites: named sets of cells, as TOML files that ship with the project or that you write."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmark.domains.load import RELEASED
from benchmark.errors import InputError, UsageError, choose
from benchmark.plan.noise_series import CLEAN, NoiseSeries
from benchmark.settings import check_setting
from benchmark.store.record import SAFE_NAME

LABEL_MARKS = ". _ @ + - = : ( )"
_FORM = "a name, or corpus/name for one of another corpus"
_SHIPPED = Path(__file__).parent / "suites"
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._@+=:()-]*[A-Za-z0-9._@+=)-])?")


@dataclass(frozen=True)
class MethodSpec:
    """A method with the label of its row and the parameters that a suite sets.

    ``labelled``: whether the suite gives that label; otherwise it is the method's name, and a configuration
    may add its variant.
    """

    name: str
    label: str
    params: Mapping[str, Any]
    labelled: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Suite:
    """What to run: every method on every domain, in every setting, with every seed.

    ``methods`` is None where the suite takes every registered method; ``params`` are then what it gives to
    some of them, by method name. ``in_domain`` adds one cell a seed:
    ``in_domain_method`` on source → source, zero-shot, whose F1 is the source tagger's own. ``base`` is the
    label of the row that the board compares all others to. ``noise`` adds the same cells under noise.
    ``corpus`` is that of the domains which the file names without one; ``elsewhere`` are the others' corpora.
    """

    name: str
    corpus: str
    source: str
    domains: tuple[str, ...]
    settings: tuple[str, ...]
    seeds: tuple[int, ...]
    backbone: str | None = None
    methods: tuple[MethodSpec, ...] | None = None
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    in_domain: bool = False
    in_domain_method: str | None = None
    base: str | None = None
    noise: tuple[NoiseSeries, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def corpus_of(self, domain: str) -> str:
        """Return the corpus that a domain of the suite, or its source, comes from."""
        return self.elsewhere.get(domain, self.corpus)


def suite_names() -> list[str]:
    """Return the names of the suites that ship with the project."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def load_suite(name_or_path: str | Path) -> Suite:
    """Return a suite by its name, or by the path of a TOML file.

    Raises ``UsageError`` for an unknown name; ``InputError`` names file, key, what was found and expected.
    """
    text = str(name_or_path)
    if text.endswith(".toml") or "/" in text:
        path = Path(name_or_path).expanduser()
        if not path.is_file():
            raise InputError("no such file", path=path, expected="a suite in TOML")
        suite = parse_suite(path)
        if suite.name in suite_names() and path.resolve() != (_SHIPPED / f"{suite.name}.toml").resolve():
            raise InputError(
                f"name = {suite.name!r}",
                path=path,
                expected="a name that no suite shipped with the project has",
                todo="choose another: two suites of one name would share one ledger and one board",
            )
        return suite
    choose(text, suite_names(), "suite")
    return parse_suite(_SHIPPED / f"{text}.toml")


def parse_suite(path: Path) -> Suite:
    """Read a suite file and check every key."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, thousands of digits or of brackets
        raise InputError(f"what is no TOML: {error}", path=path, expected="a suite in TOML") from error
    keys = _Keys(path, content)
    keys.refuse_unknown(name for name in Suite.__dataclass_fields__ if name != "elsewhere")
    suite = Suite(
        name=keys.take("name", _safe_name, "a name of letters, digits and . _ @ + -"),
        corpus=keys.take("corpus", _corpus, f"one of {', '.join(RELEASED)}"),
        source=bare(keys.take("source", _reference, f"the source domain: {_FORM}")),
        domains=tuple(
            map(bare, keys.take("domains", _references, f"a list of domains, none twice: {_FORM}"))
        ),
        settings=keys.take("settings", _some_texts, "a list of at least one setting, none twice"),
        seeds=keys.take("seeds", _seeds, "a list of at least one seed from 0 to 4294967295, none twice"),
        backbone=keys.take("backbone", _text, "the name of a backbone", default=None),
        methods=keys.take("methods", _methods(path), "a list of method names or tables", default=None),
        params=keys.take("params", _tables, "a table of parameters for each method named", default={}),
        in_domain=keys.take("in_domain", _boolean, "true or false", default=False),
        in_domain_method=keys.take("in_domain_method", _text, "a method's name", default=None),
        base=keys.take("base", _text, "the label of a row", default=None),
        noise=keys.take("noise", _noises(path), "tables [[noise]], each with a name of its own", default=()),
    )
    suite = replace(suite, elsewhere=_elsewhere(path, content))
    if suite.params and suite.methods is not None:
        expected = "one of them: a method in `methods` has its params there"
        raise InputError("both methods and params", path=path, expected=expected)
    if suite.in_domain and suite.in_domain_method is None:
        expected = "in_domain_method, the method that measures the source tagger"
        raise InputError("in_domain = true alone", path=path, expected=expected)
    specs = suite.methods or ()
    labels = [spec.label for spec in specs]
    unsure = tuple(f"{spec.label} (" for spec in specs if not spec.labelled)  # its variant is not known yet
    if suite.base is not None and suite.base not in labels and not suite.base.startswith(unsure):
        expected = f"a label of the suite's methods: {', '.join(labels) or '(none is listed)'}"
        raise InputError(f"base = {suite.base!r}", path=path, expected=expected)
    for setting in suite.settings:
        try:
            check_setting(setting)
        except UsageError as error:
            raise InputError(f"settings = {list(suite.settings)}", path=path, expected=str(error)) from error
    return suite


def bare(reference: str) -> str:
    """Return the domain's name of ``corpus/name``, or the name as it is."""
    return reference.rpartition("/")[2]


def _elsewhere(path: Path, content: Mapping[str, Any]) -> dict[str, str]:
    """Return the corpora of domains that a suite names with theirs; a name means one domain in a suite."""
    corpora: dict[str, str] = {}
    for reference in (content["source"], *content["domains"]):
        corpus, slash, name = reference.rpartition("/")
        corpus = corpus if slash else content["corpus"]
        if corpora.setdefault(name, corpus) != corpus:
            raise InputError(
                f"the domain {name!r} of {corpora[name]} and of {corpus}",
                path=path,
                expected="domains with names of their own: results are kept by them",
            )
    if len(set(map(bare, content["domains"]))) < len(content["domains"]):
        raise InputError("a domain twice", path=path, expected="a list of domains, none twice")
    return {name: corpus for name, corpus in corpora.items() if corpus != content["corpus"]}


class _Keys:
    """The keys of a TOML table, taken one by one with a parser that returns None for what does not fit."""

    def __init__(self, path: Path, content: Mapping[str, Any], place: str = "") -> None:
        self.path, self.content, self.place = path, content, place

    def refuse_unknown(self, known: Iterable[str]) -> None:
        names = list(known)
        for key in self.content:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                todo = f"did you mean {near[0]!r}?" if near else ""
                raise self._wrong(f"the unknown key {key!r}", f"one of {', '.join(names)}", todo)

    def take(self, key: str, parse: Callable[[Any], Any], expected: str, **default: Any) -> Any:
        if key not in self.content:
            if default:
                return default["default"]
            raise self._wrong(f"no key {key!r}", f"{key} = {expected}")
        parsed = parse(self.content[key])
        if parsed is None:
            raise self._wrong(f"{key} = {self.content[key]!r}", expected)
        return parsed

    def _wrong(self, found: str, expected: str, todo: str = "") -> InputError:
        return InputError(found + self.place, path=self.path, expected=expected, todo=todo)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _safe_name(value: Any) -> str | None:
    return value if isinstance(value, str) and SAFE_NAME.fullmatch(value) and len(value) <= 60 else None


def _label(value: Any) -> str | None:
    return value if isinstance(value, str) and is_label(value) else None


def is_label(text: str) -> bool:
    """Return whether a text can name a row. No comma: ``--methods`` splits there."""
    return len(text) <= 60 and _LABEL.fullmatch(text) is not None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _tables(value: Any) -> dict[str, dict[str, Any]] | None:
    good = isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())
    return value if good else None


def _corpus(value: Any) -> str | None:
    return value if value in RELEASED else None


def _reference(value: Any) -> str | None:
    """Return ``name`` or ``corpus/name`` where it is one."""
    if not isinstance(value, str) or not value.strip():
        return None
    corpus, slash, name = value.partition("/")
    return value if not slash or (corpus in RELEASED and name and "/" not in name) else None


def _references(value: Any) -> tuple[str, ...] | None:
    names = _texts(value)
    return names if names is None or all(map(_reference, names)) else None


def _texts(value: Any) -> tuple[str, ...] | None:
    good = isinstance(value, list) and all(_text(item) for item in value) and len(set(value)) == len(value)
    return tuple(value) if good else None


def _some_texts(value: Any) -> tuple[str, ...] | None:
    return _texts(value) or None


def _seeds(value: Any) -> tuple[int, ...] | None:
    good = isinstance(value, list) and value and all(type(n) is int and 0 <= n < 2**32 for n in value)
    return tuple(value) if good and len(set(value)) == len(value) else None


def _methods(path: Path) -> Callable[[Any], tuple[MethodSpec, ...] | None]:
    def parse(value: Any) -> tuple[MethodSpec, ...] | None:
        if not isinstance(value, list) or not value:
            return None
        specs = tuple(_method(path, number, item) for number, item in enumerate(value, start=1))
        # one method with other parameters is another variant, perhaps: the plan knows
        labels = [spec.label for spec in specs if spec.labelled or not spec.params]
        if len(set(labels)) < len(labels):
            twice = sorted({label for label in labels if labels.count(label) > 1})
            raise InputError(
                f"methods with the same label {', '.join(twice)}",
                path=path,
                expected="a label of its own each",
            )
        return specs

    return parse


def _noises(path: Path) -> Callable[[Any], tuple[NoiseSeries, ...] | None]:
    def parse(value: Any) -> tuple[NoiseSeries, ...] | None:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            return None
        series = tuple(_series(path, number, item) for number, item in enumerate(value, start=1))
        return series if len({one.name for one in series}) == len(series) else None

    return parse


def _series(path: Path, number: int, item: Mapping[str, Any]) -> NoiseSeries:
    keys = _Keys(path, item, f" in noise[{number}]")
    keys.refuse_unknown(NoiseSeries.__dataclass_fields__)
    series = NoiseSeries(
        name=keys.take("name", _noise_name, f"at most 20 letters, digits and -, not {CLEAN!r}"),
        on=keys.take("on", _text, "source or target"),
        rates=keys.take("rates", _rates, "a list of at least one rate above 0, ascending"),
        kinds=keys.take("kinds", _some_texts, "a list of kinds of noise, none twice", default=()),
        seed=keys.take("seed", lambda v: v if type(v) is int else None, "a whole number", default=0),
        confusion=keys.take("confusion", _tables, "a table of weights for each gold type", default=None),
        where=keys.take("where", _text, "everywhere, inside or outside", default="everywhere"),
    )
    try:
        series.conditions()
    except ValueError as error:
        raise InputError(f"noise[{number}], {series.name}", path=path, expected=str(error)) from error
    return series


def _noise_name(value: Any) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,19}", value) and value != CLEAN
    return value if good else None


def _rates(value: Any) -> tuple[float, ...] | None:
    if not isinstance(value, list) or not all(type(rate) in (int, float) for rate in value):
        return None
    rates = tuple(float(rate) for rate in value)
    return rates if rates and rates[0] > 0 and all(a < b for a, b in pairwise(rates)) else None


def _method(path: Path, number: int, item: Any) -> MethodSpec:
    if _safe_name(item):
        return MethodSpec(item, item, {})
    if not isinstance(item, dict):
        raise InputError(
            f"methods[{number}] = {item!r}", path=path, expected="a name, or {name, label, params}"
        )
    keys = _Keys(path, item, f" in methods[{number}]")
    keys.refuse_unknown(("name", "label", "params"))
    name = keys.take("name", _safe_name, "a method's name")
    label = keys.take("label", _label, f"a label of letters, digits, spaces and {LABEL_MARKS}", default=name)
    params = keys.take("params", lambda v: v if isinstance(v, dict) else None, "a table", default={})
    return MethodSpec(name, label, params, labelled="label" in item)
