"""Lost answers of a language model: a state and a number everywhere, and asked for again by one option."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asking_runs import DISTINCT, MODEL, right
from cells_cli import call as command
from chat_server import Call, ChatServer, Send, completion, error

import larbench
from benchmark.api import RunReport
from benchmark.errors import UsageError
from benchmark.gate.check import check
from benchmark.gate.report import NOT_MEASURED
from benchmark.store.publish import publish_suite
from benchmark.store.record import INCOMPLETE, OK, Record, lost_answers
from benchmark.store.store import Store
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import build, files, on_screen
from leaderboard.page.build import write_site
from leaderboard.results.load import load
from leaderboard.submit.pack import pack

pytestmark = pytest.mark.usefixtures("environment", "in_this_process")

REFUSED = sorted(DISTINCT)[:4]
Behave = Callable[[Call], Send]


def sentence(call: Call) -> tuple[str, ...]:
    return tuple(call.document["sentence"].split())


def filtering(call: Call) -> Send:
    """Refuse four of the sentences, as a content filter does."""
    return error(400, "content filter") if sentence(call) in REFUSED else right(call)


def run(wanted: dict[str, Any], **options: Any) -> RunReport:
    return larbench.run(**wanted, llm_model=MODEL, **options)


def record_of(report: RunReport) -> Record:
    (outcome,) = report.outcomes
    return outcome.record


@pytest.fixture
def lossy(wanted: dict[str, Any], server: ChatServer) -> Record:
    """A cell of a perfect model of which four answers were lost."""
    server.behave = filtering
    return record_of(run(wanted))


def test_a_cell_that_lost_answers_is_incomplete_and_says_so_everywhere(
    wanted: dict[str, Any], server: ChatServer, tmp_path: Path
) -> None:
    server.behave = filtering
    code, out, _ = command(
        *("run", "--suite", "asking.toml", "--domain", "waters", "--jobs", "1", "--llm-model", MODEL)
    )
    many = len(DISTINCT)
    lost = f"lost 4 of {many} sentences (refused 4)"
    assert code == 1
    assert "1 incomplete" in out and "--retry-lost" in out
    assert f"{lost}, where 0% may be" in out
    (record,) = Store("runs").records("asking")
    assert (record.state, record.reason) == (INCOMPLETE, f"{lost}, where 0% may be")
    assert record.predictions is not None
    code, out, _ = command("status", "--suite", "asking")
    assert code == 0 and "1 incomplete" in out and lost in out
    code, out, _ = command("plan", "--suite", "asking.toml", "--domain", "waters", "--llm-model", MODEL)
    assert "1 incomplete" in out and "--retry-lost" in out and "0 to compute" in out


def test_its_row_is_shown_with_what_it_lost_and_has_no_rank(
    wanted: dict[str, Any], lossy: Record, tmp_path: Path
) -> None:
    board = build("runs", "asking", own=[tmp_path / "waters"])
    (row,) = board[RANKING].rows
    assert not row.ranked and row.tie is None and 0 < row.scores["waters"].f1 < 1
    assert (row.lost["waters"].asked, row.lost["waters"].count) == (len(DISTINCT), 4)
    (line,) = load("runs", "asking", own=[tmp_path / "waters"]).board().to_dict("records")
    assert line["status"] == f"incomplete: waters (seed {lossy.spec.seed}) {lossy.reason}"
    text, screen = str(files(board)["board.md"]()), on_screen(board)
    for shown in (text, screen):
        assert "incomplete: not ranked" in shown
        assert "lost 4 of" in shown
    known = json.loads(files(board)["board.json"]())
    assert known["tables"]["zero-shot"] == []
    assert known["incomplete"][0]["answers"]["lost"] == 4
    assert known["incomplete"][0]["answers"]["domains"]["waters"]["reasons"] == {"refused": 4}
    lines = str(files(board)["board.csv"]()).splitlines()
    header = lines[0].split(",")
    values = dict(zip(header, lines[1].split(","), strict=True))
    assert (values["kind"], values["llm_asked"], values["llm_lost"]) == ("unranked", str(len(DISTINCT)), "4")


def test_the_page_and_the_cells_page_say_it(wanted: dict[str, Any], lossy: Record, tmp_path: Path) -> None:
    write_site(build("runs", "asking", own=[tmp_path / "waters"]), tmp_path / "page")
    index = (tmp_path / "page" / "site" / "index.html").read_text()
    cell = (tmp_path / "page" / "site" / "cells" / f"{lossy.cell}.html").read_text()
    assert "lost answers" in index and "zero-shot, not ranked" in index
    assert "ended <strong>incomplete</strong>: lost 4 of" in cell
    assert "Answers of its language model" in cell


def test_asking_again_asks_for_what_was_lost_and_for_nothing_else(
    wanted: dict[str, Any], server: ChatServer, lossy: Record
) -> None:
    before = len(server.calls)
    assert record_of(run(wanted)).state == INCOMPLETE  # as it was: from the store
    assert record_of(run(wanted, retry_failed=True)).state == INCOMPLETE
    assert len(server.calls) == before
    server.behave = right
    report = run(wanted, retry_lost=True)
    assert report.exit_code == 0
    assert Counter(map(sentence, server.calls[before:])) == Counter(REFUSED)
    record = record_of(report)
    assert (record.state, record.reason) == (OK, None)
    assert record.dev is not None and record.dev["f1"] == 1.0
    asked = len(server.calls)
    assert record_of(run(wanted, retry_lost=True)).state == OK
    assert len(server.calls) == asked


def test_what_could_not_be_read_is_asked_for_again_too(wanted: dict[str, Any], server: ChatServer) -> None:
    server.behave = lambda call: completion("I see no river") if sentence(call) in REFUSED else right(call)
    record = record_of(run(wanted))
    assert record.state == INCOMPLETE and record.notes["llm"]["lost"] == {"malformed": 4}
    before = len(server.calls)
    assert before == len(DISTINCT) + 4  # each of them once more, in the same run
    server.behave = right
    assert record_of(run(wanted, retry_lost=True)).state == OK
    assert Counter(map(sentence, server.calls[before:])) == Counter(REFUSED)


def test_asking_again_of_a_dead_server_takes_nothing_away(
    wanted: dict[str, Any], lossy: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with ChatServer(lambda call: error(401, "no such key")) as refusing:
        monkeypatch.setenv("OPENAI_BASE_URL", refusing.url)
        report = run(wanted, retry_lost=True, on_event=lambda event: said.append(event.text))
    assert record_of(report) == lossy
    assert Store("runs").predictions(lossy)
    assert any("asking again ended failed" in text and "no such key" in text for text in said)


def test_a_share_that_may_be_lost_can_be_given_before_and_after(
    wanted: dict[str, Any], server: ChatServer, lossy: Record
) -> None:
    before = len(server.calls)
    allowed = record_of(run(wanted, llm_max_lost=0.5))
    assert (allowed.state, allowed.reason, allowed.notes["llm"]["max_lost"]) == (OK, None, 0.5)
    assert record_of(run(wanted)) == allowed
    assert record_of(run(wanted, llm_max_lost=0.01)).state == INCOMPLETE
    assert len(server.calls) == before
    lost = lost_answers(allowed.notes)
    assert lost is not None and str(lost) == f"lost 4 of {len(DISTINCT)} sentences"
    with pytest.raises(UsageError, match="share from 0 to 1"):
        run(wanted, llm_max_lost=1.5)


def test_what_was_lost_below_the_share_stands_beside_the_figure(
    wanted: dict[str, Any], lossy: Record, tmp_path: Path
) -> None:
    run(wanted, llm_max_lost=0.5)
    board = build("runs", "asking", own=[tmp_path / "waters"])
    (row,) = board[RANKING].rows
    assert row.ranked and row.average is not None
    assert f"[lost 4 of {len(DISTINCT)}]" in on_screen(board)
    assert "waters lost 4 of" in str(files(board)["board.md"]())


ANSWERS: dict[str, Behave] = {
    "unreadable": lambda call: completion("I cannot tell."),
    "empty": lambda call: completion(""),
    "a thought": lambda call: completion('<think>The form is {"mentions": []}. Now I go', finish="length"),
    "refusal": lambda call: Send(
        json.dumps(
            {"choices": [{"message": {"content": None, "refusal": "I can't."}, "finish_reason": "stop"}]}
        ).encode()
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_row_without_one_usable_answer_is_no_row_of_that_model(
    answer: str, wanted: dict[str, Any], server: ChatServer, tmp_path: Path
) -> None:
    server.behave = ANSWERS[answer]
    record = record_of(run(wanted, llm_max_lost=1.0))
    if record.state != "failed":  # a server that gives no answer at all ends the asking
        assert record.state == INCOMPLETE and f"of {len(DISTINCT)} sentences" in str(record.reason)
    (cell,) = load("runs", "asking", own=[tmp_path / "waters"]).cells
    assert cell.counts is None and cell.values == {}


def test_a_gate_cannot_measure_an_incomplete_cell(
    wanted: dict[str, Any], server: ChatServer, lossy: Record, tmp_path: Path
) -> None:
    server.behave = right
    larbench.run(**{**wanted, "own_domains": [tmp_path / "waters"]}, llm_model=MODEL, store="whole")
    report = check("whole/asking", "runs/asking", own=[tmp_path / "waters"])
    assert (report.verdict, report.exit_code) == (NOT_MEASURED, 3)
    (line,) = report.lines
    assert "ended incomplete in the run: lost 4 of" in line.reasons[0]


def test_publishing_takes_it_along_as_it_is_and_a_bundle_leaves_it_out(
    wanted: dict[str, Any], lossy: Record, tmp_path: Path
) -> None:
    target = Store("published")
    assert publish_suite(Path("runs/asking"), target) == 1
    assert target.record("asking", lossy.cell) == lossy
    assert target.predictions(lossy)
    with pytest.raises(UsageError, match="is incomplete: lost 4 of"):
        pack(tmp_path / "runs" / "asking", name="mine")


def test_an_earlier_record_that_ended_ok_and_lost_some_is_read_and_shows_it(
    wanted: dict[str, Any], lossy: Record, tmp_path: Path
) -> None:
    store = Store("runs")
    llm = {name: value for name, value in lossy.notes["llm"].items() if name != "max_lost"}
    old = replace(lossy, state=OK, reason=None, notes={**lossy.notes, "llm": llm})
    store.save(old)
    board = build("runs", "asking", own=[tmp_path / "waters"])
    assert board[RANKING].rows[0].ranked
    assert "[lost 4 of" in on_screen(board)


def test_a_damaged_one_is_computed_again_from_what_was_answered(
    wanted: dict[str, Any], server: ChatServer, lossy: Record
) -> None:
    Store("runs").predictions_path(lossy).write_text("")
    before = len(server.calls)
    record = record_of(run(wanted))
    assert record.state == INCOMPLETE
    assert set(map(sentence, server.calls[before:])) == set(REFUSED)
