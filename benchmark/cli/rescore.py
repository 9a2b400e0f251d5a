"""``rescore``: carry a store over to this version of the scorer."""

from __future__ import annotations

import click

from benchmark.scoring import SCORER_VERSION
from benchmark.store.migrate_scorer import rescore_suite
from benchmark.store.open_store import open_store
from benchmark.store.status import find_suite


@click.command()
@click.option("--store", "root", default="runs", show_default=True, help="Folder of results, or a URL.")
@click.option("--suite", help="Only this suite of the store.")
def rescore(root: str, suite: str | None) -> int:
    """Carry the cells of a store over to this version of the scorer, without computing any again.

    Predictions stay as they are, and every board is computed from them: build it anew afterwards. What a
    record holds of scores are those of dev; their predictions are not stored, so a record that is carried
    over has none. The exit code is 1 where a damaged cell was left as it was.
    """
    store = open_store(root)
    store.refresh()
    names = store.suites() if suite is None else [find_suite(store, suite)]
    if not names:
        find_suite(store, "")  # raises, saying that nothing is there
    left = 0
    for name in names:
        done = rescore_suite(store, name)
        left += len(done.left)
        click.echo(
            f"{name}: {len(done.carried)} cells carried over to scorer {SCORER_VERSION}, "
            f"{done.current} were at it; {done.without_dev} lost the dev scores of another scorer"
            + (f"; {done.planned} are planned and not done" if done.planned else "")
        )
        for reason in done.left:
            click.echo(f"  left as it was: {reason}")
        if done.carried:
            click.echo(f"  build the board anew: python -m leaderboard build {store.location}/{name}")
    return 1 if left else 0
