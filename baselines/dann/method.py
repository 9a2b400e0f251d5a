"""DANN: a tagger whose encoder unlearns, by gradient reversal, what tells the domains apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import LabelledSentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench.tagger.method import TaggerMethod

if TYPE_CHECKING:
    from larbench.tagger.train import Recipe

SEARCH: Mapping[str, Sequence[Any]] = {
    "strength": (0.001, 0.003, 0.01, 0.03, 0.1, 1.0),
    "features": ("cls", "words", "entities"),
    "words": (15_000, 30_000, 60_000),
}


class Dann(TaggerMethod):
    """Domain-adversarial training (Ganin et al., JMLR 17(59), 2016, section 4), on a tagger.

    Loss: task(labelled) + domain(source) + domain(target), where the two domain terms reach the encoder
    through gradient reversal, with λ_p = strength · (2 / (1 + e^(−10p)) − 1) at progress p (formulae and
    weights: ``baselines.dann.adversarial``). The paper's SGD schedule is replaced by AdamW, as is usual for
    transformers.

    What it sees. Zero-shot: the source's labels, and the unlabelled target text, the tokens of train and dev;
    never a test sentence. As in ``source-only``, mentions of types that the target does not have are
    dropped. Supervised: the task's loss is that of ``joint``, so the labels of target train join the
    source's, and target dev chooses the epoch.

    How it is implemented here: the paper trains on the source from the start, once for each target. By
    default (``start="source-tagger"``) the shared source tagger is adapted while ``words`` more words of the
    source are read, a fraction of its training; λ_p rises over this adaptation. ``start="scratch"`` is the
    paper's way: the source tagger's own training with the domain terms in it, at some ten times the cost. The
    discriminator sees single words, or pieces of text, of one layer: the choice among [CLS], words and
    entity-like words is ours, since the paper has no sequences.

    With ``strength=0``, ``start="scratch"`` leaves the bytes of ``source-only``, and the supervised setting
    those of ``joint``, because they run that very code.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    start : str
        ``source-tagger`` or ``scratch``, the pre-trained backbone.
    features : str
        What the discriminator sees: ``cls``, ``words``, or ``entities``, words weighted by 1 − P(O).
    strength : float
        Λ is this times λ_p; 1 is the paper's. Far less is needed from a source tagger on: its own loss is
        next to nothing by then, and an adaptive optimiser follows whatever gradient there is.
    words : int
        Zero-shot, from the source tagger: about how many source words pass by (not more than in the training
        of the source tagger).
    source_words, target_share, epochs : int, float
        Supervised; as in ``joint``.
    quick : bool
        Supervised; train in larger steps, in the upper third of the encoder alone: a third of the cost.
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT, SUPERVISED})
    source_types_alone: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = (
        "source tagger adapted by gradient reversal to target train and dev tokens; supervised: joint with it"
    )

    def __init__(
        self,
        *,
        backbone: str = "mini",
        start: str = "source-tagger",
        features: str = "cls",
        strength: float = 0.003,
        words: int = 60_000,
        source_words: int = 5_000,
        target_share: float = 0.7,
        epochs: int = 6,
        quick: bool = False,
    ) -> None:
        super().__init__(backbone=backbone)
        self.start = start
        self.features = features
        self.strength = strength
        self.words = words
        self.source_words = source_words
        self.target_share = target_share
        self.epochs = epochs
        self.quick = quick

    def fit(self, task: Task, seed: int) -> Self:
        """Train with the domain terms beside the task's."""
        if task.setting == SUPERVISED:
            self.target_types_ = {name: name for name in task.target.type_names}
            self.notes_ = self._fit_supervised(task, seed)
        else:
            self.target_types_ = task.equal_types.target_of
            # it can say source types alone: the board holds it to that
            self.notes_ = {"ceiling": "coarse", **self._fit_zero_shot(task, seed)}
        return self

    def _fit_zero_shot(self, task: Task, seed: int) -> dict[str, Any]:
        from baselines.dann.adversarial import DomainTerms
        from larbench.tagger.joint_training import SOURCE_TAGGER, fresh_tagger
        from larbench.tagger.pretrained import source_recipe, source_tagger

        source = task.source
        whole = source_recipe(words := sum(len(sentence.tokens) for sentence in source.train))
        if self.start == SOURCE_TAGGER:
            tagger = source_tagger(task, self.backbone, seed)
            recipe = _adaptation(whole, self.words / max(1, words))
            dev: tuple[LabelledSentence, ...] = ()
        else:
            types = [kind.name for kind in source.types]
            tagger = fresh_tagger(self.start, types, task, self.backbone, seed)
            recipe, dev = whole, source.dev
        terms = DomainTerms(
            tagger,
            source.train,
            task.target.unlabelled,
            recipe,
            features=self.features,
            strength=self.strength,
            seed=seed,
        )
        with terms.beside(tagger.model):
            history = tagger.fit(source.train, recipe, seed=seed, dev=dev)
        self.tagger_ = tagger
        return {"training": history.summary(), "domain": terms.summary()}

    def _fit_supervised(self, task: Task, seed: int) -> dict[str, Any]:
        from baselines.dann.adversarial import DomainTerms
        from larbench.tagger.joint_training import fit_mixture, joint_recipe, mix, start_tagger

        mixture = mix(task, seed, source_words=self.source_words, target_share=self.target_share)
        self.tagger_ = start_tagger(self.start, task, self.backbone, seed)
        recipe = joint_recipe(self.epochs, quick=self.quick)
        terms = DomainTerms(
            self.tagger_,
            mixture.sentences,
            task.target.unlabelled,
            recipe,
            features=self.features,
            strength=self.strength,
            seed=seed,
            labelled_target=mixture.target,
        )
        with terms.beside(self.tagger_.model):
            history = fit_mixture(self.tagger_, mixture, task, recipe, seed)
        return {"mixture": mixture.summary(), "training": history.summary(), "domain": terms.summary()}


def _adaptation(whole: Recipe, epochs: float) -> Recipe:
    """Return the recipe for adapting a source tagger: a part of its own, in smaller batches: more steps."""
    from dataclasses import replace

    return replace(whole, epochs=min(epochs, whole.epochs), batch_tokens=min(512, whole.batch_tokens))
