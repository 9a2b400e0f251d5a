"""What a method is: ``fit`` on a task, ``predict`` mentions; parameters in the scikit-learn manner."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task


class Method(ABC):
    """Base class of every method.

    A subclass takes its parameters as keyword arguments with defaults, stores each under its own name,
    and does no work in ``__init__``. Its module should import without torch: heavy imports belong
    inside ``fit`` and ``predict``, so that planning a suite stays fast.

    Attributes
    ----------
    settings : frozenset of str
        The settings it can run in.
    source_types_alone : frozenset of str
        The settings in which it can say no types but the source's, under the target's names for them
        (``Task.equal_types``). A target that has none of them is warned of there.
    reading : str
        One line that says how the method is implemented here, shown on the board.
    preload : tuple of str
        Modules that ``fit`` and ``predict`` import and that are slow to import, torch above all; a worker
        process imports them once for all its cells.
    max_lost : float
        Of a method that asks a language model: the largest share of the answers that may be lost where its
        cell is still to end ``ok``, and not ``incomplete``; a user's ``--llm-max-lost`` takes its place.
    stands_alone : bool
        Whether ``fit`` needs nothing that other methods make and keep in the store, a source tagger say. Its
        cells come early, while others make that. It changes no prediction.

    Examples
    --------
    >>> from larbench import Mention, Method
    >>> class Capitals(Method):
    ...     reading = "capitalised words"
    ...
    ...     def fit(self, task, seed):
    ...         self.type_ = task.target.type_names[0]
    ...         return self
    ...
    ...     def predict(self, sentences):
    ...         return [
    ...             [Mention(n, n + 1, self.type_) for n, word in enumerate(s.tokens) if word.istitle()]
    ...             for s in sentences
    ...         ]
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT, SUPERVISED})
    source_types_alone: ClassVar[frozenset[str]] = frozenset()
    reading: ClassVar[str] = ""
    preload: ClassVar[tuple[str, ...]] = ()
    max_lost: ClassVar[float] = 0.0
    stands_alone: ClassVar[bool] = False

    @abstractmethod
    def fit(self, task: Task, seed: int) -> Self:
        """Learn from all that ``task`` shows; the same task and seed give the same predictions.

        Parameters
        ----------
        task : Task
            The source, the target as the setting shows it, and where to work.
        seed : int
            What every random number is to be drawn from.

        Returns
        -------
        Self
            The method itself.
        """

    @abstractmethod
    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return one list of mentions a sentence, in order: sorted, within bounds, free of overlap.

        Types are names of the target's declared types. A large test set comes in parts, one call each, unless
        the method is transductive (its class, or its notes, say so).

        Parameters
        ----------
        sentences : sequence of Sentence
            Tokens under ids, without labels.

        Returns
        -------
        list of list of Mention
            One list a sentence.
        """

    def warm_up(self) -> None:  # noqa: B027 - most have nothing to do
        """Do once what every ``fit`` of this configuration begins with: read the backbone, say.

        A worker process calls it before the processes of its cells are forked, which then find memory,
        caches and code as it left them. On Linux and the CPU alone; it changes no prediction, and whatever it
        raises is left for ``fit`` to meet.
        """

    def skip(self, setting: str) -> str | None:
        """Return why this configuration cannot run in ``setting``, or None where it can.

        Parameters
        ----------
        setting : str
            ``zero-shot`` or ``supervised``; a few-shot cell is asked for as ``supervised``.

        Returns
        -------
        str or None
            The reason, which its cells' records give.
        """
        if setting not in self.settings:
            return f"made for {' and '.join(sorted(self.settings))} only"
        return None

    def components(self) -> Mapping[str, str]:
        """Return what, beyond parameters and code, can change the output: component → hash or value.

        The backbone's weights, a prompt, a generalist's name. It is part of a cell's identity. A method that
        finds another method by name (as its base, say) also returns that one's code, which its own imports do
        not reach: ``{"base": json.dumps(benchmark.code.code_digests(base.__module__))}`` will do.

        Returns
        -------
        Mapping of str to str
            Empty where there is nothing beyond parameters and code.
        """
        return {}

    def variant(self) -> str | None:
        """Return what tells this configuration from others of the method on the board, or None.

        The row is labelled ``<method> (<variant>)``, as in ``lar-enhanced (embedding)``, unless the suite
        gives a label. It depends on parameters alone, and is short: the name of a generalist, of a base.

        Returns
        -------
        str or None
            What stands in the parentheses.
        """
        return None

    def estimate_tokens(self, target: Domain, setting: str) -> int:
        """Return about how many tokens a language model will be sent and asked for, in one cell; 0 for none.

        ``plan`` shows it before anything is spent. It is asked of an instance that has not been fitted, and
        sees all of ``target``, test sentences included: it must only count, and takes no more than seconds.

        Parameters
        ----------
        target : Domain
            The whole target.
        setting : str
            The setting of the cell, few-shot ones included.

        Returns
        -------
        int
            Tokens of prompts and answers together.
        """
        del target, setting
        return 0

    def estimate_dollars(self, target: Domain, setting: str) -> float | None:
        """Return the price of ``estimate_tokens`` in US dollars; None where it is not known.

        Parameters
        ----------
        target : Domain
            The whole target.
        setting : str
            The setting of the cell.

        Returns
        -------
        float or None
            US dollars.
        """
        del target, setting
        return None

    def notes(self) -> Mapping[str, Any]:
        """Return facts about the last ``fit`` worth keeping on the record (JSON values only).

        A method that asks a language model notes under ``llm`` at least ``prompt_tokens`` and
        ``completion_tokens`` (whole numbers) and ``cost_usd`` (None where the price is not known), all of
        what it paid for since it was made; and as ``cached_prompt_tokens`` and ``cached_completion_tokens``
        those of answers that an earlier cell or run had paid for; and what became of all that was asked, as
        ``asked`` (how many needed an answer), ``unit`` (what these are: ``sentences``) and ``lost`` (reason →
        how many got none that could be used). The board shows them. They are asked for also where ``fit`` or
        ``predict`` did not come to its end.

        Returns
        -------
        Mapping of str to JSON values
            Empty where there is nothing to note.
        """
        return {}

    @classmethod
    def parameter_defaults(cls) -> dict[str, Any]:
        """Return the parameters of ``__init__`` with their defaults.

        Returns
        -------
        dict
            Name → default.
        """
        signature = inspect.signature(cls.__init__)
        return {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
        }

    def get_params(self) -> dict[str, Any]:
        """Return this instance's parameters by name.

        Returns
        -------
        dict
            Name → value.
        """
        return {name: getattr(self, name) for name in self.parameter_defaults()}
