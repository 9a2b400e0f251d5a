"""``python -m leaderboard submit``: pack, validate, add, undo, list, scan, and the converters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import data_dir_option, own_option, store_option
from benchmark.domains.types.equal_types import common_map_said
from benchmark.domains.types.label_map import COMMON, parse_map
from benchmark.domains.types.look_alikes import visible
from benchmark.errors import LarbenchError, UsageError

if TYPE_CHECKING:
    from benchmark.domains.corpus import Domain
    from leaderboard.submit.check import Checked
    from leaderboard.submit.convert import Converted

_NAMED = 5  # spans that a line names before it counts the others
_STORE = store_option(kind=click.Path(path_type=Path))


def with_corpora(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --store, --data-dir and --domain."""
    return _STORE(data_dir_option(own_option(command)))


@click.group()
def submit() -> None:
    """Predictions made elsewhere: pack them, check them, add them to a board, take them back."""


@submit.command()
@click.argument("name")
@click.option("--author", "authors", multiple=True, help="Who made it; can be repeated.")
def template(name: str, authors: tuple[str, ...]) -> None:
    """Print a method.toml for the submission NAME, to fill in."""
    from leaderboard.submit.pack import template as filled

    click.echo(filled(name, authors), nl=False)


@submit.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--name", required=True, help="Of the submission and its row.")
@click.option("--suite", help="Which suite it is for; without it, that of the store.")
@click.option("--row", help="Of a store: the row's label, where it is not the name.")
@click.option("--method", type=click.Path(path_type=Path), help="The method.toml; without it, DIR's.")
@click.option("--output", type=click.Path(path_type=Path), help="The bundle; without it, NAME.zip.")
def pack(
    folder: Path, name: str, suite: str | None, row: str | None, method: Path | None, output: Path | None
) -> None:
    """Pack DIR into a bundle: STORE/SUITE, or predictions/<setting>/<domain>/s<seed>.jsonl in any folder."""
    from leaderboard.submit.pack import pack as packed
    from leaderboard.submit.pack import write_bundle

    path = output or Path(f"{name}.zip")
    write_bundle(path, packed(folder, name=name, suite=suite, row=row, method=method))
    click.echo(f"Written: {path}")


_BUNDLE = click.argument("bundle", type=click.Path(path_type=Path), metavar="BUNDLE_OR_DIR")
_NAME = click.option("--name", help="Of a DIR that is not packed: the row's; without it, method.toml's.")
_SUITE = click.option("--suite", help="Of a DIR that is not packed: which suite it is for.")


@submit.command()
@_BUNDLE
@_NAME
@_SUITE
@with_corpora
def validate(**options: Any) -> None:
    """Check BUNDLE, a zip file or a folder, and print its scores; nothing is changed.

    DIR need not be packed: method.toml, and predictions/<setting>/<domain>/s<seed>.jsonl for all domains and
    seeds, are enough.
    """
    _check(**options)


@submit.command()
@_BUNDLE
@_NAME
@_SUITE
@with_corpora
def add(**options: Any) -> None:
    """Check BUNDLE, recompute every score and add its row to the board of its suite.

    DIR need not be packed: method.toml, and predictions/<setting>/<domain>/s<seed>.jsonl for all domains and
    seeds, are enough.
    """
    from benchmark.store.store import Store
    from leaderboard.submit.store import add as added

    store = options["store"]
    checked = _check(**options)
    stored = added(checked, Store(store))
    click.echo(f"Added: {stored.folder}")
    click.echo(f"Board: `python -m leaderboard build {store / checked.manifest.suite}`")
    click.echo(f"Undo: `python -m leaderboard submit undo {checked.manifest.name} --store {store}`")


def _check(
    bundle: Path,
    name: str | None,
    suite: str | None,
    store: Path,
    data_dir: Path | None,
    own: tuple[Path, ...],
) -> Checked:
    """Check a bundle, or a folder that is packed for it, and print what it holds."""
    from benchmark.store.record_gold import DomainCache
    from benchmark.store.store import Store
    from leaderboard.submit.bundle import MANIFEST, open_bundle
    from leaderboard.submit.check import check_bundle
    from leaderboard.submit.pack import packed_for
    from leaderboard.submit.standing import standings

    domains = DomainCache(data_dir, own)
    loose = bundle.is_dir() and not (bundle / MANIFEST).exists()
    if not loose and (name or suite):
        raise UsageError(f"{bundle} is packed: its {MANIFEST} says its name and its suite")
    with packed_for(bundle, name, suite) if loose else open_bundle(bundle) as opened:
        checked = check_bundle(opened, Store(store), domains)
    _report(checked)
    for standing in standings(checked, Store(store), domains):
        click.echo(standing)
    return checked


@submit.command()
@click.argument("name")
@click.option("--suite", help="Of which suite, where several have one of that name.")
@_STORE
def undo(name: str, suite: str | None, store: Path) -> None:
    """Take the submission NAME back: its row goes, nothing else changes."""
    from benchmark.store.store import Store
    from leaderboard.submit.store import suite_of
    from leaderboard.submit.store import undo as undone

    folder = undone(Store(store), suite or suite_of(store, name), name)
    click.echo(f"Removed: {folder}")


@submit.command(name="list")
@_STORE
def show(store: Path) -> None:
    """List the submissions of a store: suite, name, tier, and whether each has all its cells."""
    from leaderboard.submit.evidence import read_evidence
    from leaderboard.submit.status import tier_of
    from leaderboard.submit.store import submissions

    for suite in sorted({path.parent.parent.name for path in store.glob("*/submissions/*")}):
        for stored in submissions(store, suite):
            tier = tier_of(stored.digests, read_evidence(stored.folder, stored.digests))
            click.echo(
                f"{suite}  {stored.card.name}  {tier}  {len(stored.digests)} cells  added {stored.added}"
            )


@submit.command()
@click.argument("name")
@click.argument("corpora", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--suite", help="Of which suite, where several have one of that name.")
@with_corpora
def scan(
    name: str,
    corpora: tuple[Path, ...],
    suite: str | None,
    store: Path,
    data_dir: Path | None,
    own: tuple[Path, ...],
) -> None:
    """Look for test sentences of the submission NAME in CORPORA, the files or folders it was trained on."""
    from benchmark.store.record_gold import DomainCache
    from benchmark.store.store import Store
    from leaderboard.submit.contamination import Scan
    from leaderboard.submit.contamination import scan as look
    from leaderboard.submit.evidence import keep_contamination
    from leaderboard.submit.store import submission_named, suite_of
    from leaderboard.submit.suite_cells import suite_cells

    kept, cache = Store(store), DomainCache(data_dir, own)
    suite = suite or suite_of(store, name)
    stored, cells = submission_named(store, suite, name), suite_cells(kept, suite)
    domains = sorted({domain for _, domain, _ in stored.digests}) or sorted(cells.domains)
    scans = [Scan(domain, cache.domain(cells.corpora[domain], domain).test) for domain in domains]
    for corpus in corpora:
        look(corpus, scans)
    found = [one.found() for one in scans]
    keep_contamination(kept, stored.folder, found)
    for one in found:
        declared = "declared" if one.domain in stored.card.contains_test else "NOT DECLARED: no rank"
        verdict = f" {declared}" if one.over else ""
        click.echo(
            f"{one.domain}: {one.inside} of {one.judged} test sentences inside{verdict};"
            f" {one.mentions_inside} of {one.mentions} mentions of two or more words"
        )


# ---- predictions of other frameworks


if TYPE_CHECKING:
    from benchmark.domains.corpus import Domain
    from leaderboard.submit.convert import Converted

_FILE = click.argument("file", type=click.Path(path_type=Path))
_DOMAIN = click.argument("domain", metavar="DOMAIN")
_MAP = "A type of yours = the domain's; `common`: those that are the domain's but for the spelling."
_PLACE = (
    click.option("--setting", required=True, help="zero-shot, supervised or few-shot-K."),
    click.option("--seed", required=True, type=click.IntRange(0, 2**32 - 1), help="Of the run."),
    click.option("--into", required=True, type=click.Path(path_type=Path), help="The folder to pack later."),
    click.option("--map", "names", multiple=True, metavar="FROM=TO", help=_MAP),
)
_DROP = click.option("--drop-undeclared", is_flag=True, help="Leave out types that DOMAIN does not have.")
_DATASET = click.option("--dataset", help="Which items to take, where FILE has several data sets.")


def _placed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what all commands that read predictions take; ``_convert`` gets it."""
    for option in _PLACE:
        command = option(command)
    return _FILE(_DOMAIN(data_dir_option(command)))


@submit.command()
@_DOMAIN
@data_dir_option
def texts(domain: str, data_dir: Path | None) -> None:
    """Print the test sentences of DOMAIN (crossner/politics, sample/music, or a folder) as JSON lines."""
    from benchmark.domains.load import load_domain
    from leaderboard.submit.convert import texts as lines

    for line in lines(load_domain(domain, data_dir=data_dir)):
        click.echo(line)


@submit.command()
@_placed
@click.option("--scheme", help="IOB2, IOB1, IOBES or BILOU; found out from the tags without it.")
def from_conll(**options: Any) -> None:
    """Read FILE, the test set of DOMAIN in CoNLL columns with predicted tags, as predictions."""
    from leaderboard.submit.convert import from_conll as converted

    _convert(converted, **options)


@submit.command()
@_placed
@click.option("--drop-undeclared", is_flag=True, help="Leave out spans of types that DOMAIN does not have.")
@click.option(
    "--offsets",
    type=click.Choice(("characters", "utf-16", "tokens")),
    help="What start and end count; without it, what the spans' own texts say.",
)
def from_spans(**options: Any) -> None:
    """Read FILE, JSON with spans, as predictions.

    It may be of spaCy, a transformers pipeline, GLiNER, Prodigy, doccano or Label Studio.
    """
    from leaderboard.submit.spans import from_spans as converted

    _convert(converted, **options)


@submit.command()
@_placed
@_DROP
@_DATASET
@click.option(
    "--reading",
    type=click.Choice(("gner", "conlleval")),
    default="gner",
    show_default=True,
    help="How an I that follows another type is read: as GNER's own evaluator does, or conlleval.",
)
def from_word_bio(**options: Any) -> None:
    """Read FILE, answers of GNER such as `Ada(B-person) left(O)`, as predictions."""
    from leaderboard.submit.word_bio import from_word_bio as converted

    _convert(converted, **options)


@submit.command()
@_placed
@_DROP
@_DATASET
@click.option(
    "--places",
    type=click.Choice(("all", "first")),
    default="all",
    show_default=True,
    help="Which places a string means that its sentence has more than once.",
)
def from_strings(**options: Any) -> None:
    """Read FILE, strings by type as UniversalNER, SLIMER and B2NER answer, as predictions."""
    from leaderboard.submit.strings import from_strings as converted

    _convert(converted, **options)


def _convert(
    converted: Callable[..., Converted],
    *,
    file: Path,
    domain: str,
    setting: str,
    seed: int,
    into: Path,
    names: tuple[str, ...],
    data_dir: Path | None,
    **how: Any,
) -> None:
    """Read a file of predictions as ``converted`` does, and write what was found; ``how`` is its own."""
    from benchmark.domains.load import load_domain

    found = load_domain(domain, data_dir=data_dir)
    stated = parse_map(one for one in names if one != COMMON)
    made = converted(file, found, names=stated, common=COMMON in names, **how)
    _save(made, found, setting, seed, into)


def _save(made: Converted, domain: Domain, setting: str, seed: int, into: Path) -> None:
    from benchmark.settings import check_setting
    from leaderboard.submit.convert import save

    key = (check_setting(setting), domain.name, seed)
    path = save(into, key, made.predictions)
    mentions = sum(map(len, made.predictions.values()))
    click.echo(f"Written: {path}: {mentions:,} mentions in {len(made.predictions):,} sentences")
    if made.offsets:
        click.echo(f"  offsets are {made.offsets}")
    if made.mapped is not None:
        click.echo(f"  {visible(common_map_said(made.mapped))}")
    for one, what, told in (
        ("span", "cut a token: widened to whole ones", made.widened),
        ("span", "overlapped a better one: left out", made.overlapping),
        ("span", "held no token: left out", made.blank),
        ("answer", "of no form that is known: taken for empty", made.unread),
        ("text", "not in the sentence: left out", made.missing),
        ("string", "in the sentence more than once: places taken as --places says", made.ambiguous),
    ):
        if told:
            more = f" and {len(told) - _NAMED:,} more" if len(told) > _NAMED else ""
            many = f"1 {one}" if len(told) == 1 else f"{len(told):,} {one}s"
            click.echo(visible(f"  {many} {what} ({'; '.join(told[:_NAMED])}{more})"))
    for kind, count in sorted(made.undeclared.items()):
        click.echo(f"  {count:,} spans of the type {kind!a}, which {domain.name} does not have: left out")
    same = [other for other in path.parent.glob("s*.jsonl") if other.read_bytes() == path.read_bytes()]
    if len(same) > 1:
        names = ", ".join(sorted(other.stem.removeprefix("s") for other in same))
        click.echo(f"  the seeds {names} have the same predictions, to the byte: they are one seed")


# ---- what is printed


class FalseClaims(LarbenchError):  # noqa: N818 - named for what it tells
    """Claimed scores that the predictions do not bear out."""


def _report(checked: Checked) -> None:
    """Print what a checked bundle holds; ``FalseClaims`` where a claim differs from its recomputed score."""
    from leaderboard.submit.status import named

    click.echo(
        f"{checked.manifest.name}: {len(checked.digests)} cells for the suite {checked.manifest.suite}"
    )
    for (setting, domain, seed), f1 in checked.f1.items():
        click.echo(f"  {setting} {domain} (seed {seed}): F1 {100 * f1:.2f}")
    for claim in checked.claims:
        click.echo(f"  {'as claimed' if claim.agrees else 'NOT AS CLAIMED'}: {claim}")
    if checked.missing:
        click.echo(f"Not ranked: missing {named(checked.missing)}")
    for setting, domain, seeds in checked.equal_seeds:
        click.echo(
            f"One seed: {setting} {domain} has the same predictions, to the byte, for the seeds"
            f" {', '.join(map(str, seeds))}; they tell nothing of what seeds change"
        )
    for row, cells in checked.duplicates.items():
        click.echo(f"Duplicate: {cells} of {len(checked.digests)} cells are those of {row}, to the byte")
    if checked.false_claims:
        number = len(checked.false_claims)
        raise FalseClaims(
            f"{number} claimed score{'s' if number > 1 else ''} not borne out: nothing was changed"
        )
