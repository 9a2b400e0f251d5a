"""Alignments by the names of domains: what ``python -m lar align`` makes.

Type texts lie in the package, so most alignments need no corpus; the source tagger's votes and prototypes
do, and read them only then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmark.domains.corpus import Domain, EntityType
from benchmark.domains.domain_file import DOMAIN_FILE, load_domain_file
from benchmark.domains.load import load_domain
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.errors import UsageError
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from lar.alignment.align import Alignment, align_types
from lar.alignment.quality import DOMAINS
from lar.alignment.similarity import Prototypes
from lar.alignment.type_texts import prototype_vectors, type_vectors
from lar.commands import SOURCES
from lar.inference.direct import embed_mentions
from lar.inference.mentions import find_mentions
from lar.inference.source_votes import labelled_votes, unlabelled_votes
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder
from larbench.tagger.pretrained import source_tagger


@dataclass(frozen=True)
class AlignmentOptions:
    """How to align; the defaults are those of the command."""

    solver: str = "hungarian"
    type_text: str = "parts"
    similarity: str = "cosine"
    threshold: float | None = None

    @property
    def reads_corpora(self) -> bool:
        """Whether the type texts alone are not enough."""
        return self.solver == "source-votes" or self.type_text == "prototypes"


@dataclass(frozen=True)
class AlignmentInputs:
    """Where types and sentences come from: a corpus, its source domain, the setting, the encoder.

    ``corpus``, crossner or sample, is what bare names are of, and its source the one that is meant where none
    is named. Other domains are named as ``load_domain`` is called with one argument: ``open/wnut17``, or a
    folder. ``setting`` says whether votes and prototypes may use the target's train labels.
    """

    corpus: str = "crossner"
    source: str | None = None
    backbone: str = "mini"
    setting: str = ZERO_SHOT
    seed: int = 555
    store: str = "runs"
    data_dir: Path | None = None

    def __post_init__(self) -> None:
        if self.setting not in (ZERO_SHOT, SUPERVISED):
            raise UsageError(f"unknown setting {self.setting!r}: use {ZERO_SHOT} or {SUPERVISED}")

    @property
    def source_name(self) -> str:
        """The source domain: as given, else the corpus' own."""
        return self.source or SOURCES[self.corpus]

    @cached_property
    def embedder(self) -> Embedder:
        """The encoder, loaded once."""
        return Embedder(self.backbone)

    def types(self, name: str) -> tuple[EntityType, ...]:
        """Return a domain's types; where they are declared, without reading a sentence."""
        if not self._is_of_corpus(name):
            stated = Path(name).expanduser() / DOMAIN_FILE
            declared = load_domain_file(stated).entity_types if stated.is_file() else None
            return declared or self.domain(name).types
        file = SOURCES["crossner"] if name == SOURCES[self.corpus] else name
        return load_types(TYPES_DIR / f"{file}.toml")[1]

    def domain(self, name: str) -> Domain:
        """Return a domain with its sentences."""
        place = (self.corpus, name) if self._is_of_corpus(name) else (name,)
        return load_domain(*place, data_dir=self.data_dir)

    def _is_of_corpus(self, name: str) -> bool:
        """Whether a name is one of the corpus' domains. Raises ``UsageError`` where it names nothing."""
        known = (SOURCES[self.corpus], *DOMAINS)
        if name in known:
            return True
        if "/" in name or Path(name).is_dir():
            return False
        raise UsageError(
            f"unknown domain {name!r} of {self.corpus}: use {', '.join(known)}, one of another corpus"
            " (open/wnut17), or a folder"
        )

    def task(self, target: str) -> Task:
        """Return what a method would see of source and target."""
        workspace = Workspace(artefacts=Store(self.store).artefacts)
        source = self.domain(self.source_name)
        return Task.of(source, self.domain(target), self.setting, workspace=workspace)


def make_alignment(choice: AlignmentOptions, target: str, inputs: AlignmentInputs) -> Alignment:
    """Align one target domain's types with the source's.

    Raises ``MissingDataError`` where corpora are needed and are not on this machine.
    """
    task = inputs.task(target) if choice.reads_corpora else None
    return align_types(
        inputs.types(inputs.source_name),
        inputs.types(target),
        inputs.embedder,
        solver=choice.solver,
        type_text=choice.type_text,
        similarity=choice.similarity,
        threshold=choice.threshold,
        votes=votes_of(task, inputs) if task and choice.solver == "source-votes" else None,
        prototypes=prototypes_of(task, inputs.embedder)
        if task and choice.type_text == "prototypes"
        else None,
    )


def votes_of(task: Task, inputs: AlignmentInputs) -> Floats:
    """Return the source tagger's votes: on labelled target mentions where the setting has them."""
    tagger = source_tagger(task, inputs.backbone, inputs.seed)
    if task.setting == SUPERVISED:
        return labelled_votes(tagger, task.target.train, task.target.type_names)
    found = find_mentions(tagger, task.target.unlabelled)
    embeddings = embed_mentions(
        found, [sentence.tokens for sentence in task.target.unlabelled], inputs.embedder
    )
    return unlabelled_votes(found, embeddings, type_vectors(task.target.types, inputs.embedder, "both"))


def prototypes_of(task: Task, embedder: Embedder) -> Prototypes:
    """Return mean embeddings of the mentions of source train, and of target train where labelled."""
    source = prototype_vectors(task.source.train, [kind.name for kind in task.source.types], embedder)
    if task.setting != SUPERVISED:
        return Prototypes(source)
    return Prototypes(source, prototype_vectors(task.target.train, task.target.type_names, embedder))
