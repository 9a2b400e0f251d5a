"""A whole run of the benchmark whose method asks a server: killed half-way, refused, and gone on from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking_tools import KEY
from chat_server import Send, error
from mention_tools import MentionCall, MentionServer, right

import larbench
from benchmark import registry

METHOD = '''
from benchmark.method import Method
from lar.generalists.protocol import TypingRequest
from lar.generalists.make import make_generalist
from larbench.endpoint.policy import Policy


class Asking(Method):
    """Asks about the first word of twelve sentences, one request each."""

    def __init__(self, *, llm_model="gpt-3.5-turbo"):
        self.llm_model = llm_model

    def fit(self, task, seed):
        quick = Policy(concurrency=1, tries=2, first_wait=0.01)
        options = dict(model=self.llm_model, workspace=task.workspace, seed=seed, policy=quick)
        self.generalist = make_generalist("openai", task.target.types, **options)
        names = task.target.type_names
        first = task.target.unlabelled[:12]
        asked = [TypingRequest(one.id, one.tokens + ("so",) * 81, ((0, 1),), (names,)) for one in first]
        self.answers = self.generalist.answer(asked)
        return self

    def predict(self, sentences):
        return [[] for _ in sentences]

    def notes(self):
        return self.generalist.notes()
'''
SUITE = """
name = "asking"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["zero-shot"]
seeds = [555]
methods = ["asks-a-server"]
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Install a method that asks, for this process and those it starts; the path of a suite of it."""
    site = tmp_path / "site"
    info = site / "asks_a_server-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: asks-a-server\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[larbench.methods]\nasks-a-server = asks_a_server:Asking\n")
    (site / "asks_a_server.py").write_text(METHOD)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "asking.toml"
    path.write_text(SUITE)
    registry.registered.cache_clear()
    yield str(path)
    registry.registered.cache_clear()
    sys.modules.pop("asks_a_server", None)


def test_a_run_goes_on_where_its_server_died_and_asks_nothing_twice(
    suite: str, tmp_path: Path, monkeypatch, caplog, capfd
):
    def dying(call: MentionCall) -> Send:
        if call.number == 7:
            server.die()
        return right(call)

    def answer_person(call: MentionCall) -> Send:
        return right(call)

    with MentionServer(dying) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        (failed,) = larbench.run(suite, jobs=1).outcomes
    assert failed.record.state == "failed"
    assert "cannot be reached" in str(failed.record.reason)
    before = server.answered

    with MentionServer(lambda call: error(401, f"wrong key: {call.headers['authorization']}")) as refusing:
        monkeypatch.setenv("OPENAI_BASE_URL", refusing.url)
        (refused,) = larbench.run(suite, jobs=1, retry_failed=True).outcomes
    assert refused.record.state == "failed"
    assert "check OPENAI_API_KEY" in str(refused.record.reason)
    assert len(refusing.calls) == 1

    with MentionServer(answer_person) as restarted:
        monkeypatch.setenv("OPENAI_BASE_URL", restarted.url)
        (done,) = larbench.run(suite, jobs=1, retry_failed=True).outcomes
    assert done.record.state == "ok"
    notes = done.record.notes["llm"]
    assert notes["mentions"] == notes["answered"] + notes["fell_back"] == 12
    # its death cut the connection before or after the seventh answer was read
    assert notes["from_cache"] + notes["requests"] >= 12
    assert max((before + restarted.answered).values()) == 1
    assert notes["from_cache"] in (6, 7)

    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files).decode("utf-8", "replace")
    assert KEY not in written + caplog.text + "".join(capfd.readouterr())
    assert "wrong key: Bearer ***" in str(refused.record.reason)
