"""Runs of a method that asks a language model, within a budget: partial boards, labels, plans, secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cells_cli import call

import larbench
from benchmark.api import RunReport
from benchmark.errors import UsageError
from benchmark.store.store import Store

SUITE = """
name = "asking"
corpus = "sample"
source = "news"
domains = ["politics", "science", "ai"]
settings = ["zero-shot"]
seeds = [555]
methods = ["fake-asking", "fake-rule"]
"""
LABEL = "fake-asking (embedding)"
SLOT = "fake-asking_embedding__24cc1bae-zero-shot"  # a name that was changed carries a hash
ONE_CELL = 10 * 60  # tokens


@pytest.fixture
def asking(fakes: Path, tmp_path: Path) -> str:
    path = tmp_path / "asking.toml"
    path.write_text(SUITE)
    return str(path)


def with_rows(suite: str, *rows: str) -> str:
    text = Path(suite).read_text().replace('["fake-asking", "fake-rule"]', f"[{', '.join(rows)}]")
    Path(suite).write_text(text)
    return suite


def asked(tmp_path: Path) -> int:
    trace = tmp_path / "trace"
    return sum(line.startswith("asked") for line in trace.read_text().splitlines()) if trace.exists() else 0


def states(report: RunReport) -> list[str]:
    return [outcome.record.state for outcome in report.outcomes if outcome.cell.spec.method == "fake-asking"]


def test_what_the_budget_cannot_pay_ends_over_budget_and_goes_on_later(asking: str, tmp_path: Path) -> None:
    first = larbench.run(asking, llm_budget=ONE_CELL + 250, jobs=1)
    assert states(first) == ["ok", "over-budget", "over-budget"] and first.exit_code == 1
    assert [o.record.state for o in first.outcomes][3:] == ["ok"] * 3
    record = first.outcomes[1].record
    assert str(record.reason).startswith("the budget of 850 tokens cannot pay the next request; run again")
    assert (record.traceback, record.predictions) == (None, None)
    assert record.notes["llm"]["prompt_tokens"] == 150
    assert first.llm is not None and (first.llm.spent, first.llm.reserved) == (ONE_CELL + 180, 0)
    assert not list((tmp_path / "runs" / "budgets").iterdir()) and asked(tmp_path) == 13

    again = larbench.run(asking, llm_budget=0)  # nothing to spend: not even tried
    assert states(again) == ["ok", "over-budget", "over-budget"] and all(o.cached for o in again.outcomes)
    before = [outcome.cell.spec.identity_hash for outcome in again.outcomes]

    done = larbench.run(asking, llm_budget=str(2 * ONE_CELL))
    assert states(done) == ["ok"] * 3 and done.exit_code == 0 and asked(tmp_path) == 30  # none twice
    assert [outcome.cell.spec.identity_hash for outcome in done.outcomes] == before
    assert done.llm is not None and done.llm.spent == 17 * 60
    assert larbench.run(asking).outcomes[1].cached


def test_without_a_limit_what_was_over_budget_is_computed(asking: str) -> None:
    assert states(larbench.run(asking, llm_budget=0)) == ["over-budget"] * 3
    explained = larbench.explain(f"{SLOT}-politics", asking)
    assert [(one.hit, one.state) for one in explained] == [(False, "over-budget")]
    report = larbench.run(asking)
    assert states(report) == ["ok"] * 3 and report.llm is None


def test_workers_share_one_budget(asking: str, tmp_path: Path) -> None:
    report = larbench.run(asking, llm_budget=1000, jobs=3)
    # a question holds 100 and costs 60: the last one but one is refused at 840 or more, and then one is paid
    assert report.llm is not None and 900 <= report.llm.spent <= 1000 and report.llm.reserved == 0
    assert asked(tmp_path) * 60 == report.llm.spent and "over-budget" in states(report)


def test_a_killed_worker_holds_nothing_back(asking: str) -> None:
    killed = '{name = "fake-asking", label = "killed", params = {how = "sigkill"}}'
    report = larbench.run(
        with_rows(asking, killed, '"fake-asking"'), domains=["ai"], llm_budget=100 + ONE_CELL + 40, jobs=1
    )
    assert [o.record.state for o in report.outcomes] == ["failed", "ok"]
    assert report.llm is not None and (report.llm.spent, report.llm.reserved) == (100 + ONE_CELL, 0)


def test_a_group_of_errors_is_over_budget_where_all_of_them_are(asking: str) -> None:
    row = '{name = "fake-asking", params = {how = "group"}}'
    report = larbench.run(with_rows(asking, row), domains=["ai"], llm_budget=10)
    assert states(report) == ["over-budget"]


def test_a_budget_in_dollars(asking: str) -> None:
    few = {"domains": ["ai"], "methods": ["fake-asking"]}
    report = larbench.run(asking, **few, llm_budget="0.60USD")
    assert states(report) == ["over-budget"]  # 0.54 spent, and a tenth question might cost 0.10
    assert str(report.llm) == "0.54 USD of 0.60 USD used, for 540 tokens"
    unknown = larbench.run(asking, **few, llm_budget="1USD", llm_model="priceless")
    assert states(unknown) == ["over-budget"]
    reason = str(unknown.outcomes[0].record.reason)
    assert "the price of what is asked is not known: give the budget in tokens" in reason


def test_the_board_is_partial_and_says_so(asking: str) -> None:
    arguments = ("run", "--suite", asking, "--llm-budget", str(ONE_CELL + 250), "--jobs", "1")
    code, out, err = call(*arguments)
    assert code == 1 and "Traceback" not in out + err
    assert "4 ok, 2 over-budget" in out and "LLM budget: 780 tokens of 850 tokens used" in out
    assert "over-budget cells are computed again by the next run" in out and "--retry-failed" not in out
    assert f"ok       {SLOT}-politics-mini-s555" in out and ", 600 LLM tokens" in out
    (row,) = (line for line in out.splitlines() if line.startswith(LABEL) and "1/3" in line)
    assert row.split()[-2:] == ["780", "$0.7800"] and row.count("over-budget") == 2
    assert f"{LABEL} (mini), science, ai: over-budget: the budget of 850 tokens" in out.replace("\n  ", " ")
    (partial,) = (line for line in out.splitlines() if line.startswith("Partial: over budget"))
    assert f"2 of the cells ({LABEL} (mini) zero-shot science (seed 555)" in partial


@pytest.mark.parametrize("model", ["gpt-4o", "org/model:8b", "odd, name"])
def test_a_variant_stands_in_the_label(asking: str, model: str) -> None:
    wanted = {"generalist": "openai", "llm_model": model, "domains": ["ai"]}
    label = f"fake-asking ({model.replace(',', '')})"
    for name in ("fake-asking", label):
        (planned,) = larbench.plan(asking, methods=[name], **wanted)
        assert planned.cell.spec.label == label and planned.cell.spec.params["llm_model"] == model
    report = larbench.run(asking, methods=[label], **wanted)
    assert Store("runs").records("asking") == [report.outcomes[0].record] and report.exit_code == 0
    options = ("--methods", label, "--generalist", "openai", "--llm-model", model)
    assert "ok          fake-asking_" in call("plan", "--suite", asking, *options)[1]


def test_rows_are_selected_by_method_and_by_label(asking: str) -> None:
    rows = ('{name = "fake-asking", params = {generalist = "openai", llm_model = "m"}}', '"fake-asking"')
    more = '{name = "fake-asking", label = "my row (of two)", params = {llm_model = "z"}}'
    suite = with_rows(asking, *rows, more, '"fake-rule"')

    def labels(*methods: str) -> list[str]:
        return [planned.cell.spec.label for planned in larbench.plan(suite, methods=methods, domains=["ai"])]

    both = ["fake-asking (m)", LABEL]
    assert labels("fake-asking") == both
    assert labels("fake-asking (m)") == both[:1] and labels(LABEL, "fake-rule") == [LABEL, "fake-rule"]
    assert labels("my row (of two)") == ["my row (of two)"]
    assert labels(LABEL, "fake-asking") == [LABEL, "fake-asking (m)"]
    with pytest.raises(UsageError, match=r"no method is called .*; did you mean fake-asking"):
        labels("fake-asking (gpt)")


def test_a_suites_label_stays_unless_it_would_say_what_is_not_so(asking: str) -> None:
    given = '{name = "fake-asking", label = "by m", params = {generalist = "openai", llm_model = "m"}}'
    suite = with_rows(asking, given, '{name = "fake-asking", label = "free"}')

    def labels(**wanted: str) -> list[str]:
        return [planned.cell.spec.label for planned in larbench.plan(suite, domains=["ai"], **wanted)]

    assert labels() == ["by m", "free"] and labels(llm_model="m", backbone="tiny") == ["by m", "free"]
    assert labels(llm_model="other") == ["fake-asking (other)", "free"]


def test_plan_estimates_and_warns(asking: str) -> None:
    few = ("plan", "--suite", asking, "--methods", "fake-asking")
    out = call(*few)[1]
    assert (
        out.count("about 600 LLM tokens") == 3 and "; about 1,800 LLM tokens (1.80 USD) for 3 of these" in out
    )
    planned = json.loads(call(*few, "--json")[1])
    assert [(one["expected_llm_tokens"], one["expected_llm_dollars"]) for one in planned] == [(600, 0.6)] * 3
    warning = "warning: about 1,800 LLM tokens (1.80 USD) are more than the budget of"
    for budget, told in (("1799", f"{warning} 1,799 tokens"), ("1.79USD", f"{warning} 1.79 USD")):
        assert told in call(*few, "--llm-budget", budget)[2]
    assert call(*few, "--llm-budget", "1800")[2] == "" and call(*few, "--llm-budget", "1.8USD")[2] == ""
    unknown = call(*few, "--llm-budget", "5USD", "--llm-model", "priceless")[2]
    assert "whether 5.00 USD will do cannot be told" in unknown
    larbench.run(asking, llm_budget=ONE_CELL + 250, jobs=1)
    out = call(*few)[1]
    assert "3 cells, 1 of them done, 2 to compute (2 of these over budget before)" in out
    assert call(*few, "--llm-budget", "5EUR")[0] == 2


def test_a_key_reaches_no_file_and_no_output(
    asking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = 'sk+canary/é"4f7a9c1d2e'
    monkeypatch.setenv("FAKE_API_KEY", f"{canary}\n")
    rows = [
        f'{{name = "fake-asking", label = "{how}", params = {{how = "{how}", llm_model = "{how}"}}}}'
        for how in ("fine", "leak", "leak-and-die")
    ]
    suite = with_rows(asking, *rows)
    code, out, err = call("run", "--suite", suite, "--domains", "ai", "--llm-budget", "10000")
    assert code == 1 and "2 failed, 1 ok" in out
    texts = [out, err, call("status", "--suite", "asking")[1]]
    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert any("records" in path.parts for path in files)
    texts += [path.read_text("utf-8", errors="replace") for path in files]
    for text in texts:
        assert "canary" not in text and "4f7a9c1d2e" not in text
    by_label = {record.spec.label: record for record in Store("runs").records("asking")}
    assert by_label["fine"].notes["key"] == "***\n" and "Bearer ***" in str(by_label["leak"].reason)
    assert "end of log" in str(by_label["leak-and-die"].traceback)
