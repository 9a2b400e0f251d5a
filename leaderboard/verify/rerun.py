"""Running submitted cells again, in a process of their own, and comparing predictions byte by byte.

This room may not know how cells are computed, so it asks as a user would: ``python -m benchmark run``. The
method comes from a package that the verifier has installed on purpose; nothing of a bundle is ever executed.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.plan.suite import suite_names
from benchmark.store.record import OK
from benchmark.store.store import Store
from leaderboard.submit.card import Card, Rerun
from leaderboard.submit.evidence import RerunResult
from leaderboard.submit.manifest import CellKey
from leaderboard.submit.suite_cells import OWN, SuiteCells

_TAIL = 300  # characters of what a process printed last


def choose_cells(digests: Mapping[CellKey, str], number: int, seed: int | None = None) -> list[CellKey]:
    """Draw cells without replacement; without a ``seed`` nobody can foresee which."""
    keys = sorted(digests)
    draw = random.SystemRandom() if seed is None else random.Random(seed)
    return sorted(draw.sample(keys, min(number, len(keys))))


def run_again(
    card: Card,
    digests: Mapping[CellKey, str],
    cells: Sequence[CellKey],
    suite: SuiteCells,
    *,
    data_dir: Path | None = None,
    own: Sequence[Path] = (),
    timeout: float | None = None,
) -> list[RerunResult]:
    """Run cells again and return how each came out, in order.

    ``timeout`` ends a cell after so many seconds. Raises ``UsageError`` where the submission does not say how
    it can be run again.
    """
    if card.rerun is None:
        raise UsageError(f"{card.name} does not say how to run it again: its method.toml has no [rerun]")
    with tempfile.TemporaryDirectory(prefix="larbench-verify-") as folder:
        asked = _asked(Path(folder), card, card.rerun, suite)
        return [
            _again(Path(folder), asked, key, digests[key], suite, data_dir, own, timeout) for key in cells
        ]


def _asked(folder: Path, card: Card, rerun: Rerun, suite: SuiteCells) -> list[str]:
    """Return the options that every cell is run with."""
    path = _suite(folder, card, rerun, suite)
    asked = ["--suite", path, "--methods", rerun.method]
    if path == suite.suite and card.backbone != "none":  # a file states it, below the parameters
        asked.append(f"--backbone={card.backbone}")
    return asked


def _suite(folder: Path, card: Card, rerun: Rerun, suite: SuiteCells) -> str:
    """Return what --suite is given: the shipped suite, or a file that gives the method its parameters."""
    if suite.suite in suite_names() and not rerun.params:
        return suite.suite
    return suite_file(folder, card, rerun, suite)


def suite_file(folder: Path, card: Card, rerun: Rerun, suite: SuiteCells) -> str:
    """Write a suite that has the method with its parameters alone, and return the file's path."""
    domains = sorted(
        domain if corpus == suite.source_corpus else f"{corpus}/{domain}"
        for domain, corpus in suite.corpora.items()
        if corpus != OWN
    )
    lines = {
        "name": "again",
        "corpus": suite.source_corpus,
        "source": suite.source,
        "domains": domains,
        "settings": ["zero-shot", "supervised"],
        "seeds": list(suite.seeds),
    }
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    if card.backbone != "none":
        text += f"backbone = {json.dumps(card.backbone)}\n"
    params = ", ".join(f"{key} = {json.dumps(value)}" for key, value in rerun.params.items())
    text += f"methods = [{{ name = {json.dumps(rerun.method)}, params = {{ {params} }} }}]\n"
    path = folder / "again.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def _again(
    folder: Path,
    asked: Sequence[str],
    key: CellKey,
    expected: str,
    suite: SuiteCells,
    data_dir: Path | None,
    own: Sequence[Path],
    timeout: float | None,
) -> RerunResult:
    setting, domain, seed = key
    runs = folder / "runs"
    command = [sys.executable, "-P", "-m", "benchmark", "run", *asked]
    command += ["--settings", setting, "--seeds", str(seed), "--store", str(runs), "--jobs", "1"]
    if suite.corpora[domain] == OWN:
        command += [part for path in own for part in ("--domain", str(path))]
    else:
        command += ["--domains", domain]
    command += [] if data_dir is None else ["--data-dir", str(data_dir)]
    command += [] if timeout is None else ["--cell-timeout", str(timeout)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    store = Store(runs)
    for name in store.suites():
        for record in store.records(name):
            if (
                record.spec.setting,
                record.spec.domain,
                record.spec.seed,
            ) == key and not record.spec.in_domain:
                machine = str(record.machine.get("cpu", ""))
                found = record.predictions_sha256 if record.state == OK else None
                return RerunResult(*key, expected, found, record.reason or "", machine)
    return RerunResult(*key, expected, None, (done.stderr or done.stdout).strip()[-_TAIL:])
