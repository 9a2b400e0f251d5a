"""``tune``: the search for direct inference's weights, again."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import click

from benchmark.cli.options import data_dir_option, store_option


@click.command()
@data_dir_option
@store_option("Where source taggers are kept.")
@click.option("--backbone", default="mini", show_default=True)
@click.option(
    "--seed", "seeds", multiple=True, type=int, default=(555,), show_default=True, help="Repeatable."
)
@click.option("--trials", type=int, help="The most to make.  [default: 120]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for lar-direct.json, all trials."
)
def tune(
    data_dir: Path | None,
    store: str,
    backbone: str,
    seeds: tuple[int, ...],
    trials: int | None,
    out: Path | None,
) -> None:
    """Repeat the search for direct inference's weights, on the development domains re3d, wnut17 and cyner.

    The score is the mean over them of the micro-F1 on train and dev. Their files are looked for below the
    folder that LARBENCH_OPEN_DATA names, or in the folder open beside that of LARBENCH_DATA.
    """
    from benchmark.domains.load import load_domain
    from benchmark.domains.open_corpora.development import NAMES, load_development
    from benchmark.store.atomic_io import write_atomic
    from benchmark.store.store import Store
    from benchmark.task import Workspace
    from lar.tuning import BUDGET, SPACE, START, Tuner
    from larbench.search import best_of, coordinate_search, params_text, search_content

    source = load_domain("crossner", "conll2003", data_dir=data_dir)
    targets = [load_development(name) for name in NAMES]
    workspace = Workspace(artefacts=Store(store).artefacts)
    tuner = Tuner.prepare(source, targets, backbone=backbone, seeds=seeds, workspace=workspace)
    made = []
    for trial in islice(coordinate_search(SPACE, START, tuner.trial), BUDGET if trials is None else trials):
        made.append(trial)
        click.echo(f"{100 * trial.mean:6.2f}  {params_text(trial.params)}")
    click.echo(f"chosen: {params_text(best_of(made).params)}")
    if out is not None:
        about: dict[str, object] = {
            "method": "lar-direct",
            "setting": "zero-shot",
            "split": "train and dev",
            "source": source.name,
        }
        about |= {"domains": list(NAMES), "seeds": list(seeds), "fixed": {"backbone": backbone}}
        text = json.dumps(search_content(about, SPACE, made), indent=1, ensure_ascii=False) + "\n"
        write_atomic(out / "lar-direct.json", text.encode(), temporary=out)
