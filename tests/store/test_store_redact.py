"""Secrets are blotted out of whatever is kept or shown, in the forms in which texts hold them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from benchmark.run.workers import _Worker
from benchmark.store.redact import redact, redact_secrets, redact_value

CANARY = "c4n/ary é'\"\\end"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "HF_TOKEN", "MY_KEY", "DB_PASSWORD", "client_secret"])
@pytest.mark.parametrize("write", [str, repr, json.dumps, quote, lambda key: quote(key, safe="")])
def test_a_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, write) -> None:
    monkeypatch.setenv(name, f" {CANARY}\n")
    assert "c4n" not in redact(f"401 for key {write(CANARY)} of me") and "of me" in redact(f"{CANARY} of me")
    assert redact_value({CANARY: [CANARY, 1]}) == {"***": ["***", 1]}


def test_words_and_short_values_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    monkeypatch.setenv("SOME_WORD", "politics and science")
    text = "false: politics and science, a bearer of tokens, task-specific sk-learn"
    assert redact_secrets(text) == text


def test_the_longer_of_two_secrets_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "abcdefgh")
    monkeypatch.setenv("B_KEY", "abcdefgh-and-more")
    assert redact_secrets("abcdefgh-and-more abcdefgh") == "*** ***"


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        ("Authorization: Bearer abc.def-123=", "Authorization: Bearer ***"),
        ("Incorrect API key: sk-proj-0123456789abcdef01.", "Incorrect API key: ***."),
        ("https://me:word@host:8080/v1", "https://***@host:8080/v1"),
        ("write to me@host, see http://host/a@b", "write to me@host, see http://host/a@b"),
    ],
)
def test_what_looks_like_a_secret(text: str, blotted: str) -> None:
    assert redact_secrets(text) == blotted


def test_a_log_is_never_cut_inside_a_secret() -> None:
    worker = _Worker([])
    try:
        worker._log.write(f"{CANARY.replace(' ', '')} and then {'x' * 3980}".encode())
        assert worker.log_tail().startswith("… and then xxx") and "end" not in worker.log_tail()
    finally:
        worker.end()
