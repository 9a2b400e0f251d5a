"""Tent: a tagger that adapts to the sentences that it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import Mention, Sentence
from benchmark.domains.types.equal_types import rename_types
from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench.tagger.method import FINE_TUNE_EPOCHS, TaggerMethod

if TYPE_CHECKING:
    from baselines.tent.entropy import Adaptation

# what a search on dev tries; by parameter
# one step a batch, as in the paper: with more, words would be answered that were learned from before
SEARCH: Mapping[str, Sequence[Any]] = {
    "learning_rate": (1e-5, 3e-5, 1e-4, 3e-4, 1e-3),
    "batch_sentences": (8, 32),
}


class Tent(TaggerMethod):
    """Fully test-time adaptation by entropy minimisation (Wang et al., ICLR 2021, section 3).

    Starts from the source tagger (zero-shot) or the fine-tuned one (supervised). ``predict`` takes its
    sentences in the order given, in batches; for each it predicts, then takes a step that lowers the mean
    entropy H = −Σ_c p_c ln p_c of the batch's words (their first sub-tokens) in the scale and shift of the
    LayerNorms, and in nothing else. The prediction is the forward pass before the update; dropout stays off.
    Each call of ``predict`` starts from the tagger as fitted, so nothing is carried from one split to
    another.

    In ``fit`` it sees what its base sees; in ``predict``, the tokens of the very sentences that it predicts:
    it is *transductive*. The prediction of a sentence depends on those before it.

    Its known failure is that everything is tagged with the most frequent label, here O. ``notes`` give, for
    each split, the share of words tagged O beside the base's (``outside``, ``outside_base``), and whether it
    ``collapsed``.

    Wang et al. adapt image classifiers. AdamW is that of an application to text, question answering, whose
    batches are of 8; none to tagging was found. ``tagger_`` is the base, unadapted.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    steps : int
        Updates for each batch; the prediction is the forward pass before the last. 0 is the base, byte for
        byte.
    learning_rate : float
        Of AdamW, without weight decay.
    batch_sentences : int
        Sentences in a batch; parts of those that exceed the encoder's window.
    episodic : bool
        Whether every batch starts from the base; changes a prediction only from 2 ``steps`` on.
    epochs : int
        Supervised; of the fine-tuning, as in ``fine-tune``.
    quick : bool
        Supervised; fine-tune in larger steps, in the upper third of the encoder alone: a third of the cost.
    """

    source_types_alone: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = (
        "entropy of words' labels lowered online, LayerNorm's scale and shift alone; answer before update"
    )
    transductive: ClassVar[bool] = True

    def __init__(
        self,
        *,
        backbone: str = "mini",
        steps: int = 1,
        learning_rate: float = 1e-5,
        batch_sentences: int = 32,
        episodic: bool = False,
        epochs: int = FINE_TUNE_EPOCHS,
        quick: bool = False,
    ) -> None:
        super().__init__(backbone=backbone)
        self.steps = steps
        self.learning_rate = learning_rate
        self.batch_sentences = batch_sentences
        self.episodic = episodic
        self.epochs = epochs
        self.quick = quick

    def fit(self, task: Task, seed: int) -> Self:
        """Take the base from the store, or train it; adapting is left to ``predict``."""
        self._check()
        if task.setting == SUPERVISED:
            from larbench.tagger.pretrained import fine_tuned_tagger

            self.tagger_, training = fine_tuned_tagger(
                task, self.backbone, seed, epochs=self.epochs, quick=self.quick
            )
            self.notes_ = {"training": training}
        else:
            from larbench.tagger.pretrained import source_tagger

            self.tagger_ = source_tagger(task, self.backbone, seed)
            self.notes_ = {"ceiling": "coarse"}  # it can say source types alone: the board holds it to that
        self.notes_ |= {"transductive": self.transductive}
        self.target_types_ = None if task.setting == SUPERVISED else task.equal_types.target_of
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return the mentions on the most probable legal tag paths, adapting from batch to batch."""
        if not self.steps or not sentences:
            return super().predict(sentences)
        from baselines.tent.entropy import adapted_log_probs
        from larbench.tagger.labels import best_mentions

        log_probs, trace = adapted_log_probs(self.tagger_, sentences, self._adaptation())
        adaptation = {**self.notes_.get("adaptation", {}), _split(sentences): trace.summary()}
        self.notes_["adaptation"] = dict(sorted(adaptation.items()))
        found = [best_mentions(scores, self.tagger_.types) for scores in log_probs]
        return found if self.target_types_ is None else rename_types(found, self.target_types_)

    def _adaptation(self) -> Adaptation:
        from baselines.tent.entropy import Adaptation

        return Adaptation(self.steps, self.learning_rate, self.batch_sentences, self.episodic)

    def _check(self) -> None:
        if self.steps < 0 or self.batch_sentences < 1:
            raise UsageError(
                f"steps = {self.steps}, batch_sentences = {self.batch_sentences}: steps are 0 or more,"
                " a batch has 1 sentence or more"
            )


class TentGuarded(Tent):
    """Tent with guards against collapse, after EATA (Niu et al., ICML 2022) and SAR (Niu et al., ICLR 2023).

    1. Words of an entropy from ``margin · ln C`` on are not learned from; C is the number of labels (EATA's
       equation 3, SAR's equation 2; 0.4 is both papers').
    2. Where the adaptation collapses, it starts anew from the base (SAR's recovery). SAR sees a collapse
       in a moving average of the entropy below 0.2, where a good tagger is from the start, because most words
       are plainly O. Here it is a share of words other than O below ``reset`` times the base's on the same
       batches, in moving averages with SAR's 0.9.

    Left out: SAR's sharpness-aware step, EATA's weights, filter of redundant samples and Fisher penalty.

    Parameters
    ----------
    backbone, steps, learning_rate, batch_sentences, episodic : object
        As in ``Tent``.
    margin, reset : float
        As above.
    epochs, quick : int, bool
        As in ``Tent``.
    """

    reading: ClassVar[str] = (
        "as tent; words above 0.4 ln C entropy are not learned from, and a collapse to O starts it anew"
    )

    def __init__(
        self,
        *,
        backbone: str = "mini",
        steps: int = 1,
        learning_rate: float = 1e-5,
        batch_sentences: int = 32,
        episodic: bool = False,
        margin: float = 0.4,
        reset: float = 0.5,
        epochs: int = FINE_TUNE_EPOCHS,
        quick: bool = False,
    ) -> None:
        super().__init__(
            backbone=backbone,
            steps=steps,
            learning_rate=learning_rate,
            batch_sentences=batch_sentences,
            episodic=episodic,
            epochs=epochs,
            quick=quick,
        )
        self.margin = margin
        self.reset = reset

    def _adaptation(self) -> Adaptation:
        from dataclasses import replace

        return replace(super()._adaptation(), margin=self.margin, reset=self.reset)


def _split(sentences: Sequence[Sentence]) -> str:
    """Return the split that the first sentence's id names (``politics/test/0``), else ``text``."""
    parts = sentences[0].id.split("/")
    return parts[-2] if len(parts) > 2 else "text"
