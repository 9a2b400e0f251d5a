"""What methods on a transformer tagger have in common: a backbone, and a tagger that predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from benchmark.domains.corpus import Mention, Sentence
from benchmark.method import Method
from larbench.tagger.backbones import fingerprint

if TYPE_CHECKING:
    from larbench.tagger.tagger import Tagger
    from larbench.tagger.train import History


# passes over a target's labelled sentences; chosen on the targets' own dev splits, one number for all five
FINE_TUNE_EPOCHS = 12


class TaggerMethod(Method):
    """A method that ends in a tagger. ``fit`` of a subclass leaves it in ``self.tagger_``.

    Parameters
    ----------
    backbone: the pre-trained encoder: ``mini``, ``base``, ``large``, the path of a local folder, or an id of
        the model hub, ``owner/name`` or ``owner/name@revision``.
    """

    preload: ClassVar[tuple[str, ...]] = (
        "larbench.tagger.tagger",
        "torch._dynamo",
    )  # slow to import: once a worker
    tagger_: Tagger

    def __init__(self, *, backbone: str = "mini") -> None:
        self.backbone = backbone
        self.notes_: dict[str, Any] = {}

    def components(self) -> Mapping[str, str]:
        """Return the hash of the backbone's files, or its repository and commit on the model hub."""
        return {"backbone": fingerprint(self.backbone)}

    def notes(self) -> Mapping[str, Any]:
        """Return what the last ``fit`` noted."""
        return {"reading": self.reading, **self.notes_}

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return the mentions on the most probable legal tag path of each sentence."""
        return self.tagger_.predict(sentences)


def told(history: History) -> dict[str, Any]:
    """Return what is worth noting of a training: its length, its last loss, the best evaluation on dev."""
    noted: dict[str, Any] = {
        "epochs": len(history.losses),
        "steps": history.steps,
        "tokens": history.tokens,
        "last_loss": round(history.losses[-1], 4) if history.losses else None,
    }
    if history.room is not None:
        noted["memory_held_tokens"] = history.room  # steps that did not fit were taken in parts
    if history.best_epoch is not None:
        noted["best_epoch"] = history.best_epoch
        noted["best_dev_f1"] = round(max(score for _, score in history.dev), 6)
    return noted
