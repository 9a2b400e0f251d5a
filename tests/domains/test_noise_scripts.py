"""Noise in scripts without spaces, from right to left, with marks on letters, and on emoji of many parts."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.domains.language import lower, upper
from benchmark.domains.noise.condition import KINDS, Noise
from benchmark.domains.noise.layouts import QWERTY, keyboard, neighbours
from benchmark.domains.noise.text import corrupt_sentence, corrupt_text
from benchmark.domains.noise.tokens import characters, is_punctuation, is_word, outcomes, shows

FAMILY, HEART, ENGLAND = "👩‍👩‍👧‍👦", "❤️‍🔥", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"
SCRIPTS = {
    "th": ("กรุงเทพ", "ผู้ว่า", "น้ำ", "เชียงใหม่", "ๆ"),
    "zh": ("北京", "未", "已", "大學", "。", "《"),
    "ja": ("東京都", "シツ", "がくせい", "カ", "、", "々"),
    "ar": ("القاهرة", "مُحَمَّد", "بنت", "\u200fشركة", "،", "أحمد"),
    "he": ("ירושלים", "שָׁלוֹם", "\u200eתל", "־", "דוד"),
    "fa": ("می\u200cخواهم", "خانه\u200cها", "تهران"),
    "hi": ("हिन्दी", "क्षत्रिय", "नमस्ते", "दिल्ली", "।"),
    "tr": ("Iğdır", "İstanbul", "ılık", "I\u0307zmir", "DIYARBAKIR"),
    "de": ("Straße", "Gießen", "ÜBER", "ß", "Köln"),
    "ko": ("서울", "한국어", "대"),
    "ru": ("Москва", "йод", "Ё", "и\u0306"),
    "und": (FAMILY, HEART, ENGLAND, "👍🏽", "🇩🇪🇫🇷", "1️⃣", "a" + FAMILY, "\u200d", "e\u0301"),
}
ALPHABETS = {
    "th": "กขคงจดตนบปผพฟมรลวสหอฮะาำิีึืุูเแโใไ็่้์",
    "zh": "北京未末土士日曰人入八大太犬已己巳王玉，。",
    "ja": "東京シツソンがぎほぼぽぷロカ力ー々、っ゙",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآؤئ\u064b\u064e\u0651\u0652\u200f،",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת\u05b0\u05b8\u05c1\u05bc־\u200e",
    "hi": "कखगघचजटडतदनपबभमयरलवशषसह्ािीुूेोंँः़।\u200d\u200c",
    "tr": "aıiIİoöuüşçğSKr\u0307",
    "und": "👩👦❤🔥🏽🇩🇪\u200d\ufe0f\u20e31á",
}


def words(language: str) -> st.SearchStrategy[str]:
    """Words as they are written, and any row of the script's characters."""
    odd = [st.text(ALPHABETS[language], min_size=1, max_size=7)] if language in ALPHABETS else []
    return st.one_of(st.sampled_from(SCRIPTS[language]), *odd)


@st.composite
def sentences(draw: st.DrawFn) -> tuple[LabelledSentence, str]:
    """A labelled sentence of one script, and its language."""
    language = draw(st.sampled_from(sorted(SCRIPTS)))
    tokens = draw(st.lists(words(language).filter(shows), min_size=1, max_size=8))
    cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    mentions = tuple(Mention(*pair, draw(st.sampled_from("ab"))) for pair in pairwise(cuts))
    return LabelledSentence(f"{language}/test/{draw(st.integers(0, 99))}", tuple(tokens), mentions), language


@st.composite
def any_words(draw: st.DrawFn) -> tuple[str, str]:
    language = draw(st.sampled_from(sorted(SCRIPTS)))
    return draw(words(language)), language


@settings(max_examples=150)
@given(sentences(), st.sampled_from(KINDS["target"]), st.floats(0, 1))
def test_gold_survives_and_every_token_shows_something(
    made: tuple[LabelledSentence, str], kind: str, rate: float
) -> None:
    sentence, language = made
    noisy, report = corrupt_sentence(sentence, Noise("target", rate, (kind,)), language)
    assert noisy.tokens and all(map(shows, noisy.tokens))
    assert [mention.type for mention in noisy.mentions] == [mention.type for mention in sentence.mentions]
    assert report.lost == 0 and report.changed <= report.eligible
    for before, after in pairwise((Mention(0, 0, ""), *noisy.mentions)):
        assert before.end <= after.start < after.end <= len(noisy.tokens)
    assert corrupt_sentence(sentence, Noise("target", rate, (kind,)), language)[0] == noisy


@settings(max_examples=200)
@example(("א\u200eְ", "he"), "spacing")  # a mark of direction between a letter and its mark
@given(any_words(), st.sampled_from(KINDS["target"]))
def test_no_character_is_torn(word: tuple[str, str], kind: str) -> None:
    """Marks stay behind what they stood on, and pictures of several code points stay whole."""
    token, language = word
    whole = characters(token)
    marks = _led_by_a_mark(token)
    for outcome in outcomes(kind, token, language):
        assert outcome != (token,)
        assert all(_led_by_a_mark(piece) <= marks for piece in outcome)
        kept = "".join(outcome)
        for picture in (FAMILY, HEART, ENGLAND):
            if whole.count(picture) == 1 and picture in kept:
                assert picture in characters(kept)
    if kind == "spacing":
        for one, other in outcomes(kind, token, language):
            assert characters(one) + characters(other) == whole


def _led_by_a_mark(text: str) -> bool:
    return unicodedata.category(text[0])[0] == "M"


@settings(max_examples=100)
@given(st.text(st.characters(max_codepoint=127), max_size=8), st.sampled_from(KINDS["target"]))
def test_ascii_text_is_disturbed_alike_in_languages_with_its_keyboard(token: str, kind: str) -> None:
    english = outcomes(kind, token, "en")
    assert english == outcomes(kind, token) == outcomes(kind, token, "en-GB")
    assert english == outcomes(kind, token, "und") == outcomes(kind, token, "nl")


@pytest.mark.parametrize(
    ("language", "kind", "token", "some", "never"),
    [
        ("de", "typos", "Ulm", {("Zlm",), ("Uöm",)}, {("Ylm",)}),  # QWERTZ
        ("en", "typos", "Ulm", {("Ylm",)}, {("Zlm",), ("Uöm",)}),
        ("fr", "typos", "a", {("z",), ("q",)}, {("s",)}),  # AZERTY
        ("es", "typos", "ola", {("oña",)}, set()),
        ("ru", "typos", "Йод", {("Цод",)}, {("иод",)}),
        ("he", "typos", "דוד", {("גוד",), ("שוד",)}, set()),
        ("he", "typos", "שָׁ", {("דָׁ",)}, {("ד",)}),  # points stay
        ("ar", "typos", "بنت", {("ينت",), ("لنت",)}, set()),
        ("hi", "typos", "दि", {("जि",), ("गि",)}, {("ि",)}),
        ("th", "typos", "ดี", {("กี",)}, {("ี",)}),
        ("tr", "casing", "ılık", {("ILIK",), ("Ilık",)}, {("ilik",)}),
        ("tr", "casing", "İzmir", {("izmir",), ("İZMİR",)}, {("IZMIR",), ("i̇zmir",)}),
        ("en", "casing", "Izmir", {("izmir",)}, {("ızmir",)}),
        ("az", "casing", "Iq", {("ıq",)}, {("iq",)}),
        ("de", "casing", "straße", {("STRASSE",), ("Straße",)}, set()),
        ("el", "casing", "ΟΔΟΣ", {("οδος",)}, {("οδοσ",)}),
        ("de", "ocr", "Süß", {("Suß",), ("SüB",)}, set()),
        ("en", "ocr", "Süß", set(), {("Suß",)}),
        ("he", "ocr", "חדר", {("הדר",), ("חרר",)}, set()),
        ("ar", "ocr", "بنت", {("تنت",), ("بثت",)}, set()),
        ("hi", "ocr", "बि", {("वि",)}, {("व",)}),
        ("th", "ocr", "ดี", {("คี",)}, {("ค",)}),
        ("zh", "ocr", "未来", {("末来",)}, set()),
        ("ja", "ocr", "シカ", {("ツカ",), ("シ力",)}, set()),
        ("ja", "ocr", "が", {("か",)}, set()),
        ("ko", "ocr", "한", set(), {("하",), ("ᄒ",)}),
        ("tr", "ocr", "ılık", {("ilık",)}, set()),
        ("zh", "spacing", "北京", {("北", "京")}, set()),
        ("hi", "spacing", "हिन्दी", {("हि", "न्दी")}, {("ह", "िन्दी")}),
        ("und", "punctuation", FAMILY, {(), (FAMILY, FAMILY)}, set()),
        ("und", "punctuation", "❤️", {()}, set()),
        ("zh", "punctuation", "。", {(), ("。", "。")}, set()),
    ],
)
def test_what_may_become_of_a_word(
    language: str, kind: str, token: str, some: set[tuple[str, ...]], never: set[tuple[str, ...]]
) -> None:
    found = set(outcomes(kind, token, language))
    assert some <= found
    assert not never & found


@pytest.mark.parametrize(("language", "token"), [("ar", "\u200fش"), ("he", "א\u200e"), ("fa", "ه\u200c")])
def test_what_would_leave_nothing_to_see_does_not_happen(language: str, token: str) -> None:
    assert outcomes("spacing", token, language) == ()
    assert all(is_word("".join(outcome)) for outcome in outcomes("typos", token, language))


def test_emoji_are_symbols_and_keycaps_are_not() -> None:
    assert all(map(is_punctuation, (FAMILY, HEART, ENGLAND, "👍🏽", "🇩🇪", "٪", "״", "।", "\uff01")))
    assert not any(map(is_punctuation, ("", "1️⃣", "א", "क", "\u200d", "a😀")))


@settings(max_examples=100)
@given(st.text(st.characters(categories=["Lu", "Ll", "Lt", "Nd"]), max_size=6), st.sampled_from(["en", "de"]))
def test_case_is_pythons_own_but_for_the_dotless_i(text: str, language: str) -> None:
    assert (lower(text, language), upper(text, language)) == (text.lower(), text.upper())


def test_the_dotless_i_goes_there_and_back() -> None:
    for tag in ("tr", "tr-TR", "az-Latn"):
        assert upper("ısı ile", tag) == "ISI İLE"
        assert lower("ISI İLE", tag) == "ısı ile" == lower("ISI I\u0307LE", tag)


@pytest.mark.parametrize("language", ["en", "de", "tr", "ru", "und", "hi-Deva"])
def test_keys_lie_beside_each_other_both_ways(language: str) -> None:
    keys = keyboard(language)
    assert keys and all(key not in near for key, near in keys.items())
    assert all(key in keys[other] for key, near in keys.items() for other in near)
    assert all(letter.isalpha() for near in keys.values() for letter in near)


def test_english_knows_the_keys_that_it_always_knew() -> None:
    assert keyboard("en") == keyboard("en-US") == neighbours(QWERTY)
    assert keyboard("en")["g"] == "fhtyvb" and "ñ" not in keyboard("en")


def test_a_corpus_is_disturbed_in_its_own_language() -> None:
    sentence = LabelledSentence("x/test/0", ("ılık", "Iğdır"), (Mention(1, 2, "place"),))
    cased = {
        corrupt_text([sentence], Noise("target", 1.0, ("casing",), seed), language)[0][0].tokens
        for seed in range(20)
        for language in ("tr",)
    }
    assert ("ILIK", "ığdır") in cased
    assert not any("i" in token for tokens in cased for token in tokens)
