"""A method as a suite configures it: instance, parameters, code and components, or what is wrong with it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmark import registry
from benchmark.errors import choose
from benchmark.method import Method
from benchmark.plan.oracle_parameter import row_code
from benchmark.plan.suite import MethodSpec
from benchmark.settings import contract_of
from benchmark.store.atomic_io import canonical_json
from benchmark.store.record import FAILED, SKIPPED
from benchmark.store.redact import portable, redact


@dataclass(frozen=True)
class Problem:
    """Why a cell ends without being computed: its state (``failed`` or ``skipped``), reason, traceback."""

    state: str
    reason: str
    traceback: str | None = None


@dataclass(frozen=True)
class ResolvedMethod:
    """A method with the parameters of its row.

    ``given`` are the parameters that are not the method's defaults, ``params`` all of them, as a record may
    hold them; ``problem`` says why it cannot be loaded or set up, and ``instance`` is None then. ``label``
    names its row: the suite's label, else the method's name with its variant.
    """

    spec: MethodSpec
    label: str
    given: Mapping[str, Any]
    params: Mapping[str, Any]
    backbone: str = "none"
    instance: Method | None = None
    code: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    _problems: dict[str, Problem | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def problem_in(self, setting: str) -> Problem | None:
        """Return why it cannot run in ``setting``, or None where it can; its method is asked once."""
        if setting not in self._problems:
            self._problems[setting] = self._asked(setting)
        return self._problems[setting]

    def says_source_types_alone(self, setting: str) -> bool:
        """Return whether it runs in ``setting`` and can say no types but the source's there."""
        if self.instance is None or self.problem_in(setting) is not None:
            return False
        return contract_of(setting) in self.instance.source_types_alone

    def _asked(self, setting: str) -> Problem | None:
        if self.instance is None:
            return self.problem
        try:
            reason = self.instance.skip(contract_of(setting))
        except Exception as error:  # noqa: BLE001 - a method's own code may raise anything: its cells fail
            return _failure("its skip() fails", error)
        return self.problem if reason is None else Problem(SKIPPED, redact(reason))


def resolve_method(
    spec: MethodSpec, overrides: Mapping[str, str], suite_backbone: str | None
) -> ResolvedMethod:
    """Load a method and set it up; what is wrong with it is returned, not raised.

    ``overrides`` are the user's, by parameter: each reaches a method that has such a parameter, and wins;
    ``suite_backbone`` gives way to the parameters of the row. A label that the suite gave to a row of another
    generalist or model than the user selects would say what is not so: it is named as if it had none.
    Raises ``UsageError`` for a parameter that the method does not have.
    """
    fallback = {} if suite_backbone is None else {"backbone": suite_backbone}
    overridden = {**fallback, **spec.params, **overrides}
    # where it cannot be loaded nobody knows whether it has one: most have
    backbone = str(portable(overridden.get("backbone", "none")))
    bare = ResolvedMethod(spec, spec.label, spec.params, portable(spec.params), backbone)
    try:
        kind = registry.method_class(spec.name)
    except Exception as error:  # noqa: BLE001 - importing somebody's module may raise anything
        return replace(bare, problem=_failure("it cannot be loaded", error))
    if kind.__init__ is object.__init__:  # whose signature would name parameters: (*args, **kwargs)
        reason = "it has no __init__ of its own: write one, an empty one where it has no parameters"
        return replace(bare, problem=Problem(FAILED, reason))
    defaults = kind.parameter_defaults()
    for name in spec.params:
        choose(name, defaults, f"parameter of {spec.name}")
    given = {name: value for name, value in overridden.items() if name in defaults}
    # the backbone has a column of its own
    renamed = any(given[name] != value for name, value in spec.params.items() if name != "backbone")
    label = spec.label if spec.labelled and not renamed else None
    try:
        own = str(portable(given.get("backbone", defaults.get("backbone", "none"))))
        bare = replace(bare, given=given, backbone=own)
        return _set_up(bare, kind, label)
    except Exception as error:  # noqa: BLE001 - its __init__ and components() may raise anything
        return replace(bare, problem=_failure("it cannot be set up", error))


def _set_up(bare: ResolvedMethod, kind: type[Method], label: str | None) -> ResolvedMethod:
    instance = kind(**bare.given)
    values = instance.get_params()
    params = portable(values)
    canonical_json(params)  # raises where one is no JSON value: it could not be part of an identity
    ready = replace(
        bare,
        label=label or _with_variant(bare.spec.name, instance.variant()),
        instance=instance,
        given={n: v for n, v in values.items() if n in bare.given and v != kind.parameter_defaults()[n]},
        params=params,
        backbone=str(params.get("backbone", "none")),
        code=row_code(kind, bare.given),
    )
    try:
        return replace(ready, components=dict(instance.components()))
    except Exception as error:  # noqa: BLE001 - a missing backbone, say; settings that it skips stay skipped
        return replace(ready, problem=_failure("it cannot be set up", error))


def _with_variant(name: str, variant: str | None) -> str:
    """Return ``name (variant)``: one line without a comma, at which ``--methods`` splits."""
    if variant is None:
        return name
    text = redact(str(portable(variant))).replace(",", " ")
    return f"{name} ({' '.join(''.join(c if c.isprintable() else ' ' for c in text).split())})"


def _failure(what: str, error: Exception) -> Problem:
    return Problem(FAILED, redact(f"{what}: {error or type(error).__name__}"), redact(traceback.format_exc()))
