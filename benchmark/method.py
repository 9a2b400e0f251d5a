"""What a method is: ``fit`` on a task, ``predict`` mentions; parameters in the scikit-learn manner."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from benchmark.domains.corpus import Mention, Sentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task


class Method(ABC):
    """Base class of every method.

    A subclass takes its parameters as keyword arguments with defaults, stores each under its own name,
    and does no work in ``__init__``. Its module should import without torch: heavy imports belong
    inside ``fit`` and ``predict``, so that planning a suite stays fast.

    Class attributes
    ----------------
    settings: the settings it can run in.
    reading: one line that says how this project reads the method, shown on the board.
    preload: modules that ``fit`` and ``predict`` import and that are slow to import, torch above all; a
        worker process imports them once for all its cells.
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT, SUPERVISED})
    reading: ClassVar[str] = ""
    preload: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def fit(self, task: Task, seed: int) -> Self:
        """Learn from all that ``task`` shows; the same task and seed give the same predictions."""

    @abstractmethod
    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return one list of mentions a sentence, in order: sorted, within bounds, free of overlap.

        Types are names of the target's declared types.
        """

    def skip(self, setting: str) -> str | None:
        """Return why this configuration cannot run in ``setting``, or None where it can."""
        if setting not in self.settings:
            return f"made for {' and '.join(sorted(self.settings))} only"
        return None

    def components(self) -> Mapping[str, str]:
        """Return what, beyond parameters and code, can change the output: component → hash or value.

        The backbone's weights, a prompt, a generalist's name. It is part of a cell's identity.
        """
        return {}

    def notes(self) -> Mapping[str, Any]:
        """Return facts about the last ``fit`` worth keeping on the record (JSON values only)."""
        return {}

    @classmethod
    def parameter_defaults(cls) -> dict[str, Any]:
        """Return the parameters of ``__init__`` with their defaults."""
        signature = inspect.signature(cls.__init__)
        return {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
        }

    def get_params(self) -> dict[str, Any]:
        """Return this instance's parameters by name."""
        return {name: getattr(self, name) for name in self.parameter_defaults()}
