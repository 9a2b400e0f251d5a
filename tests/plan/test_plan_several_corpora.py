"""Suites with domains of several corpora and languages, from planning to the board."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import text_of

import larbench
from benchmark.domains.load import load_domain
from benchmark.errors import InputError, MissingDataError, UsageError
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.store.noisy_corpora import apply_noise
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.submit.suite_cells import suite_cells

SUITE = """
name = "tongues"
corpus = "wikiann"
source = "sample/news"
domains = ["conll2002/esp", "he", "tr"]
settings = ["zero-shot"]
seeds = [1]
in_domain = true
in_domain_method = "fake-rule"
methods = ["fake-rule"]

[[noise]]
name = "typing"
on = "target"
rates = [1.0]
kinds = ["casing"]
"""
FILES = {
    "conll2002/esp.{}": ("train testa testb", "José B-PER\nNúñez I-PER\n\nVive O\nen O\nÁvila B-LOC\n"),
    "wikiann/he/{}": ("train dev test", "he:דוד\tB-PER\nhe:ביקר\tO\nhe:ירושלים\tB-LOC\n"),
    "wikiann/tr/{}": ("train dev test", "tr:İsmail\tB-PER\ntr:Iğdır\tB-LOC\ntr:gitti\tO\n"),
}


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tiny corpora in their public layouts; its path."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LARBENCH_DATA", raising=False)
    folder = tmp_path / "data"
    for form, (names, text) in FILES.items():
        for name in names.split():
            path = folder / form.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def tongues(fakes: Path, tmp_path: Path) -> str:
    path = tmp_path / "tongues.toml"
    path.write_text(SUITE, encoding="utf-8")
    return str(path)


def test_each_domain_is_loaded_from_its_own_corpus(tongues: str, corpora: Path) -> None:
    suite = load_suite(tongues)
    assert (suite.source, suite.domains) == ("news", ("esp", "he", "tr"))
    plan = make_plan(suite, Selection(noise=("clean",)), corpora)
    assert [(c.spec.source_corpus, c.spec.source, c.spec.corpus, c.spec.domain) for c in plan] == [
        ("sample", "news", "sample", "news"),
        ("sample", "news", "conll2002", "esp"),
        ("sample", "news", "wikiann", "he"),
        ("sample", "news", "wikiann", "tr"),
    ]
    chosen = make_plan(suite, Selection(noise=("clean",), domains=("wikiann/tr", "esp", "tr")), corpora)
    assert [cell.spec.domain for cell in chosen] == ["tr", "esp"]
    for wrong in ("conll2002/tr", "crossner/esp", "esp/"):
        with pytest.raises(UsageError, match="no domain of this suite"):
            make_plan(suite, Selection(domains=(wrong,)), corpora)


def test_noise_follows_the_language_of_the_domain(tongues: str, corpora: Path) -> None:
    plan = make_plan(load_suite(tongues), Selection(domains=("tr",), noise=("typing",)), corpora)
    source, target = load_domain("sample", "news"), load_domain("wikiann", "tr", data_dir=corpora)
    (cell,) = plan
    noisy = apply_noise(cell.spec.noise, source, target, None).target.test[0].tokens
    assert set(noisy[1:2]) <= {"ığdır", "IĞDIR"}  # never iğdir
    assert noisy[0] in {"ismail", "İSMAİL"}


def test_a_board_of_several_corpora(tongues: str, corpora: Path) -> None:
    done = larbench.run(tongues, data_dir=str(corpora))
    assert done.exit_code == 0
    board = boards.build("runs", "tongues", data_dir=corpora, resamples=20, views=True)
    assert (
        board.results.heading.corpus == "conll2002 + sample + wikiann"
        and board.results.heading.source == "news"
    )
    assert set(board.results.domains) == {"esp", "he", "tr"} == set(board.results.ceilings)
    assert [row.label for row in board.results.in_domain] == ["fake-rule"]
    text = text_of(board, "board.md")
    assert "news → esp (es), he (he), tr (tr)" in text
    assert text.count("| fake-rule") >= 2 and "not run" not in text.split("## ")[1]
    places = suite_cells(Store("runs"), "tongues")
    assert (places.source_corpus, places.corpora) == (
        "sample",
        {"esp": "conll2002", "he": "wikiann", "tr": "wikiann"},
    )


def test_a_domain_without_corpus_and_record_has_no_ceiling(
    tongues: str, corpora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suite that ships with the project can be run where a part of its corpora is."""
    assert larbench.run(tongues, data_dir=str(corpora), domains=["esp"], noise=["clean"]).exit_code == 0
    (corpora / "wikiann" / "he" / "test").unlink()
    monkeypatch.setattr("leaderboard.results.load.suite_names", lambda: ["tongues"])
    monkeypatch.setattr("leaderboard.results.load.load_suite", lambda _: load_suite(tongues))
    board = boards.build("runs", "tongues", data_dir=corpora, resamples=20)
    assert set(board.results.ceilings) == {"esp", "tr"}


def test_a_corpus_that_is_not_there_is_named(tongues: str, corpora: Path) -> None:
    (corpora / "wikiann" / "he" / "train").unlink()
    with pytest.raises(MissingDataError, match="wikiann"):
        make_plan(load_suite(tongues), Selection(domains=("he",)), corpora)
    assert make_plan(load_suite(tongues), Selection(domains=("esp",), noise=("clean",)), corpora)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("domains", '["he", "conll2002/he"]', "the domain 'he' of wikiann and of conll2002"),
        ("source", '"crossner/he"', "the domain 'he' of crossner and of wikiann"),
        ("domains", '["he", "wikiann/he"]', "a domain twice"),
        ("domains", '["own/he"]', "corpus/name for one of another corpus"),
        ("domains", '["wikiann/"]', "corpus/name for one of another corpus"),
        ("source", '"wikiann/he/x"', "corpus/name for one of another corpus"),
        ("corpus", '"ontonotes"', "expected one of crossner, sample, conll2002, wikiann"),
    ],
)
def test_what_is_wrong_with_a_reference_is_named(tmp_path: Path, key: str, value: str, named: str) -> None:
    lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in SUITE.splitlines()]
    path = tmp_path / "wrong.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_suite(path)
    assert named in str(caught.value)


def test_the_shipped_suites_for_other_languages() -> None:
    suite, sample = load_suite("multilingual"), load_suite("multilingual-sample")
    assert suite.corpus_of(suite.source) == "crossner" and suite.source == "conll2003"
    assert suite.backbone is not None and suite.backbone.startswith("FacebookAI/xlm-roberta-base@")
    assert {name: suite.corpus_of(name) for name in suite.domains[:3]} == {
        "esp": "conll2002",
        "ned": "conll2002",
        "de": "wikiann",
    }
    assert set(suite.domains) >= {"ar", "he", "zh", "th", "hi", "tr"}
    assert {cell.spec.domain for cell in make_plan(sample, Selection())} == {"news-es", "politics-de"}


def test_own_domains_in_other_scripts_have_places_of_their_own(tiny: str, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("हिन्दी", "中文", "ไทย")]
    for folder in folders:
        folder.mkdir()
        for split in ("train", "dev", "test"):
            (folder / f"{split}.txt").write_text("Ada B-person\nspoke O\n")
    plan = make_plan(load_suite(tiny), Selection(own_domains=tuple(folders), methods=("fake-rule",)))
    assert [cell.spec.domain for cell in plan[:3]] == ["हिन्दी", "中文", "ไทย"]
    assert len({cell.spec.ledger_key for cell in plan}) == len(plan) and all(
        cell.spec.name.isascii() for cell in plan
    )
    assert all(len(part) <= 60 for cell in plan for part in cell.spec.ledger_key.split("-"))
