"""``python -m leaderboard submit``: pack, validate, add, undo, list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import data_dir_option, own_option, store_option
from benchmark.errors import LarbenchError

if TYPE_CHECKING:
    from leaderboard.submit.validate import Checked

_STORE = store_option(kind=click.Path(path_type=Path))


def with_corpora(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --store, --data-dir and --domain."""
    return _STORE(data_dir_option(own_option(command)))


@click.group()
def submit() -> None:
    """Predictions made elsewhere: pack them, check them, add them to a board, take them back."""


@submit.command()
@click.argument("name")
def template(name: str) -> None:
    """Print a method.toml for the submission NAME, to fill in."""
    from leaderboard.submit.pack import template as filled

    click.echo(filled(name), nl=False)


@submit.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--name", required=True, help="Of the submission and its row.")
@click.option("--suite", help="Which suite it is for; without it, that of the store.")
@click.option("--row", help="Of a store: the row's label, where it is not the name.")
@click.option("--method", type=click.Path(path_type=Path), help="The method.toml; without it, DIR's.")
@click.option("--output", type=click.Path(path_type=Path), help="The bundle; without it, NAME.zip.")
def pack(
    folder: Path, name: str, suite: str | None, row: str | None, method: Path | None, output: Path | None
) -> None:
    """Pack DIR into a bundle: STORE/SUITE, or predictions/<setting>/<domain>/s<seed>.jsonl in any folder."""
    from leaderboard.submit.pack import pack as packed
    from leaderboard.submit.pack import write_bundle

    path = output or Path(f"{name}.zip")
    write_bundle(path, packed(folder, name=name, suite=suite, row=row, method=method))
    click.echo(f"Written: {path}")


@submit.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@with_corpora
def validate(bundle: Path, store: Path, data_dir: Path | None, own: tuple[Path, ...]) -> None:
    """Check BUNDLE, a zip file or a folder, and print its scores; nothing is changed."""
    from benchmark.store.store import Store
    from leaderboard.results.gold import GoldShelf
    from leaderboard.submit.bundle import open_bundle
    from leaderboard.submit.validate import check_bundle

    with open_bundle(bundle) as opened:
        checked = check_bundle(opened, Store(store), GoldShelf(data_dir, own))
    _report(checked)


@submit.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@with_corpora
def add(bundle: Path, store: Path, data_dir: Path | None, own: tuple[Path, ...]) -> None:
    """Check BUNDLE, recompute every score and add its row to the board of its suite."""
    from benchmark.store.store import Store
    from leaderboard.results.gold import GoldShelf
    from leaderboard.submit.bundle import open_bundle
    from leaderboard.submit.stored import add as added
    from leaderboard.submit.validate import check_bundle

    with open_bundle(bundle) as opened:
        shelf = GoldShelf(data_dir, own)
        checked = check_bundle(opened, Store(store), shelf)
        _report(checked)
        stored = added(opened, checked, Store(store), shelf)
    click.echo(f"Added: {stored.folder}")
    click.echo(f"Board: `python -m leaderboard build {store / checked.manifest.suite}`")
    click.echo(f"Undo: `python -m leaderboard submit undo {checked.manifest.name} --store {store}`")


@submit.command()
@click.argument("name")
@click.option("--suite", help="Of which suite, where several have one of that name.")
@_STORE
def undo(name: str, suite: str | None, store: Path) -> None:
    """Take the submission NAME back: its row goes, nothing else changes."""
    from benchmark.store.store import Store
    from leaderboard.submit.stored import suite_of
    from leaderboard.submit.stored import undo as undone

    folder = undone(Store(store), suite or suite_of(store, name), name)
    click.echo(f"Removed: {folder}")


@submit.command(name="list")
@_STORE
def show(store: Path) -> None:
    """List the submissions of a store: suite, name, tier, and whether each has all its cells."""
    from leaderboard.submit.evidence import read_evidence
    from leaderboard.submit.standing import tier_of
    from leaderboard.submit.stored import submissions

    for suite in sorted({path.parent.parent.name for path in store.glob("*/submissions/*")}):
        for stored in submissions(store, suite):
            tier = tier_of(stored.digests, read_evidence(stored.folder, stored.digests))
            click.echo(
                f"{suite}  {stored.card.name}  {tier}  {len(stored.digests)} cells  added {stored.added}"
            )


class FalseClaims(LarbenchError):  # noqa: N818 - named for what it tells
    """Claimed scores that the predictions do not bear out."""


def _report(checked: Checked) -> None:
    """Print what a checked bundle holds; ``FalseClaims`` where a claim differs from its recomputed score."""
    from leaderboard.submit.standing import named

    click.echo(
        f"{checked.manifest.name}: {len(checked.digests)} cells for the suite {checked.manifest.suite}"
    )
    for (setting, domain, seed), f1 in checked.f1.items():
        click.echo(f"  {setting} {domain} (seed {seed}): F1 {100 * f1:.2f}")
    for held in checked.claims:
        click.echo(f"  {'as claimed' if held.agrees else 'NOT AS CLAIMED'}: {held}")
    if checked.missing:
        click.echo(f"Not ranked: missing {named(checked.missing)}")
    for row, cells in checked.twins.items():
        click.echo(f"Duplicate: {cells} of {len(checked.digests)} cells are those of {row}, to the byte")
    if checked.false_claims:
        number = len(checked.false_claims)
        raise FalseClaims(
            f"{number} claimed score{'s' if number > 1 else ''} not borne out: nothing was changed"
        )
