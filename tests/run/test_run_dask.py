"""Cells on the workers of a dask cluster: processes of their own, some of them killed, or not fit for it."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from cells_cli import call
from dask_processes import Processes, kill, wait_for
from s3_server import new_bucket, s3_server

import benchmark
import larbench
from benchmark.api import Event, RunReport
from benchmark.errors import UsageError
from benchmark.store.store import Store

pytestmark = [
    # no test is timed: these start a dozen processes, on a machine that may be busy
    pytest.mark.timeout(1800),
    # a connection that dask was making when its scheduler was killed is left to the collector
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

FEW = {"methods": ["fake-rule"], "domains": ["politics"], "settings": ["zero-shot"]}


@pytest.fixture(autouse=True)
def leave_no_connection() -> Iterator[None]:
    """Collect here what is collected sometime, perhaps in a test that forbids it."""
    yield
    gc.collect()


@pytest.fixture
def cluster(fakes: Path, tmp_path: Path) -> Iterator[Processes]:
    """A cluster without workers yet; they have the fake methods, as this process has."""
    processes = Processes(tmp_path / "cluster")
    processes.scheduler()
    yield processes
    processes.end()
    print(processes.logs())  # shown where a test fails


def predictions_of(store: str | Path) -> dict[str, bytes]:
    kept = Store(store)
    return {
        record.cell: kept.predictions_bytes(record)
        for suite in kept.suites()
        for record in kept.records(suite)
        if record.has_predictions
    }


def fits(tmp_path: Path) -> int:
    trace = tmp_path / "trace"
    return trace.read_text().count("fit ") if trace.exists() else 0


class Running(threading.Thread):
    """A run in a thread of its own."""

    def __init__(self, suite: str, cluster: Processes, **wanted: object) -> None:
        super().__init__(daemon=True)
        self.events: list[Event] = []
        self.report: RunReport | None = None
        self._run = lambda: larbench.run(
            suite,
            executor="dask",
            scheduler=cluster.address,
            on_event=self.events.append,
            **wanted,  # type: ignore[arg-type]
        )
        self.start()

    def run(self) -> None:
        self.report = self._run()

    def end(self) -> RunReport:
        self.join(timeout=600)
        assert self.report is not None
        return self.report


def test_a_cluster_stores_the_bytes_that_one_machine_stores(
    cluster: Processes, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    larbench.run(tiny, store="here", domains=["politics"])
    computed = fits(tmp_path)
    monkeypatch.setenv("LARBENCH_STORES", str(tmp_path / "copies"))
    with s3_server() as address:
        url = new_bucket(address, monkeypatch)
        cluster.worker()
        cluster.worker()
        cluster.wait_for_workers(2)
        where = ("--suite", tiny, "--domains", "politics", "--store", url)
        code, out, err = call("run", *where, "--executor", "dask", "--scheduler", cluster.address)
        assert code == 0 and "3 ok, 1 skipped" in out, err
        # by another machine's eyes
        monkeypatch.setenv("LARBENCH_STORES", str(tmp_path / "other copies"))
        assert "3 ok, 1 skipped" in call("status", "--suite", tiny, "--store", url)[1]
        assert "4 cells, 4 of them done" in call("plan", *where)[1]
        assert call("publish", f"{url}/tiny", "published")[0] == 0
        assert call("run", *where)[0] == 0 and fits(tmp_path) == 2 * computed
    assert predictions_of("published") == predictions_of("here") and len(predictions_of("here")) == 3
    assert (tmp_path / "trace").read_text().count("make ") == 2  # one of the workers made it, for both


def test_a_worker_killed_in_mid_cell_costs_that_cell_only(
    cluster: Processes, tiny: str, tmp_path: Path
) -> None:
    first = cluster.worker(FAKE_GATE=str(tmp_path / "never"))
    running = Running(tiny, cluster, **FEW)
    wait_for(lambda: fits(tmp_path) == 1)
    left = kill(first)
    assert left  # the processes that computed
    wait_for(lambda: not any(psutil.pid_exists(one.pid) for one in left))
    cluster.worker()
    (outcome,) = running.end().outcomes
    assert outcome.record.state == "ok" and fits(tmp_path) == 2
    larbench.run(tiny, store="here", **FEW)
    assert predictions_of("runs") == predictions_of("here")


def test_a_scheduler_started_anew_goes_on(tiny: str, fakes: Path, tmp_path: Path) -> None:
    cluster = Processes(tmp_path / "cluster")
    try:
        scheduler = cluster.scheduler()
        gate = tmp_path / "gate"
        cluster.worker(FAKE_GATE=str(gate))
        running = Running(tiny, cluster, **{**FEW, "domains": ["politics", "science"]})
        wait_for(lambda: fits(tmp_path) == 1)
        kill(scheduler)
        gate.touch()
        cluster.scheduler()
        cluster.worker()
        assert [one.record.state for one in running.end().outcomes] == ["ok", "ok"]
    finally:
        cluster.end()
        print(cluster.logs())


def test_a_worker_with_another_code_is_refused(
    cluster: Processes, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(benchmark.__file__).parent
    other = tmp_path / "other" / "benchmark"
    shutil.copytree(root, other, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "run" / "compute.py").open("a") as file:
        file.write("\nCHANGED = True\n")
    cluster.worker(path=(other.parent,))
    with pytest.raises(UsageError, match="another code") as raised:
        larbench.run(tiny, executor="dask", scheduler=cluster.address, **FEW)
    text = str(raised.value)
    assert text.count("larbench 0.") == 2 and "benchmark.run.compute" in text and fits(tmp_path) == 0
    # beside one that is fit it computes nothing, and is named
    cluster.worker()
    cluster.wait_for_workers(2)
    running = Running(tiny, cluster, **{**FEW, "domains": ["politics", "science"]}, jobs=2)
    assert [one.record.state for one in running.end().outcomes] == ["ok", "ok"]
    assert any("computes nothing of this run: it has another code" in event.text for event in running.events)


def test_a_worker_without_the_corpus_says_so(cluster: Processes, tiny: str, tmp_path: Path) -> None:
    corpus = tmp_path / "mine"
    corpus.mkdir()
    for split in ("train", "dev", "test"):
        (corpus / f"{split}.txt").write_text("Ada\tB-person\nsings\tO\n\n")

    def lose(event: Event) -> None:
        if event.kind == "planned":  # this machine has read it
            corpus.rename(tmp_path / "elsewhere")

    cluster.worker()
    wanted = {**FEW, "domains": None, "own_domains": [corpus]}
    with pytest.raises(UsageError, match="it lacks the corpus own/"):
        larbench.run(tiny, executor="dask", scheduler=cluster.address, on_event=lose, **wanted)
    (entry,) = Store("runs").ledger("tiny").values()
    assert entry.state == "planned"  # not the cell's fault: it has not failed
