"""The options of ``run`` that say how language models are asked: they reach the client and no identity."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from benchmark import api
from benchmark.cli.progress import make_progress
from benchmark.cli.run import run
from benchmark.plan.identity import LEFT_OUT
from larbench.endpoint.policy import VARIABLES, Policy

OPTIONS = {
    "--llm-timeout": ("90", {"timeout": 90.0}),
    "--llm-concurrency": ("3", {"concurrency": 3}),
    "--llm-patience": ("30", {"patience": 30.0}),
    "--llm-max-tokens": ("2000", {"max_tokens": 2000}),
}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Policy]:
    """The limits as a run would find them."""
    found: list[Policy] = []

    def ends_at_once(**options: Any) -> api.RunReport:
        found.append(Policy.from_environment())
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "run", ends_at_once)
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # so that what a command sets is taken back
    return found


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_reaches_the_client(option: str, seen: list[Policy]):
    text, fields = OPTIONS[option]
    CliRunner().invoke(run, [option, text])
    assert seen == [Policy(**fields)]


def test_a_variable_alone_does_too_and_an_option_wins(seen: list[Policy], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LARBENCH_LLM_TIMEOUT", "70")
    CliRunner().invoke(run, [])
    CliRunner().invoke(run, ["--llm-timeout", "80"])
    assert [policy.timeout for policy in seen] == [70.0, 80.0]
    assert os.environ["LARBENCH_LLM_TIMEOUT"] == "80.0"  # worker processes inherit it


@pytest.mark.parametrize("option", OPTIONS)
def test_what_is_no_limit_is_wrong_usage(option: str, seen: list[Policy]):
    done = CliRunner().invoke(run, [option, "0"])
    assert (done.exit_code, seen) == (2, [])
    assert option in done.output


def test_no_identity_holds_them():
    assert {f"llm_{field}" for field in VARIABLES.values()} <= LEFT_OUT


def test_a_run_prints_once_a_cell_how_long_its_answers_will_take(capsys: pytest.CaptureFixture[str]):
    cell: Any = SimpleNamespace(spec=SimpleNamespace(ledger_key="llm-prompt/zero-shot"))
    with make_progress() as progress:
        for text in ("asking: 1 answered, 11 to go", *["asking: 5 answered, 7 to go, some 21 s"] * 2):
            progress.on_event(api.Event("phase", cell=cell, text=text))
    assert capsys.readouterr().out == "llm-prompt/zero-shot: asking: 5 answered, 7 to go, some 21 s\n"
