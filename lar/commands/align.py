"""``align``: a target's types aligned with a source's, as a table, as JSON, as a heat map."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from benchmark.cli.options import data_dir_option, json_option, store_option
from benchmark.errors import UsageError
from lar.commands import console

if TYPE_CHECKING:  # the encoder's libraries stay out of --help
    from lar.alignment.align import Alignment
    from lar.commands.align_domains import AlignmentInputs

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_CHOICES = {
    "--solver": ("hungarian", "argmax", "source-votes", "transport", "none"),
    "--type-text": ("kinds", "parts", "both", "name", "description", "templates", "prototypes"),
    "--similarity": ("cosine", "csls"),
    "--corpus": ("crossner", "sample"),
    "--setting": ("zero-shot", "supervised"),
}


def _choice(name: str, text: str = "") -> Callable[[Decorated], Decorated]:
    values = _CHOICES[name]
    return click.option(name, default=values[0], show_default=True, type=click.Choice(values), help=text)


@click.command()
@click.option("--source", help="Named like a target.  [default: conll2003; of the sample: news]")
@click.option("--target", "targets", multiple=True, help="politics, open/wnut17, or a folder; repeatable.")
@click.option("--all", "every", is_flag=True, help="All five target domains of CrossNER.")
@_choice("--corpus", "Whose the names without a slash are.")
@_choice("--solver")
@_choice("--type-text")
@_choice("--similarity")
@click.option(
    "--threshold", type=float, help="Below it a type is novel.  [default: set on development domains]"
)
@_choice("--setting", "Whether votes and prototypes may use target labels.")
@click.option("--backbone", default="mini", show_default=True)
@click.option("--seed", default=555, show_default=True, help="Of the source tagger that votes.")
@store_option("Where source taggers are kept.")
@data_dir_option
@click.option("--quality", is_flag=True, help="Hold it against the gold alignment.")
@click.option("--compare", is_flag=True, help="Quality, also of every other solver, type text, similarity.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write JSON, PNG, SVG here.")
@json_option
def align(
    targets: tuple[str, ...],
    every: bool,
    quality: bool,
    compare: bool,
    out: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Align each target domain's types with the source's.

    Only source-votes and prototypes read CrossNER; all else needs the type texts alone, which are part of
    the package. --out DIR writes DIR/<domain>.json, .png and .svg, and with --quality or --compare also
    quality.md and quality.csv.
    """
    from lar.alignment.quality import DOMAINS
    from lar.commands.align_domains import AlignmentInputs, AlignmentOptions, make_alignment
    from lar.commands.quality_table import COMPARED, quality_rows, to_csv, to_markdown

    wanted = tuple(dict.fromkeys([*targets, *(DOMAINS if every else ())]))
    if not wanted:
        raise UsageError("nothing to align: name a --target, or ask for --all")
    choice = AlignmentOptions(
        *(options.pop(name) for name in ("solver", "type_text", "similarity", "threshold"))
    )
    inputs = AlignmentInputs(**options)
    if not choice.reads_corpora:
        _one_thread()
    made = {target: make_alignment(choice, target, inputs) for target in wanted}
    rows = []
    if quality or compare:
        choices = [choice, *(COMPARED if compare else ())]
        rows = quality_rows(
            choices,
            wanted,
            lambda one, target: made[target] if one == choice else make_alignment(one, target, inputs),
        )
    if as_json:
        click.echo(json.dumps({name: one.to_artefact() for name, one in made.items()}, ensure_ascii=False))
    else:
        _print(made, inputs)
        click.echo("\n" + to_markdown(rows) if rows else "", nl=False)
    if out is not None:
        _write(made, inputs, out)
        if rows:
            (out / "quality.md").write_text(to_markdown(rows), encoding="utf-8")
            (out / "quality.csv").write_text(to_csv(rows), encoding="utf-8")
        click.echo(f"Written: {out}", err=as_json)


def _one_thread() -> None:
    """Embed with one thread: for few texts it is faster, and the sums do not depend on the cores."""
    import torch

    torch.set_num_threads(1)


def _print(made: Mapping[str, Alignment], inputs: AlignmentInputs) -> None:
    from rich.table import Table

    from lar.alignment.align import NOVEL

    terminal = console()
    for name, alignment in made.items():
        title = f"{inputs.source_name} → {_label(name)}: {alignment.solver}, {alignment.type_text}"
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column("target type", no_wrap=True)
        table.add_column("partner", no_wrap=True)
        table.add_column("core")
        for column in ("score", *alignment.source_types):
            table.add_column(column, justify="right", no_wrap=True)
        scores = alignment.scores
        for kind, row in zip(alignment.target_types, alignment.similarity, strict=True):
            figures = [f"{value:.2f}" for value in (scores[kind], *row.tolist())]
            core = "one to one" if kind in alignment.core else ""
            table.add_row(kind, alignment.pairs[kind] or NOVEL, core, *figures)
        terminal.print(table)
        if alignment.threshold is not None:
            terminal.print(f"{NOVEL}: below {alignment.threshold:.2f}")


def _write(made: Mapping[str, Alignment], inputs: AlignmentInputs, out: Path) -> None:
    from benchmark.store.atomic_io import write_atomic
    from lar.alignment.heatmap import draw_heatmap

    for name, alignment in made.items():
        label = _label(name)
        about = {"source": _label(inputs.source_name), "target": label, "backbone": _label(inputs.backbone)}
        content = {"about": about, **alignment.to_artefact()}
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomic(out / f"{label}.json", text.encode(), temporary=out)
        for form, picture in draw_heatmap(alignment, f"{about['source']} → {label}").items():
            write_atomic(out / f"{label}.{form}", picture, temporary=out)


def _label(name: str) -> str:
    """Return a domain's or backbone's name: of a folder its last part, which may stand in a file."""
    return Path(name).resolve().name if Path(name).exists() or "/" in name else name
