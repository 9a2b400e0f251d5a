"""``export``: a saved model as a folder that other libraries load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from larbench.commands.shared import one_thread, open_model, say

if TYPE_CHECKING:
    from benchmark.domains.corpus import Sentence
    from larbench.models.folder import Model

Compare = Callable[["Sequence[Sentence]"], str]

_COMPARED = 200  # sentences


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--to", "form", type=click.Choice(["transformers", "onnx"]), default="transformers", show_default=True
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write, a new one.")
@click.option("--student", is_flag=True, help="Of a teacher and a student, the student alone.")
@click.option("--check", "text", type=click.Path(path_type=Path), help="Text to compare on, by lines.")
def export(model: Path, form: str, out: Path, student: bool, text: Path | None) -> None:
    """Write MODEL as a folder that transformers, or onnxruntime, loads without this project.

    What the folder finds is then held against the model on up to 200 sentences; the difference is printed.
    """
    one_thread()
    from benchmark.domains.load import load_domain
    from larbench.models.documents import LINES, read_questions

    loaded = open_model(model)
    write = _write_onnx if form == "onnx" else _write_transformers
    compare = write(loaded, model, out, student)
    if text is None:
        sentences = [one.unlabelled() for one in load_domain("sample", "news").test[:_COMPARED]]
    else:
        lines = enumerate(text.read_text(encoding="utf-8").split("\n"), 1)
        sentences = [one.sentence for one in read_questions(lines, LINES, str(text))][:_COMPARED]
    click.echo(f"{out}: {compare(sentences)} on {len(sentences)} sentences")


def _write_transformers(loaded: Model, model: Path, out: Path, student: bool) -> Compare:
    from larbench.models.export import compare_exported, export_transformers

    exported = export_transformers(loaded, model, out, student=student)
    if exported.code:
        say("words' shapes are embedded by code in the folder: load it with trust_remote_code=True")
    return lambda sentences: _agreement(compare_exported(exported, loaded, sentences))


def _write_onnx(loaded: Model, model: Path, out: Path, student: bool) -> Compare:
    from larbench.models.export import tagger_of
    from larbench.models.onnx import compare_onnx, difference, export_onnx

    export_onnx(loaded, model, out, student=student)
    tagger, _ = tagger_of(loaded, student=student)

    def compare(sentences: Sequence[Sentence]) -> str:
        apart = difference(out, tagger, sentences)
        agree = _agreement(compare_onnx(out, loaded, sentences))
        return f"log-probabilities differ by {apart:.0e} at most, {agree}"

    return compare


def _agreement(same: float) -> str:
    return f"mentions agree with the model's at F1 {100 * same:.1f}"
