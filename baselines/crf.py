"""CRF: a conditional random field over features of words, the classic before encoders."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

from benchmark.domains.corpus import LabelledSentence, Mention, Sentence
from benchmark.domains.tags import IOB2, decode, encode_bio
from benchmark.domains.types.equal_types import rename_types
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.task import SUPERVISED, ZERO_SHOT, Task

SEARCH: Mapping[str, Sequence[Any]] = {"c1": (0.01, 0.1, 1.0), "c2": (0.001, 0.01, 0.1)}
_FEATURES = 1  # their version: a model in the store is of one


class Crf(Method):
    """A linear-chain CRF (Lafferty et al., ICML 2001) by CRFsuite, with the usual features of words.

    A token is described by itself, its lower case, its first and last two and three characters, its shape and
    whether it is capitalised, a number or punctuation, and by the same of its two neighbours on each side.
    Supervised, it is trained on the target's train sentences alone. Zero-shot, it is trained on the source,
    and says the types that the target shares with it. It draws nothing: all seeds give the same predictions.

    Parameters
    ----------
    c1, c2 : float
        How strongly weights are held down: the coefficients of their absolute values and of their squares.
    iterations : int
        The most steps of the optimiser (L-BFGS).
    """

    settings: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT, SUPERVISED})
    source_types_alone: ClassVar[frozenset[str]] = frozenset({ZERO_SHOT})
    reading: ClassVar[str] = (
        "CRFsuite with features of words; zero-shot: source types kept where the target has them"
    )
    stands_alone: ClassVar[bool] = True

    def __init__(self, *, c1: float = 0.1, c2: float = 0.01, iterations: int = 100) -> None:
        self.c1 = c1
        self.c2 = c2
        self.iterations = iterations

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run: a setting it is not made for, or no package."""
        missing = importlib.util.find_spec("pycrfsuite") is None
        reason = "python-crfsuite is not installed: pip install 'larbench[crf]'" if missing else None
        return super().skip(setting) or reason

    def components(self) -> Mapping[str, str]:
        """Return the package's version."""
        return {} if self.skip(SUPERVISED) else {"python-crfsuite": version("python-crfsuite")}

    def fit(self, task: Task, seed: int) -> Self:
        """Train on the target's train sentences, or in the zero-shot setting on the source's."""
        del seed
        if reason := self.skip(task.setting):
            raise UsageError(reason)
        import pycrfsuite

        self.zero_shot_ = task.setting == ZERO_SHOT
        names = task.target.type_names
        self.target_of_ = (
            task.equal_types.target_of if self.zero_shot_ else dict(zip(names, names, strict=True))
        )
        if self.zero_shot_:
            key: dict[str, object] = {
                "features": _FEATURES,
                "params": self.get_params(),
                "source": task.source.content_hash(),
                **self.components(),
            }
            files = task.workspace.artefacts.get_or_make(
                "crf-source", key, lambda: {"model.crfsuite": self._trained(task.source.train)}
            )
            model = files["model.crfsuite"]
        else:
            model = self._trained(task.target.train)
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(model)
        # the tagger reads the bytes where they lie, and does not hold them: they must not go before it
        self.crf_, self.model_ = tagger, model
        return self

    def predict(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
        """Return the mentions of the likeliest tags, of types that the target has."""
        found = (decode(self.crf_.tag(features(sentence.tokens)), IOB2) for sentence in sentences)
        return rename_types(found, self.target_of_)

    def notes(self) -> Mapping[str, Any]:
        """Return how it is implemented; zero-shot, that it can say source types alone."""
        ceiling = {"ceiling": "coarse"} if getattr(self, "zero_shot_", False) else {}
        return {"reading": self.reading, **ceiling}

    def _trained(self, sentences: Sequence[LabelledSentence]) -> bytes:
        import pycrfsuite

        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params({"c1": self.c1, "c2": self.c2, "max_iterations": self.iterations})
        for sentence in sentences:
            trainer.append(features(sentence.tokens), encode_bio(sentence.mentions, len(sentence.tokens)))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            trainer.train(str(path))
            return path.read_bytes()


def features(tokens: Sequence[str]) -> list[list[str]]:
    """Return what describes each token: its own features, and its neighbours' with their place."""
    own = [_of_word(token) for token in tokens]
    found = []
    for index in range(len(tokens)):
        here = ["bias", *own[index]]
        for place in (-2, -1, 1, 2):
            near = index + place
            here += [f"{place}:{name}" for name in own[near]] if 0 <= near < len(own) else [f"{place}:none"]
        found.append(here)
    return found


def _of_word(word: str) -> list[str]:
    lower = word.lower()
    shape = "".join(
        "X" if c.isupper() else "x" if c.islower() else "0" if c.isdigit() else c for c in word[:20]
    )
    flags = {"title": word.istitle(), "upper": word.isupper(), "digit": word.isdigit()}
    flags["punctuation"] = not any(c.isalnum() for c in word)
    return [
        f"word={word}",
        f"lower={lower}",
        *(f"prefix={lower[:size]}" for size in (2, 3)),
        *(f"suffix={lower[-size:]}" for size in (2, 3)),
        f"shape={shape}",
        *(name for name, has in flags.items() if has),
    ]
