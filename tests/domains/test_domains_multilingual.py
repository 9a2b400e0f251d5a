"""CoNLL-2002 and WikiANN in their public layouts: tiny files made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.domains.corpus import Domain, Mention
from benchmark.domains.load import load_domain, load_test
from benchmark.domains.multilingual import load_wikiann
from benchmark.errors import InputError, MissingDataError, UsageError

ESP = "El O\npresidente O\nde O\nEspaña B-LOC\n, O\nJosé B-PER\nNúñez I-PER\n\nLa O\nLiga B-MISC\nEFE B-ORG\n"
NED = (
    "-DOCSTART- -DOCSTART- O\nDe Art O\nCoöperatie N B-ORG\nuit Prep O\nGent N B-LOC\n. Punc O\n\n"
    "-DOCSTART- -DOCSTART- O\nReünie N B-MISC\n"
)
HEBREW = "he:אברהם\tB-PER\nhe:לינקולן\tI-PER\nhe:\u200f\tO\nhe:12:30\tO\n\nhe:ירושלים\tB-LOC\n"


@pytest.fixture(autouse=True)
def nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Look for no corpus outside of the test."""
    monkeypatch.delenv("LARBENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def write_conll2002(place: Path, name: str, text: str, encoding: str = "latin-1") -> Path:
    folder = place / "conll2002"
    folder.mkdir(exist_ok=True, parents=True)
    for end in ("train", "testa", "testb"):
        (folder / f"{name}.{end}").write_bytes(text.encode(encoding))
    return folder


def write_wikiann(place: Path, code: str, files: Mapping[str, str]) -> Path:
    folder = place / "wikiann" / code
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    return folder


def surfaces(domain: Domain, split: str = "test") -> list[tuple[str, str]]:
    return [
        (" ".join(sentence.tokens[mention.start : mention.end]), mention.type)
        for sentence in domain.split(split)
        for mention in sentence.mentions
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_spanish_is_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    write_conll2002(tmp_path, "esp", ESP, encoding)
    domain = load_domain("conll2002", "esp", data_dir=tmp_path)
    assert (domain.corpus, domain.name, domain.language) == ("conll2002", "esp", "es")
    assert domain.type_names == ("person", "organisation", "location", "misc")
    assert all(kind.description for kind in domain.types)
    assert [sentence.id for sentence in domain.dev] == ["esp/dev/0", "esp/dev/1"]
    assert surfaces(domain) == [
        ("España", "location"),
        ("José Núñez", "person"),
        ("Liga", "misc"),
        ("EFE", "organisation"),
    ]


def test_both_encodings_are_the_same_corpus(tmp_path: Path) -> None:
    hashes = set()
    for encoding in ("latin-1", "utf-8"):
        write_conll2002(tmp_path / encoding, "esp", ESP, encoding)
        hashes.add(load_domain("conll2002", "esp", data_dir=tmp_path / encoding).content_hash)
    assert len(hashes) == 1


def test_dutch_has_parts_of_speech_and_documents(tmp_path: Path) -> None:
    write_conll2002(tmp_path, "ned", NED)
    domain = load_domain("conll2002/ned", data_dir=tmp_path)
    assert domain.language == "nl"
    assert [sentence.tokens for sentence in domain.train] == [
        ("De", "Coöperatie", "uit", "Gent", "."),
        ("Reünie",),
    ]
    assert surfaces(domain) == [("Coöperatie", "organisation"), ("Gent", "location"), ("Reünie", "misc")]


def test_wikiann_leaves_the_language_before_each_token(tmp_path: Path) -> None:
    write_wikiann(tmp_path, "he", dict.fromkeys(("train", "dev", "test"), HEBREW))
    domain = load_test("wikiann", "he", data_dir=tmp_path)
    assert (domain.corpus, domain.name, domain.language) == ("wikiann", "he", "he")
    assert domain.type_names == ("person", "organisation", "location")
    assert domain.test[0].tokens == ("אברהם", "לינקולן", "\u200f", "12:30")
    assert domain.test[0].mentions == (Mention(0, 2, "person"),)
    assert surfaces(domain) == [("אברהם לינקולן", "person"), ("ירושלים", "location")]


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh-yue", "yue"), ("simple", "en"), ("als", "gsw"), ("nds-nl", "nds-NL"), ("th", "th")],
)
def test_codes_of_wikipedias_become_language_tags(tmp_path: Path, code: str, language: str) -> None:
    text = f"{code}:A\tB-ORG\n"
    write_wikiann(tmp_path, code, {"train.txt": text, "dev.tsv": text, "test": text})
    domain = load_domain("wikiann", code, data_dir=tmp_path)
    assert domain.language == language and surfaces(domain) == [("A", "organisation")]


def test_the_place_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_conll2002(tmp_path / "one", "esp", ESP)
    monkeypatch.setenv("LARBENCH_DATA", str(tmp_path / "one"))
    assert load_domain("conll2002", "esp").language == "es"
    assert (
        load_domain("conll2002", "esp", data_dir=tmp_path).language == "es"
    )  # nothing there: the next place


def test_rows_without_a_token_are_left_out_and_others_kept(tmp_path: Path) -> None:
    text = "ja:東\tB-LOC\nja:\tI-LOC\nja:京\tI-LOC\nja:\u3000\tO\nja: \tO\n\nja:\tO\n\nja:市\tI-LOC\n"
    write_wikiann(tmp_path, "ja", dict.fromkeys(("train", "dev", "test"), text))
    first, second = load_domain("wikiann", "ja", data_dir=tmp_path).test
    assert (first.tokens, first.mentions) == (("東", "京", "\u3000"), (Mention(0, 2, "location"),))
    assert (second.tokens, second.mentions) == (
        ("市",),
        (Mention(0, 1, "location"),),
    )  # as conlleval reads it


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("de:Bonn\tB-CITY\n", 1, "the tag 'B-CITY'; expected one of the types: LOC, ORG, PER"),
        ("de:in\tO\n\nde:Bonn\tX-LOC\n", 3, "the tag 'X-LOC'"),
        ("de:in\tO\nde:Bonn\tB-LOC\nde:Bonn\n", 3, "1 column"),
        ("", None, "no sentence"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, named: str
) -> None:
    good = "de:Bonn\tB-LOC\n"
    folder = write_wikiann(tmp_path, "de", {"train": good, "dev": good, "test": text})
    with pytest.raises(InputError) as caught:
        load_domain("wikiann", "de", data_dir=tmp_path)
    assert named in str(caught.value)
    assert (caught.value.path, caught.value.line) == (str(folder / "test"), line)


@pytest.mark.parametrize("name", ["eng", "../esp", "", "ESP"])
def test_unknown_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="esp, ned"):
        load_domain("conll2002", name, data_dir=tmp_path)


@pytest.mark.parametrize("name", ["../he", "", "HE", "he/x", "h", "wikipedia"])
def test_what_is_no_code_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="codes of Wikipedias"):
        load_domain("wikiann", name, data_dir=tmp_path)


def test_what_is_missing_is_named_with_the_places(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"no conll2002/esp\.train .*LARBENCH_DATA"):
        load_domain("conll2002", "esp", data_dir=tmp_path)
    with pytest.raises(MissingDataError, match="no wikiann/he"):
        load_domain("wikiann", "he", data_dir=tmp_path)
    (write_conll2002(tmp_path, "esp", ESP) / "esp.testb").unlink()
    with pytest.raises(MissingDataError, match=r"esp\.testb"):
        load_domain("conll2002", "esp", data_dir=tmp_path)
    write_wikiann(tmp_path, "he", {"train": HEBREW, "dev": HEBREW})
    with pytest.raises(MissingDataError, match=r"test or test\.txt or test\.tsv"):
        load_domain("wikiann", "he", data_dir=tmp_path)


TOKENS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=6
).filter(lambda token: token.strip())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(sentences=st.lists(st.lists(TOKENS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_any_token_comes_back_as_it_was_written(sentences: list[list[str]], tmp_path: Path) -> None:
    text = "\n\n".join("\n".join(f"xx:{token}\tB-LOC" for token in tokens) for tokens in sentences)
    folder = tmp_path / "wikiann" / "xx"
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "dev", "test"):
        (folder / split).write_bytes(text.encode())
    domain = load_wikiann("xx", tmp_path)
    assert [list(sentence.tokens) for sentence in domain.test] == sentences
