"""A whole run of the benchmark whose method asks a server: killed half-way, refused, and gone on from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking_runs import asking_suite
from asking_tools import KEY
from chat_server import Send, error
from mention_tools import MentionCall, MentionServer, right

import larbench

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


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A suite of a method that asks."""
    with asking_suite(tmp_path, monkeypatch, "asks-a-server", "asks_a_server:Asking", METHOD) as path:
        yield str(path)


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
