"""The command line: each command lives in a module of its own and is imported when it is called.

Printing help imports no command's machinery, so it stays fast; a user's mistake ends in one clear line
and the exit code that its error class states.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from benchmark.errors import LarbenchError

# name → (module:attribute, one line of help)
_COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("benchmark.cli.run:run", "Run a suite's cells and print the board."),
    "plan": ("benchmark.cli.plan:plan", "Show a suite's cells, what is cached, and the time to expect."),
    "status": ("benchmark.cli.status:status", "Show the ledger: the state of every planned cell."),
    "explain": ("benchmark.cli.explain:explain", "Say whether a cell is cached and, if not, what changed."),
    # of the leaderboard's room: named here, as methods are in the registry, and imported by who calls it
    "compare": ("leaderboard.compare_command:compare", "Say where two rows of a suite differ."),
    "publish": ("benchmark.cli.publish:publish", "Copy a suite's current results into another store."),
    "check": ("benchmark.cli.check:check", "Hold a run against a baseline: has it regressed?"),
    "rescore": ("benchmark.cli.rescore:rescore", "Carry a store over to this version of the scorer."),
    "gc": ("benchmark.cli.gc:gc", "Show, and remove, what no suite refers to any more."),
    "score": ("benchmark.cli.score:score", "Score predictions against gold, from two CoNLL files."),
    # the kit for new methods stands on this package as well
    "new-method": ("larbench.new_method:new_method", "Write the package of a new method, ready to install."),
    "data": ("benchmark.cli.data:data", "Fetch, check and describe corpora."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and help, and imports one only to run it.

    ``lazy`` maps a command's name to "module:attribute" and one line of help.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, in the order of help."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for a name that is none."""
        del ctx
        if cmd_name not in self.lazy:
            return None
        module, attribute = self.lazy[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their help, none of them imported."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.lazy.items()])


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Cross-domain NER: which method carries over to your domain?"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 bad input, 3 could not measure."""
    run_commands(cli, "python -m benchmark", arguments)


def run_commands(commands: click.Command, name: str, arguments: list[str] | None = None) -> None:
    """Run a command line of the project and exit with its code.

    A user's mistake ends in one clear line instead of a traceback, and in its error class's exit code.
    """
    try:
        code = commands.main(arguments, prog_name=name, standalone_mode=False)
    except LarbenchError as error:
        from benchmark.store.redact import blot  # needed only here

        click.echo(f"error: {blot(str(error))}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
