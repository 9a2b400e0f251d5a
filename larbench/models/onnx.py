"""A model as a folder for onnxruntime: the network in ONNX, its tokenizer, and the code that asks it.

The file gives the label scores of every token; those of a word are its first token's. ``onnx_larbench.py`` in
the folder finds mentions in text with it, and needs onnxruntime, tokenizers and numpy alone.
"""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmark.domains.corpus import Mention, Sentence
from benchmark.errors import UsageError
from benchmark.store.atomic_io import remove_tree
from larbench.models.export import (
    agreement,
    labels_of,
    save_tokenizer,
    tagger_of,
    write_card,
    write_code,
    write_json,
)
from larbench.models.folder import Model, refuse_existing
from larbench.tagger.encoding import encode, frame_of
from larbench.tagger.labels import best_legal_path
from larbench.tagger.model import TokenTagger
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import collate

NETWORK, CODE = "model.onnx", "onnx_larbench.py"
AGREE = 1e-3  # of log-probabilities
_PROBE = (("Anna", "met", "Bob", "Marsh", "in", "Oslo", "."), ("It", "rained"))
_RUN = """
import json, sys
sys.modules.update(dict.fromkeys(("larbench", "benchmark", "lar", "baselines"), None))
sys.path.insert(0, sys.argv[1])
from onnx_larbench import load_for_words
find = load_for_words(sys.argv[1])
print(json.dumps([find(words) for words in json.loads(sys.stdin.read())]))
"""
_LOADING = f"""
## Loading

```python
import sys

sys.path.insert(0, "FOLDER")
from onnx_larbench import load

find = load("FOLDER")
find("Anna lives in Oslo.")
```

`{NETWORK}` takes `input_ids`, `attention_mask` and, of an uncased encoder, `shape_ids`, each (texts, tokens),
and returns `logits` (texts, tokens, labels); a word's scores are those of its first token. `config.json`
names the labels.
"""


class _Network(torch.nn.Module):  # type: ignore[misc]
    """A tagger's label scores (texts, tokens, labels) of every token."""

    def __init__(self, tagger: TokenTagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, shape_ids: torch.Tensor | None = None
    ) -> torch.Tensor:
        shapes = torch.zeros_like(input_ids) if shape_ids is None else shape_ids
        hidden = self.tagger._hidden(input_ids, shapes, attention_mask)
        if self.tagger.shape_head is not None:
            hidden = torch.cat([hidden, self.tagger.shape_head(shapes)], dim=-1)
        return self.tagger.head(hidden)


def export_onnx(model: Model, source: Path, folder: Path, *, student: bool = False) -> Path:
    """Write a model as a folder that onnxruntime, tokenizers and numpy are enough for.

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

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        Where the method is no tagger, the folder exists, a package of the extra ``onnx`` is missing, or
        onnxruntime computes something else than the model.
    """
    try:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise UsageError(f"--to onnx needs {error.name}: pip install 'larbench[onnx]'") from error
    refuse_existing(folder)
    tagger, names = tagger_of(model, student=student)
    folder.mkdir()
    try:
        _write_network(tagger, folder / NETWORK)
        _write_reader(tagger, labels_of(tagger.types, names), folder)
        write_card(source, folder, _LOADING)
        apart = difference(folder, tagger, [Sentence(str(n), words) for n, words in enumerate(_PROBE)])
        if not apart < AGREE:
            raise UsageError(
                f"onnxruntime computes something else than the tagger on {tagger.backbone}: log-probabilities"
                f" differ by {apart:.1g}, {AGREE:g} at most are wanted; use --to transformers"
            )
    except BaseException:  # Ctrl-C too: no half of a folder stays behind
        remove_tree(folder)
        raise
    return folder


def _write_network(tagger: Tagger, path: Path) -> None:
    network = _Network(tagger.model).cpu().eval()
    batch = collate(encode(_PROBE, tagger.tokenizer, tagger.window), "cpu")
    given = {"input_ids": batch.ids, "attention_mask": batch.mask}
    if tagger.model.shape_head is not None:
        given["shape_ids"] = batch.shapes
    axes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens")}
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # of operators that no tagger has
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):  # it tells its every step
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                tuple(given.values()),
                path,
                dynamo=True,
                external_data=False,
                input_names=list(given),
                output_names=["logits"],
                dynamic_shapes=tuple(axes for _ in given),
                verbose=False,
            )
    finally:
        logging.getLogger("torch.onnx").setLevel(level)
        tagger.model.to(tagger.device)


def _write_reader(tagger: Tagger, labels: dict[int, str], folder: Path) -> None:
    """Write what stands beside the network: how words become tokens, what labels are called, the code."""
    frame = frame_of(tagger.tokenizer)
    settings = {
        "labels": [labels[number] for number in range(len(labels))],
        "shapes": tagger.model.shape_head is not None,
        "window": tagger.window,
        "lead": frame.lead,
        "begin": list(frame.begin),
        "end": list(frame.end),
        "unknown": tagger.tokenizer.unk_token_id or 0,
    }
    write_json(folder / "config.json", settings)
    save_tokenizer(tagger, folder)
    write_code((CODE,), folder)
    path = inspect.getsource(best_legal_path).replace("Floats", "np.ndarray").replace("Ints", "np.ndarray")
    head = '"""The most probable legal sequence of labels."""\n\nimport numpy as np\n\n\n'
    (folder / "labels_larbench.py").write_text(head + path, encoding="utf-8")


def difference(folder: Path, tagger: Tagger, sentences: Sequence[Sentence]) -> float:
    """Return how far log-probabilities of onnxruntime and the tagger are apart at most, over all words."""
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(folder / NETWORK, providers=["CPUExecutionProvider"])
    wanted = [one.name for one in session.get_inputs()]
    apart = 0.0
    network = _Network(tagger.model).cpu().eval()
    for piece in encode([one.tokens for one in sentences], tagger.tokenizer, tagger.window):
        batch = collate([piece], "cpu")
        given = {"input_ids": batch.ids, "attention_mask": batch.mask, "shape_ids": batch.shapes}
        with torch.inference_mode():
            ours = network(batch.ids, batch.mask, batch.shapes)[0, batch.firsts]
        (theirs,) = session.run(None, {name: given[name].numpy() for name in wanted})
        both = (ours, torch.from_numpy(theirs)[0, batch.firsts])
        one, other = (torch.log_softmax(scores, -1).numpy() for scores in both)
        apart = max(apart, float(np.abs(one - other).max()))
    tagger.model.to(tagger.device)
    return apart


def compare_onnx(folder: Path, model: Model, sentences: Sequence[Sentence]) -> float:
    """Return the F1 of what the folder's own code finds against the model's mentions; 1.0: all the same.

    The code runs as a user's does, in a process that cannot import this project.
    """
    asked = json.dumps([one.tokens for one in sentences])
    command = [sys.executable, "-c", _RUN, str(folder.resolve())]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise UsageError(f"{folder / CODE} fails: {done.stderr.strip().splitlines()[-1]}")
    found = [[Mention(*one) for one in row] for row in json.loads(done.stdout)]
    return agreement(model, sentences, found)
