"""Rows under noise as grids of plain text: the curve, each domain's, and where the damage is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmark.domains.noise.condition import SOURCE, TARGET
from benchmark.scoring.intervals import LEVEL, excludes_zero
from leaderboard.analyses.noise_curves import FLOOR, Curve, CurveTable, Line
from leaderboard.analyses.noise_impact import Damage
from leaderboard.output.marks import marked_curve
from leaderboard.output.numbers import NONE, interval, percent, points, signed, span
from leaderboard.output.table import Table
from leaderboard.results.rows import NOT_RUN

ON = {SOURCE: "errors in the source's annotation", TARGET: "errors in the text of the test set"}
_FIT = {SOURCE: "every method trained anew on it", TARGET: "the fit is that of the clean cell"}


def curve_grid(table: CurveTable) -> Table:
    """Return the averages of a table's rows, a column a rate."""
    return _grid(
        table, title(table), [(curve, curve.average) for curve in table.curves], tuple(_notes(table))
    )


def domain_grids(table: CurveTable) -> Iterator[Table]:
    """Yield the same for each domain."""
    for domain in table.domains:
        lines = [(curve, curve.domains.get(domain)) for curve in table.curves]
        yield _grid(table, f"{title(table)}: {domain}", lines, ())


def title(table: CurveTable) -> str:
    """Return what a table is about."""
    own = ", your own domains" if table.own else ""
    return f"{table.setting}{own} under the noise {table.series}"


def _grid(
    table: CurveTable, name: str, lines: Iterable[tuple[Curve, Line | None]], notes: tuple[str, ...]
) -> Table:
    floor = (f"below {FLOOR} from",) if table.floor else ()
    header = (
        *("method", "backbone", *map(percent, table.rates), f"at {percent(table.rates[-1])}"),
        *("area", f"{LEVEL:.0%} interval", "kept", f"{LEVEL:.0%} interval", *floor),
    )
    rows = tuple((marked_curve(curve), curve.backbone, *_cells(table, line)) for curve, line in lines)
    return Table(name, header, rows, notes)


def _cells(table: CurveTable, line: Line | None) -> tuple[str, ...]:
    if line is None:
        return (NONE,) * (len(table.rates) + 5 + table.floor)
    last = line.points[-1].change
    kept = (points(line.kept.value), interval(line.kept.interval)) if line.kept else (NONE, NONE)
    below = (_below(line, table.rates[-1]),) if table.floor else ()
    return (
        *(points(point.f1.value) for point in line.points),
        f"{signed(last.observed)} ({span(last)})",
        *(points(line.area.value), interval(line.area.interval), *kept, *below),
    )


def _below(line: Line, highest: float) -> str:
    if not line.floor:
        return NONE
    return f"not by {percent(highest)}" if line.below is None else percent(line.below)


def _notes(table: CurveTable) -> Iterator[str]:
    noise = table.noise
    where = noise.get("where", "everywhere")
    told = f"{ON[noise['on']]}; {_FIT[noise['on']]}. Kinds: {', '.join(noise['kinds'])}"
    told += f"; only tokens {where} gold mentions" if where != "everywhere" else ""
    told += "; types by a confusion matrix" if noise.get("confusion") else ""
    yield f"{told}; noise seed {noise['seed']}."
    realised: dict[float, set[str]] = {}
    for curve in table.curves:
        for rate, value in curve.realised.items():
            realised.setdefault(rate, set()).add(f"{100 * value:.1f}")
    if realised:
        unit = "mentions" if noise["on"] == SOURCE else "tokens"
        pairs = (f"{percent(rate)}: {_range(some)} %" for rate, some in sorted(realised.items()))
        yield f"Realised, of the eligible {unit}, beside the rate asked for: {'; '.join(pairs)}."
    yield (
        f"F1 averaged over domains. area: mean height of the curve up to {percent(table.rates[-1])}"
        " (trapezoids), an F1. kept: area over the clean F1, in percent. Intervals: bootstrap over test"
        " sentences, clean and noisy on the same ones in each resample; they know nothing of the luck of"
        " training."
    )
    if table.floor:
        yield (
            f"below {FLOOR} from: the rate at which the curve falls under that of {FLOOR} at the same rate,"
            " by a straight line between two rates."
        )
    yield from _verdict(table)
    for curve in table.curves:
        if curve.holes:
            yield f"{curve.label} ({curve.backbone}) has no average: {_holes(curve)}"


def _range(values: Iterable[str]) -> str:
    numbers = sorted(values, key=float)
    return "–".join(dict.fromkeys((numbers[0], numbers[-1])))


def _verdict(table: CurveTable) -> Iterator[str]:
    """Say which row keeps most, and whether the interval of its lead supports that."""
    if not table.leads:
        return
    first = table.curves[0]
    for (label, backbone), lead in table.leads.items():
        sure = "supports" if excludes_zero(lead.interval) else "does not support"
        yield (
            f"{first.label} ({first.backbone}) keeps most; its lead over {label} ({backbone}) is"
            f" {signed(lead.observed)} percentage points ({span(lead)}): the interval {sure} that."
        )


def _holes(curve: Curve) -> str:
    parts = [
        f"{percent(rate)} {hole.domain} (seed {hole.seed}) {hole.state}"
        + ("" if hole.state == NOT_RUN or not hole.reason else f": {' '.join(hole.reason.split())[:120]}")
        for rate, hole in curve.holes[:3]
    ]
    more = f" and {len(curve.holes) - 3} more" if len(curve.holes) > 3 else ""
    return "; ".join(parts) + more


def damage_grid(table: CurveTable) -> Table:
    """Return where the damage is: inside gold mentions against outside, over all domains and seeds."""
    text = table.noise["on"] != SOURCE
    header = (
        *("method", "backbone", "rate", "lost", "gained"),
        *(("touched", "recall clean", "noisy", "others' recall clean", "noisy") if text else ()),
        *("spurious clean", "noisy", "sentences worse", "better"),
    )
    rows = tuple(
        (marked_curve(curve), curve.backbone, percent(rate), *_damage(one, text))
        for curve in table.curves
        for rate, one in sorted(curve.damages.items())
    )
    note = (
        "Inside gold mentions: lost, of the mentions found rightly when clean, the share that noise takes;"
        " gained, of the others, the share that it brings."
        + (
            " touched: gold mentions whose own text was changed, with their recall; the others' text was"
            " changed outside the mention at most."
            if text
            else ""
        )
        + " Outside: predicted mentions that touch no gold one, for 100 gold mentions. Sentences with more"
        " errors than when clean, and with fewer. All in percent, domains and seeds together."
    )
    return Table(f"{title(table)}: damage inside and outside mentions", header, rows, (note,))


def _damage(one: Damage, text: bool) -> tuple[str, ...]:
    inside = (_share(one.lost, one.right_clean), _share(one.gained, one.gold - one.right_clean))
    rest = one.gold - one.touched
    touched = (
        _share(one.touched, one.gold),
        _share(one.touched_clean, one.touched),
        _share(one.touched_noisy, one.touched),
        _share(one.right_clean - one.touched_clean, rest),
        _share(one.right_noisy - one.touched_noisy, rest),
    )
    outside = (_share(one.spurious_clean, one.gold), _share(one.spurious_noisy, one.gold))
    sentences = (_share(one.worse, one.sentences), _share(one.better, one.sentences))
    return (*inside, *(touched if text else ()), *outside, *sentences)


def _share(part: int, whole: int) -> str:
    return points(part / whole) if whole else NONE
