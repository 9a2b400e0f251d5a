"""``round-trip``: what the form of questions and answers itself loses of a corpus; it should be nothing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchmark.cli.options import data_dir_option, json_option

_SAMPLE = tuple(f"sample/{name}" for name in ("politics", "science", "music", "literature", "ai"))


@click.command("round-trip")
@click.argument("domains", nargs=-1, metavar="[CORPUS/DOMAIN]...")
@data_dir_option
@json_option
def round_trip(domains: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:
    """Render gold as a language model's answers, read it back, score it: 100.00 for each domain.

    Domains are named as sample/politics, crossner/music, or by a folder; without a name, all five of the
    sample. Nothing is asked of a model. The prompts' hash is part of the identity of results that used them.
    Exits with 1 where a domain is below 100.
    """
    from benchmark.domains.load import load_domain
    from lar.generalists.prompts import prompt_hash
    from lar.generalists.round_trip import round_trip as ceiling

    found = {name: ceiling(load_domain(name, data_dir=data_dir)) for name in domains or _SAMPLE}
    if as_json:
        click.echo(json.dumps({"prompts": prompt_hash(), "round_trip": found}, ensure_ascii=False))
    else:
        width = max(map(len, found))
        for name, value in found.items():
            click.echo(f"{name:<{width}}  {value:6.2f}")
        click.echo(f"prompts {prompt_hash()}")
    if any(value < 100.0 for value in found.values()):
        raise SystemExit(1)
