"""The method that asks a chat model, against a real server on this machine that errs: alone, and in a run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking_runs import MODEL, RIGHT, TEXT, right
from asking_tools import KEY
from chat_server import Call, ChatServer, Send, completion, error
from toys import SOURCE, TARGET, MemoryStore

import larbench
from baselines.llm_prompt.method import NO_MODEL, LlmPrompt
from benchmark.task import SUPERVISED, ZERO_SHOT, Task, Workspace
from larbench.endpoint.policy import Policy

pytestmark = pytest.mark.usefixtures("environment")


def asked_again(call: Call) -> bool:
    return "\n\n" in call.user


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Policy, "wait", lambda *args: 0.01)


def fitted(setting: str, store: MemoryStore) -> LlmPrompt:
    task = Task.of(SOURCE, TARGET, setting, workspace=Workspace(artefacts=store))
    return LlmPrompt(llm_model="gpt-4o-mini").fit(task, 3)


@pytest.mark.parametrize("setting", [ZERO_SHOT, SUPERVISED])
def test_right_answers_are_the_mentions_and_a_second_run_asks_nothing(
    setting: str, server: ChatServer
) -> None:
    server.behave = right
    store = MemoryStore()
    first = fitted(setting, store)
    assert first.predict(TEXT) == RIGHT
    distinct = len({sentence.tokens for sentence in TEXT})
    assert len(server.calls) == len(server.answered) == distinct
    notes = first.notes()
    assert json.loads(json.dumps(notes)) == notes
    assert (notes["llm"]["requests"], notes["llm"]["from_cache"]) == (distinct, 0)
    assert notes["llm"]["prompt_tokens"] == 100 * distinct
    assert notes["llm"]["cost_usd"] > 0
    body = server.calls[0].body
    assert (body["model"], body["temperature"], body["seed"]) == ("gpt-4o-mini", 0, 3)
    assert body["response_format"]["type"] == "json_schema"
    again = fitted(setting, store)
    assert again.predict(TEXT) == RIGHT
    assert len(server.calls) == distinct
    assert again.notes()["llm"]["from_cache"] == distinct
    assert again.notes()["llm"]["cost_usd"] == 0


FAULTS: dict[str, Callable[[Call], Send]] = {
    "rate-limited": lambda call: error(429) if call.number == 2 else right(call),
    "server-error": lambda call: error(503) if call.number == 2 else right(call),
    "unreadable": lambda call: completion("I see no river") if not asked_again(call) else right(call),
    "no-completion": lambda call: Send(b"<html>") if call.number == 2 else right(call),
    "no-schema": lambda call: error(400) if "response_format" in call.body else right(call),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_server_does_wrong_costs_tries_and_no_mention(fault: str, server: ChatServer) -> None:
    server.behave = FAULTS[fault]
    method = fitted(ZERO_SHOT, MemoryStore())
    assert method.predict(TEXT) == RIGHT
    distinct = len({sentence.tokens for sentence in TEXT})
    extra = distinct if fault == "unreadable" else 1
    assert len(server.calls) == method.notes()["llm"]["tries"] == distinct + extra
    notes = method.notes()
    assert notes["llm"]["structured"] is (fault != "no-schema")
    again = distinct if fault == "unreadable" else 0
    assert notes["sentences"] == {"asked": distinct, "asked_again": again, "lost": {}}


def test_what_stays_lost_has_no_mention_and_is_counted(server: ChatServer) -> None:
    def behave(call: Call) -> Send:
        return error(400, "too long") if call.document["sentence"].startswith("Zoe") else right(call)

    server.behave = behave
    method = fitted(ZERO_SHOT, MemoryStore())
    assert method.predict(TEXT) == [[], *RIGHT[1:]]
    notes = method.notes()
    assert notes["sentences"]["lost"] == {"refused": 1}
    distinct = len({sentence.tokens for sentence in TEXT})
    counted = {name: notes["llm"][name] for name in ("unit", "asked", "answered", "lost")}
    assert counted == {
        "unit": "sentences",
        "asked": distinct,
        "answered": distinct - 1,
        "lost": {"refused": 1},
    }
    assert notes["llm"]["said"] == {"refused": "too long"}


# --- in a run


def written(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files).decode("utf-8", "replace")


def test_a_key_alone_makes_no_run_ask(wanted: dict[str, Any], server: ChatServer) -> None:
    (skipped,) = larbench.run(**wanted).outcomes
    assert (skipped.record.state, skipped.record.reason) == ("skipped", NO_MODEL)
    assert server.calls == []


def test_a_run_goes_on_where_its_server_died_and_asks_nothing_twice(
    wanted: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any, capfd: Any
) -> None:
    def dying(call: Call) -> Send:
        if call.number == 5:
            server.die()
        return right(call)

    with ChatServer(dying) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        (failed,) = larbench.run(**wanted, llm_model=MODEL).outcomes
    assert failed.record.state == "failed"
    assert "cannot be reached" in str(failed.record.reason)

    with ChatServer(lambda call: error(401, f"wrong key: {call.headers['authorization']}")) as refusing:
        monkeypatch.setenv("OPENAI_BASE_URL", refusing.url)
        (refused,) = larbench.run(**wanted, llm_model=MODEL, retry_failed=True).outcomes
    assert "wrong key: Bearer ***" in str(refused.record.reason)
    assert len(refusing.calls) == 1

    with ChatServer(right) as restarted:
        monkeypatch.setenv("OPENAI_BASE_URL", restarted.url)
        (done,) = larbench.run(**wanted, llm_model=MODEL, retry_failed=True).outcomes
    assert (done.record.state, done.cell.spec.label) == ("ok", f"llm-prompt ({MODEL})")
    assert done.record.dev is not None
    assert done.record.dev["f1"] == 1.0
    notes = done.record.notes["llm"]
    distinct = len({s.tokens for s in (*TARGET.dev, *TARGET.test)})
    assert notes["from_cache"] + notes["requests"] == distinct
    assert notes["from_cache"] == len(server.answered) >= 4
    assert max((server.answered + restarted.answered).values()) == 1
    assert KEY not in written(tmp_path / "runs") + caplog.text + "".join(capfd.readouterr())


def test_a_budget_ends_a_cell_and_the_next_run_pays_the_rest(
    wanted: dict[str, Any], server: ChatServer
) -> None:
    server.behave = right
    report = larbench.run(**wanted, llm_model=MODEL, llm_budget=1000)
    (over,) = report.outcomes
    assert over.record.state == "over-budget"
    assert report.llm is not None
    paid = len(server.calls)
    assert report.llm.spent == 110 * paid <= 1000
    (done,) = larbench.run(**wanted, llm_model=MODEL, llm_budget="5USD").outcomes
    assert done.record.state == "ok"
    assert Counter(call.conversation for call in server.calls).most_common(1)[0][1] == 1
    assert done.record.notes["llm"]["cached_prompt_tokens"] == 100 * paid
