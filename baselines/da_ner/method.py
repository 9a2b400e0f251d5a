"""DA-NER: adapt the encoder to the target's unlabelled text, then train on the source, then on the target."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import Sentence
from benchmark.errors import InputError, UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from larbench.tagger.method import FINE_TUNE_EPOCHS, TaggerMethod

if TYPE_CHECKING:
    from larbench.tagger.tagger import Tagger

# what a search on dev tries; by parameter
SEARCH: Mapping[str, Sequence[Any]] = {
    "learning_rate": (1e-4, 2e-4, 4e-4),
    "steps": (100, 200, 400),  # after the rate, since what they cost grows with them
}


class DaNer(TaggerMethod):
    """Domain-adaptive pre-training, then NER: how the name DA-NER is implemented here.

    No published model has exactly this name. The best-supported reading is the domain-adaptive baseline of
    CrossNER (Liu et al., AAAI 2021, "Domain-Adaptive Pre-training"; after Gururangan et al., ACL 2020):

    1. continue masked-language-model pre-training on unlabelled target text, masking spans of whole words
       (``baselines.da_ner.masked_lm``: rate, spans, head, loss);
    2. train on the source, as the source tagger;
    3. supervised: fine-tune on the target, as ``fine-tune`` does. Zero-shot: stop before; a mention keeps its
       source type where the target has that type, as in ``source-only``.

    It sees the source's train and dev; of the target, the tokens of train and dev without tags, and of a text
    that you name; supervised, also the labels of train and dev. CrossNER adapts to large domain corpora,
    which cannot be downloaded by program; hundreds of sentences are a weak substitute.

    An adapted encoder depends on no cell's seed: all seeds and both settings of a target share it, so
    intervals and spreads do not cover its variance. The source is read again for each target and seed.

    Parameters
    ----------
    backbone : str
        As in ``TaggerMethod``.
    steps : int
        Of masked-language-model training. 0 is ``source-only`` or ``fine-tune``, byte for byte.
    rate : float
        The share of words that are masked.
    learning_rate : float
        Of the adaptation, for an encoder of ``mini``'s width.
    unlabelled : str or None
        Path of a further text, one sentence a line, words and punctuation apart as in the corpora. It must
        not hold the sentences that will be asked about, else the row is transductive.
    source_epochs : float or None
        Passes over the source after the adaptation. None: as many as reach 75 000 words, at most the source
        tagger's; CoNLL-2003 is then read once instead of three times, a third of the cost.
    epochs : int
        Supervised; of the fine-tuning, as in ``fine-tune``.
    quick : bool
        Train on the adapted encoder in larger steps, in its upper third alone: a third of the cost.
    """

    source_types_alone: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = (
        "domain-adaptive pre-training as in CrossNER: span-masked LM on target text, then source, then target"
    )

    def __init__(
        self,
        *,
        backbone: str = "mini",
        steps: int = 100,
        rate: float = 0.15,
        learning_rate: float = 2e-4,
        unlabelled: str | None = None,
        source_epochs: float | None = None,
        epochs: int = FINE_TUNE_EPOCHS,
        quick: bool = False,
    ) -> None:
        super().__init__(backbone=backbone)
        self.steps = steps
        self.rate = rate
        self.learning_rate = learning_rate
        self.unlabelled = unlabelled
        self.source_epochs = source_epochs
        self.epochs = epochs
        self.quick = quick

    def variant(self) -> str | None:
        """Return the name of the further text, where there is one."""
        return None if self.unlabelled is None else Path(self.unlabelled).name

    def components(self) -> Mapping[str, str]:
        """Return the backbone's fingerprint, and the hash of the further text."""
        parts = dict(super().components())
        if self.unlabelled is not None:
            parts["unlabelled"] = "sha256:" + hashlib.sha256(_content(self.unlabelled)).hexdigest()
        return parts

    def fit(self, task: Task, seed: int) -> Self:
        """Adapt the encoder, train it on the source, and fine-tune it where the target has labels."""
        if self.steps < 0 or not 0 < self.rate <= 1:
            raise UsageError(
                f"steps = {self.steps}, rate = {self.rate}: steps are 0 or more, a rate is above 0, 1 at most"
            )
        self.target_types_ = None if task.setting == SUPERVISED else task.equal_types.target_of
        start = self._adapted(task, seed) if self.steps else self._unadapted(task, seed)
        if task.setting == SUPERVISED:
            from larbench.tagger.pretrained import fine_tune

            self.tagger_, history = fine_tune(start, task, seed, epochs=self.epochs, quick=self.quick)
            self.notes_ |= {"training": history.summary()}
        else:
            self.tagger_ = start
            self.notes_ |= {"ceiling": "coarse"}  # it can say source types alone: the board holds it to that
        return self

    def _unadapted(self, task: Task, seed: int) -> Tagger:
        from larbench.tagger.pretrained import source_tagger

        self.notes_ = {}
        return source_tagger(task, self.backbone, seed)

    def _adapted(self, task: Task, seed: int) -> Tagger:
        from baselines.da_ner.adapted import adapted_source_tagger
        from baselines.da_ner.masked_lm import MaskedRecipe

        further = () if self.unlabelled is None else read_text(self.unlabelled)
        tagger, self.notes_ = adapted_source_tagger(
            task,
            self.backbone,
            seed,
            text=(*task.target.unlabelled, *further),
            recipe=MaskedRecipe(self.steps, self.rate, self.learning_rate),
            epochs=self.source_epochs,
            quick=self.quick,
        )
        return tagger


def read_text(path: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text file, one a line, words at white space; empty lines are passed over.

    Raises ``InputError`` where the file cannot be read, is no UTF-8, or holds no word.
    """
    sentences = []
    for number, line in enumerate(_content(path).split(b"\n"), 1):
        try:
            words = tuple(line.decode("utf-8-sig" if number == 1 else "utf-8").split())
        except UnicodeDecodeError as error:
            found = f"bytes that are no UTF-8 ({error.reason})"
            raise InputError(found, path=path, line=number, expected="text in UTF-8") from error
        if words:
            sentences.append(Sentence(f"unlabelled/{number}", words))
    if not sentences:
        raise InputError("no word", path=path, expected="a sentence a line, words apart by spaces")
    return tuple(sentences)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"what cannot be read ({error.strerror or error})",
            path=path,
            expected="a text file, one sentence a line",
            todo="check the parameter unlabelled",
        ) from error
