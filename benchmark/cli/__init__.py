"""The command line: each command lives in a module of its own and is imported when it is called.

Printing help imports no command, so it stays fast: a command's line of help is the first sentence of its
docstring, read from its source. A user's mistake ends in one clear line and the exit code that its error
class states.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from benchmark.cli.plain_output import print_whatever_comes
from benchmark.errors import LarbenchError, UsageError
from benchmark.garbage import collector_paused

ENTRY_POINT_GROUP = "larbench.commands"  # the commands of other rooms, and of other packages
_NAMES = ("run", "plan", "status", "explain", "publish", "check", "rescore", "forget", "gc", "score", "data")
_COMMANDS = {name: f"benchmark.cli.{name}:{name}" for name in _NAMES}


class LazyGroup(click.Group):
    """A group that knows its commands' names, and imports a command only to run it.

    Parameters
    ----------
    commands_at : Mapping[str, str]
        Name of a command → "module:attribute", in the order of help.
    group : str or None
        A group of entry points that adds further commands, by name.
    """

    def __init__(
        self, *args: Any, commands_at: Mapping[str, str], group: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        own = [EntryPoint(name, value, "") for name, value in commands_at.items()]
        others = sorted(entry_points(group=group)) if group is not None else []
        self.points: dict[str, EntryPoint] = {}
        for point in [*own, *others]:
            self.points.setdefault(point.name, point)  # no other package takes one of our names

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, in the order of help."""
        del ctx
        return list(self.points)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for a name that is none."""
        del ctx
        point = self.points.get(cmd_name)
        if point is None:
            return None
        try:
            with collector_paused():
                command: click.Command = point.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"the command {cmd_name!r} stands for {point.value!r}, which fails: {error}"
            ) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their help, none of them imported."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line(point)) for name, point in self.points.items()])


def help_line(point: EntryPoint) -> str:
    """Return the first sentence of a command's docstring, read from its source; empty where there is none."""
    import ast

    from benchmark.code import source_file

    path = source_file(point.module)
    body = ast.parse(path.read_bytes()).body if path is not None else []
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == point.attr:
            first = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
            return first.partition(". ")[0].removesuffix(".") + "."
    return ""


@click.group(
    cls=LazyGroup,
    commands_at=_COMMANDS,
    group=ENTRY_POINT_GROUP,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def cli() -> None:
    """Cross-domain NER: find the method that carries over to your domain."""


def main(arguments: list[str] | None = None, name: str = "python -m benchmark") -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 bad input, 3 could not measure."""
    run_commands(cli, name, arguments)


def run_commands(commands: click.Command, name: str, arguments: list[str] | None = None) -> None:
    """Run a command line of the project and exit with its code.

    A user's mistake ends in one clear line instead of a traceback, and in its error class's exit code.
    """
    print_whatever_comes()
    try:
        code = commands.main(arguments, prog_name=name, standalone_mode=False)
    except LarbenchError as error:
        from benchmark.store.redact import redact_secrets

        click.echo(f"error: {redact_secrets(str(error))}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
