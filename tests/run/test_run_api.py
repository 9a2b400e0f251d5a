"""The functions that other people's code imports: what they take and what they return."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import larbench
from benchmark.errors import UsageError
from benchmark.lists import as_names, as_paths, as_seeds


@pytest.mark.parametrize("value", [["a", "b"], ("a", "b"), "a,b", " a , b", iter(["a", "b"])])
def test_names_come_as_a_list_or_as_a_string(value) -> None:
    assert as_names(value) == ("a", "b")


@pytest.mark.parametrize("value", [[1, 22], "1,22", "1, 22", iter((1, 22))])
def test_seeds_come_as_a_list_or_as_a_string(value) -> None:
    assert as_seeds(value) == (1, 22)
    assert as_seeds(7) == (7,)


@pytest.mark.parametrize("value", ["1,x", "-1", "1.5", [1.5], [2**32], -1, ["1"]])
def test_what_is_no_seed_is_refused(value) -> None:
    with pytest.raises(UsageError, match="a seed is a whole number from 0 to 4294967295"):
        as_seeds(value)


@pytest.mark.parametrize("value", ["", "a,", [""]])
def test_an_empty_name_is_refused(value) -> None:
    with pytest.raises(UsageError, match="empty name"):
        as_names(value)


def test_nothing_given_stays_nothing() -> None:
    assert as_names(None) is None and as_seeds(None) is None and as_paths(()) == ()


def test_one_path_is_a_list_of_one() -> None:
    assert as_paths("a,b") == as_paths(Path("a,b")) == as_paths(["a,b"]) == (Path("a,b"),)


def test_a_string_means_the_same_as_a_list(tiny: str) -> None:
    few = larbench.run(tiny, methods="fake-rule", domains="politics, science", settings="zero-shot", seeds=1)
    listed = larbench.plan(
        tiny, methods=["fake-rule"], domains=["politics", "science"], settings=["zero-shot"], seeds=[1]
    )
    assert [outcome.cell for outcome in few.outcomes] == [planned.cell for planned in listed]
    assert {planned.state for planned in listed} == {"ok"}


def test_a_report_is_shown_in_one_line(tiny: str) -> None:
    report = larbench.run(tiny, methods="fake-rule,fake-broken", domains="politics", settings="zero-shot")
    assert report.counts == {"failed": 1, "ok": 1}
    shown = repr(report)
    assert shown.startswith("<RunReport of tiny: 2 cells: 1 failed, 1 ok; 0 from the store; ")
    assert len(shown) < 100


@pytest.mark.parametrize("name", ["run", "plan", "explain", "status", "publish", "check"])
def test_parameters_are_spelt_out(name: str) -> None:
    parameters = inspect.signature(getattr(larbench, name)).parameters.values()
    assert all(one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL) for one in parameters)


def test_importing_larbench_imports_nothing_heavy_and_none_of_ours() -> None:
    script = (
        "import sys, larbench; dir(larbench)\n"
        "first = {'torch', 'transformers', 'pandas', 'numpy', 'click', 'benchmark', 'leaderboard'}\n"
        "print(sorted(first & set(sys.modules)))\n"
        "[getattr(larbench, name) for name in larbench.__all__]\n"
        "print(sorted({'torch', 'transformers', 'pandas', 'matplotlib'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_every_export_exists_and_is_listed() -> None:
    assert set(larbench._EXPORTS) == set(larbench.__all__) <= set(dir(larbench))
    assert all(getattr(larbench, name) is not None for name in larbench.__all__)
    with pytest.raises(AttributeError, match="module 'larbench' has no attribute 'nothing'"):
        larbench.nothing  # noqa: B018


def test_results_are_a_table_and_rows_can_be_compared(tiny: str) -> None:
    larbench.run(tiny, methods="fake-rule,fake-supervised", settings="supervised")
    frame = larbench.results("runs/tiny").frame()
    assert set(frame["label"]) == {"fake-rule", "fake-supervised"}
    (found,) = larbench.compare("runs/tiny", "fake-rule", "fake-supervised")
    assert repr(found).startswith("<Comparison of fake-rule (mini) with fake-supervised (mini), supervised: ")
    assert list(found.frame()["domain"])[-1] == "average"


def test_a_report_gives_the_cells_of_its_own_run_as_a_frame(tiny: str) -> None:
    larbench.run(tiny, methods="fake-supervised", domains="politics", settings="supervised")
    report = larbench.run(tiny, methods="fake-rule", domains="politics", settings="supervised")
    frame = report.frame()
    assert list(frame["label"]) == ["fake-rule"] and frame["f1"].notna().all()
    assert "fake-supervised" in report._repr_html_()


def test_a_domain_is_named_in_one_text_and_shown_in_one_line() -> None:
    assert larbench.load_domain("sample/music") is larbench.load_domain("sample", "music")
    shown = repr(larbench.load_domain("sample/music"))
    assert shown == "<Domain sample/music (en): 13 types; sentences: train 100, dev 50, test 150>"


def test_a_score_is_shown_in_one_line_and_as_a_frame() -> None:
    found = larbench.score([["B-port", "O", "B-port"]], [["B-port", "O", "O"]])
    assert repr(found) == "<Report: strict F1 66.7; 2 gold mentions of 1 type>"
    frame = found.frame().set_index("dialect")
    assert frame.loc["strict", "recall"] == 0.5 and "exact" in frame.index
    assert list(found.frame(by="type")["type"]) == ["port"]
