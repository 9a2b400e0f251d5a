"""``train``: fit one method on one domain and save it as a model."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import click

from benchmark.cli.options import data_dir_option, store_option


def source_option(command: Any) -> Any:
    """Add ``--source``; the command gets a domain's name, or None."""
    return click.option(
        "--source",
        metavar="DOMAIN",
        help="What to learn from first: crossner/conll2003, or a folder.  [default: CoNLL-2003, if here]",
    )(command)


def device_option(command: Any) -> Any:
    """Add ``--device``."""
    text = "Where torch computes, for example cuda."
    return click.option("--device", default="cpu", show_default=True, help=text)(command)


def one_thread() -> None:
    """Let libraries compute in one thread, as cells do, so that sums have one order."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def say(text: str) -> None:
    """Tell the user how far it is, on stderr."""
    click.echo(text, err=True)


def _params(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, Any]:
    del ctx, param
    return parse_params(value)


def parse_params(value: tuple[str, ...]) -> dict[str, Any]:
    """Read NAME=VALUE, the value as TOML writes it; what is no TOML is a text."""
    found: dict[str, Any] = {}
    for one in value:
        name, equals, text = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r}: expected NAME=VALUE, such as epochs=4")
        try:
            found[name] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[name] = text
    return found


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
@click.option("--licence", default="not stated", show_default=True, help="Of the data, for the model card.")
@device_option
@data_dir_option
@store_option("Where source taggers are kept, shared with runs.")
def train(domain: str, source: str | None, out: Path, setting: str | None, **options: Any) -> None:
    """Fit one method on one domain, measure it, and save it as a model.

    The model is a folder of safetensors and JSON with a card. It predicts as a run's cell of the same method,
    domains, setting and seed does. For the zero-shot setting, DOMAIN may be a folder of raw text, *.txt, with
    the types in its domain.toml.
    """
    one_thread()
    from benchmark.plan.default_source import load_source
    from benchmark.store.open_store import open_store
    from larbench.models.text_domain import load_target
    from larbench.models.training import Training, choose_setting, train_model

    target = load_target(domain, options["data_dir"])
    origin, warning = load_source(source, options["data_dir"])
    if warning is not None:
        say(f"warning: {warning}")
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
    say(f"{training.method}, {origin.name} → {target.name}, {training.setting}, seed {training.seed}")
    store = open_store(options["store"], create=True)
    scores = train_model(
        training, out, store=store, device=options["device"], licence=options["licence"], tell=say
    )
    for split, score in scores.items():
        low, high = 100 * score["low"], 100 * score["high"]
        click.echo(f"{split}: F1 {100 * score['f1']:.1f} ({low:.1f} to {high:.1f})")
    click.echo(f"model: {out}")
