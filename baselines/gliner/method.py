"""GLiNER: an encoder that finds mentions of types given by their names, used as it is."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from baselines.gliner.spans import Outcome, labels_of, outcome_of, parts_of
from baselines.gliner.weights import find_folder, fingerprint, missing_package, missing_weights
from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.task import ZERO_SHOT, Task

SEARCH: Mapping[str, Sequence[Any]] = {"threshold": (0.2, 0.3, 0.4, 0.5, 0.6)}

_MOST_WORDS = 192  # of a text that is read at once; labels go in beside it
_BATCH = 8


class Gliner(Method):
    """GLiNER (Zaratiana et al., NAACL 2024), zero-shot: what a user would pick instead of adapting a tagger.

    It gets the declared types' readable names as labels and each sentence as its tokens joined by spaces; the
    spans that it scores above ``threshold`` come back as characters and are brought to tokens
    (``baselines.gliner.spans``). Nothing is trained, and neither source nor target text is looked at. Its
    weights were trained on texts of the web labelled by a chat model, in some 13,000 types: not the source's
    four. Sentences longer than it reads are cut at a token.

    Parameters
    ----------
    gliner_model : str
        A folder that GLiNER saved, or ``owner/name`` or ``owner/name@revision`` of the model hub.
    threshold : float
        The least score of a span.
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = "pre-trained GLiNER as it is; readable names of the types as labels"
    preload: ClassVar[tuple[str, ...]] = ("torch",)

    def __init__(self, *, gliner_model: str = "urchade/gliner_small-v2.1", threshold: float = 0.5) -> None:
        self.gliner_model = gliner_model
        self.threshold = threshold
        self.outcomes_: dict[tuple[str, ...], Outcome] = {}

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run: a setting it is not made for, no package, or no weights."""
        return super().skip(setting) or missing_package() or missing_weights(self.gliner_model)

    def components(self) -> Mapping[str, str]:
        """Return the hash of the weights, or their commit on the model hub, and the package's version."""
        return fingerprint(self.gliner_model)

    def fit(self, task: Task, seed: int) -> Self:
        """Load the weights; nothing is trained."""
        del seed
        if reason := self.skip(task.setting):
            raise UsageError(reason)
        from gliner import GLiNER

        folder = find_folder(self.gliner_model)
        self.model_ = GLiNER.from_pretrained(
            str(folder), local_files_only=True, map_location=task.workspace.device
        )
        self.model_.eval()
        self.labels_ = labels_of(task.target.types)
        self.most_ = min(_MOST_WORDS, int(self.model_.config.max_len))
        self.outcomes_ = {}
        return self

    def predict(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
        """Return the spans above the threshold, as mentions."""
        new = [s for s in dict.fromkeys(sentence.tokens for sentence in sentences) if s not in self.outcomes_]
        parts = list(parts_of(new, self.most_))
        found = self._found([part.text for part in parts])
        rows: list[list[int]] = [[] for _ in new]
        for number, part in enumerate(parts):
            rows[part.sentence].append(number)
        for tokens, numbers in zip(new, rows, strict=True):
            self.outcomes_[tokens] = outcome_of(
                [parts[n] for n in numbers], [found[n] for n in numbers], self.labels_
            )
        return [list(self.outcomes_[sentence.tokens].mentions) for sentence in sentences]

    def notes(self) -> Mapping[str, Any]:
        """Return the labels, and what became of the spans."""
        met: Counter[str] = Counter()
        for outcome in self.outcomes_.values():
            met += outcome.met
        return {
            "reading": self.reading,
            "labels": dict(getattr(self, "labels_", {})),
            "spans": dict(sorted(met.items())),
        }

    def _found(self, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
        if not texts:
            return []
        with warnings.catch_warnings():
            # one token may be longer than it reads: its beginning counts
            warnings.filterwarnings("ignore", message="Sentence of length")
            found: list[list[dict[str, Any]]] = self.model_.inference(
                list(texts), list(self.labels_), flat_ner=True, threshold=self.threshold, batch_size=_BATCH
            )
        return found
