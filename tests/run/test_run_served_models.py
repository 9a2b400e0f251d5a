"""Other weights behind one name of a model, and seeds that tell nothing of their own: said on the row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asking_runs import DISTINCT, MODEL, right
from chat_server import Call, ChatServer, Send

import larbench
from benchmark.store.record import Record
from leaderboard.analyses.ranking import RANKING
from leaderboard.board import Board, build, files

pytestmark = pytest.mark.usefixtures("environment", "in_this_process")


def run(wanted: dict[str, Any], **options: Any) -> list[Record]:
    report = larbench.run(**wanted, **{"llm_model": MODEL, **options})
    return [outcome.record for outcome in report.outcomes]


def built(tmp_path: Path) -> Board:
    return build("runs", "asking", own=[tmp_path / "waters"])


def served(model: str, fingerprint: str) -> Any:
    """A server of perfect answers which says that it is this model."""

    def behave(call: Call) -> Send:
        body = json.loads(right(call).body)
        return Send(json.dumps({**body, "model": model, "system_fingerprint": fingerprint}).encode())

    return behave


def test_who_answered_is_on_the_record_as_the_server_says_it(
    wanted: dict[str, Any], server: ChatServer
) -> None:
    server.behave = served("weights-1", "fp_1")
    server.models = [{"id": "other"}, {"id": MODEL, "created": 7, "owned_by": "me", "meta": {"n_params": 9}}]
    (record,) = run(wanted)
    llm = record.notes["llm"]
    assert (llm["served_model"], llm["fingerprint"]) == ("weights-1", "fp_1")
    assert llm["model_entry"] == {"id": MODEL, "owned_by": "me", "meta": {"n_params": 9}}


@pytest.mark.parametrize("models", [[], [{"name": "no id"}], [7], [{"id": MODEL, "more": "x" * 5000}]])
def test_a_server_that_lists_nothing_of_use_costs_nothing(
    models: list[Any], wanted: dict[str, Any], server: ChatServer
) -> None:
    server.behave, server.models = right, models
    (record,) = run(wanted)
    assert record.state == "ok"
    assert record.notes["llm"]["model_entry"] in (None, {"id": MODEL})


def test_a_revision_is_in_the_identity_in_the_label_and_before_every_kept_answer(
    wanted: dict[str, Any], server: ChatServer, tmp_path: Path
) -> None:
    server.behave = served("weights-1", "fp_1")
    (first,) = run(wanted)
    server.behave = served("weights-2", "fp_2")
    (same,) = run(wanted)
    assert same == first and len(server.calls) == len(DISTINCT)  # nobody said that the weights are others
    (second,) = run(wanted, llm_revision="2026-11")
    assert len(server.calls) == 2 * len(DISTINCT)
    assert second.spec.identity_hash != first.spec.identity_hash
    assert second.spec.identity["params"]["llm_revision"] == "2026-11"
    assert second.notes["llm"]["revision"] == "2026-11"
    assert {row.label for row in built(tmp_path)[RANKING].rows} == {
        f"llm-prompt ({MODEL})",
        f"llm-prompt ({MODEL}@2026-11)",
    }


def test_a_row_whose_cells_other_models_answered_says_so(
    wanted: dict[str, Any], server: ChatServer, tmp_path: Path
) -> None:
    server.behave = served("weights-1", "fp_1")
    run(wanted, seeds=[555])
    assert "more than one model" not in str(files(built(tmp_path))["board.md"]())
    server.behave = served("weights-2", "fp_1")
    run(wanted, seeds=[666])
    board = built(tmp_path)
    (row,) = board[RANKING].rows
    assert row.served == {"model": ("weights-1", "weights-2")}
    text = str(files(board)["board.md"]())
    assert "more than one model of that name (model: weights-1 or weights-2)" in text
    assert "--llm-revision" in text


def test_equal_predictions_of_several_seeds_are_one_seed(
    wanted: dict[str, Any], server: ChatServer, tmp_path: Path
) -> None:
    def behave(call: Call) -> Send:
        """Seed 777 makes a mistake of its own."""
        lost = call.body["seed"] == 777 and call.document["sentence"].startswith("Carla")
        return right(call) if not lost else Send(right(call).body.replace(b"mentions", b"none"))

    server.behave = behave
    run(wanted, seeds=[555, 666])
    (row,) = built(tmp_path)[RANKING].rows
    assert (row.seeds, row.runs, row.equal) == ((555, 666), 1, {"waters": (555, 666)})
    assert row.average is not None and row.average.seeds == 1
    run(wanted, seeds=[555, 666, 777], llm_max_lost=0.9)
    board = built(tmp_path)
    (row,) = board[RANKING].rows
    assert (row.runs, row.scores["waters"].seeds) == (2, 2)
    assert "the seeds 555, 666 gave equal predictions in every domain: one seed" in str(
        files(board)["board.md"]()
    )
    (known,) = json.loads(files(board)["board.json"]())["tables"]["zero-shot"]
    assert known["equal_seeds"] == {"waters": [555, 666]}
