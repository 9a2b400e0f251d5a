"""``tune``: the search for direct inference's weights, again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchmark.cli.options import data_dir_option, store_option


@click.command()
@data_dir_option
@store_option("Where source taggers are kept.")
@click.option("--backbone", default="mini", show_default=True)
@click.option("--seed", default=555, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print every trial as JSON lines.")
def tune(data_dir: Path | None, store: str, backbone: str, seed: int, as_json: bool) -> None:
    """Repeat the search for direct inference's weights, on the dev split of CrossNER politics."""
    from benchmark.domains.load import load_domain
    from benchmark.store.store import Store
    from benchmark.task import Workspace
    from lar.tuning import SPACE, START, Tuner
    from larbench.search import best_of, coordinate_search

    source = load_domain("crossner", "conll2003", data_dir=data_dir)
    target = load_domain("crossner", "politics", data_dir=data_dir)
    workspace = Workspace(artefacts=Store(store).artefacts)
    tuner = Tuner.prepare(source, target, backbone=backbone, seed=seed, workspace=workspace)
    best = None
    for trial in coordinate_search(SPACE, START, tuner.trial):
        if as_json:
            click.echo(json.dumps({"f1": round(trial.mean, 6), **trial.params}))
        elif best is None or best_of([best, trial]) is trial:
            best = trial
            click.echo(f"{100 * trial.mean:6.2f}  {trial.params}")
