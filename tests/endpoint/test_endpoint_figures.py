"""Waits, prices, replies: the plain functions beside the asking."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.errors import InputError
from larbench.endpoint.policy import Policy, retry_after
from larbench.endpoint.prices import price_of
from larbench.endpoint.reply import Fault, Reply, read_completion
from larbench.endpoint.tokens import Tokens, at_most

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "3", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "inf"}, float("inf")),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": formatdate(NOW + 90, usegmt=True)}, 90.0),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, 0.0),
        ({"retry-after": "Fri, 99 Foo 2023 99:99:99 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@given(
    st.integers(1, 10_000),
    st.one_of(st.none(), st.floats(0, allow_nan=False)),
    st.floats(0, 1, exclude_max=True),
)
def test_a_wait_is_never_negative_nor_endless(failures, asked, jitter):
    policy = Policy()
    wait = policy.wait(failures, asked, jitter)
    assert 0 <= wait <= max(policy.longest_wait, policy.longest_retry_after + policy.first_wait)
    if asked is not None:
        assert wait >= min(asked, policy.longest_retry_after)


def test_prices_are_found_by_name_and_by_name_without_date():
    price = price_of("gpt-3.5-turbo")
    assert price is not None
    assert price == price_of("gpt-3.5-turbo-0125")
    assert price_of("gpt-4o-2024-08-06") == price_of("gpt-4o")
    assert price.dollars(1_000_000, 2_000_000) == pytest.approx(0.5 + 3.0)
    assert "openai.com" in price.source and "20" in price.source
    assert price_of("my-model") is None
    assert price_of("gpt-4o-audio") is None


def test_prices_of_ones_own_win(tmp_path, monkeypatch):
    path = tmp_path / "prices.toml"
    path.write_text('date = "today"\n[models]\n"my-model" = { prompt = 1, completion = 2.5 }\n')
    monkeypatch.setenv("LARBENCH_LLM_PRICES", str(path))
    price = price_of("my-model")
    assert price is not None
    assert (price.prompt, price.completion, price.source) == (1.0, 2.5, "today")
    assert price_of("gpt-4o") is not None


@pytest.mark.parametrize(
    "content",
    ["", "[models]\nm = 3", "[models]\nm = { prompt = -1, completion = 1 }", "[models]\nm = { prompt = 1 }",
     "[models]\nm = { prompt = nan, completion = 1 }", "models = 3", "= no toml", "\xff"],
)  # fmt: skip
def test_a_file_without_prices_is_named(content, tmp_path):
    path = tmp_path / "prices.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=r"prices\.toml"):
        price_of("m", path)
    with pytest.raises(InputError, match=r"no readable file .*check LARBENCH_LLM_PRICES"):
        price_of("m", tmp_path / "missing.toml")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"choices": []}', b'{"choices": [3]}', b'{"choices": [{"message": null}]}',
     b'{"choices": [{"message": {"content": [1]}}]}', b'{"choices": {"0": 1}}', b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_completion_is_a_fault(body):
    fault = read_completion(body, structured=True)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.again) == ("no-completion", True)


def test_odd_counts_of_tokens_count_as_not_reported():
    usage = b'{"prompt_tokens": -5, "completion_tokens": "9"}'
    body = b'{"choices": [{"message": {"content": "x"}}], "usage": ' + usage + b"}"
    reply = read_completion(body, structured=False)
    assert reply == Reply("x")


@pytest.mark.parametrize("stored", [b"", b"[]", b'{"spam": 1}', b"{", b"3"])
def test_a_stored_answer_of_another_form_counts_as_none(stored):
    assert Reply.from_bytes(stored) is None


def test_a_reply_is_stored_and_read_back():
    reply = Reply("caf\u00e9 \ud800", model="m", prompt_tokens=3, structured=True, fingerprint="f")
    assert Reply.from_bytes(reply.to_bytes()) == reply


def test_a_stored_answer_that_was_cut_is_not_read_as_whole():
    assert Reply.from_bytes(Reply("and so", cut=True).to_bytes()) == Reply(None, cut=True)


def test_what_a_request_takes_at_most_counts_bytes_and_the_whole_answer():
    most = at_most([{"role": "user", "content": "x" * 30}, {"role": "user", "content": "\u6771" * 10}], 7)
    assert most == Tokens(20 + 12, 7)
    assert most.total == 39
