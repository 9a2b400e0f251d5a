"""What methods on a transformer tagger have in common: a backbone, and a tagger that predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from benchmark.domains.corpus import Mention, Sentence
from benchmark.method import Method
from larbench.tagger.backbones import fingerprint

if TYPE_CHECKING:
    from larbench.tagger.tagger import Tagger


# passes over a target's labelled sentences; chosen on the targets' own dev splits, one number for all five
FINE_TUNE_EPOCHS = 12


class TaggerMethod(Method):
    """A method that ends in a tagger. ``fit`` of a subclass leaves it in ``self.tagger_``.

    Where the tagger's types are not the target's, ``fit`` also leaves in ``self.target_types_`` what the
    target calls those that it has: mentions of others are dropped.

    Parameters
    ----------
    backbone : str
        The pre-trained encoder: ``mini``, ``base``, ``large``, the path of a local folder, or an id of the
        model hub, ``owner/name`` or ``owner/name@revision``.
    """

    preload: ClassVar[tuple[str, ...]] = (
        "larbench.tagger.tagger",
        "torch._dynamo",
    )  # slow to import: once a worker
    tagger_: Tagger
    target_types_: Mapping[str, str] | None = None

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
        """Return the mentions on the most probable legal tag path of each sentence, those of kept types."""
        found = self.tagger_.predict(sentences)
        return found if self.target_types_ is None else rename_types(found, self.target_types_)


def rename_types(found: Sequence[Sequence[Mention]], names: Mapping[str, str]) -> list[list[Mention]]:
    """Return each sentence's mentions under the names of their types; those of types without are dropped."""
    return [[Mention(m.start, m.end, names[m.type]) for m in some if m.type in names] for some in found]
