"""Options that several commands share."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.domains.tags import SCHEMES
from benchmark.errors import UsageError
from benchmark.lists import as_names, as_seeds

if TYPE_CHECKING:
    from benchmark.plan.limit import Limit

Command = Callable[..., Any]


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    del ctx, param
    return as_names(value)


def _seeds(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    del ctx, param
    return as_seeds(value)


def _limit(ctx: click.Context, param: click.Parameter, value: str | None) -> Limit | None:
    """Read a budget; the module that does is imported only where there is one."""
    del ctx, param
    if value is None:
        return None
    from benchmark.plan.limit import parse_limit

    return parse_limit(value)


def _parameters(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    del ctx, param
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text}: use NAME=VALUE")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value  # a word
    return found


def set_option(help: str) -> Callable[[Command], Command]:
    """Return the option ``--set NAME=VALUE``; the command gets ``given``, JSON values or words by name."""
    return click.option(
        "--set", "given", multiple=True, metavar="NAME=VALUE", callback=_parameters, help=help
    )


def check_parameters(method: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ``UsageError`` for a name of ``given`` that is none of the method's parameters."""
    if unknown := sorted(set(given) - set(known)):
        raise UsageError(f"{method} has no parameter {unknown[0]!r}: it has {', '.join(sorted(known))}")


def data_dir_option(command: Command) -> Command:
    """Add ``--data-dir``; the command gets a path, or None."""
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of CrossNER, <domain>/{train,dev,test}.txt; by default LARBENCH_DATA.",
    )(command)


def own_option(command: Command) -> Command:
    """Add ``--domain``, which says where a corpus of the user's own is; the command gets ``own``, paths."""
    return click.option(
        "--domain", "own", multiple=True, type=click.Path(path_type=Path), help="Folder of your own corpus."
    )(command)


def store_option(
    help: str = "Folder of results, or a URL: s3://bucket/folder.", *, kind: Any = str
) -> Callable[[Command], Command]:
    """Return the option ``--store``; the command gets what ``kind`` makes of it."""
    return click.option("--store", default="runs", show_default=True, type=kind, help=help)


def _suite_name(_: click.Context, __: click.Parameter, value: str) -> str:
    from benchmark.plan.suite import suite_name

    return suite_name(value)


_SUITE = click.option(
    "--suite",
    default="sample",
    show_default=True,
    callback=_suite_name,
    help="Name of a suite, or its TOML file.",
)
_SELECTION: list[Callable[[Command], Command]] = [
    click.option(
        "--suite",
        help="Name of a suite, or its TOML file.  [default: sample; own where --domain alone is given]",
    ),
    click.option("--methods", callback=_names, metavar="A,B", help="Only these methods (rows) of the suite."),
    click.option("--domains", callback=_names, metavar="A,B", help="Only these domains of the suite."),
    click.option("--settings", callback=_names, metavar="A,B", help="As zero-shot, supervised, few-shot-5."),
    click.option("--seeds", callback=_seeds, metavar="N,M", help="These seeds instead of the suite's."),
    click.option(
        "--noise", callback=_names, metavar="A,B", help="Only these noise conditions; clean for none."
    ),
    click.option("--backbone", help="Encoder for every method that has one, instead of the suite's."),
    click.option("--generalist", metavar="NAME", help="What types mentions, for every method that has one."),
    click.option("--llm-model", metavar="NAME", help="Language model for every method that can ask one."),
    click.option(
        "--llm-revision", metavar="TEXT", help="Which weights stand behind that name: your own word."
    ),
    click.option(
        "--unlabelled",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Further unlabelled text, a sentence a line, for every method that adapts to such.",
    ),
    click.option(
        "--source",
        metavar="DOMAIN",
        help="Instead of the suite's source: crossner/conll2003, a folder, or"
        " several as one, such as crossner/conll2003+open/wnut17.",
    ),
    click.option("--source-limit", type=click.IntRange(min=1), help="Source train sentences at most."),
    click.option(
        "--domain",
        "own_domains",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Folder of a corpus of your own as the target, alone or besides --domains; can be repeated.",
    ),
    data_dir_option,
    store_option(),
]


def selection_options(command: Command) -> Command:
    """Add the options that say which cells are meant, and where results are kept."""
    return _add(_SELECTION, command)


def budget_option(command: Command) -> Command:
    """Add ``--llm-budget``; the command gets a ``Limit``, or None."""
    return click.option(
        "--llm-budget",
        callback=_limit,
        metavar="N|N.NNUSD",
        help="What the run may spend on language models: 200000 tokens, or 5USD.",
    )(command)


def _to_environment(ctx: click.Context, param: click.Parameter, value: float | None) -> None:
    """Set the variable by which the client of language models, and worker processes, hear of an option."""
    del ctx
    if value is not None:
        os.environ[str(param.envvar)] = str(value)


def llm_options(command: Command) -> Command:
    """Add how language models are asked; each option sets an environment variable, ``LARBENCH_LLM_...``."""
    whole, seconds = click.IntRange(min=1), click.FloatRange(min=0, min_open=True)
    options: list[tuple[str, click.ParamType[Any], str, str]] = [
        ("concurrency", whole, "N", "Requests to a language model at once, at most; found by itself below."),
        ("timeout", seconds, "SECONDS", "For one answer of a language model."),
        ("patience", seconds, "SECONDS", "How long a language model that is busy is waited for."),
        ("max-tokens", whole, "N", "Bound of each answer, instead of the method's: for models that think."),
    ]
    made = [
        click.option(
            f"--llm-{name}",
            type=kind,
            metavar=metavar,
            help=text,
            envvar=f"LARBENCH_LLM_{name.upper().replace('-', '_')}",
            expose_value=False,
            callback=_to_environment,
        )
        for name, kind, metavar, text in options
    ]
    return _add(made, command)


class StorePath(click.Path):
    """A store, or a suite in it, that is only read: a folder, or a URL that is brought to this machine."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the folder that holds it here."""
        if isinstance(value, str) and "://" in value:
            from benchmark.store.open_store import local_path

            return local_path(value)
        return super().convert(value, param, ctx)


def suite_options(command: Command) -> Command:
    """Add ``--suite`` and ``--store``."""
    return _add([_SUITE, store_option()], command)


def settings_options(command: Command) -> Command:
    """Add ``--setting`` and ``--against``, the settings of two rows that are compared."""
    one = click.option("--setting", help="Only this setting; without it, every one that both rows have.")
    other = click.option(
        "--against", help="Setting of ROW_B where it is another; that of ROW_A is --setting's."
    )
    return _add([one, other], command)


def scheme_option(*names: str, what: str) -> Callable[[Command], Command]:
    """Return an option that takes a tagging scheme, in capitals or not; ``what`` is what is read in it."""
    return click.option(
        *names,
        type=click.Choice(SCHEMES, case_sensitive=False),
        metavar=f"[{'|'.join(SCHEMES)}]",  # click would show small letters
        help=f"Tagging scheme of {what}; by default found out from its tags.",
    )


def json_option(command: Command) -> Command:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")(command)


def names_option(name: str, *, help: str) -> Callable[[Command], Command]:
    """Return an option that takes names between commas; the command gets a tuple, or None."""
    return click.option(name, callback=_names, metavar="A,B", help=help)


def seeds_option(name: str, *, help: str) -> Callable[[Command], Command]:
    """Return an option that takes seeds between commas; the command gets a tuple, or None."""
    return click.option(name, callback=_seeds, metavar="N,M", help=help)


def _add(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def print_json(value: Any, *, indent: int = 1) -> None:
    """Print a JSON value; frozen dataclasses in it become objects."""
    click.echo(_json(value, indent))


def print_json_list(items: Iterable[Any]) -> None:
    """Print a list as ``print_json`` does, item by item: it may have a hundred thousand of them."""
    before = "[\n"
    for item in items:
        click.echo(f"{before} " + _json(item).replace("\n", "\n "), nl=False)  # strings hold no line end
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def _json(value: Any, indent: int = 1) -> str:
    def plain(item: Any) -> Any:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return {f.name: getattr(item, f.name) for f in dataclasses.fields(item)}
        raise TypeError(f"{type(item).__name__} is no JSON value")

    return json.dumps(value, default=plain, indent=indent, ensure_ascii=False)


def refuse_both(first: object, second: object, text: str) -> None:
    """Raise ``UsageError`` where both options are given."""
    if first and second:
        raise UsageError(text)
