"""How the defaults of the baselines were chosen: trials over a stated space, on dev splits, never on test.

Zero-shot, those of the development domains: no label of a ranked target is looked at for a choice.

A method's space is the ``SEARCH`` of its module: parameter → the values to try. The score of a trial is the
micro-F1 on dev, averaged over domains and seeds (``larbench.search``). ``python -m baselines.search tent``
runs one; ``--out FOLDER`` keeps every trial in ``FOLDER/tent.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from benchmark.cli import run_commands
from benchmark.cli.options import check_parameters, data_dir_option, set_option, store_option
from benchmark.code import code_digests
from benchmark.domains.corpus import Domain, content_hash
from benchmark.domains.load import load_domain
from benchmark.domains.open_corpora import development
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.registry import method_class
from benchmark.scoring.counts import count_mentions
from benchmark.store.atomic_io import write_atomic
from benchmark.store.store import Store
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.search import (
    ROUNDS,
    Params,
    Space,
    Trial,
    best_of,
    coordinate_search,
    params_text,
    search_content,
)

SOURCES = {"crossner": "conll2003", "sample": "news"}  # corpus → its source domain
TARGETS = ("politics", "science", "music", "literature", "ai")


def space_of(kind: type[Method]) -> Space:
    """Return what a search of this method tries, by parameter; ``UsageError`` where it names nothing."""
    space: Space = getattr(sys.modules[kind.__module__], "SEARCH", {})
    if not space:
        raise UsageError(f"{kind.__name__} names nothing to search: its module has no SEARCH")
    return space


@dataclass(frozen=True)
class Tuner:
    """What stays the same in all trials.

    ``fixed`` are parameters that are set, and not searched; of the source's train set ``source_limit``
    sentences are shown at most.
    """

    kind: type[Method]
    setting: str
    source: Domain
    targets: Sequence[Domain]
    seeds: Sequence[int]
    workspace: Workspace
    fixed: Mapping[str, Any]
    source_limit: int | None = None

    def trial(self, params: Params) -> Trial:
        """Fit and score with these parameters, for every target and seed."""
        scores = {
            target.name: {str(seed): self.score(target, seed, params) for seed in self.seeds}
            for target in self.targets
        }
        return Trial(params, scores)

    def score(self, target: Domain, seed: int, params: Params) -> float:
        """Return the micro-F1 on the target's dev; from the store where this trial was made before."""
        # the test split does not come near a search
        target, source = replace(target, test=()), replace(self.source, test=())
        task = Task.of(source, target, self.setting, source_limit=self.source_limit, workspace=self.workspace)
        method = self.kind(**{**self.fixed, **params})

        def make() -> dict[str, bytes]:
            found = method.fit(task, seed).predict([sentence.unlabelled() for sentence in target.dev])
            gold = [sentence.mentions for sentence in target.dev]
            f1 = count_mentions(gold, found, target.type_names).micro().f1
            return {"trial.json": json.dumps({"f1": round(f1, 6)}).encode()}

        key: dict[str, object] = {
            "code": code_digests(self.kind.__module__),
            "components": dict(method.components()),
            "method": self.kind.__name__,
            "params": method.get_params(),
            "seed": seed,
            "setting": self.setting,
            "source": task.source.content_hash(),
            "target": content_hash(target.types, target.train, target.dev),
        }
        files = self.workspace.artefacts.get_or_make("search-trial", key, make)
        return float(json.loads(files["trial.json"])["f1"])


def summary(
    method: str, tuner: Tuner, space: Space, trials: Sequence[Trial], rounds: int = ROUNDS
) -> dict[str, Any]:
    """Return a search of at most so many rounds as JSON; ``trials`` begin with the start."""
    about: dict[str, Any] = {
        "method": method,
        "setting": tuner.setting,
        "split": "dev",
        "source": tuner.source.name,
        "domains": [target.name for target in tuner.targets],
        "seeds": list(tuner.seeds),
        "fixed": dict(tuner.fixed),
    }
    if tuner.source_limit is not None:
        about["source_limit"] = tuner.source_limit
    if rounds != ROUNDS:
        about["rounds"] = rounds
    return search_content(about, space, trials)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("method")
@click.option(
    "--domains", help="Comma-separated. Default: zero-shot, re3d,wnut17,cyner; supervised, CrossNER's five."
)
@click.option("--seeds", default="555", show_default=True, help="Comma-separated; scores are averaged.")
@click.option("--setting", type=click.Choice([ZERO_SHOT, SUPERVISED]), help="Default: zero-shot, if it can.")
@click.option("--corpus", type=click.Choice(tuple(SOURCES)), default="crossner", show_default=True)
@click.option("--source-limit", type=click.IntRange(min=1), help="Source train sentences at most.")
@data_dir_option
@store_option("Where source taggers and trials are kept.")
@set_option("A parameter to start from, or to fix, in place of its default.")
@click.option("--only", metavar="NAME,NAME", help="Search these parameters alone; the others stay.")
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True, help="At most.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for METHOD.json, all trials of the search."
)
def main(
    method: str,
    domains: str | None,
    setting: str | None,
    given: dict[str, Any],
    only: str | None,
    rounds: int,
    out: Path | None,
    **where: Any,
) -> None:
    """Search METHOD's parameters on dev splits, and print each trial.

    Trials are kept in the store: a search that was interrupted goes on where it ended.
    """
    kind = method_class(method)
    space, defaults = space_of(kind), kind.parameter_defaults()
    check_parameters(method, given, defaults)
    if only is not None:
        if missing := sorted(set(only.split(",")) - set(space)):
            raise UsageError(f"{method} does not search {missing[0]!r}: it searches {', '.join(space)}")
        space = {name: values for name, values in space.items() if name in only.split(",")}
    setting = setting or (ZERO_SHOT if ZERO_SHOT in kind.settings else SUPERVISED)
    if reason := kind(**given).skip(setting):
        raise UsageError(f"{method} cannot be searched: {reason}")
    names = domains.split(",") if domains else _default_domains(setting, where["corpus"])
    fixed = {name: value for name, value in given.items() if name not in space}
    tuner = _tuner(kind, setting, names, fixed, **where)
    start = {name: given.get(name, defaults[name]) for name in space}
    trials = []
    for trial in coordinate_search(space, start, tuner.trial, rounds=rounds):
        trials.append(trial)
        click.echo(f"{100 * trial.mean:6.2f}  {params_text(trial.params)}")
    click.echo(f"chosen: {params_text(best_of(trials).params)}")
    if out is not None:
        found = summary(method, tuner, space, trials, rounds)
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomic(out / f"{method}.json", text.encode(), temporary=out)


def _default_domains(setting: str, corpus: str) -> Sequence[str]:
    if setting != ZERO_SHOT:
        return TARGETS
    return development.NAMES if corpus == "crossner" else TARGETS[:1]  # the sample is its own toy


def _tuner(
    kind: type[Method],
    setting: str,
    names: Sequence[str],
    fixed: Mapping[str, Any],
    *,
    corpus: str,
    seeds: str,
    source_limit: int | None,
    data_dir: Path | None,
    store: str,
) -> Tuner:
    import torch

    torch.set_num_threads(1)  # as in the benchmark's cells: the same numbers
    try:
        drawn = [int(seed) for seed in seeds.split(",")]
    except ValueError:
        raise UsageError(f"--seeds {seeds}: use whole numbers apart by commas") from None
    source = load_domain(corpus, SOURCES[corpus], data_dir=data_dir)
    targets = [
        development.load_development(name)
        if name in development.NAMES
        else load_domain(corpus, name, data_dir=data_dir)
        for name in names
    ]
    workspace = Workspace(artefacts=Store(store).artefacts)
    return Tuner(kind, setting, source, targets, drawn, workspace, fixed, source_limit)


if __name__ == "__main__":
    run_commands(main, "python -m baselines.search")
