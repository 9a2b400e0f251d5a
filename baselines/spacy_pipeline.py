"""The named entity recogniser of spaCy, from nothing or from the source on, as `spacy train` makes it."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.domains.types.equal_types import rename_types
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.scoring.counts import count_mentions
from benchmark.task import SUPERVISED, ZERO_SHOT, Task

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

SEARCH: Mapping[str, Sequence[Any]] = {"learning_rate": (5e-4, 1e-3, 2e-3), "dropout": (0.1, 0.2, 0.4)}
BLANK, SOURCE = "blank", "source"
_STEP = 4, 32, 1.001  # sentences in a batch: at first, at most, growth; spaCy's own default


class SpacyPipeline(Method):
    """A blank spaCy pipeline with its ``ner`` component: hashed word features, convolutions, transitions.

    No weights are downloaded. The component is spaCy's default for the CPU (``HashEmbedCNN``, width 96,
    depth 4, and a transition-based parser of BILUO actions). Supervised, it learns from the target's train
    sentences, and keeps the pass that is best on the target's dev. Zero-shot, it learns from the source and
    keeps the pass that is best on the source's dev; it says the types that the target shares with it.

    Parameters
    ----------
    start : str
        Supervised; ``blank`` learns from the target alone, ``source`` begins with the word vectors and
        convolutions of the pipeline that was trained on the source, under a new parser.
    epochs : int
        Passes over the target's train sentences.
    source_epochs : int
        Passes over the source's.
    learning_rate, dropout : float
        Of Adam, and of the network while it learns.
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT, SUPERVISED})
    source_types_alone: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = (
        "a blank spaCy pipeline trained on target train; zero-shot: on the source, its types kept where equal"
    )
    stands_alone: ClassVar[bool] = True

    def __init__(
        self,
        *,
        start: str = BLANK,
        epochs: int = 30,
        source_epochs: int = 5,
        learning_rate: float = 1e-3,
        dropout: float = 0.2,
    ) -> None:
        self.start = start
        self.epochs = epochs
        self.source_epochs = source_epochs
        self.learning_rate = learning_rate
        self.dropout = dropout

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run: a setting it is not made for, or no package."""
        missing = importlib.util.find_spec("spacy") is None
        reason = "spacy is not installed: pip install 'larbench[spacy]'" if missing else None
        return super().skip(setting) or reason

    def components(self) -> Mapping[str, str]:
        """Return the package's version."""
        return {} if self.skip(SUPERVISED) else {"spacy": version("spacy")}

    def variant(self) -> str | None:
        """Return where it starts, where that is not from nothing."""
        return None if self.start == BLANK else f"from {self.start}"

    def fit(self, task: Task, seed: int) -> Self:
        """Train on the target's labelled sentences, or in the zero-shot setting on the source's."""
        if self.start not in (BLANK, SOURCE):
            raise UsageError(f"start = {self.start!r}: use {BLANK} or {SOURCE}")
        if reason := self.skip(task.setting):
            raise UsageError(reason)
        self.zero_shot_ = task.setting == ZERO_SHOT
        names = task.target.type_names
        if self.zero_shot_:
            self.target_of_: Mapping[str, str] = task.equal_types.target_of
            self.pipeline_ = self._source_pipeline(task, seed)
        else:
            self.target_of_ = dict(zip(names, names, strict=True))
            begin = self._source_pipeline(task, seed) if self.start == SOURCE else None
            self.pipeline_ = self._trained(
                task.target.train, task.target.dev, names, self.epochs, seed, begin=begin
            )
        return self

    def predict(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
        """Return the mentions of types that the target has."""
        return rename_types(_mentions(self.pipeline_, sentences), self.target_of_)

    def notes(self) -> Mapping[str, Any]:
        """Return how it is implemented; zero-shot, that it can say source types alone."""
        ceiling = {"ceiling": "coarse"} if getattr(self, "zero_shot_", False) else {}
        return {"reading": self.reading, **ceiling}

    def _source_pipeline(self, task: Task, seed: int) -> Language:
        types = [kind.name for kind in task.source.types]
        key: dict[str, object] = {
            "dropout": self.dropout,
            "epochs": self.source_epochs,
            "learning_rate": self.learning_rate,
            "seed": seed,
            "source": task.source.content_hash(),
            **self.components(),
        }

        def make() -> dict[str, bytes]:
            source = task.source
            made = self._trained(source.train, source.dev, types, self.source_epochs, seed)
            return {"pipeline.spacy": _to_bytes(made)}

        files = task.workspace.artefacts.get_or_make("spacy-source", key, make)
        return _blank(()).from_bytes(files["pipeline.spacy"])  # which holds its labels

    def _trained(
        self,
        train: Sequence[LabelledSentence],
        dev: Sequence[LabelledSentence],
        types: Sequence[str],
        epochs: int,
        seed: int,
        *,
        begin: Language | None = None,
    ) -> Language:
        """Return a pipeline after the pass that is best on dev, or after the last where there is no dev."""
        from spacy.training import Example
        from spacy.util import compounding, fix_random_seed, minibatch

        fix_random_seed(seed)
        pipeline = _blank(types)
        examples = [Example(_doc(pipeline, one), _labelled_doc(pipeline, one)) for one in train]
        optimizer = pipeline.initialize(lambda: examples)
        optimizer.learn_rate = self.learning_rate
        if begin is not None:
            _encoder(pipeline).from_bytes(_encoder(begin).to_bytes())
        order, sizes = random.Random(seed), compounding(*_STEP)
        best, kept = -1.0, b""
        for _ in range(epochs):
            order.shuffle(examples)
            for batch in minibatch(examples, size=sizes):
                pipeline.update(batch, sgd=optimizer, drop=self.dropout)
            if not dev:
                continue
            gold = [sentence.mentions for sentence in dev]
            f1 = count_mentions(gold, _mentions(pipeline, dev), types).micro().f1
            if f1 > best:
                best, kept = f1, _to_bytes(pipeline)
        return pipeline.from_bytes(kept) if kept else pipeline


def _blank(types: Sequence[str]) -> Language:
    import spacy

    pipeline = spacy.blank("en")
    recogniser = pipeline.add_pipe("ner")
    for name in types:
        recogniser.add_label(name)
    return pipeline


def _encoder(pipeline: Language) -> Any:
    return pipeline.get_pipe("ner").model.get_ref("tok2vec")


def _to_bytes(pipeline: Language) -> bytes:
    content: bytes = pipeline.to_bytes(exclude=["tokenizer"])  # words come apart from the corpus
    return content


def _doc(pipeline: Language, sentence: Sentence | LabelledSentence) -> Doc:
    from spacy.tokens import Doc

    return Doc(pipeline.vocab, words=list(sentence.tokens))


def _labelled_doc(pipeline: Language, sentence: LabelledSentence) -> Doc:
    from spacy.tokens import Span

    doc = _doc(pipeline, sentence)
    doc.ents = [Span(doc, start, end, name) for start, end, name in sentence.mentions]
    return doc


def _mentions(pipeline: Language, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
    docs = pipeline.pipe(_doc(pipeline, sentence) for sentence in sentences)
    return [[Mention(span.start, span.end, span.label_) for span in doc.ents] for doc in docs]
