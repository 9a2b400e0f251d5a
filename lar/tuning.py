"""How the weights of direct inference were chosen: a search on the development domains, by their mean.

A zero-shot method may not look at the labels of any domain that it is ranked on, so what it leaves open is
chosen once, on the labels of the development domains' train and dev splits, and used for every target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmark.domains.corpus import Domain, LabelledSentence
from benchmark.scoring.counts import count_mentions
from benchmark.task import ZERO_SHOT, Task, Workspace
from lar.alignment.align import TEMPERATURE, realign
from lar.inference.direct import Weights
from lar.training.base import SOURCE_ONLY, base_key
from lar.training.teacher import Choices, Teacher
from larbench.search import Params, Space, Trial
from larbench.tagger.pretrained import source_tagger

ALIGNMENT_TEMPERATURE = "alignment_temperature"
BUDGET = 120  # trials at most
_WEIGHTS = Weights(
    mention=1.5, context=1.5, sentence=0.5, temperature=0.05, prior=2.0, hubness=0.3, alone=1.0,
    discount=1.0, neighbours=30, neighbour_share=0.7, evidence=0.35,
)  # fmt: skip
START: Params = {**asdict(_WEIGHTS), ALIGNMENT_TEMPERATURE: 0.07}
SPACE: Space = {
    "mention": (0.25, 0.5, 1.0, 1.5, 2.0),
    "context": (0.0, 0.5, 1.0, 1.5),
    "sentence": (0.0, 0.25, 0.5, 1.0),
    "prior": (1.0, 1.5, 2.0, 3.0),
    "hubness": (0.0, 0.3, 0.5, 0.8, 1.0),
    "alone": (0.0, 1.0, 2.0, 3.0),
    "discount": (0.0, 1.0, 2.0),
    "neighbours": (8, 15, 30),
    "neighbour_share": (0.0, 0.3, 0.5, 0.7),
    "evidence": (0.0, 0.25, 0.3, 0.35, 0.4, 0.45),
    ALIGNMENT_TEMPERATURE: (0.04, 0.07, 0.1),
}


@dataclass(frozen=True)
class Tuner:
    """What stays the same in all trials: by domain and seed a teacher, and the gold of its text."""

    teachers: Sequence[tuple[str, int, Teacher, Sequence[LabelledSentence]]]

    @classmethod
    def prepare(
        cls,
        source: Domain,
        targets: Sequence[Domain],
        *,
        backbone: str,
        seeds: Sequence[int],
        workspace: Workspace,
    ) -> Tuner:
        """Train the source taggers, or take them from the workspace; find and embed the targets' mentions."""
        made = []
        for seed in seeds:
            for target in targets:
                task = Task.of(source, target, ZERO_SHOT, workspace=workspace)
                tagger = source_tagger(task, backbone, seed)
                key = base_key(task, SOURCE_ONLY, backbone, seed)
                teacher = Teacher.fit(task, tagger, Choices(), key=key)
                made.append((target.name, seed, teacher, target.train + target.dev))
        return cls(made)

    def trial(self, params: Params) -> Trial:
        """Type the mentions with these weights and this alignment temperature, and score them."""
        scores: dict[str, dict[str, float]] = {}
        for domain, seed, teacher, gold in self.teachers:
            typed = _with(teacher, params).typed.mentions(teacher.type_names, len(gold))
            counts = count_mentions([sentence.mentions for sentence in gold], typed, teacher.type_names)
            scores.setdefault(domain, {})[str(seed)] = counts.micro().f1
        return Trial(params, scores)


def _with(teacher: Teacher, params: Params) -> Teacher:
    """Return a teacher that has found the same mentions, and types them with these parameters."""
    weights: dict[str, Any] = dict(params)
    temperature = weights.pop(ALIGNMENT_TEMPERATURE, TEMPERATURE)
    alignment = realign(teacher.alignment, teacher.alignment.solver, temperature=temperature)
    inference = replace(teacher.inference, alignment=alignment, weights=Weights(**weights))
    return replace(teacher, inference=inference)
