"""Label alignment: the source type that each target type is closest to.

Types are embedded by the encoder; the similarities are the edges of a bipartite graph; the Hungarian
algorithm finds the best one-to-one matching (LAR, arXiv 2407.17344, the alignment step). A source has
fewer types than a target, so the matching leaves target types without a partner. Their treatment is ours:
they *attach*, softly, to the source types they resemble; and one that resembles none enough is `novel`. A
pair of the matching that is less alike than that is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from benchmark.domains.corpus import EntityType
from benchmark.domains.types.equal_types import equal_types
from benchmark.errors import UsageError
from lar.alignment import solvers
from lar.alignment.similarity import Prototypes, reference_threshold, type_similarity
from lar.alignment.solvers import SOLVERS, Solution
from larbench.tagger.arrays import Floats
from larbench.tagger.embedding import Embedder

NOVEL = "novel"  # what stands in tables and files for a target type without a partner
TEMPERATURE = 0.07  # chosen on the development domains, as are lar.inference.direct's weights
TYPE_TEXT = "kinds"
_CLAIM = 0.5  # the least sum of target types' weights at which they have a source type between them


@dataclass(frozen=True)
class Alignment:
    """The alignment of target types with source types.

    ``similarity`` is (targets, sources), cosines or what took their place. ``core`` maps a target type to
    its one partner in the matching. ``weights`` is (targets, sources), rows summing to one at most: the
    share of each source type in what a mention of the target type would be called by a source tagger, the
    rest being the share that it would leave untagged. A core type has all its weight on its partner.
    ``novel`` are the target types that resemble no source type enough (their weights say what they would be
    called nevertheless). ``threshold`` is the similarity that was enough, None where none was set.
    ``equal`` maps a target type to the source type that it is.
    """

    source_types: tuple[str, ...]
    target_types: tuple[str, ...]
    similarity: Floats
    core: Mapping[str, str]
    weights: Floats
    novel: frozenset[str] = frozenset()
    solver: str = "hungarian"
    type_text: str = "both"
    measure: str = "cosine"
    threshold: float | None = None
    equal: Mapping[str, str] = field(default_factory=dict)

    def nearest(self, target_type: str) -> str:
        """Return the source type with the greatest weight for a target type."""
        row = self.weights[self.target_types.index(target_type)]
        return self.source_types[int(np.argmax(row))]

    @property
    def pairs(self) -> dict[str, str | None]:
        """The partner of each target type; None for one that is novel."""
        return {name: None if name in self.novel else self.nearest(name) for name in self.target_types}

    @property
    def alone(self) -> npt.NDArray[np.bool_]:
        """Which target types (targets,) have a core partner that the others, all together, hardly share."""
        partner = [self.core.get(name) for name in self.target_types]
        shared = self.weights.sum(axis=0) - 1
        return np.array(
            [name is not None and shared[self.source_types.index(name)] < _CLAIM for name in partner],
            dtype=bool,
        )

    @property
    def unclaimed(self) -> tuple[int, ...]:
        """The numbers of the source types that hardly any target type is like: their mentions are of none."""
        return tuple(np.flatnonzero(self.weights.sum(axis=0) < _CLAIM).tolist())

    @property
    def equal_targets(self) -> list[int | None]:
        """For each source type the number of the target type that it is; None where it is none."""
        place = {source: self.target_types.index(target) for target, source in self.equal.items()}
        return [place.get(name) for name in self.source_types]

    @property
    def nothing_to_reassign(self) -> bool:
        """Whether each target type is a source type: then mentions are called what the source calls them."""
        return set(self.equal) == set(self.target_types)

    @property
    def scores(self) -> dict[str, float]:
        """The similarity of each target type to its partner; to the most similar source type if novel."""
        found = {}
        for name, row in zip(self.target_types, self.similarity, strict=True):
            partner = self.pairs[name]
            found[name] = float(row.max() if partner is None else row[self.source_types.index(partner)])
        return found

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of all that the alignment holds, the matrices to the last bit."""
        return _digest(self._parts())

    def to_json(self) -> dict[str, object]:
        """Return the pairs and their similarities as JSON values, rounded: what stands on a record."""
        return {
            "core": dict(self.core),
            "nearest": {name: self.nearest(name) for name in self.target_types},
            "similarity": np.round(self.similarity.astype(float), 4).tolist(),
        }

    def to_artefact(self) -> dict[str, object]:
        """Return all of the alignment as JSON values, with its hash; ``python -m lar align`` writes it."""
        parts = self._parts()
        scores = {name: _short(score) for name, score in self.scores.items()}
        return {**parts, "pairs": self.pairs, "scores": scores, "sha256": _digest(parts)}

    def _parts(self) -> dict[str, object]:
        return {
            "schema": 1,
            "solver": self.solver,
            "type_text": self.type_text,
            "measure": self.measure,
            "threshold": self.threshold,
            "source_types": list(self.source_types),
            "target_types": list(self.target_types),
            "core": dict(self.core),
            "novel": sorted(self.novel),
            "similarity": [[_short(value) for value in row] for row in self.similarity],
            "weights": [[_short(value) for value in row] for row in self.weights],
        }


def align(
    source_types: Sequence[str],
    target_types: Sequence[str],
    similarity: Floats,
    *,
    temperature: float = TEMPERATURE,
    solver: str = "hungarian",
    threshold: float | None = None,
    votes: Floats | None = None,
    capacities: Sequence[int] | None = None,
    equal: Mapping[str, str] | None = None,
) -> Alignment:
    """Align target types with source types, given their similarities.

    A target type that is a source type has it as its partner whatever the similarities are.

    Parameters
    ----------
    source_types, target_types : sequence of str
        The names of the types.
    similarity : array (targets, sources)
        How similar the types are.
    temperature : float
        Of the softmax that gives weights to types without a partner in the core.
    solver : str
        ``hungarian``: the one-to-one core maximises the sum of similarities; a target type left over gets the
        weights softmax(similarity / temperature) over all source types and, with a threshold, over a
        further one of that similarity, which stands for what a source tagger leaves untagged. ``argmax``,
        ``transport``: each target type has all its weight on its partner, a novel one the same softmax.
        ``source-votes``: the weights are the shares of the votes, the softmax where there are none.
        ``none``: no alignment, all weights alike, every type novel.
    threshold : float, optional
        A target type whose greatest similarity is below it is novel, unless it equals a source type; None:
        none is.
    votes : array (targets, sources) or (targets, sources + 1), optional
        Of ``source-votes``: see ``lar.alignment.solvers.source_votes``.
    capacities : sequence of int, optional
        Of ``transport``: how many target types each source type can take.
    equal : mapping of str to str, optional
        Target type to the source type that it is; without it, those of the same name.

    Raises
    ------
    UsageError
        For an unknown solver, or votes that are missing.
    """
    equal = {name: name for name in target_types if name in source_types} if equal is None else equal
    same = np.array([[equal.get(target) == source for source in source_types] for target in target_types])
    solution = _solve(solver, similarity, same, threshold, votes, capacities)
    untagged = np.full((len(similarity), 1), -np.inf if threshold is None else threshold, similarity.dtype)
    soft = np.asarray(softmax(np.hstack([similarity, untagged]) / temperature, axis=-1)[:, :-1], np.float32)
    return Alignment(
        tuple(source_types),
        tuple(target_types),
        similarity,
        {target_types[row]: source_types[column] for row, column in solution.core.items()},
        _weights(solver, solution, soft, votes),
        novel=frozenset(target_types[row] for row, pair in enumerate(solution.pairs) if pair is None),
        solver=solver,
        threshold=threshold,
        equal=equal,
    )


def align_types(
    source: Sequence[EntityType],
    target: Sequence[EntityType],
    embedder: Embedder,
    *,
    solver: str = "hungarian",
    type_text: str = TYPE_TEXT,
    similarity: str = "cosine",
    temperature: float = TEMPERATURE,
    threshold: float | None = None,
    votes: Floats | None = None,
    prototypes: Prototypes | None = None,
    capacities: Sequence[int] | None = None,
) -> Alignment:
    """Embed the types of both sides, compare and align them: see ``align`` and ``type_similarity``.

    Which types are equal, ``benchmark.domains.types.equal_types`` says.

    Parameters
    ----------
    source, target : sequence of EntityType
        The types of both sides.
    embedder : Embedder
        What embeds their texts.
    solver : str
        As in ``align``.
    type_text, similarity : str
        As in ``lar.alignment.similarity.type_similarity``.
    temperature : float
        As in ``align``.
    threshold : float, optional
        As in ``align``; None means the rule of ``lar.alignment.similarity.reference_threshold``, and minus
        infinity none.
    votes : array, optional
        As in ``align``.
    prototypes : Prototypes, optional
        As in ``lar.alignment.similarity.type_similarity``.
    capacities : sequence of int, optional
        As in ``align``.
    """
    found = type_similarity(
        source, target, embedder, type_text=type_text, similarity=similarity, prototypes=prototypes
    )
    if threshold is None and solver in ("hungarian", "argmax", "transport"):
        threshold = reference_threshold(embedder, type_text, similarity)
    aligned = align(
        [kind.name for kind in source],
        [kind.name for kind in target],
        found,
        temperature=temperature,
        solver=solver,
        threshold=None if threshold is None or not np.isfinite(threshold) else threshold,
        votes=votes,
        capacities=capacities,
        equal=equal_types(target, source).source_of,
    )
    return replace(aligned, type_text=type_text, measure=similarity)


def realign(alignment: Alignment, solver: str, *, temperature: float = TEMPERATURE) -> Alignment:
    """Solve an alignment's similarities anew, under its threshold, with a solver that needs nothing else."""
    again = align(
        alignment.source_types,
        alignment.target_types,
        alignment.similarity,
        temperature=temperature,
        solver=solver,
        threshold=alignment.threshold,
        equal=alignment.equal,
    )
    return replace(again, type_text=alignment.type_text, measure=alignment.measure)


def _solve(
    solver: str,
    similarity: Floats,
    same: npt.NDArray[np.bool_],
    threshold: float | None,
    votes: Floats | None,
    capacities: Sequence[int] | None,
) -> Solution:
    enough = -np.inf if threshold is None else threshold
    if solver == "hungarian":
        return solvers.hungarian(similarity, same, enough)
    if solver == "argmax":
        return solvers.argmax(similarity, same, enough)
    if solver == "transport":
        return solvers.transport(similarity, same, enough, capacities=capacities)
    if solver == "source-votes":
        if votes is None:
            raise UsageError("the solver 'source-votes' needs a source tagger's votes on target mentions")
        return solvers.source_votes(votes, same)
    if solver == "none":
        return Solution((None,) * len(similarity), {})
    raise UsageError(f"unknown solver {solver!r}: use {', '.join(SOLVERS)}")


def _weights(solver: str, solution: Solution, soft: Floats, votes: Floats | None) -> Floats:
    """Return the shares of the source types in each target type; ``soft`` where a solver gives none."""
    if solver == "none":
        return np.full_like(soft, 1 / soft.shape[1])
    if solver == "source-votes":
        counts = np.asarray(votes, dtype=np.float32)[:, : soft.shape[1]]
        total = counts.sum(axis=1, keepdims=True)
        soft = np.where(total > 0, counts / np.where(total > 0, total, 1), soft).astype(np.float32)
    many_to_one = solver in ("argmax", "transport")
    return _one_hot(soft, dict(enumerate(solution.pairs)) if many_to_one else solution.core)


def _one_hot(weights: Floats, pairs: Mapping[int, int | None]) -> Floats:
    """Put all weight of the paired rows on their partners; rows paired with None stay."""
    changed = weights.copy()
    for row, column in pairs.items():
        if column is not None:
            changed[row] = 0
            changed[row, column] = 1
    return changed


def _short(value: float | np.floating) -> float:
    """The shortest decimal number that gives the same 32-bit float back."""
    return float(str(np.float32(value)))


def _digest(parts: Mapping[str, object]) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
