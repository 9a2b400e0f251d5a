"""``data``: fetch, check and describe corpora."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.data_init import init
from benchmark.cli.options import data_dir_option, json_option, print_json, scheme_option
from benchmark.cli.reading_options import reading_options

if TYPE_CHECKING:
    from benchmark.domains.corpus import EntityType
    from benchmark.domains.reading import ReadOptions


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def data() -> None:
    """Fetch, check and describe corpora."""


data.add_command(init)


@data.command()
@click.argument("names", nargs=-1, metavar="[CORPUS]...")
@data_dir_option
@click.option(
    "--mirror", "mirrors", multiple=True, metavar="URL", help="Ask this base URL first; repeatable."
)
@click.option("--only-mirrors", is_flag=True, help="Never ask the official repository.")
@json_option
def fetch(
    names: tuple[str, ...],
    data_dir: Path | None,
    mirrors: tuple[str, ...],
    only_mirrors: bool,
    as_json: bool,
) -> None:
    """Download CrossNER (5 MB): pinned, checked by SHA-256; a second call goes on where one stopped.

    With CORPUS, these public corpora in its place: wnut17, re3d, cyner, anem, sec-filings, uner-da, uner-sv,
    uner-pt, crossre, crossre-german, crossre-spanish; or open for all of them.

    Without --data-dir the files go to this user's cache, where every command finds them. A mirror serves
    URL/<domain>/<split>.txt, or URL/<corpus>/<file>.
    """
    from benchmark.domains.fetch import fetch_crossner, fetch_open

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    official = not only_mirrors
    if names:
        some = () if names == ("open",) else names
        report = fetch_open(some, data_dir, mirrors=mirrors, official=official, say=say)
    else:
        report = fetch_crossner(data_dir, mirrors=mirrors, official=official, say=say)
    if as_json:
        content = {name: getattr(report, name) for name in ("fetched", "present", "troubles")}
        print_json({"folder": str(report.folder), **content}, indent=2)
        return
    fetched, present = len(report.fetched), len(report.present)
    what, variable = ("The corpora are", "LARBENCH_OPEN_DATA") if names else ("CrossNER is", "LARBENCH_DATA")
    click.echo(f"{what} in {report.folder}: {fetched} files fetched, {present} were there")
    if names:
        click.echo("Each has a licence of its own: see docs/add-a-domain.md.")
    else:
        click.echo("Its conll2003 is Reuters text, licensed for research use: do not publish it.")
    if data_dir is not None:
        click.echo(f"Use them with --data-dir {data_dir}, or {variable}={data_dir} in the environment.")


@data.command()
@click.argument("path", type=click.Path(path_type=Path))
@scheme_option("--scheme", what="PATH")
@reading_options
@click.option(
    "--source",
    metavar="DOMAIN",
    help="Say which types are those of this domain: crossner/conll2003, sample/news.",
)
@click.option("--repair", is_flag=True, help="Write a copy with illegal transitions mended.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Where the copy goes; PATH.repaired by default. Never overwrites.",
)
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    path: Path,
    scheme: str | None,
    options: ReadOptions,
    source: str | None,
    repair: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Tell all that is wrong with PATH, a folder with train, dev and test or a single file.

    PATH may also be a folder and what its files' names begin with: crossre/ai for crossre/ai-train.json.

    The exit code is 2 where something is wrong, 0 where nothing is, or where --repair mended all of it in
    the copy.
    """
    from benchmark.domains.check import read_corpus, report
    from benchmark.domains.repair import Repair, write_repaired
    from benchmark.domains.split_files import raw_text_files
    from benchmark.domains.tagged_file import counted

    if output is not None and not repair:
        raise click.UsageError("--output goes with --repair")
    if texts := raw_text_files(path):
        _say_raw_text(path, texts, as_json=as_json)
        return
    reading = read_corpus(path, scheme=scheme, options=options)
    found = report(reading, _types(source))
    repaired: Repair | None = None
    mendable = found.mendable and not found.ok
    if repair and mendable:
        repaired = write_repaired(reading, output)
    if as_json:
        copy = None if repaired is None else {"output": str(repaired.output), "changed": repaired.changed}
        print_json(found.as_dict() | {"repaired": copy}, indent=2)
    else:
        click.echo(found)
        if repaired is not None:
            changed = counted(repaired.changed, "tag")
            click.echo(f"repaired copy: {repaired.output} ({changed} changed; {path} is untouched)")
        elif repair:
            click.echo("nothing to repair" if found.ok else "nothing written: mend the other errors first")
    ctx.exit(0 if found.ok or repaired is not None else 2)


@data.command()
@click.argument("domain")
@data_dir_option
@json_option
def describe(domain: str, data_dir: Path | None, as_json: bool) -> None:
    """Print the data card of DOMAIN: crossner/politics, sample/music, or a folder."""
    from benchmark.domains.describe import describe_domain

    card = describe_domain(domain, data_dir=data_dir)
    if as_json:
        print_json(card.as_dict(), indent=2)
    else:
        click.echo(card)


@data.command()
@click.argument("domain")
@click.option(
    "--shots", type=click.IntRange(1, 9999), required=True, metavar="K", help="Mentions of each type."
)
@click.option("--seed", "seeds", type=int, multiple=True, required=True, help="Of the cell; repeatable.")
@data_dir_option
@json_option
def shots(domain: str, shots: int, seeds: tuple[int, ...], data_dir: Path | None, as_json: bool) -> None:
    """Name the train sentences of DOMAIN that a cell of the setting few-shot-K learns from.

    DOMAIN is crossner/politics, sample/music, or a folder.
    """
    from benchmark.domains.load import load_domain
    from benchmark.few_shot import describe_support
    from benchmark.settings import few_shot

    target = load_domain(domain, data_dir=data_dir)
    found = {seed: describe_support(target, few_shot(shots), seed) or {} for seed in seeds}
    if as_json:
        print_json({str(seed): support for seed, support in found.items()}, indent=2)
        return
    for seed, support in found.items():
        click.echo(
            f"{few_shot(shots)}, seed {seed}: {support['sentences']} of {support['of']} train sentences"
        )
        click.echo("  " + ", ".join(f"{name} {count}" for name, count in support["mentions"].items()))
        click.echo("  " + " ".join(support["ids"]))


def _say_raw_text(folder: Path, texts: Sequence[Path], *, as_json: bool) -> None:
    from benchmark.domains.domain_file import DOMAIN_FILE, load_domain_file

    types = load_domain_file(folder / DOMAIN_FILE).types or ()
    names = [path.name for path in texts]
    if as_json:
        print_json({"path": str(folder), "ok": True, "raw_text": names, "types": list(types)}, indent=2)
        return
    named = f"types: {', '.join(types)}" if types else "its domain.toml names no types, which training needs"
    click.echo(f"{folder}: raw text without labels ({', '.join(names)}); {named}")
    click.echo("  train --setting zero-shot and predict take it as it lies; scores need labelled files")


def _types(source: str | None) -> Sequence[EntityType] | None:
    from benchmark.domains.load import load_domain

    return None if source is None else load_domain(source).types
