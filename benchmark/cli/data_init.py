"""``data init``: a ``domain.toml`` for a folder, with what is given and the types that its files have."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli.options import scheme_option
from benchmark.cli.reading_options import reading_options
from benchmark.domains.reading import ILLEGAL
from benchmark.lists import as_names

if TYPE_CHECKING:
    from benchmark.domains.corpus import EntityType
    from benchmark.domains.domain_file import DomainFile
    from benchmark.domains.reading import ReadOptions


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--train", metavar="FILE", help="The file of the split, below PATH; without it, found by name.")
@click.option("--dev", metavar="FILE", help="The same; without one, dev is drawn from train.")
@click.option("--test", metavar="FILE", help="The same.")
@click.option("--language", metavar="TAG", help="A tag of BCP 47, such as en.")
@click.option("--types", metavar="NAME,NAME", help="The types to find, where PATH is raw text.")
@click.option("--illegal-transitions", type=click.Choice(ILLEGAL), help="Repaired: read as conlleval does.")
@scheme_option("--scheme", what="the files")
@reading_options
def init(path: Path, types: str | None, options: ReadOptions, **stated: str | None) -> None:
    """Write PATH/domain.toml: which files are the splits, how they are read, and the types to describe.

    What is given is stated; types come with words of their mentions. No file that is there is overwritten.
    """
    from benchmark.domains.domain_file import DOMAIN_FILE, DomainFile
    from benchmark.store.atomic_io import write_atomic
    from benchmark.validation import validate

    place = path / DOMAIN_FILE
    if place.exists():
        raise click.UsageError(f"{place} is there: edit it, or move it away")
    files = {split: stated.pop(split) for split in ("train", "dev", "test")}
    if any(files.values()) and not files["train"]:
        raise click.UsageError("--dev and --test go with --train")
    given = {**vars(options), **stated, "names": list(options.names), "files": any(files.values()) and files}
    said = validate(DomainFile, {name: value for name, value in given.items() if value})
    kinds, examples = _types_to_describe(path, said, as_names(types) or ())
    write_atomic(place, domain_toml(said, kinds, examples).encode(), temporary=path)
    click.echo(f"{place}: {len(kinds)} types; methods without labels read their descriptions: write some")
    click.echo(f"then: python -m benchmark data check {path}")


def _types_to_describe(
    path: Path, stated: DomainFile, names: Sequence[str]
) -> tuple[Sequence[EntityType], dict[str, Sequence[str]]]:
    """Return the types of a folder with words of some mentions, or those that are named for raw text."""
    from benchmark.domains.corpus import SPLITS, EntityType
    from benchmark.domains.folder import load_folder
    from benchmark.domains.type_names import readable_name

    if names:
        return [EntityType(name, readable_name(name), "") for name in names], {}
    domain = load_folder(path, stated)
    found: dict[str, Counter[str]] = {name: Counter() for name in domain.type_names}
    for sentence in (one for split in SPLITS for one in domain.split(split)):
        for start, end, kind in sentence.mentions:
            found[kind][" ".join(sentence.tokens[start:end])] += 1
    return domain.types, {kind: [text for text, _ in some.most_common(5)] for kind, some in found.items()}


def domain_toml(
    stated: DomainFile, types: Sequence[EntityType], examples: Mapping[str, Sequence[str]]
) -> str:
    """Return the text of a ``domain.toml``, for its owner to go on with.

    Parameters
    ----------
    stated : DomainFile
        What is stated already; its types aside.
    types : sequence of EntityType
        The types, each of which gets a table.
    examples : mapping of str to sequence of str
        Words of some mentions by type; they become comments.
    """
    tables = {"files", "split", "map", "types"}
    lines = _pairs(stated.model_dump(exclude=tables, exclude_none=True))
    if stated.language is None:
        lines.insert(0, '# language = "en", a tag of BCP 47')
    if stated.files is not None:
        lines += ["", "[files]", *_pairs(stated.files.model_dump(exclude_none=True))]
    if stated.map:
        lines += ["", "[map]", *_pairs(stated.map)]
    for kind in types:
        lines += ["", f"[types.{_key(kind.name)}]"]
        if some := examples.get(kind.name):
            lines.append(f"# such as {', '.join(map(_value, some))}")
        lines += _pairs({"name": kind.readable, "description": kind.description})
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, object]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in table.items()]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: object) -> str:
    # what JSON writes of a string, a number or a list of strings is TOML too, but for DEL, which TOML escapes
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
