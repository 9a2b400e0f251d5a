"""Submissions: predictions made elsewhere, checked, scored here, and shown as rows of the board."""

from __future__ import annotations

import click


def add_commands(cli: click.Group) -> None:
    """Add ``submit`` and ``verify`` to a command line; each imports its machinery when it is called."""
    from leaderboard.submit.adapt_commands import from_conll, from_spans, texts
    from leaderboard.submit.commands import submit
    from leaderboard.submit.verify_commands import scan, verify

    for command in (texts, from_conll, from_spans, scan):
        submit.add_command(command)
    cli.add_command(submit)
    cli.add_command(verify)
