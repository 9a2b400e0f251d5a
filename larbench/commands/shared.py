"""What commands of this room share: options, one thread, a model, the source, lines of text."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from benchmark.errors import InputError

if TYPE_CHECKING:
    from benchmark.domains.corpus import Domain
    from larbench.models.folder import Model


def source_option(command: Any) -> Any:
    """Add ``--source``; the command gets a domain's name, or None."""
    return click.option(
        "--source",
        metavar="DOMAIN",
        help="What to learn from first: crossner/conll2003, or a folder.  [default: CoNLL-2003, if here]",
    )(command)


def device_option(command: Any) -> Any:
    """Add ``--device``."""
    text = "Where torch computes, for example cuda."
    return click.option("--device", default="cpu", show_default=True, help=text)(command)


def one_thread() -> None:
    """Let libraries compute in one thread, as cells do, so that sums have one order."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def say(text: str) -> None:
    """Tell the user how far it is, on stderr."""
    click.echo(text, err=True)


def parse_params(value: tuple[str, ...]) -> dict[str, Any]:
    """Read NAME=VALUE, the value as TOML writes it; what is no TOML is a text."""
    found: dict[str, Any] = {}
    for one in value:
        name, equals, text = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r}: expected NAME=VALUE, such as epochs=4")
        try:
            found[name] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[name] = text
    return found


def load_origin(source: str | None, data_dir: Path | None) -> Domain:
    """Return the source that a command learns from, and warn where it is the synthetic one."""
    from benchmark.plan.default_source import load_source

    origin, warning = load_source(source, data_dir)
    if warning is not None:
        say(f"warning: {warning}")
    return origin


def warn_of_language(backbone: object, target: Domain) -> None:
    """Warn where a backbone has not read the target's language."""
    from benchmark.plan.backbone_language import language_warning

    if text := language_warning(str(backbone), target):
        say(f"warning: {text}")


def open_model(folder: Path, *, device: str = "cpu") -> Model:
    """Load a model that is to compute in one thread; ``one_thread`` comes before whatever imports torch."""
    import torch

    from larbench.models.folder import load_model

    torch.set_num_threads(1)
    return load_model(folder, device=device)


def opened(file: str) -> TextIO:
    """Open a file, or stdin, as text in UTF-8."""
    if file == "-":
        return open(sys.stdin.fileno(), encoding="utf-8", closefd=False)
    try:
        return Path(file).open(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"no readable file ({error.strerror})", path=file, expected="a text file") from error


def lines_of(source: TextIO, file: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text with their numbers; ``InputError`` where they are not UTF-8."""
    number = 0
    try:
        for number, line in enumerate(source, 1):
            yield number, line.rstrip("\n")
    except UnicodeDecodeError as error:
        expected = "text in UTF-8"
        raise InputError("bytes that are not UTF-8", path=file, line=number + 1, expected=expected) from error
