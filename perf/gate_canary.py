"""The gate's false alarms and power, simulated on the counts of a stored result. Nothing is trained.

Only target domains are simulated: the source's own test set, which no average holds, is the largest and the
slowest to resample.

python perf/gate_canary.py results/crossner-mini --times 200
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scipy.stats import binomtest

from benchmark.errors import LarbenchError
from benchmark.gate.gold import Counter
from benchmark.gate.inputs import CellFilter, open_suite, pair
from benchmark.gate.simulate import SeedVariance, Stored, Trial, rate, seed_variance

ALPHA = 0.05


def stored_counts(result: Path, data_dir: Path | None) -> list[Stored]:
    """Return the counts of every place of a result that ended ok."""
    side = open_suite(result, "result")
    places, _, _ = pair(side, side, CellFilter())
    counter = Counter(data_dir)
    found = []
    for place in places:
        record = place.record
        assert record is not None
        if record.spec.in_domain:
            continue
        runs = {seed: counter.count(side, one).by_sentence() for seed, one in place.base.items()}
        row = (record.spec.label, record.spec.backbone, record.spec.setting)
        found.append(Stored(place.key, row, record.spec.domain, runs))
    return found


def share(count: int, times: int) -> str:
    """Return a share with its 95 % interval (Clopper and Pearson)."""
    interval = binomtest(count, times).proportion_ci()
    return f"{100 * count / times:5.1f} %  [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def lines(stored: Sequence[Stored], luck: SeedVariance, options: argparse.Namespace) -> bool:
    """Print false alarms and power; return whether the false alarms can be at most 5 %."""
    rows = sorted({place.row for place in stored})
    row = rows[len(rows) // 2]
    domain = sorted(place.domain for place in stored if place.row == row)[0]
    good = True
    for base, run, other in ((3, 1, True), (3, 3, True), (3, 3, False)):
        what = f"{base} stored seeds, re-run with {run} {'other' if other else 'equal'} seed{'s' * (run > 1)}"
        times, resamples, loss = options.times, options.resamples, options.loss / 100
        alarms = rate(stored, luck, Trial(base, run, other), times=times, resamples=resamples)
        good = good and alarms / times <= ALPHA
        print(f"{what}: false alarms {share(alarms, times)}", flush=True)
        for where, place in (("one row, every domain", None), (f"one row in {domain} alone", domain)):
            trial = Trial(base, run, other, loss, row, place)
            times = options.power_times
            seen = rate(stored, luck, trial, times=times, resamples=resamples)
            print(f"    {100 * loss:g} points lost by {where}: seen {share(seen, times)}", flush=True)
    return good


def main() -> int:
    """Return 0 where the false alarms are at most 5 % for each kind of luck, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="STORE/SUITE")
    parser.add_argument("--times", type=int, default=200, help="simulated re-runs of each kind")
    parser.add_argument("--power-times", type=int, default=200, help="the same, with a planted loss")
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--loss", type=float, default=3.0, help="planted loss, in points")
    parser.add_argument("--churn", type=float, default=0.05, help="share of mentions that go with a seed")
    parser.add_argument(
        "--deviation",
        type=float,
        nargs="*",
        default=[0.3, 0.6, 1.0],
        help="where the result has one seed: standard deviations to assume, in points",
    )
    parser.add_argument("--uneven", type=float, default=1.5, help="how far rows differ in their luck")
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    try:
        stored = stored_counts(options.result, options.data_dir)
    except LarbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    told = seed_variance(stored, options.churn)
    if told is not None:
        print("luck: as the stored seeds tell")
        kinds = [told]
    else:
        print("luck: assumed, because the result has one seed")
        parts = [deviation / 100 / 2**0.5 for deviation in options.deviation]
        kinds = [SeedVariance(options.churn, part, part, options.uneven) for part in parts]
    times = f"{options.times} re-runs of each kind, {options.power_times} with a loss"
    print(f"{len(stored)} places; {times}; {options.resamples} resamples")
    good = True
    for luck in kinds:
        print(
            f"\nchurn {100 * luck.churn:g} %, deviation {100 * luck.shared:.2f} points for a row, "
            f"{100 * luck.own:.2f} for each of its domains; uneven by {luck.uneven:g}"
        )
        good = lines(stored, luck, options) and good
    print(f"\nfalse alarms at most {100 * ALPHA:g} %: {'yes' if good else 'NO'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
