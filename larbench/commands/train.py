"""``train``: fit one method on one domain and save it as a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmark.cli.options import data_dir_option, store_option
from larbench.commands.shared import (
    device_option,
    load_origin,
    one_thread,
    parse_params,
    say,
    source_option,
    warn_of_language,
)


def _params(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, Any]:
    del ctx, param
    return parse_params(value)


@click.command()
@click.option("--method", required=True, metavar="NAME", help="As lar-direct, fine-tune.")
@click.option("--domain", required=True, metavar="DOMAIN", help="The target: a folder, or crossner/politics.")
@source_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The model's folder, a new one.")
@click.option("--setting", help="As zero-shot, supervised.  [default: supervised where there are labels]")
@click.option("--seed", type=click.IntRange(min=0), default=555, show_default=True)
@click.option(
    "--param", "params", multiple=True, callback=_params, metavar="NAME=VALUE", help="Of the method."
)
@click.option("--backbone", help="Encoder, where the method has one.")
@click.option("--source-limit", type=click.IntRange(min=1), help="Source train sentences at most.")
@click.option(
    "--from",
    "form",
    type=click.Choice(["text", "lines", "tokens"]),
    default="text",
    show_default=True,
    help="How raw text, *.txt of a folder, is read; lines: a sentence a line; tokens: words at white space.",
)
@click.option("--licence", default="not stated", show_default=True, help="Of the data, for the model card.")
@device_option
@data_dir_option
@store_option("Where source taggers are kept, shared with runs.")
def train(domain: str, source: str | None, out: Path, setting: str | None, form: str, **options: Any) -> None:
    """Fit one method on one domain, measure it, and save it as a model.

    The model is a folder of safetensors and JSON with a card. It predicts as a run's cell of the same method,
    domains, setting and seed does. For the zero-shot setting, DOMAIN may be a folder of raw text, *.txt, with
    the types in its domain.toml.
    """
    one_thread()
    from benchmark.store.open_store import open_store
    from larbench.models.text_domain import load_target
    from larbench.models.training import Training, choose_setting, make_method, train_model

    target = load_target(domain, options["data_dir"], form=form)
    origin = load_origin(source, options["data_dir"])
    params = options["params"] | ({"backbone": options["backbone"]} if options["backbone"] else {})
    training = Training(
        options["method"],
        origin,
        target,
        setting or choose_setting(options["method"], target),
        options["seed"],
        params,
        options["source_limit"],
    )
    warn_of_language(make_method(training).get_params().get("backbone"), target)
    say(f"{training.method}, {origin.name} → {target.name}, {training.setting}, seed {training.seed}")
    store = open_store(options["store"], create=True)
    scores = train_model(
        training, out, store=store, device=options["device"], licence=options["licence"], tell=say
    )
    for split, score in scores.items():
        low, high = 100 * score["low"], 100 * score["high"]
        click.echo(f"{split}: F1 {100 * score['f1']:.1f} ({low:.1f} to {high:.1f})")
    click.echo(f"model: {out}")
