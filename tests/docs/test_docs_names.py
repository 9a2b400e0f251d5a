"""What the pages name exists, and what exists is documented: fields, keys, commands, options, methods."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from pathlib import Path

import click
import numpy as np
import pytest
from boards import assemble, text_of
from docs_pages import ROOT, command_words, pages, read_page

from baselines.llm_prompt.round_trip import main as round_trip_command
from baselines.search import main as search_command
from benchmark import few_shot
from benchmark.cli import cli as benchmark_cli
from benchmark.domains.domain_file import DomainFile
from benchmark.domains.noise.condition import Noise
from benchmark.domains.noise.report import NoiseReport
from benchmark.gate import render as gate
from benchmark.gate.report import Evidence, Line, Report
from benchmark.plan.identity import make_identity
from benchmark.plan.noise_series import NoiseSeries
from benchmark.plan.suite import Suite
from benchmark.run.environment import describe_machine, describe_versions
from benchmark.scoring.counts import PRF, Counts
from benchmark.scoring.files import score
from benchmark.scoring.frequency import CLASSES
from benchmark.scoring.intervals import Difference, Interval
from benchmark.store.cell_spec import CellSpec
from benchmark.store.comparison import Comparison, write_comparison
from benchmark.store.ledger import render_ledger
from benchmark.store.noisy_corpora import CONTENT
from benchmark.store.record import Record, to_json
from benchmark.store.store import Store
from lar.__main__ import cli as lar_cli
from larbench.tagger.__main__ import cli as tagger_cli
from larbench.testing.toy_corpus import TARGET
from leaderboard.analyses import compare
from leaderboard.analyses.compare import Comparison as RowComparison
from leaderboard.analyses.compare import Part
from leaderboard.analyses.learning import LEARNING
from leaderboard.analyses.pairing import RecordPair
from leaderboard.analyses.robustness import ROBUSTNESS
from leaderboard.cli import cli as leaderboard_cli
from leaderboard.results.columns import COLUMNS
from leaderboard.results.gold import Training
from leaderboard.results.measure import ScoredCell

FORMATS = read_page(ROOT / "docs" / "formats.md")
_ENTRIES: dict[str, click.Command] = {
    "benchmark": benchmark_cli,
    "leaderboard": leaderboard_cli,
    "lar": lar_cli,
    "larbench.tagger": tagger_cli,
    "baselines.llm_prompt.round_trip": round_trip_command,
    "baselines.search": search_command,
}


def _fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


def _record(**changes) -> Record:
    told = {
        "cell": "c",
        "suite": "s",
        "corpus": "sample",
        "method": "m",
        "label": "m",
        "setting": "zero-shot",
    }
    return Record.from_fields(
        **{**told, "source": "news", "domain": "ai", "seed": 1, "state": "failed", **changes}
    )


def _identity() -> dict:
    nothing = dict.fromkeys(("method", "setting", "seed", "source_hash", "source_limit", "target_hash"))
    return make_identity(params={}, code={}, components={}, language="en", **nothing)


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("Record", (_fields(Record) - {"spec"}) | _fields(CellSpec) | {"record_sha256"}),
        ("identity", set(_identity())),
        ("versions", set(describe_versions())),
        ("machine", set(describe_machine("cpu")) | {"gpu"}),
        ("dev", _fields(PRF)),
        ("Ledger", set(json.loads(render_ledger("s", {})))),
        ("Suite TOML", {field.alias or name for name, field in Suite.model_fields.items()}),
        ("Noise in an identity", _fields(Noise) | {CONTENT}),
        ("A series of noise", set(NoiseSeries.model_fields)),
        ("domain.toml", set(DomainFile.model_fields)),
    ],
)
def test_every_field_is_documented_and_no_other(section, names):
    found = FORMATS.table(section) if section != "Record" else _record_table()
    assert sorted(found) == sorted(names)


_PARTS = ("identity", "versions", "machine", "timings", "dev", "notes")


def _record_table() -> list[str]:
    """The first table of the section: those of its parts follow under headings of their own."""
    parts = [name for part in _PARTS for name in FORMATS.table(part)]
    return FORMATS.table("Record")[: -len(parts)]


def test_a_record_has_the_documented_keys():
    assert sorted(json.loads(to_json(_record()))) == sorted(_record_table())


@pytest.fixture(scope="module")
def board():
    return assemble([ScoredCell(_record())], suite="s")


def test_the_keys_of_board_json_are_documented(board):
    content = json.loads(text_of(board, "board.json"))
    rows = content["tables"]["zero-shot"]
    named = FORMATS.table("board.json")
    of_rows = FORMATS.table("A row of board.json")
    (contrast,) = content["contrasts"].values()
    assert sorted(named) == sorted([*content, *rows[0], *contrast])
    assert FORMATS.table("A contrast of board.json") == list(contrast)
    assert sorted(of_rows) == sorted(rows[0])


def test_the_columns_of_board_csv_are_documented(board):
    assert FORMATS.table("board.csv") == text_of(board, "board.csv").splitlines()[0].split(",")


@pytest.fixture(scope="module")
def compared():
    """A board with a base row and one other, of two made-up sentences."""
    one = np.ones((2, 1), dtype=np.int64)
    cells = [
        ScoredCell(
            _record(label=label, cell=label, state="ok"),
            Counts(("a",), one, one, one),
            {column.key: 1.0 for column in COLUMNS},
        )
        for label in ("base", "other")
    ]
    return assemble(cells, suite="s", comparison=Comparison("base", ("base", "other")))


def test_the_keys_of_ablations_json_are_documented(compared):
    content = json.loads(text_of(compared, "ablations.json"))
    (table,) = content["tables"]
    of_tables = FORMATS.table("A table of ablations.json")
    of_rows = FORMATS.table("A row of ablations.json")
    assert sorted(FORMATS.table("ablations.json")) == sorted([*content, *of_tables, *of_rows])
    assert sorted(of_tables) == sorted(table)
    assert sorted(of_rows) == sorted(table["rows"][0])
    assert FORMATS.table("ablations.csv") == text_of(compared, "ablations.csv").splitlines()[0].split(",")
    assert sorted(FORMATS.table("difference --json")) == sorted(compare.difference_document([], "s"))


def test_the_keys_of_views_json_are_documented():
    one = np.ones((2, 1), dtype=np.int64)
    counts = Counts(("a",), one, one, one)
    three = np.ones((2, len(CLASSES)), dtype=np.int64)
    classes = Counts(CLASSES, three, three, three)
    cell = ScoredCell(_record(state="ok"), counts, {column.key: 1.0 for column in COLUMNS}, classes)
    training = {("sample", "ai"): Training({}, np.array([True, False]))}
    made = assemble([cell], suite="s", training=training)
    content = json.loads(text_of(made, "views.json"))
    (setting,) = content["settings"].values()
    assert FORMATS.table("A setting of views.json") == list(setting)
    assert FORMATS.table("views.json") == [*content, *setting]


def test_the_keys_of_compare_json_are_documented():
    none = Difference(0.0, Interval(0.0, 0.0))
    part = Part(1.0, 1.0, none, 1.0, 1.0, 2, 0, 0)
    rows = RecordPair("zero-shot", "zero-shot", ("a", "mini"), ("b", "mini"), (), (), False)
    found = RowComparison(rows, part, {"ai": part}, {("ai", "task"): part}, ())
    content = compare.document([found], "s")
    comparison = content["settings"]["zero-shot"]
    assert FORMATS.table("A part of a comparison") == list(comparison["average"])
    assert FORMATS.table("A comparison") == list(comparison)
    assert FORMATS.table("compare --json") == [*content, *comparison, *comparison["average"]]


def test_the_keys_of_robustness_json_are_documented(board):
    assert FORMATS.table("robustness.json") == list(ROBUSTNESS.document((), board.results.heading))
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    columns = page.partition("## robustness.csv")[2].partition("## ")[0]
    assert [
        name for name in ROBUSTNESS.lines((), board.results.heading).columns if f"`{name}`" not in columns
    ] == []
    notes = page.partition("### notes")[2].partition("## ")[0]
    assert [name for name in NoiseReport("tokens", 0.1).to_json() if f"`{name}`" not in notes] == []


def test_the_keys_of_learning_json_are_documented(board):
    assert FORMATS.table("learning.json") == list(LEARNING.document((), board.results.heading))
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    columns = page.partition("## learning.csv")[2].partition("## ")[0]
    assert [
        name for name in LEARNING.lines((), board.results.heading).columns if f"`{name}`" not in columns
    ] == []


def test_what_identity_and_notes_hold_of_few_shots_is_documented():
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    made = {"### identity": few_shot.identify, "### notes": few_shot.describe_support}
    for section, make in made.items():
        found = make(TARGET, "few-shot-1", 1)
        text = page.partition(section)[2].partition("## ")[0]
        assert found and [name for name in found if f"`{name}`" not in text] == []


def test_the_keys_of_check_json_are_documented():
    found = Evidence(0.5, 0.4, -0.1, Interval(-0.2, 0.0), None, 0.05, 0.01, 0.02)
    line = Line("a", "mini", "zero-shot", "ai", (1,), (1,), "regressed", evidence=found)
    content = json.loads(gate.to_json(Report("b", "r", "s", "1", 0.05, 100, (line,))))
    of_evidence = FORMATS.table("Evidence of check --json")
    of_lines = FORMATS.table("A line of check --json")
    assert sorted(FORMATS.table("check --json")) == sorted([*content, *of_lines, *of_evidence])
    assert sorted(of_lines) == sorted(content["lines"][0])
    assert sorted(of_evidence) == sorted(content["lines"][0]["evidence"])


def test_the_keys_of_comparison_json_are_documented(tmp_path):
    write_comparison(Store(tmp_path), "s", Comparison("base", ("base", "other")))
    content = json.loads((tmp_path / "s" / "comparison.json").read_text("utf-8"))
    assert FORMATS.table("comparison.json") == list(content)


def test_the_keys_of_score_json_are_documented(tmp_path):
    file = tmp_path / "gold.txt"
    file.write_text("Ida B-person\n", encoding="utf-8")
    assert FORMATS.table("score --json") == list(score(file, file).to_json())


def test_timings_are_documented():
    run = ROOT / "benchmark" / "run"
    source = "".join((run / f"{name}.py").read_text("utf-8") for name in ("compute", "fit_predict"))
    names = re.findall(r'"(\w+_seconds|sentences_per_second)":', source)
    assert sorted(FORMATS.table("timings")) == sorted(set(names))


def _command(words: list[str]) -> tuple[click.Command, list[str]] | None:
    """Return the command that a line calls, and the words after it; None where it calls none of ours."""
    if words[:1] == ["larbench"]:
        command, rest = _ENTRIES["benchmark"], words[1:]
    elif words[:2] == ["python", "-m"] and len(words) > 2 and words[2] in _ENTRIES:
        command, rest = _ENTRIES[words[2]], words[3:]
    elif words and words[0] in benchmark_cli.list_commands(click.Context(benchmark_cli)):
        command, rest = benchmark_cli, words  # `data check`, in running text
    else:
        return None
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(click.Context(command), rest[0])
        assert inner is not None, f"no command {rest[0]!r} in {' '.join(words)!r}"
        command, rest = inner, rest[1:]
    return command, rest


def _options(command: click.Command) -> set[str]:
    found = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}
    return found | {"--help", "-h"}


def _every_command(group: click.Command) -> list[click.Command]:
    if not isinstance(group, click.Group):
        return [group]
    found: list[click.Command] = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found += _every_command(command)
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_named_commands_and_options_exist(page):
    wrong = []
    for words in command_words(page):
        called = _command(words)
        if called is not None:
            known = _options(called[0])
        elif words and words[0].startswith("--"):
            known = set().union(*(_options(c) for entry in _ENTRIES.values() for c in _every_command(entry)))
        else:
            continue
        rest = words if called is None else called[1]
        given = [word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)]
        wrong += [f"{option} in {' '.join(words)!r}" for option in given if option not in known]
    assert not wrong


def test_every_command_is_named_somewhere():
    called = [called[0] for page in pages() for words in command_words(page) if (called := _command(words))]
    commands = [command for entry in _ENTRIES.values() for command in _every_command(entry)]
    assert [command.name for command in commands if command not in called] == []


_DOTTED = re.compile(
    r"(?:benchmark|endpoint|tagger|lar|baselines|leaderboard|larbench(?!\.(?:methods|boards|commands)\b))(?:\.(?!json\b)\w+)+"
)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_named_functions_and_modules_exist(page):
    assert [text for text in page.code if _DOTTED.fullmatch(text) and not _exists(text)] == []


def _exists(dotted: str) -> bool:
    """Whether a module, or a name at the top of one, exists; nothing heavy is imported to find out."""
    module, _, name = dotted.rpartition(".")
    if _source(dotted) is not None:
        return True
    text = _source(module)
    return (
        text is not None
        and re.search(
            rf'^(?:def|class) {name}\b|^{name}\b.*=|^    "{name}":|^__all__ = .*"{name}"', text, re.M
        )
        is not None
    )


def _source(module: str) -> str | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return None if spec is None or spec.origin is None else Path(spec.origin).read_text(encoding="utf-8")


def test_the_readme_names_the_entry_point():
    assert "tox run -e bench" in (ROOT / "README.md").read_text("utf-8")
