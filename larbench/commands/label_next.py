"""``label-next``: the sentences of a text that are most worth labelling, with pre-annotations."""

from __future__ import annotations

from pathlib import Path

import click

from larbench.commands.shared import device_option, lines_of, one_thread, open_model, opened, say


@click.command("label-next")
@click.option("--model", "models", multiple=True, required=True, type=click.Path(path_type=Path))
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option("--from", "form", type=click.Choice(["text", "lines", "tokens", "columns", "jsonl"]))
@click.option("--to", type=click.Choice(["doccano", "label-studio", "columns"]), default="doccano")
@click.option("--count", type=click.IntRange(min=1), default=100, show_default=True, help="Of sentences.")
@device_option
def label_next(
    models: tuple[Path, ...], file: str, form: str | None, to: str, count: int, device: str
) -> None:
    """Choose the sentences on which saved models disagree most, for a tool in which they are labelled.

    Give --model several times: other methods, or seeds of one. What most models find is the pre-annotation.
    With one model, its least sure sentences are chosen.
    """
    one_thread()
    from larbench.advice.label_next import WRITERS, rank
    from larbench.models.documents import guess_input, read_questions

    committee = [open_model(folder, device=device) for folder in models]
    with opened(file) as source:
        lines = list(lines_of(source, file))
    form = form or guess_input(file, lines[0][1] if lines else "")
    questions = list(read_questions(lines, form, file))
    chosen = rank(committee, questions, count=count)
    click.echo(WRITERS[to](chosen), nl=False)
    say(f"{len(chosen)} of {len(questions)} sentences, by the disagreement of {len(committee)} model(s)")
