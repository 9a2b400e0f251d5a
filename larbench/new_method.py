"""``new-method``: write the package of a new method, one that works, to be changed."""

from __future__ import annotations

import re
import shlex
import tempfile
from importlib.resources import files
from pathlib import Path

import click
import jinja2

from benchmark.errors import InputError, UsageError
from benchmark.registry import registered

LONGEST = 40  # letters: it is part of file names and of a column of the board
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# template → its place in the package
_TEMPLATES = {
    "pyproject.toml.jinja": "pyproject.toml",
    "README.md.jinja": "README.md",
    "gitignore.jinja": ".gitignore",
    "package.py.jinja": "{module}/__init__.py",
    "method.py.jinja": "{module}/method.py",
    "test_method.py.jinja": "tests/test_{module}.py",
}


@click.command("new-method")
@click.argument("name")
@click.option(
    "--into",
    default=".",
    metavar="DIR",
    help="The folder to write the package's folder into, larbench-NAME; by default this one.",
)
def new_method(name: str, into: str) -> None:
    """Write the package of a new method called NAME: one that works, with its test and its entry point."""
    folder = write_package(name, Path(into))
    shown = shlex.quote(str(folder))
    click.echo(f"{shown} holds the method {name}, in {_module(name)}/method.py. What to do next:")
    for command in (
        f"pip install -e {shown}",
        f"python -m pytest {shown}",
        f"python -m benchmark run --methods {name} --suite sample",
    ):
        click.echo(f"  {command}")


def write_package(name: str, into: Path) -> Path:
    """Write the package of a new method into the folder ``into`` and return its own folder.

    It is there as a whole or not at all, and nothing that exists is written over. Raises ``UsageError`` for
    a name that cannot be one, and ``InputError`` where the folder cannot be written.
    """
    check_name(name)
    folder = into / f"larbench-{name}"
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already: choose another name, or another folder with --into")
    if not into.is_dir():
        raise UsageError(f"{into} is no folder: make it first, or name another with --into")
    try:
        with tempfile.TemporaryDirectory(dir=into, prefix=".larbench-") as place:
            made = Path(place) / folder.name
            for path, text in _rendered(name).items():
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, encoding="utf-8")
            made.rename(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(reason, path=folder, expected="a folder that can be written") from error
    return folder


def check_name(name: str) -> None:
    """Raise ``UsageError`` where a method cannot be called so, or another one is."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a method cannot be called {name!r}: expected small letters and digits, in words joined by "
            "hyphens, a letter first, such as my-tagger"
        )
    if len(name) > LONGEST:
        raise UsageError(f"the name has {len(name)} letters; the most is {LONGEST}")
    if name in registered():
        raise UsageError(f"a method called {name!r} is installed already ({registered()[name]})")


def _module(name: str) -> str:
    """Return the package's import name: with a prefix, so that it is never another package's."""
    return f"larbench_{name.replace('-', '_')}"


def _rendered(name: str) -> dict[str, str]:
    """Return the package's files, path → text."""
    module = _module(name)
    words = {"name": name, "module": module, "title": "".join(map(str.capitalize, name.split("-")))}
    folder = files("larbench") / "templates"
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    return {
        place.format(module=module): environment.from_string(
            (folder / template).read_text(encoding="utf-8")
        ).render(words)
        for template, place in _TEMPLATES.items()
    }
