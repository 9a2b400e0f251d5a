from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.language import check_language, is_english, primary


@pytest.mark.parametrize(
    ("tag", "spelt"),
    [
        ("en", "en"),
        ("DE-at", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("sr-LATN", "sr-Latn"),
        ("es-419", "es-419"),
        ("zh-yue", "zh-yue"),
        ("be-TARASK", "be-tarask"),
        ("de-1996", "de-1996"),
        ("jv-x-BMS", "jv-x-bms"),
        ("en-u-co-phonebk", "en-u-co-phonebk"),
        ("gsw", "gsw"),
    ],
)
def test_tags_have_one_spelling(tag: str, spelt: str) -> None:
    assert check_language(tag) == spelt == check_language(spelt)


@pytest.mark.parametrize(
    "text", ["", "english", "Deutsch", "en_US", "e", "en-", "-en", "日本語", "de at", "en--US"]
)
def test_names_and_locales_are_no_tags(text: str) -> None:
    with pytest.raises(ValueError, match="no language tag"):
        check_language(text)


@given(st.text(string.ascii_letters + string.digits + "-_ ", max_size=14))
def test_a_tag_is_spelt_once_and_for_all(text: str) -> None:
    try:
        spelt = check_language(text)
    except ValueError:
        return
    assert spelt.lower() == text.lower() and check_language(spelt) == spelt
    assert primary(spelt) == spelt.split("-")[0] and is_english(spelt) == (primary(spelt) == "en")
