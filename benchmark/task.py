"""What a method may see: a source domain, a target domain in a setting, and a place to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Sentence, content_hash
from benchmark.domains.types.equal_types import EqualTypes, equal_types
from benchmark.errors import UsageError

ZERO_SHOT = "zero-shot"
SUPERVISED = "supervised"


@dataclass(frozen=True)
class SourceData:
    """The labelled source domain.

    Attributes
    ----------
    name : str
        The domain's name.
    types : tuple of EntityType
        Its declared types, in a fixed order.
    train, dev : tuple of LabelledSentence
        Its sentences with their mentions; there is no test split.
    """

    name: str
    types: tuple[EntityType, ...]
    train: tuple[LabelledSentence, ...]
    dev: tuple[LabelledSentence, ...]

    def content_hash(self) -> str:
        """Return what identifies the content.

        Returns
        -------
        str
            SHA-256 (hex) of all that this holds.
        """
        return content_hash(self.types, self.train, self.dev)


@dataclass(frozen=True)
class TargetData:
    """The target domain as a method sees it: never a test sentence.

    Attributes
    ----------
    name : str
        The domain's name.
    language : str
        Its language, as ``en``.
    types : tuple of EntityType
        Its declared types, in a fixed order: the ones that predictions may have.
    train, dev : tuple of LabelledSentence
        Labelled; empty in the zero-shot setting. With few shots, train is short and dev empty.
    unlabelled : tuple of Sentence
        The tokens of train and dev, without tags, in every setting.
    """

    name: str
    language: str
    types: tuple[EntityType, ...]
    train: tuple[LabelledSentence, ...]
    dev: tuple[LabelledSentence, ...]
    unlabelled: tuple[Sentence, ...]

    @property
    def type_names(self) -> tuple[str, ...]:
        """The names of the declared types, in their declared order."""
        return tuple(kind.name for kind in self.types)


class ArtefactStore(Protocol):
    """Where expensive intermediate results are kept between cells (a source tagger, embeddings)."""

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        """Return the files stored under a key, or None. Damaged ones count as absent.

        Parameters
        ----------
        kind : str
            What sort of artefact it is, as ``source-tagger``.
        key : dict
            All that can change the content, as JSON values.

        Returns
        -------
        dict or None
            Name → content.
        """

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        """Return the stored files, making and storing them first where they are absent.

        Two processes that ask at once do the work once: the second waits for the first.

        Parameters
        ----------
        kind : str
            What sort of artefact it is, as ``source-tagger``.
        key : dict
            All that can change the content, as JSON values.
        make : callable
            Makes the files: name → content.

        Returns
        -------
        dict
            Name → content.
        """


class MakeFiles(Protocol):
    """Makes the files of an artefact: name to content."""

    def __call__(self) -> dict[str, bytes]:
        """Return the files by name."""


class NoArtefacts:
    """An artefact store that keeps nothing: every call makes its files anew."""

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        """Return None: nothing is kept."""
        del kind, key
        return None

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        """Make the files."""
        del kind, key
        return make()


class Budget(Protocol):
    """What a run may spend on answers that cost money, shared by all its worker processes.

    For each request: ``reserve`` the most that it can cost, send it, ``settle`` what it did cost. Whoever
    asks settles every reservation, also that of a request that failed. Both calls take milliseconds, and may
    be made from several threads.
    """

    def reserve(self, tokens: int, dollars: float | None = None) -> str:
        """Set aside what a request can cost at most, and return a name to settle it by.

        Parameters
        ----------
        tokens : int
            Of prompt and answer together.
        dollars : float or None
            Their price in US dollars; None where it is not known, which a budget in dollars cannot pay.

        Returns
        -------
        str
            The reservation, for ``settle``.

        Raises
        ------
        OverBudget
            Where the budget cannot pay this on top of what is spent and reserved. Let it end ``fit`` or
            ``predict``, once what is under way has been settled and kept: the cell is computed again in a
            later run. A method that has requests under way may also settle these and ask once more, because
            they may turn out cheaper than what was reserved for them.
        """

    def settle(self, reservation: str, tokens: int, dollars: float | None = None) -> None:
        """Book what a request did use in place of what was reserved for it; 0 tokens where nothing was sent.

        Parameters
        ----------
        reservation : str
            What ``reserve`` returned.
        tokens : int
            Of prompt and answer together.
        dollars : float or None
            Their price in US dollars; where it is None, a budget in dollars counts the reserved price.

        Raises
        ------
        ValueError
            For a reservation that is settled already, or unknown.
        """


@dataclass(frozen=True)
class Workspace:
    """Where a method works. Nothing in it may change a method's output.

    Attributes
    ----------
    device : str
        Where torch computes, as ``cpu`` or ``cuda``.
    artefacts : ArtefactStore
        Keeps what cells share; by default, nothing.
    budget : Budget or None
        What may be spent on language models; None where the run has no limit.
    tell : callable
        Shows the user how far a method is.
    retry_lost : bool
        Whether to ask a language model again where an answer that is kept could not be used.
    """

    device: str = "cpu"
    artefacts: ArtefactStore = field(default_factory=NoArtefacts)
    budget: Budget | None = None
    tell: Callable[[str], None] = lambda _: None
    retry_lost: bool = False


@dataclass(frozen=True)
class Task:
    """Source domain → target domain in a setting: all that a method may see when it fits.

    Test sentences are not in it. They reach ``Method.predict`` as tokens only, so a leak of test tags is
    impossible by construction.

    Attributes
    ----------
    setting : str
        ``zero-shot`` or ``supervised``.
    source : SourceData
        The labelled source.
    target : TargetData
        The target as the setting shows it.
    workspace : Workspace
        Device, artefacts and budget: nothing that may change an output.

    Examples
    --------
    >>> import larbench
    >>> news, music = larbench.load_domain("sample", "news"), larbench.load_domain("sample", "music")
    >>> task = larbench.Task.of(news, music, "zero-shot")
    >>> len(task.source.train) > 0, len(task.target.train), len(task.target.unlabelled) > 0
    (True, 0, True)
    """

    setting: str
    source: SourceData
    target: TargetData
    workspace: Workspace = field(default_factory=Workspace, compare=False)

    @classmethod
    def of(
        cls,
        source: Domain,
        target: Domain,
        setting: str,
        *,
        source_limit: int | None = None,
        workspace: Workspace | None = None,
    ) -> Task:
        """Build the view of two domains that ``setting`` allows.

        Parameters
        ----------
        source, target : Domain
            As ``load_domain`` returns them.
        setting : str
            ``zero-shot`` or ``supervised``.
        source_limit : int, optional
            How many of the source's train sentences to keep, the first ones (for quick looks).
        workspace : Workspace, optional
            Where the method works; by default on the CPU, without artefacts and without a limit.

        Returns
        -------
        Task
            All that a method may see.

        Raises
        ------
        UsageError
            For another setting.
        """
        if setting not in (ZERO_SHOT, SUPERVISED):
            todo = "benchmark.few_shot.make_task builds those with few shots"
            raise UsageError(
                f"no task is in the setting {setting!r}: use {ZERO_SHOT} or {SUPERVISED}; {todo}"
            )
        labelled = setting == SUPERVISED
        return cls(
            setting=setting,
            source=SourceData(source.name, source.types, source.train[:source_limit], source.dev),
            target=TargetData(
                name=target.name,
                language=target.language,
                types=target.types,
                train=target.train if labelled else (),
                dev=target.dev if labelled else (),
                unlabelled=tuple(s.unlabelled() for s in target.train + target.dev),
            ),
            workspace=workspace or Workspace(),
        )

    @property
    def equal_types(self) -> EqualTypes:
        """Which types of the target are types of the source: the one map for what carries types over."""
        return equal_types(self.target.types, self.source.types)
