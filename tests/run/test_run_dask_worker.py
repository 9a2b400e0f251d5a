"""What a worker looks at before it computes, and what the command line refuses: all in this process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from cells_cli import call

import larbench
from benchmark.errors import InputError, LarbenchError, MissingDataError, UsageError
from benchmark.plan.cell import Cell
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.run import dask_executor, dask_worker
from benchmark.run.context import ExecutionContext
from benchmark.run.dask_worker import RunSpec, code_of_modules, describe_code, inspect, run_cell
from benchmark.run.environment import describe_versions
from benchmark.run.workers import Stopped
from benchmark.store.atomic_io import remove_leftovers
from benchmark.store.store import Store

ONE = {"methods": ["fake-rule"], "domains": ["politics"], "settings": ["zero-shot"]}
WHERE = ExecutionContext("", None, "cpu", {})
WANTED = Selection(methods=("fake-rule",), domains=("politics",), settings=("zero-shot",))


@pytest.fixture
def cell(tiny: str) -> Cell:
    (only,) = make_plan(load_suite(tiny), WANTED)
    return only


@pytest.fixture
def run_spec(fakes: Path, tmp_path: Path) -> RunSpec:
    code = code_of_modules(["larbench_fakes"])
    return RunSpec("r1", ("larbench_fakes",), code, "the run's", str(tmp_path / "runs"))


def asked(run_spec: RunSpec) -> str | None:
    told = json.loads(asyncio.run(inspect(json.dumps(asdict(run_spec)))))
    assert told["packages"] == describe_versions()["packages"]
    reason: str | None = told["refused"]
    return reason


def computed(run_spec: RunSpec, cell: Cell, data_dir: str | None = None) -> dict[str, object]:
    where = ExecutionContext(run_spec.store, data_dir, "cpu", {})
    job = {"cell": asdict(cell), "where": asdict(where)}
    try:
        found: dict[str, object] = json.loads(
            run_cell(json.dumps({"run_spec": asdict(run_spec), "job": json.loads(json.dumps(job))}))
        )
    finally:
        dask_worker.end_run(run_spec.run)
    return found


def test_a_fit_worker_computes_what_this_machine_would(run_spec: RunSpec, cell: Cell, tmp_path: Path) -> None:
    assert asked(run_spec) is None
    assert computed(run_spec, cell, "/no/such/folder") == {"refused": None, "failure": None, "warnings": []}
    record = Store(run_spec.store).find(cell.spec.suite, cell.spec.name)
    assert record is not None and record.state == "ok"
    assert record.versions == describe_versions()  # the worker's own, not those that the run told
    assert dask_worker._joined == {}
    larbench.run(str(tmp_path / "tiny.toml"), store="here", **ONE)
    here = Store("here").find(cell.spec.suite, cell.spec.name)
    assert here is not None and here.predictions_sha256 == record.predictions_sha256


def test_code_is_compared_module_by_module(run_spec: RunSpec) -> None:
    other = {**run_spec.code, "benchmark.run.compute": "0" * 16}
    reason = asked(replace(run_spec, code=other))
    assert reason is not None and "they differ in benchmark.run.compute" in reason
    assert describe_code(run_spec.code, describe_versions()) in reason and "the run's" in reason
    reason = asked(replace(run_spec, code={}))
    assert reason is not None and " more" in reason
    for module in ("benchmark.run.worker_main", "benchmark.run.runner", "larbench_fakes"):
        assert (module in run_spec.code) == (module != "benchmark.run.runner")  # which no worker runs


def test_a_method_that_is_not_there_is_a_reason(run_spec: RunSpec) -> None:
    reason = asked(replace(run_spec, modules=("no_such_package",)))
    assert reason is not None and "no_such_package" in reason


def test_a_folder_that_is_not_shared_is_a_reason(run_spec: RunSpec, tmp_path: Path) -> None:
    reason = asked(replace(run_spec, probe=str(tmp_path / "not here")))
    assert reason is not None and "a folder that all machines share" in reason


@pytest.mark.parametrize("part", ["source", "target", "components", "code"])
def test_what_is_another_than_planned_is_refused(run_spec: RunSpec, cell: Cell, part: str) -> None:
    other = replace(cell, spec=replace(cell.spec, identity={**cell.spec.identity, part: "another"}))
    refused = computed(run_spec, other)["refused"]
    assert isinstance(refused, str) and f"its {part} for" in refused
    assert not Path(run_spec.store).exists()  # nothing failed that another worker can do


def test_crossner_is_fetched_where_it_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[bool] = []

    def load(corpus: str, name: str, data_dir: str | None = None) -> object:
        if not fetched:
            raise MissingDataError("no CrossNER")
        return larbench.load_domain("sample", name)

    monkeypatch.setattr(dask_worker, "load_domain", load)
    monkeypatch.setattr(dask_worker, "fetch_crossner", lambda: fetched.append(True))
    digest = larbench.load_domain("sample", "politics").content_hash
    assert dask_worker._hash("crossner", "politics", None) == digest and fetched == [True]


def test_a_worker_that_cannot_fetch_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fetch() -> None:
        raise InputError("no mirror that answers")

    monkeypatch.setenv("LARBENCH_DATA", str(tmp_path / "nothing"))
    monkeypatch.setattr(dask_worker, "fetch_crossner", fetch)
    with pytest.raises(
        LarbenchError, match=r"lacks the corpus crossner/politics and cannot fetch it.*no mirror"
    ):
        dask_worker._hash("crossner", "politics", None)
    with pytest.raises(LarbenchError, match="lacks the corpus own/"):
        dask_worker._hash("own", str(tmp_path / "nothing"), None)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--executor", "dask"], "go together"),
        (["--scheduler", "tcp://localhost:1"], "go together"),
        (["--executor", "slurm"], "'local', 'dask'"),
    ],
)
def test_half_a_cluster_is_refused(tiny: str, options: list[str], text: str) -> None:
    code, _, err = call("run", "--suite", tiny, *options)
    assert code == 2 and text in err and not Path("runs").exists()


def test_what_is_not_installed_is_named(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for options in (
        ["--executor", "dask", "--scheduler", "tcp://localhost:1"],
        ["--store", "s3://bucket/folder"],
    ):
        code, _, err = call("run", "--suite", tiny, *options)
        assert code == 2 and "pip install 'larbench[cluster]'" in err


def test_a_budget_over_a_url_is_refused(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setenv("LARBENCH_STORES", str(tmp_path / "copies"))
    with pytest.raises(UsageError, match="among machines that share a folder"):
        larbench.run(
            tiny, executor="dask", scheduler="tcp://localhost:1", store="memory://x/y", llm_budget=1000
        )


def test_a_scheduler_that_is_not_there(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_executor, "PATIENCE", 0.0)
    with pytest.raises(LarbenchError, match=r"no scheduler at tcp://127\.0\.0\.1:9"):
        larbench.run(tiny, executor="dask", scheduler="tcp://127.0.0.1:9", domains=["politics"])
    with pytest.raises(UsageError, match="--scheduler nonsense://x"):
        larbench.run(tiny, executor="dask", scheduler="nonsense://x", domains=["politics"])
    assert not list(Path("runs").rglob("probe-*"))


def test_one_machine_imports_none_of_it() -> None:
    script = (
        "import sys, benchmark.cli.run, benchmark.cli.plan, leaderboard.cli\n"
        "print(sorted({'fsspec', 's3fs', 'dask', 'distributed', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_cell_on_its_way_is_not_ended_by_another_run(
    run_spec: RunSpec, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfit = dask_worker._unfit
    others: list[dict[str, object]] = []

    def slowly(*what: object) -> str | None:
        monkeypatch.setattr(dask_worker, "_unfit", unfit)
        others.append(computed(replace(run_spec, run="r2"), cell))  # it begins and ends meanwhile
        return unfit(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(dask_worker, "_unfit", slowly)
    done = {"refused": None, "failure": None, "warnings": []}
    assert computed(run_spec, cell) == done and others == [done]


def test_what_a_run_left_behind_goes_with_the_next(run_spec: RunSpec, cell: Cell) -> None:
    order = {"run_spec": asdict(run_spec), "job": {"cell": asdict(cell), "where": asdict(WHERE)}}
    assert json.loads(run_cell(json.dumps(order)))["failure"] is None
    left = dask_worker._joined["r1"].pool
    assert computed(replace(run_spec, run="r2"), cell)["failure"] is None
    with pytest.raises(Stopped):
        left.check()
    assert dask_worker._joined == {}


class Silent:
    """A client whose workers all say that they are fit."""

    status = "running"

    def nthreads(self) -> dict[str, int]:
        return {"tcp://one": 1}

    def run(self, *what: object, workers: list[str], **how: object) -> dict[str, str]:
        return {name: json.dumps({"refused": None, "packages": {}}) for name in workers}


@pytest.fixture
def pool(run_spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> dask_executor.DaskExecutor:
    found = dask_executor.DaskExecutor("tcp://nowhere", run_spec, lambda event: None)
    monkeypatch.setattr(found, "_connected", Silent)
    return found


def test_the_file_that_workers_look_for_does_not_grow_old(
    run_spec: RunSpec, pool: dask_executor.DaskExecutor
) -> None:
    probe = Path(run_spec.store) / "tmp" / "probe"
    probe.parent.mkdir(parents=True)
    probe.touch()
    os.utime(probe, (0, 0))
    pool._run_spec = replace(run_spec, probe=str(probe))
    pool._look()
    remove_leftovers(probe.parent)
    assert probe.is_file()
    probe.unlink()
    probe.parent.rmdir()
    pool._lose()
    pool._looked = 0.0
    pool._look()  # its folder is gone: that is for workers to say
    assert pool._workers


def test_a_cell_that_died_has_no_record_to_wait_for(
    run_spec: RunSpec, cell: Cell, pool: dask_executor.DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"warnings": [], "refused": None, "failure": {"reason": "killed", "log": "its last words"}}
    monkeypatch.setattr(pool, "_ask", lambda *what: answer)
    monkeypatch.setattr(dask_executor, "_SEEN", 10_000.0)
    failure = pool.run({"cell": asdict(cell), "where": asdict(WHERE)}, lambda answer: None)
    assert failure is not None and (failure.reason, failure.log) == ("killed", "its last words")


def test_a_record_is_waited_for_where_its_folder_is_not_seen_yet(
    run_spec: RunSpec, cell: Cell, pool: dask_executor.DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Path(run_spec.store) / cell.spec.suite / "records" / f"{cell.spec.name}.json"

    def later(*what: object) -> dict[str, object]:
        threading.Timer(0.3, lambda: (record.parent.mkdir(parents=True), record.touch())).start()
        return {"warnings": [], "refused": None, "failure": None}

    monkeypatch.setattr(pool, "_ask", later)
    assert pool.run({"cell": asdict(cell), "where": asdict(WHERE)}, lambda answer: None) is None
    assert record.is_file()
