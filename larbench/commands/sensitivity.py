"""``sensitivity``: how much a zero-shot method depends on how types are named and described."""

from __future__ import annotations

from typing import Any

import click

from benchmark.cli.options import data_dir_option, store_option
from benchmark.errors import UsageError
from larbench.commands.shared import (
    device_option,
    load_origin,
    one_thread,
    parse_params,
    say,
    source_option,
    warn_of_language,
)


@click.command()
@click.option("--method", default="lar-direct", show_default=True, metavar="NAME")
@click.option("--domain", required=True, metavar="DOMAIN", help="The target: a folder, or crossner/politics.")
@source_option
@click.option("--seed", type=click.IntRange(min=0), default=555, show_default=True)
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Of the method.")
@device_option
@data_dir_option
@store_option("Where source taggers are kept, shared with runs.")
def sensitivity(
    method: str, domain: str, source: str | None, params: tuple[str, ...], **options: Any
) -> None:
    """Run a zero-shot method under other names and descriptions of the types, and print the spread of F1.

    F1 is that on dev, whose labels the method does not see.
    """
    one_thread()
    from dataclasses import replace

    from benchmark.domains.load import load_domain
    from benchmark.store.open_store import open_store
    from benchmark.task import ZERO_SHOT
    from larbench.advice.paraphrases import paraphrases
    from larbench.models.training import Training, fit, split_counts

    target = load_domain(domain, data_dir=options["data_dir"])
    origin = load_origin(source, options["data_dir"])
    if not any(sentence.mentions for sentence in target.dev):
        raise UsageError(f"{target.name} has no labelled dev split to measure on")
    warn_of_language(parse_params(params).get("backbone", "mini"), target)
    store = open_store(options["store"], create=True)
    scores = {}
    for way, types in paraphrases(target.types).items():
        say(way)
        renamed = replace(target, types=types)
        training = Training(method, origin, renamed, ZERO_SHOT, options["seed"], parse_params(params))
        fitted = fit(training, store, device=options["device"], tell=lambda _: None)
        counts = split_counts(fitted, renamed, "dev")
        scores[way] = 100 * counts.micro().f1 if counts is not None else 0.0
        click.echo(f"{scores[way]:6.1f}  {way}")
    low, high = min(scores.values()), max(scores.values())
    click.echo(f"{high - low:6.1f}  points between the best and the worst ({low:.1f} to {high:.1f})")
