"""What methods on a transformer tagger have in common: a backbone, and a tagger that predicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from benchmark.domains.corpus import Mention, Sentence
from benchmark.domains.types.equal_types import rename_types
from benchmark.errors import UsageError
from benchmark.method import Method
from larbench.tagger.backbones import fingerprint

if TYPE_CHECKING:
    from larbench.tagger.arrays import Floats
    from larbench.tagger.tagger import Tagger

STATE = "method.json"  # of a saved method: what there is besides its tagger
_SAVED = frozenset({"tagger_", "target_types_", "notes_"})

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

    # slow to import, three seconds together: once a worker instead of once a cell
    preload: ClassVar[tuple[str, ...]] = (
        "larbench.tagger.tagger",
        "torch._dynamo",
        "transformers.modeling_utils",
        "transformers.models.auto.modeling_auto",
        "transformers.models.auto.tokenization_auto",
        "transformers.models.bert.modeling_bert",
    )
    tagger_: Tagger
    target_types_: Mapping[str, str] | None = None

    def __init__(self, *, backbone: str = "mini") -> None:
        self.backbone = backbone
        self.notes_: dict[str, Any] = {}

    def warm_up(self) -> None:
        """Read the backbone, and let its tokenizer and its encoder see a text."""
        _read_once(self.backbone)

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

    def label_log_probs(self, sentences: Sequence[Sentence]) -> tuple[Sequence[str], list[Floats]]:
        """Return types, and each sentence's log-probabilities (words, labels) of O, B- and I- of these."""
        names = self.target_types_ or {}
        types = [names.get(name, name) for name in self.tagger_.types]
        return types, self.tagger_.log_probs(sentences)

    def save(self, folder: Path) -> None:
        """Write what ``fit`` left into a folder, as safetensors and JSON, for ``load``.

        Parameters
        ----------
        folder : Path
            It exists, and is empty.

        Raises
        ------
        UsageError
            Where ``fit`` of a subclass leaves more than ``predict`` here needs.
        """
        more = sorted(name for name in vars(self) if name.endswith("_") and name not in _SAVED)
        if more:
            raise UsageError(
                f"{type(self).__name__} cannot be saved: its fit also leaves {', '.join(more)}, and it has no"
                " save and load of its own"
            )
        self._save_tagger(folder)

    def _save_tagger(self, folder: Path) -> None:
        from larbench.tagger.tagger import write_tagger

        names = None if self.target_types_ is None else dict(self.target_types_)
        state = json.dumps({"target_types": names, "notes": self.notes_}, ensure_ascii=False)
        (folder / STATE).write_bytes(state.encode())
        write_tagger(self.tagger_, folder)

    def load(self, folder: Path, *, device: str = "cpu") -> Self:
        """Take up what ``save`` wrote, in place of ``fit``.

        Parameters
        ----------
        folder : Path
            Written by a method of the same class and parameters.
        device : str
            Where torch computes.

        Returns
        -------
        Self
            The method itself, which predicts as the saved one does.
        """
        from larbench.tagger.tagger import read_tagger

        self.tagger_ = read_tagger(folder, self.backbone, device)
        state = json.loads((folder / STATE).read_bytes())
        self.target_types_ = state["target_types"]
        self.notes_ = state["notes"]
        return self


@cache
def _read_once(backbone: str) -> None:
    import torch

    from larbench.tagger.embedding import Embedder

    torch.set_num_threads(1)  # a process that is forked beside threads could wait for them without end
    fingerprint(backbone)
    Embedder(backbone).texts(["a"])
