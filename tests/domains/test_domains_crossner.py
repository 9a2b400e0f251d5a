"""CrossNER by name: where it is looked for, what is refused, and the measured facts of the real files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.domains import crossner
from benchmark.domains.corpus import Mention
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.errors import InputError, MissingDataError, UsageError
from larbench import describe_domain, load_domain

BODY = b"Ada\tB-politician\nvotes\tO\n\n"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with a politics domain whose pinned hashes are made to fit; no variable, an empty cache."""
    folder = tmp_path / "data"
    (folder / "politics").mkdir(parents=True)
    for split in ("train", "dev", "test"):
        (folder / "politics" / f"{split}.txt").write_bytes(BODY)
    pinned = {f"politics/{split}.txt": hashlib.sha256(BODY).hexdigest() for split in ("train", "dev", "test")}
    monkeypatch.setattr(crossner, "pinned_hashes", lambda: pinned)
    monkeypatch.setattr(crossner, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.delenv("LARBENCH_DATA", raising=False)
    return folder


def test_a_domain_is_found_by_argument_variable_and_cache(place, tmp_path, monkeypatch):
    domain = load_domain("crossner", "politics", data_dir=place)
    assert (domain.corpus, domain.name, domain.language) == ("crossner", "politics", "en")
    assert domain.types == load_types(TYPES_DIR / "politics.toml")[1]
    assert domain.test[0].id == "politics/test/0" and domain.test[0].mentions == (
        Mention(0, 1, "politician"),
    )
    monkeypatch.setenv("LARBENCH_DATA", str(place))
    assert load_domain("crossner", "politics") == domain
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("LARBENCH_DATA", str(tmp_path / "elsewhere"))
    place.rename(tmp_path / "cache")
    assert load_domain("crossner", "politics") == domain


def test_missing_data_says_what_to_run(place, tmp_path, monkeypatch):
    with pytest.raises(MissingDataError) as caught:
        load_domain("crossner", "politics")
    told = str(caught.value)
    assert all(word in told for word in ("python -m benchmark data fetch", "LARBENCH_DATA", "--data-dir"))
    assert "\n" not in told and caught.value.exit_code == 2
    monkeypatch.setenv("LARBENCH_DATA", str(tmp_path / "typo"))
    with pytest.raises(MissingDataError, match="LARBENCH_DATA names"):
        load_domain("crossner", "politics")
    (place / "politics/dev.txt").unlink()
    with pytest.raises(MissingDataError, match=r"dev\.txt"):
        load_domain("crossner", "politics", data_dir=place)


def test_missing_data_ends_a_command_with_one_line_and_code_2(place, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["data", "describe", "crossner/politics"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "python -m benchmark data fetch" in error


def test_a_file_that_is_not_the_released_one_is_refused(place):
    path = place / "politics/dev.txt"
    path.write_bytes(BODY.replace(b"\n", b"\r\n"))
    with pytest.raises(InputError) as caught:
        load_domain("crossner", "politics", data_dir=place)
    told = str(caught.value)
    assert str(path) in told and hashlib.sha256(path.read_bytes()).hexdigest() in told
    assert hashlib.sha256(BODY).hexdigest() in told and "--domain" in told and "data fetch" in told


def test_unknown_names_are_told():
    with pytest.raises(UsageError, match="politics, science"):
        load_domain("crossner", "sports")
    with pytest.raises(UsageError, match="crossner, sample, conll2002, wikiann, open, joined, own"):
        load_domain("ontonotes", "en")


def test_eighteen_files_are_pinned():
    pinned = crossner.pinned_hashes()
    assert set(pinned) == {f"{d}/{s}.txt" for d in crossner.DOMAINS for s in ("train", "dev", "test")}
    assert all(len(value) == 64 for value in pinned.values())


@pytest.mark.parametrize(
    ("name", "types"),
    [("conll2003", 4), ("politics", 9), ("science", 17), ("music", 13), ("literature", 12), ("ai", 14)],
)
def test_each_domain_declares_its_types_with_texts(name, types):
    language, declared = load_types(TYPES_DIR / f"{name}.toml")
    assert language == "en" and len(declared) == types
    assert all(kind.readable and kind.description for kind in declared)


# sentences, tokens, mentions of train, dev and test
SIZES = {
    "politics": [(200, 8384, 1304), (541, 24624, 3482), (651, 27585, 4209)],
    "science": [(200, 7100, 1075), (450, 16139, 2538), (543, 19487, 3089)],
    "music": [(100, 3909, 648), (380, 15591, 2679), (465, 19605, 3336)],
    "literature": [(100, 3782, 541), (400, 14503, 2130), (416, 16157, 2266)],
    "ai": [(100, 3782, 532), (350, 10919, 1549), (431, 12991, 1809)],
    "conll2003": [(14041, 203621, 23429), (3250, 51362, 5938), (3453, 46435, 5628)],
}
# test sentences in train or dev, repeated within test, seen mentions in per cent, rare types
FACTS = {
    "politics": (1, 0, 17.5, {}),
    "science": (16, 11, 15.8, {"theory": 8, "country": 9}),
    "music": (23, 8, 14.1, {"musicalinstrument": 2}),
    "literature": (0, 0, 13.9, {}),
    "ai": (4, 1, 22.3, {"person": 6, "location": 7}),
}


@pytest.mark.crossner
@pytest.mark.skipif("LARBENCH_DATA" not in os.environ, reason="LARBENCH_DATA names no folder with CrossNER")
@pytest.mark.parametrize("name", SIZES)
def test_the_card_of_the_real_files_has_the_measured_facts(name):
    card = describe_domain(f"crossner/{name}")
    assert [(s.sentences, s.tokens, s.mentions) for s in card.splits.values()] == SIZES[name]
    seen_types = {kind.name for kind in card.types if sum(kind.mentions.values())}
    assert seen_types == {kind.name for kind in card.types}, "every declared type occurs, and no other does"
    assert sum(sum(kind.mentions.values()) for kind in card.types) == sum(m for _, _, m in SIZES[name])
    if name in FACTS:
        overlap, repeated, seen, rare = FACTS[name]
        assert card.test_in_train_or_dev.sentences == overlap
        assert card.splits["test"].repeated == repeated
        assert round(100 * card.seen_mentions, 1) == seen
        assert card.rare_types == rare
    if name == "music":
        assert round(100 * card.test_in_train_or_dev.share_of_mentions, 1) == 6.2


@pytest.mark.crossner
@pytest.mark.skipif("LARBENCH_DATA" not in os.environ, reason="LARBENCH_DATA names no folder with CrossNER")
def test_the_real_files_pass_the_check_as_a_folder_of_ones_own():
    from larbench import check_domain

    folder = Path(os.environ["LARBENCH_DATA"]) / "ai"
    report = check_domain(folder)
    assert report.ok and report.scheme == "IOB2" and not report.problems
    own, named = load_domain("own", str(folder)), load_domain("crossner", "ai")
    assert (own.train, own.dev, own.test) == (named.train, named.dev, named.test)
