"""``submit texts``, ``from-conll``, ``from-spans``: from any framework's output to predictions to pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import data_dir_option
from benchmark.errors import UsageError

if TYPE_CHECKING:
    from benchmark.domains.corpus import Domain
    from leaderboard.submit.convert import Converted

_DOMAIN = click.argument("domain", metavar="DOMAIN")
_PLACE = (
    click.option("--setting", required=True, help="zero-shot, supervised or few-shot-K."),
    click.option("--seed", required=True, type=click.IntRange(0, 2**32 - 1), help="Of the run."),
    click.option("--into", required=True, type=click.Path(path_type=Path), help="The folder to pack later."),
    click.option("--map", "names", multiple=True, metavar="FROM=TO", help="A type of yours = the domain's."),
)


def _placed(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in _PLACE:
        command = option(command)
    return data_dir_option(command)


@click.command()
@_DOMAIN
@data_dir_option
def texts(domain: str, data_dir: Path | None) -> None:
    """Print the test sentences of DOMAIN (crossner/politics, sample/music, or a folder) as JSON lines."""
    from leaderboard.submit.convert import texts as lines

    for line in lines(_resolve(domain, data_dir)):
        click.echo(line)


@click.command(name="from-conll")
@click.argument("file", type=click.Path(path_type=Path))
@_DOMAIN
@_placed
@click.option("--scheme", help="IOB2, IOB1, IOBES or BILOU; found out from the tags without it.")
def from_conll(
    file: Path,
    domain: str,
    setting: str,
    seed: int,
    into: Path,
    names: tuple[str, ...],
    data_dir: Path | None,
    scheme: str | None,
) -> None:
    """Read FILE, the test set of DOMAIN in CoNLL columns with predicted tags, as predictions."""
    from leaderboard.submit.convert import from_conll as converted

    found = _resolve(domain, data_dir)
    _save(converted(file, found, names=_mapped(names), scheme=scheme), found, setting, seed, into)


@click.command(name="from-spans")
@click.argument("file", type=click.Path(path_type=Path))
@_DOMAIN
@_placed
@click.option("--drop-undeclared", is_flag=True, help="Leave out spans of types that DOMAIN does not have.")
def from_spans(
    file: Path,
    domain: str,
    setting: str,
    seed: int,
    into: Path,
    names: tuple[str, ...],
    data_dir: Path | None,
    drop_undeclared: bool,
) -> None:
    """Read FILE, JSON with spans by character as spaCy, transformers or GLiNER give them, as predictions."""
    from leaderboard.submit.convert import from_spans as converted

    found = _resolve(domain, data_dir)
    made = converted(file, found, names=_mapped(names), drop_undeclared=drop_undeclared)
    _save(made, found, setting, seed, into)


def _resolve(domain: str, data_dir: Path | None) -> Domain:
    from benchmark.domains.load import resolve

    return resolve(domain, data_dir=data_dir)


def _mapped(names: Iterable[str]) -> dict[str, str]:
    pairs = [name.split("=", 1) for name in names]
    for pair in pairs:
        if len(pair) != 2 or not all(pair):
            raise UsageError(f"--map {'='.join(pair)}: expected FROM=TO, as PER=person")
    return {pair[0]: pair[1] for pair in pairs}


def _save(made: Converted, domain: Domain, setting: str, seed: int, into: Path) -> None:
    from benchmark.settings import check_setting
    from leaderboard.submit.convert import save

    path = save(into, (check_setting(setting), domain.name, seed), made.predictions)
    mentions = sum(map(len, made.predictions.values()))
    click.echo(f"Written: {path}: {mentions:,} mentions in {len(made.predictions):,} sentences")
    if made.widened:
        click.echo(f"  {made.widened:,} spans cut a token: widened to whole ones")
    if made.dropped:
        click.echo(f"  {made.dropped:,} spans overlapped a better one: left out")
    for kind, count in sorted((made.undeclared or {}).items()):
        click.echo(f"  {count:,} spans of the type {kind!a}, which {domain.name} does not have: left out")
