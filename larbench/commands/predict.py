"""``predict``: a model on new text, from a file or a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from larbench.commands.shared import device_option, lines_of, one_thread, open_model, opened

if TYPE_CHECKING:
    from larbench.models.documents import Answer

_TOLD_EVERY = 5.0  # seconds


@click.command()
@click.option("--model", required=True, type=click.Path(path_type=Path), help="The folder of a model.")
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option(
    "--from",
    "form",
    type=click.Choice(["text", "lines", "tokens", "columns", "jsonl"]),
    help="text: sentences are split; lines: a sentence a line; tokens: the same, words at white space;"
    " columns: a token a row; jsonl: objects with text or tokens.  [default: told by name and first line]",
)
@click.option(
    "--to",
    type=click.Choice(["spans", "tokens", "columns", "jsonl", "predictions"]),
    help="spans: places in characters, with confidences.  [default: as the input; spans of raw text]",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write there instead of stdout.")
@click.option("--block", type=click.IntRange(min=1), help="Sentences at once; 1 answers each as it comes.")
@click.option("--no-confidence", is_flag=True, help="Leave confidences out, which take as long again.")
@device_option
def predict(
    model: Path,
    file: str,
    form: str | None,
    to: str | None,
    out: Path | None,
    block: int | None,
    no_confidence: bool,
    device: str,
) -> None:
    """Find mentions in FILE, or in what comes on stdin, with a saved model.

    Input is read, and answers are written, block by block. How far it is goes to stderr.
    """
    one_thread()
    from larbench.models.documents import (
        JSONL,
        SPANS,
        guess_input,
        read_questions,
        usual_output,
        write_answer,
    )
    from larbench.models.predicting import BLOCK, answers

    loaded = open_model(model, device=device)
    with opened(file) as source:
        lines = lines_of(source, file)
        first = next(lines, None)
        form = form or guess_input(file, first[1] if first else "")
        to = to or usual_output(form)
        given = (one for part in ([first] if first else [], lines) for one in part)
        questions = read_questions(given, form, file)
        confident = to in (SPANS, JSONL) and not no_confidence
        target = sys.stdout if out is None else out.open("w", encoding="utf-8")
        try:
            for answer in _told(answers(loaded, questions, block=block or BLOCK, confident=confident)):
                target.write(write_answer(answer, to))
                target.flush()
        finally:
            if out is not None:
                target.close()


def _told(found: Iterator[Answer]) -> Iterator[Answer]:
    """Pass answers on, and tell on stderr how many there were."""
    start = last = time.monotonic()
    number = 0
    for number, answer in enumerate(found, 1):
        yield answer
        if (now := time.monotonic()) - last > _TOLD_EVERY:
            click.echo(f"{number:,} sentences, {_rate(number, now - start)}", err=True)
            last = now
    seconds = time.monotonic() - start
    click.echo(f"{number:,} sentences in {seconds:.1f} s, {_rate(number, seconds)}", err=True)


def _rate(number: int, seconds: float) -> str:
    rate = number / max(seconds, 1e-6)
    return f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second"
