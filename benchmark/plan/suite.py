"""Suites: named sets of cells, as TOML files that ship with the project or that you write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from benchmark.domains.domain_file import Text
from benchmark.domains.load import OWN, RELEASED, named
from benchmark.errors import InputError, UsageError, choose
from benchmark.plan.noise_series import NoiseSeries
from benchmark.settings import check_setting
from benchmark.validation import Seed, listed, matching, must, read_toml, validate

_SHIPPED = Path(__file__).parent / "suites"


def _is_reference(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return named(value)[0] != OWN or bool(value.strip() and "/" not in value)


def _is_setting(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(check_setting(value))
    except UsageError:
        return False


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,59}")
# without a comma: --methods splits there
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._@+=:()-]{0,58}[A-Za-z0-9._@+=)-])?")
Name = Annotated[str, *matching(_NAME, "a name of letters, digits and . _ @ + -, at most 60")]
Label = Annotated[
    str, *matching(_LABEL, "a label of letters, digits, spaces and . _ @ + - = : ( ), at most 60")
]
Reference = Annotated[str, must(_is_reference, "a name, or corpus/name for one of another corpus")]
Setting = Annotated[str, must(_is_setting, "zero-shot, supervised or few-shot-K, with K from 1 to 9999")]


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


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class MethodTable(_Table):
    """A method with a label or parameters."""

    name: Name = Field(description="the method's name")
    label: Label | None = Field(None, description="of its row; by default the name, with its variant")
    params: dict[str, Any] = Field({}, description="the parameters that it is given")


class _OrName:
    """Lets a method's name stand for its table."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(core)]}


def _as_table(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise ValueError("a name, or {name, label, params}")
    return {"name": value} if isinstance(value, str) else value


class Suite(_Table):
    """What to run: every method on every domain, in every setting, with every seed."""

    name: Name = Field(description="a name of letters, digits and . _ @ + -; the folder of the results")
    corpus: Literal[RELEASED] = Field(  # type: ignore[valid-type]
        description="that of the domains which are named without one"
    )
    source_reference: Reference = Field(alias="source", description="the source domain")
    references: Annotated[tuple[Reference, ...], listed("a list of domains, none twice")] = Field(
        alias="domains", description="a list of domains, the targets, no two of one name"
    )
    settings: Annotated[tuple[Setting, ...], listed("a list of at least one setting, none twice", 1)] = Field(
        min_length=1, description="a list of at least one setting, none twice"
    )
    seeds: Annotated[tuple[Seed, ...], listed("a list of at least one seed, none twice", 1)] = Field(
        min_length=1, description="a list of at least one seed, none twice"
    )
    backbone: Text | None = Field(None, description="for every method that has a parameter of that name")
    method_tables: (
        Annotated[
            tuple[Annotated[MethodTable, BeforeValidator(_as_table), _OrName()], ...],
            Field(min_length=1),
        ]
        | None
    ) = Field(None, alias="methods", description="names or tables; by default all methods")
    params: dict[str, dict[str, Any]] = Field({}, description="without methods: parameters by method name")
    in_domain: Annotated[bool, Strict()] = Field(
        False, description="adds a cell a seed: the source as target of in_domain_method, zero-shot"
    )
    in_domain_method: Text | None = Field(None, description="the method that measures the source tagger")
    base: Text | None = Field(None, description="the label of the row that the board compares all others to")
    noise: tuple[NoiseSeries, ...] = Field((), description="adds the same cells under noise")

    @property
    def source(self) -> str:
        """The source domain's name."""
        return _bare(self.source_reference)

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """The targets' names."""
        return tuple(map(_bare, self.references))

    @cached_property
    def methods(self) -> tuple[MethodSpec, ...] | None:
        """The methods of its rows; None where it takes every registered method."""
        if self.method_tables is None:
            return None
        return tuple(
            MethodSpec(table.name, table.label or table.name, table.params, labelled=table.label is not None)
            for table in self.method_tables
        )

    def corpus_of(self, domain: str) -> str:
        """Return the corpus that a domain of the suite, or its source, comes from."""
        return str(self._corpora.get(domain, self.corpus))

    @cached_property
    def _corpora(self) -> dict[str, str]:
        references = (self.source_reference, *self.references)
        return {_bare(one): _corpus(one) or self.corpus for one in references}


def _bare(reference: str) -> str:
    """Return the domain's name of ``corpus/name``, or the name as it is."""
    return named(reference)[1]


def _corpus(reference: str) -> str:
    """Return the corpus of ``corpus/name``, or nothing."""
    corpus, _ = named(reference)
    return "" if corpus == OWN else corpus


def suite_names() -> list[str]:
    """Return the names of the suites that ship with the project."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def load_suite(name_or_path: str | Path) -> Suite:
    """Return a suite by its name, or by the path of a TOML file.

    Raises ``UsageError`` for an unknown name; ``InputError`` names file, line, what was found and expected.
    """
    text = str(name_or_path)
    if text.endswith(".toml") or "/" in text:
        path = Path(name_or_path).expanduser()
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


def suite_name(name_or_path: str | Path) -> str:
    """Return the name of a suite, of which the name or the TOML file is given; any name will do.

    Raises ``InputError`` as ``load_suite`` does, for a file alone.
    """
    text = str(name_or_path)
    return load_suite(text).name if text.endswith(".toml") else text


def parse_suite(path: Path) -> Suite:
    """Read a suite file and check every key."""
    content, text = read_toml(path, expected="a suite in TOML")
    suite = validate(Suite, content, path=path, text=text, expected="a suite in TOML")
    for found, expected in _contradictions(suite):
        raise InputError(found, path=path, expected=expected)
    return suite


def _contradictions(suite: Suite) -> Iterator[tuple[str, str]]:
    """Yield what does not fit together, though each key is sound: what was found, what was expected."""
    corpora: dict[str, str] = {}
    for reference in (suite.source_reference, *suite.references):
        corpus, name = _corpus(reference) or suite.corpus, _bare(reference)
        if corpora.setdefault(name, corpus) != corpus:
            found = f"the domain {name!r} of {corpora[name]} and of {corpus}"
            yield found, "domains with names of their own: results are kept by them"
    if len(set(suite.domains)) < len(suite.domains):
        yield "a domain twice", "a list of domains, none twice"
    if len({series.name for series in suite.noise}) < len(suite.noise):
        yield "a name of noise twice", "tables [[noise]], each with a name of its own"
    specs = suite.methods or ()
    # one method with other parameters is another variant, perhaps: the plan knows
    counts = Counter(spec.label for spec in specs if spec.labelled or not spec.params)
    if twice := sorted(label for label, count in counts.items() if count > 1):
        yield f"methods with the same label {', '.join(twice)}", "a label of its own each"
    if suite.params and suite.methods is not None:
        yield "both methods and params", "one of them: a method in `methods` has its params there"
    if suite.in_domain and suite.in_domain_method is None:
        yield "in_domain = true alone", "in_domain_method, the method that measures the source tagger"
    labels = [spec.label for spec in specs]
    unsure = tuple(f"{spec.label} (" for spec in specs if not spec.labelled)  # its variant is not known yet
    if suite.base is not None and suite.base not in labels and not suite.base.startswith(unsure):
        names = ", ".join(labels) or "(none is listed)"
        yield f"base = {suite.base!r}", f"a label of the suite's methods: {names}"
