"""``export``: a saved model as a folder that other libraries load."""

from __future__ import annotations

from pathlib import Path

import click

from larbench.commands.shared import one_thread, open_model, say

_COMPARED = 200  # sentences


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(["transformers"]), default="transformers", show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write, a new one.")
@click.option("--student", is_flag=True, help="Of a teacher and a student, the student alone.")
@click.option("--check", "text", type=click.Path(path_type=Path), help="Text to compare on, by lines.")
def export(model: Path, form: str, out: Path, student: bool, text: Path | None) -> None:
    """Write MODEL as a folder that transformers loads without this project.

    What the folder finds is then held against the model on 200 sentences, and the difference is printed.
    """
    del form
    one_thread()
    from benchmark.domains.load import load_domain
    from larbench.models.documents import LINES, read_questions
    from larbench.models.export import compare_exported, export_transformers

    loaded = open_model(model)
    exported = export_transformers(loaded, model, out, student=student)
    if exported.code:
        say("words' shapes are embedded by code in the folder: load it with trust_remote_code=True")
    if text is None:
        sentences = [one.unlabelled() for one in load_domain("sample", "news").test[:_COMPARED]]
    else:
        lines = enumerate(text.read_text(encoding="utf-8").split("\n"), 1)
        sentences = [one.sentence for one in read_questions(lines, LINES, str(text))][:_COMPARED]
    same = compare_exported(exported, loaded, sentences)
    click.echo(f"{out}: mentions agree with the model's at F1 {100 * same:.1f} on {len(sentences)} sentences")
