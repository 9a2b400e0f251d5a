"""``rescore``: carry a store over to this version of the scorer."""

from __future__ import annotations

import click

from benchmark.cli.options import store_option
from benchmark.scoring import SCORER_VERSION
from benchmark.store.migrate_scorer import migrate_suite
from benchmark.store.open_store import open_store
from benchmark.store.status import find_suite


@click.command()
@store_option()
@click.option("--suite", help="Only this suite of the store.")
def rescore(store: str, suite: str | None) -> int:
    """Carry the cells of a store over to this version of the scorer, without computing any again.

    Predictions stay as they are, and every board is computed from them: build it anew afterwards. What a
    record holds of scores are those of dev; their predictions are not stored, so a record that is carried
    over has none. The exit code is 1 where a damaged cell was left as it was.
    """
    kept = open_store(store)
    kept.refresh()
    names = kept.suites() if suite is None else [find_suite(kept, suite)]
    if not names:
        find_suite(kept, "")  # raises, saying that nothing is there
    left = 0
    for name in names:
        done = migrate_suite(kept, name)
        left += len(done.left)
        click.echo(
            f"{name}: {len(done.carried)} cells carried over to scorer {SCORER_VERSION}, "
            f"{done.current} were at it; {done.without_dev} lost the dev scores of another scorer"
            + (f"; {done.planned} are planned and not done" if done.planned else "")
        )
        for reason in done.left:
            click.echo(f"  left as it was: {reason}")
        if done.carried:
            click.echo(f"  build the board anew: python -m leaderboard build {kept.location}/{name}")
    return 1 if left else 0
