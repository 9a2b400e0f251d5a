"""``recommend``: which method for a corpus of one's own, by a race within a stated time, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli.options import data_dir_option, store_option
from benchmark.errors import UsageError
from larbench.commands.shared import (
    device_option,
    load_origin,
    one_thread,
    say,
    source_option,
    warn_of_language,
)

if TYPE_CHECKING:
    from benchmark.scoring.intervals import Difference
    from larbench.advice.familiarity import Familiarity
    from larbench.advice.race import Race, Runner


@click.command()
@click.option("--domain", required=True, metavar="DOMAIN", help="The target: a folder, or crossner/politics.")
@source_option
@click.option("--minutes", type=click.FloatRange(min=0), default=30, show_default=True)
@click.option("--methods", metavar="A,B", help="Only these methods.")
@click.option("--backbone", default="mini", show_default=True)
@device_option
@data_dir_option
@store_option("Where source taggers are kept, shared with runs.")
def recommend(
    domain: str, source: str | None, minutes: float, methods: str | None, backbone: str, **options: Any
) -> None:
    """Race methods on a corpus for some minutes, and say which to take, what labels bring, what it costs.

    It is measured on half of dev and, up to 50 sentences, a part of train; test is not looked at. When the
    time is up, the fit that goes on is ended; what was finished counts.
    """
    one_thread()
    from benchmark.domains.load import load_domain
    from benchmark.lists import as_names
    from benchmark.store.open_store import open_store
    from larbench.advice.race import ENTRANTS, held_out, run_race

    target = load_domain(domain, data_dir=options["data_dir"])
    origin = load_origin(source, options["data_dir"])
    warn_of_language(backbone, target)
    if sum(bool(sentence.mentions) for sentence in held_out(target).test) < 2:
        raise UsageError(f"{target.name} has too few labelled sentences: label some, 100 at least")
    wanted = as_names(methods)
    entrants = {
        setting: [name for name in names if wanted is None or name in wanted]
        for setting, names in ENTRANTS.items()
    }
    entrants = {setting: names for setting, names in entrants.items() if names}
    if not entrants:
        known = sorted({name for names in ENTRANTS.values() for name in names})
        raise UsageError(f"none of these methods races: {methods}; use {', '.join(known)}")
    store = open_store(options["store"], create=True)
    race = run_race(
        origin,
        target,
        store,
        minutes=minutes,
        params={"backbone": backbone},
        device=options["device"],
        entrants=entrants,  # type: ignore[arg-type]
        tell=say,
    )
    near = _familiarity(origin, target, backbone, options["device"], store, tagged=race.source_tagger)
    for line in advice(race, near):
        click.echo(line)


def _familiarity(
    origin: Any, target: Any, backbone: str, device: str, store: Any, *, tagged: bool
) -> list[Familiarity]:
    """Return the familiarity of each type; without a source tagger at hand by their texts alone."""
    from benchmark.task import ZERO_SHOT
    from larbench.advice.familiarity import familiarity
    from larbench.models.training import Training, fit

    if not tagged:
        return familiarity(origin, target, backbone)
    training = Training("source-only", origin, target, ZERO_SHOT, 555, {"backbone": backbone})
    tagger: Any = fit(training, store, device=device, tell=lambda _: None)
    found = tagger.tagger_.predict([sentence.unlabelled() for sentence in target.dev])
    return familiarity(origin, target, backbone, target.dev, found)


def advice(race: Race, near: list[Familiarity]) -> Iterator[str]:
    """Yield what a race tells, line by line."""
    from benchmark.task import SUPERVISED, ZERO_SHOT
    from larbench.advice.race import MEASURED

    few = ", which are few: label more" if race.measured < MEASURED else ""
    yield f"measured on {race.measured} labelled sentences that were held out of train and dev{few}"

    for setting in (ZERO_SHOT, SUPERVISED):
        labels = "without labels" if setting == ZERO_SHOT else f"with {race.labelled} labelled sentences"
        runners = race.runners.get(setting)
        if not runners:
            yield f"{labels}: not measured"
            continue
        yield f"{labels}: {_score(runners[0])}"
        yield from (f"  {line}" for line in _others(runners))
    yield _more_labels(race.doubling, race.labelled)
    if spent := [one for some in race.runners.values() for one in some]:
        costs = ", ".join(f"{one.method} ({one.setting}) {min(one.seconds):.0f} s" for one in spent)
        yield f"cost of one fit, what it shares with others left out: {costs}"
    else:
        yield "nothing came to its end in the time: give more with --minutes"
    if race.left_out:
        yield f"left out for want of time: {'; '.join(race.left_out)}"
    yield "types beside the source's (nearest type, likeness, share of mentions that a source tagger finds):"
    for kind in near:
        found = "-" if kind.found is None else f"{kind.found:.0%}"
        yield f"  {kind.type}: {kind.partner or 'none'}, {kind.similarity:.2f}, {found}"
    if strange := [kind.type for kind in near if kind.strange]:
        yield f"warning: zero-shot methods can hardly be expected to find {', '.join(strange)}: label some"


def _score(one: Runner) -> str:
    low, high = 100 * one.interval.low, 100 * one.interval.high
    return f"{one.method}, F1 {100 * one.f1:.1f} ({low:.1f} to {high:.1f}; {len(one.runs)} seed(s))"


def _others(runners: list[Runner]) -> Iterator[str]:
    from benchmark.scoring.intervals import excludes_zero

    best, *rest = runners
    for one in rest:
        gap = best.above(one)
        if gap is None:
            continue
        shown = _points(gap)
        yield (
            f"{one.method} is {shown} below it"
            if excludes_zero(gap.interval)
            else f"{one.method} is not told apart from it: {shown}"
        )


def _points(gap: Difference) -> str:
    low, high = 100 * gap.interval.low, 100 * gap.interval.high
    return f"{100 * gap.observed:.1f} points ({low:.1f} to {high:.1f})"


def _more_labels(doubling: Difference | None, labelled: int) -> str:
    from benchmark.scoring.intervals import excludes_zero

    if doubling is None:
        return "more labels: not measured"
    told = f"more labels: from {labelled // 2} to {labelled} sentences brought {_points(doubling)}"
    if excludes_zero(doubling.interval):
        return f"{told}; twice as many again may bring something like it, rather less"
    return f"{told}: not told apart from nothing"
