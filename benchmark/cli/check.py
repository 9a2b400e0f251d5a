"""``check``: the regression gate, a run held against a baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmark.cli.options import (
    StorePath,
    data_dir_option,
    json_option,
    names_option,
    own_option,
    seeds_option,
)
from benchmark.errors import InputError
from benchmark.gate.check import ALPHA
from benchmark.gate.check import check as hold
from benchmark.gate.junit import junit
from benchmark.gate.render import markdown, table, to_json
from benchmark.plan.cell_filter import CellFilter
from benchmark.scoring.statistics import PAIRED_RESAMPLES
from benchmark.store.atomic_io import write_durable

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--baseline", required=True, type=StorePath(), help="STORE/SUITE to hold against.")
@click.option("--run", "run_", required=True, type=StorePath(), help="STORE/SUITE, or its store.")
@names_option("--methods", help="Only these methods (rows) of the baseline.")
@names_option("--domains", help="Only these domains of the baseline.")
@names_option("--settings", help="Only these settings.")
@seeds_option("--seeds", help="Only these seeds of the baseline.")
@click.option("--any-seed", is_flag=True, help="The run may have other seeds than the baseline.")
@click.option("--alpha", default=ALPHA, show_default=True, help="Chance that any line fires without cause.")
@click.option("--resamples", default=PAIRED_RESAMPLES, show_default=True, help="Of sentences.")
@own_option
@data_dir_option
@json_option
@click.option("--junit", "junit_file", type=_FILE, metavar="FILE", help="Write JUnit XML.")
@click.option("--summary", "summary_file", type=_FILE, metavar="FILE", help="Write Markdown.")
def check(
    baseline: Path,
    run_: Path,
    methods: tuple[str, ...] | None,
    domains: tuple[str, ...] | None,
    settings: tuple[str, ...] | None,
    seeds: tuple[int, ...] | None,
    as_json: bool,
    junit_file: Path | None,
    summary_file: Path | None,
    **options: Any,
) -> int:
    """Say whether a run is worse than a baseline, beyond what chance would do.

    The exit code is 1 where a line regressed, 0 where there is no evidence of it, and 3 where something could
    not be measured: missing cells, other data, another scorer, damaged files, nothing to compare.
    """
    only = CellFilter(methods, domains, settings, seeds)
    report = hold(baseline, run_, only=only, **options)
    click.echo(to_json(report) if as_json else table(report), nl=False)
    if junit_file is not None:
        _write(junit_file, junit(report))
    if summary_file is not None:
        _write(summary_file, markdown(report).encode())
    return report.exit_code


def _write(path: Path, content: bytes) -> None:
    try:
        write_durable(path, content)
    except OSError as error:
        raise InputError(f"a file that cannot be written ({error.strerror})", path=path) from error
