"""A model as a folder that transformers loads without this project.

An encoder that tells capitals from small letters, under a plain linear head, is written as transformers'
own class for token classification. Where words' shapes are embedded beside the tokens (``mini`` and other
uncased encoders), or the encoder's class has another head, the folder holds the few files of code that do
the same, which transformers runs where ``trust_remote_code=True`` allows it. Nothing is distilled: the
weights are the model's.
"""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch

from benchmark.domains.corpus import Mention, Sentence
from benchmark.errors import UsageError
from benchmark.run.fit_predict import TRANSDUCTIVE
from benchmark.scoring.counts import count_mentions
from benchmark.store.atomic_io import read_json
from larbench.models import text
from larbench.models.folder import CARD, Model, refuse_existing
from larbench.tagger import encoding
from larbench.tagger.model import HEAD_SHAPE_SIZE
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import collate

CODE = ("configuration_larbench.py", "modeling_larbench.py", "tokenization_larbench.py")
STRIDE = 64  # tokens: by how much the parts of a long text overlap, where transformers' own tokenizer cuts it
_AGREE = 1e-3  # of log-probabilities between the plain class and the tagger


@dataclass(frozen=True)
class Exported:
    """Where a model was exported to, and whether loading it runs the code in its folder."""

    folder: Path
    code: bool


def tagger_of(model: Model, *, student: bool = False) -> tuple[Tagger, dict[str, str] | None]:
    """Return the tagger that a model predicts with, and what its types are called (None: as they are).

    Raises ``UsageError`` for a method that predicts by more than a tagger.
    """
    method = model.method
    if method.notes().get(TRANSDUCTIVE) is True:
        raise UsageError(
            f"{model.about.method} adapts to what it is asked: no tagger by itself does what it does"
        )
    both = getattr(method, "teacher_and_student_", None)
    if both is not None:
        if both.student is None:
            raise UsageError(
                f"{model.about.method} in the setting {model.about.setting} has no student here, and its"
                " teacher is more than a tagger: train source-only, or a supervised method, to export one"
            )
        if not student:
            raise UsageError(
                f"{model.about.method} in the setting {model.about.setting} predicts with teacher and student"
                " together: --student exports the student alone, which predicts a little otherwise"
            )
        return both.student, None
    tagger = getattr(method, "tagger_", None)
    if not isinstance(tagger, Tagger):
        raise UsageError(f"{model.about.method} is no tagger: transformers has nothing to load it with")
    return tagger, getattr(method, "target_types_", None)


def export_transformers(model: Model, source: Path, folder: Path, *, student: bool = False) -> Exported:
    """Write a model as a folder that transformers loads.

    Parameters
    ----------
    model : Model
        A loaded one.
    source : Path
        Its folder, whose card is copied.
    folder : Path
        Where to; it must not exist.
    student : bool
        Of teacher and student, whether to write the student alone.

    Raises
    ------
    UsageError
        Where the method is no tagger, or the folder exists.
    """
    refuse_existing(folder)
    tagger, names = tagger_of(model, student=student)
    labels = labels_of(tagger.types, names)
    folder.mkdir()
    plain = _write_plain(tagger, labels, folder)
    if not plain:
        _write_with_code(tagger, labels, folder)
    write_card(source, folder, _loading(plain))
    return Exported(folder, not plain)


def labels_of(types: Sequence[str], names: dict[str, str] | None) -> dict[int, str]:
    """Return number → label; those of types that the target has not are O, which is passed over."""
    labels = {0: "O"}
    for number, kind in enumerate(types):
        name = kind if names is None else names.get(kind)
        for place, mark in enumerate("BI", 1 + 2 * number):
            labels[place] = "O" if name is None else f"{mark}-{name}"
    return labels


def _write_plain(tagger: Tagger, labels: dict[int, str], folder: Path) -> bool:
    """Write the tagger as transformers' own class; False where none does the same."""
    from transformers import AutoModelForTokenClassification

    if tagger.model.shape_head is not None:
        return False
    config = tagger.model.encoder.config
    config.id2label, config.label2id = labels, {label: number for number, label in labels.items()}
    try:
        made = AutoModelForTokenClassification.from_config(config)
    except ValueError:
        return False
    head = getattr(made, "classifier", None)
    if not isinstance(head, torch.nn.Linear) or head.weight.shape != tagger.model.head.weight.shape:
        return False
    made.base_model.load_state_dict(tagger.model.encoder.state_dict(), strict=False)
    head.load_state_dict(tagger.model.head.state_dict())
    if not _agrees(made.eval(), tagger):
        return False
    made.save_pretrained(folder)
    save_tokenizer(tagger, folder)
    return True


def _agrees(made: Any, tagger: Tagger) -> bool:
    """Whether transformers' class gives the tagger's probabilities on some words."""
    words = Sentence("1", ("Anna", "met", "Bob", "Marsh", "in", "Oslo", "."))
    (piece,) = tagger._encode([words])
    with torch.inference_mode():
        logits = made(input_ids=torch.from_numpy(piece.ids)[None]).logits[0, piece.firsts]
        tagger.model.eval()
        wanted = tagger.model.cpu()(*collate([piece], "cpu").arguments())
    tagger.model.to(tagger.device)
    return bool((torch.log_softmax(logits, -1) - torch.log_softmax(wanted, -1)).abs().max() < _AGREE)


def _write_with_code(tagger: Tagger, labels: dict[int, str], folder: Path) -> None:
    from safetensors.torch import save_file

    if tagger.model.shape_input is None:
        raise UsageError(f"no class of transformers does what this tagger on {tagger.backbone} does")
    encoder = tagger.model.encoder.config.to_dict()
    settings = {
        "architectures": ["LarbenchForTokenClassification"],
        "model_type": "larbench-tagger",
        "auto_map": {
            "AutoConfig": "configuration_larbench.LarbenchConfig",
            "AutoModelForTokenClassification": "modeling_larbench.LarbenchForTokenClassification",
        },
        "encoder": {"model_type": encoder["model_type"], **_sizes(encoder)},
        "hidden_size": tagger.model.hidden,
        "shapes": len(encoding.SHAPES),
        "shape_width": HEAD_SHAPE_SIZE,
        "id2label": {str(number): label for number, label in labels.items()},
        "label2id": {label: number for number, label in labels.items()},
        "dtype": "float32",
    }
    write_json(folder / "config.json", settings)
    weights = {name: value.detach().cpu().contiguous() for name, value in tagger.model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    save_tokenizer(tagger, folder)
    place = folder / "tokenizer_config.json"
    stated = read_json(place)
    stated["tokenizer_class"] = "LarbenchTokenizer"
    stated["auto_map"] = {"AutoTokenizer": [None, "tokenization_larbench.LarbenchTokenizer"]}
    write_json(place, stated)
    write_code(CODE, folder)


def _sizes(encoder: dict[str, Any]) -> dict[str, Any]:
    """Return an encoder's settings without those that are of the folder it came from."""
    left_out = {
        "model_type",
        "_name_or_path",
        "architectures",
        "id2label",
        "label2id",
        "transformers_version",
    }
    return {name: value for name, value in encoder.items() if name not in left_out and value is not None}


def write_card(source: Path, folder: Path, loading: str) -> None:
    """Write a model's card, and below it how the folder is loaded."""
    card = (source / CARD).read_text(encoding="utf-8")
    (folder / CARD).write_text(card + loading, encoding="utf-8")


def write_code(names: Sequence[str], folder: Path) -> None:
    """Write the named files of code, and those that all of them read texts and words' shapes with."""
    for name in names:
        (folder / name).write_bytes((files("larbench.models") / "exported" / name).read_bytes())
    shutil.copy(inspect.getfile(text), folder / "text_larbench.py")
    (folder / "shapes_larbench.py").write_text(_shapes_code(), encoding="utf-8")


def _shapes_code() -> str:
    """Return a module of Python that tells words' shapes as the tagger's encoding does."""
    return "\n".join(
        [
            '"""The shape of a word: what an uncased encoder cannot see of it."""',
            "",
            f"SHAPES = {encoding.SHAPES!r}",
            "_INDEX = {name: number for number, name in enumerate(SHAPES)}",
            "",
            "",
            inspect.getsource(encoding.shape_of),
            "",
            inspect.getsource(encoding.shape_id),
        ]
    )


def save_tokenizer(tagger: Tagger, folder: Path) -> None:
    """Write a tagger's tokenizer, which cuts texts at the tagger's window."""
    tagger.tokenizer.model_max_length = tagger.window
    tagger.tokenizer.save_pretrained(folder)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file for people and programs."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _loading(plain: bool) -> str:
    more = f", stride={STRIDE}" if plain else ", trust_remote_code=True"
    why = (
        ""
        if plain
        else "\nWords' shapes (capitals, digits) are embedded beside the encoder's tokens, by the code in"
        " this folder: read it before you trust it.\n"
    )
    return f"""
## Loading

```python
from transformers import pipeline

find = pipeline("token-classification", model="FOLDER", aggregation_strategy="simple"{more})
find("Anna lives in Oslo.")
```
{why}"""


def compare_exported(exported: Exported, model: Model, sentences: Sequence[Sentence]) -> float:
    """Return the F1 of the exported folder's mentions against the model's; 1.0: all the same."""
    return agreement(model, sentences, pipeline_mentions(load_pipeline(exported), sentences))


def agreement(model: Model, sentences: Sequence[Sentence], found: Sequence[Sequence[Mention]]) -> float:
    """Return the F1 of mentions that were found in sentences against the model's; 1.0: all the same."""
    names = [kind.name for kind in model.types]
    return count_mentions(model.predict(sentences), found, names).micro().f1


def load_pipeline(exported: Exported) -> Any:
    """Load the pipeline of an exported folder."""
    from transformers import pipeline

    return pipeline(
        "token-classification",
        model=str(exported.folder),
        aggregation_strategy="simple",
        trust_remote_code=exported.code,
        stride=STRIDE,
        device="cpu",
    )


def pipeline_mentions(find: Any, sentences: Sequence[Sentence]) -> list[list[Mention]]:
    """Return what a pipeline finds among the words of each sentence, as mentions of words."""
    asked = [list(one.tokens) for one in sentences]
    return [
        _of_words(words, found)
        for words, found in zip(asked, find(asked, is_split_into_words=True), strict=True)
    ]


def _of_words(words: Sequence[str], found: Sequence[dict[str, Any]]) -> list[Mention]:
    ends = list(accumulate(len(word) + 1 for word in words))  # each behind the space that follows
    starts = [0, *ends[:-1]]
    mentions = []
    for one in found:
        first = sum(end - 1 <= one["start"] for end in ends)
        mentions.append(Mention(first, sum(start < one["end"] for start in starts), one["entity_group"]))
    return mentions
