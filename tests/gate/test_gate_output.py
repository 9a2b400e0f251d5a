"""What a check prints and writes, on the command line and in a test of another project."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from benchmark.cli.check import check as command
from benchmark.gate.junit import junit
from benchmark.gate.render import markdown, table, to_json
from benchmark.gate.report import NOT_MEASURED, Line, Report
from benchmark.store.record import FAILED, Record

pytest_plugins = ["pytester"]

Write = Callable[..., Path]


def call(*arguments: object) -> tuple[int, str]:
    """Run the command; its exit code and what it printed."""
    done = CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def folders(own: list[str]) -> list[str]:
    return [part for folder in own for part in ("--domain", folder)]


@pytest.fixture
def worse(write: Write) -> tuple[Path, Path]:
    """A baseline, and a run with a row that is worse and a cell that failed."""

    def spoil(record: Record, predicted: Any) -> Any:
        if (record.spec.label, record.spec.domain, record.spec.seed) == ("odd", "hills", 1):
            return record.changed(state=FAILED, reason="no | memory\x07 <&> *left*"), None
        return record, predicted

    return write("base"), write("new", share={"even": 0.4}, change=spoil)


def test_the_command_prints_a_table_and_exits_with_the_verdict(
    worse: tuple[Path, Path], own: list[str], tmp_path: Path
) -> None:
    xml, text = tmp_path / "gate.xml", tmp_path / "gate.md"
    code, out = call(
        *("--baseline", worse[0], "--run", worse[1], *folders(own)),
        *("--resamples", 300, "--junit", xml, "--summary", text),
    )
    assert code == 1
    assert "verdict: regressed (5 lines: 3 regressed, 1 could not measure, 1 no" in out.splitlines()[-1]
    assert "seed 1 ended failed in the run: no | memory" in out
    root = ElementTree.fromstring(xml.read_bytes())
    assert root.tag == "testsuites" and [suite.tag for suite in root] == ["testsuite"]
    (suite,) = root
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases) == 5
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == 3
    assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error")) == 1
    assert all({"classname", "name", "time"} == set(case.attrib) for case in cases)
    assert "\ufffd" in suite.find("testcase/error").attrib["message"]  # what XML cannot hold
    assert text.read_text("utf-8").startswith("### Regression gate: regressed\n")
    assert r"no \| memory" in text.read_text("utf-8")


def test_json_holds_all_of_it(worse: tuple[Path, Path], own: list[str]) -> None:
    arguments = ("--baseline", worse[0], "--run", worse[1], *folders(own), "--resamples", 300, "--json")
    code, out = call(*arguments)
    content = json.loads(out)
    assert (content["verdict"], content["exit_code"], content["schema"]) == ("regressed", code, 1)
    verdicts = [line["verdict"] for line in content["lines"]]
    assert sorted(set(verdicts)) == ["could not measure", "no evidence", "regressed"]
    first = content["lines"][0]["evidence"]
    assert first["difference"] == pytest.approx(first["run_f1"] - first["baseline_f1"])
    assert call(*arguments) == (code, out)  # the same resamples every time


def test_nothing_measured_is_an_error_in_every_output(tmp_path: Path) -> None:
    xml = tmp_path / "gate.xml"
    code, out = call("--baseline", tmp_path / "no", "--run", tmp_path / "where", "--junit", xml)
    assert code == 3 and "verdict: could not measure" in out and "no ledger.json" in out
    suite = ElementTree.fromstring(xml.read_bytes())[0]
    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("1", "1")
    code, out = call("--baseline", tmp_path / "no", "--run", tmp_path / "where", "--json")
    assert json.loads(out)["exit_code"] == code == 3


def test_the_same_result_is_green(write: Write) -> None:
    code, out = call("--baseline", write("base"), "--run", write("new"))
    assert code == 0 and "4 with equal bytes" in out and "fires at" in out.splitlines()[0]


def test_a_part_is_named_on_the_command_line(write: Write) -> None:
    base, run = write("base"), write("new", seeds=(1,), labels=("even",))
    assert call("--baseline", base, "--run", run)[0] == 3
    part = ("--methods", "even", "--seeds", "1", "--domains", "hills,lakes", "--settings", "zero-shot")
    assert call("--baseline", base, "--run", run, *part)[0] == 0


def test_markup_in_a_label_stays_text() -> None:
    line = Line("a|b *c* <d>", "", "zero-shot", "hills", (1,), (1,), NOT_MEASURED, reasons=("`x`",))
    report = Report("base", "run", "tiny", "1", 0.05, 300, (line,))
    assert r"a\|b \*c\* \<d\>" in markdown(report) and r"\`x\`" in markdown(report)
    assert "a|b *c* <d>" in table(report)
    assert json.loads(to_json(report))["lines"][0]["label"] == "a|b *c* <d>"
    assert (
        ElementTree.fromstring(junit(report))
        .find("testsuite/testcase")
        .attrib["name"]
        .startswith("a|b *c* <d>")
    )


def test_markup_in_a_reason_or_a_cells_name_stays_text() -> None:
    report = Report("base", "run", "tiny", "1", 0.05, 300, (), added=("a_b*-s1",), reason="~~x~~ &lt;b <b>")
    text = markdown(report)
    assert r"not judged: a\_b\*-s1." in text
    assert r"\~\~x\~\~ \&lt;b \<b\>" in text


TEST = """
def test_nothing_got_worse(larbench_gate):
    report = larbench_gate({base!r}, {run!r}, own={own!r}, resamples=300)
    assert report.exit_code == 0
"""


def test_the_fixture_fails_where_the_gate_does(
    pytester: pytest.Pytester, write: Write, own: list[str]
) -> None:
    pytester.makeconftest("from larbench.pytest_plugin import larbench_gate")
    base, same, worse = write("base"), write("same"), write("worse", share={"even": 0.4})
    for run, outcome in ((same, "passed"), (worse, "failed"), (base / "no", "failed")):
        pytester.makepyfile(TEST.format(base=str(base), run=str(run), own=own))
        pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(**{outcome: 1})
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*larbench: could not measure*", "*holds no results*"])


def test_the_plugin_is_announced_and_light() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"larbench": "larbench.pytest_plugin"}
    script = (
        "import sys, larbench.pytest_plugin\n"
        "print([m for m in ('benchmark', 'numpy', 'scipy', 'torch', 'pandas', 'click') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
