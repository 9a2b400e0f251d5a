"""What plan, run, record and board say of a target whose types the source names otherwise, or lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from boards import text_of
from click.testing import CliRunner

import larbench
from benchmark import registry
from benchmark.cli.plan import plan
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.run.events import Event
from leaderboard import board as boards

MATCH = "2 of 3 types are the source's: PER = person, Organization = organisation"
NOTHING = "no type of rivers (river) is one of news's"


@pytest.fixture
def coarse(tiny: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny suite, whose fake-rule says the source's types alone where it sees no labels."""
    monkeypatch.setattr(registry.method_class("fake-rule"), "source_types_alone", frozenset({"zero-shot"}))
    return tiny


def own(tmp_path: Path, name: str, *tags: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    text = "\n\n".join(f"Ada B-{tag}\nspoke O" for tag in tags) + "\n"
    for split in ("train", "dev", "test"):
        (folder / f"{split}.txt").write_text(text)
    (folder / "domain.toml").write_text(
        'language = "en"\n' + "".join(f"[types.{tag}]\n" for tag in dict.fromkeys(tags))
    )
    return folder


def planned(suite: str, *arguments: object) -> tuple[str, str]:
    result = CliRunner().invoke(plan, ["--suite", suite, *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_plan_says_what_is_matched_and_what_is_not(coarse: str, tmp_path: Path) -> None:
    minutes = own(tmp_path, "minutes", "PER", "Organization", "ship")
    out, err = planned(coarse, "--domain", minutes)
    assert out.count(f"minutes: {MATCH}") == 1 and "warning" not in err
    rivers = own(tmp_path, "rivers", "river")
    out, err = planned(coarse, "--domain", rivers)
    assert "rivers: no type of 1 is the source's" in out
    assert err.count(NOTHING) == 1 and "state same_as in its domain.toml" in err
    found = json.loads(planned(coarse, "--domain", minutes, "--json")[0])
    assert {cell["types"] for cell in found} == {MATCH}


def test_equal_names_are_not_worth_a_word(coarse: str) -> None:
    out, err = planned(coarse)
    assert "the source's" not in out + err
    assert not any(cell.types or cell.warning for cell in make_plan(load_suite(coarse), Selection()))


def test_only_who_needs_the_sources_types_is_warned(coarse: str, tmp_path: Path) -> None:
    rivers = own(tmp_path, "rivers", "river")
    cells = make_plan(load_suite(coarse), Selection(own_domains=(rivers,)))
    warned = {(cell.spec.method, cell.spec.setting) for cell in cells if cell.warning}
    assert warned == {("fake-rule", "zero-shot")}


def test_run_warns_and_the_record_and_the_board_say_it(coarse: str, tmp_path: Path) -> None:
    folders = (own(tmp_path, "minutes", "PER", "Organization", "ship"), own(tmp_path, "rivers", "river"))
    events: list[Event] = []
    report = larbench.run(coarse, own_domains=folders, settings="zero-shot", on_event=events.append)
    warnings = [event.text for event in events if event.kind == "warning"]
    assert len(warnings) == 1 and NOTHING in warnings[0]
    notes = {o.record.spec.domain: o.record.notes for o in report.outcomes if o.record.state == "ok"}
    assert notes["minutes"]["types"] == MATCH and "warning" not in notes["minutes"]
    assert notes["rivers"]["warning"] == warnings[0]
    board = boards.build("runs", "tiny", own=folders, resamples=20)
    assert f"**Types of minutes**: {MATCH}" in text_of(board, "board.md")
    assert board.results.ceilings["minutes"].all_spans == pytest.approx(2 / 3)
    assert board.results.ceilings["rivers"].source_spans == 0
