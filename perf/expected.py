"""Measurements of a run that the time left of later runs starts from: benchmark/plan/expected_seconds.json.

    python -m benchmark run --all --store fresh --jobs 2
    python perf/expected.py fresh/sample --seconds 250 --jobs 2

The run is to be a fresh one on a quiet machine; its last lines say how many seconds it took. Of each row and
setting: the mean seconds of a cell without what it shares. The source tagger's are the mean over seeds;
shared is all other time of the run, nothing without --seconds, for results of several runs.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from benchmark.plan import estimate
from benchmark.store.record import OK, Record
from benchmark.store.store import Store
from leaderboard.results.cost import train_seconds

_AT_HAND = 1.0  # seconds in which a tagger is read, not trained


def main() -> None:
    """Write the file anew for the suite of a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suite", type=Path, help="folder of a suite in a store")
    parser.add_argument("--seconds", type=float, help="how long the run took")
    parser.add_argument("--jobs", type=int, default=2, help="cells at a time")
    parser.add_argument("--apart", default="", help="rows of another run, by commas: no part of --seconds")
    options = parser.parse_args()
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    records = [one for one in Store(options.suite.parent).every_record(options.suite.name) if one.state == OK]
    for record in records:
        rows[record.spec.label][record.spec.setting].append(estimate.own_seconds(record))
    apart = set(options.apart.split(","))
    own = sum(estimate.own_seconds(one) for one in records if one.spec.label not in apart)
    taggers = _source_taggers(records)
    path = Path(estimate.__file__).with_name("expected_seconds.json")
    known = json.loads(path.read_text())
    known[options.suite.name] = {
        "cells": len(records),
        "source_tagger": round(mean(taggers.values()), 1),
        "shared": round(max(0.0, (options.seconds or 0.0) * options.jobs - own - sum(taggers.values())), 1),
        "rows": {
            label: {setting: round(mean(found), 1) for setting, found in sorted(settings.items())}
            for label, settings in sorted(rows.items())
        },
    }
    path.write_text(json.dumps(known, indent=1) + "\n")


def _source_taggers(records: Sequence[Record]) -> dict[int, float]:
    """Return what each seed's source tagger took: the most that one of its cells says that it shares.

    A seed whose cells found their tagger made, by a run that told no shared costs, is left out.
    """
    by_seed: dict[int, float] = defaultdict(float)
    for record in records:
        if record.spec.method == "source-only":
            shared = (train_seconds(record) or 0.0) - record.timings.get("train_seconds", 0.0)
            by_seed[record.spec.seed] = max(by_seed[record.spec.seed], shared)
    return {seed: seconds for seed, seconds in by_seed.items() if seconds > _AT_HAND}


if __name__ == "__main__":
    main()
