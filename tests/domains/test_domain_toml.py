"""``data init``: the domain.toml that it writes says what was given, and reads back."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells_cli import call
from hypothesis import given
from hypothesis import strategies as st

from benchmark.cli.data_init import domain_toml
from benchmark.domains.corpus import EntityType
from benchmark.domains.domain_file import DomainFile, load_domain_file
from benchmark.domains.load import load_domain
from benchmark.validation import validate

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip())
ROWS = "Ada B-person\nsailed O\nthe O\nElbe B-river\n\n"


@given(
    stated=st.fixed_dictionaries(
        {},
        optional={
            "language": st.sampled_from(["en", "pt-BR"]),
            "scheme": st.sampled_from(["IOB2", "BILOU"]),
            "token_column": st.one_of(st.integers(-9, 9), TEXTS),
            "illegal_transitions": st.sampled_from(["refuse", "repair"]),
            "names": st.lists(TEXTS),
            "outside": TEXTS,
            "map": st.dictionaries(TEXTS, TEXTS),
            "files": st.fixed_dictionaries({"train": st.just("a b.txt")}, optional={"test": st.just("c")}),
        },
    ),
    kinds=st.dictionaries(TEXTS, st.tuples(TEXTS, st.text(st.characters(exclude_categories=["Cs"])))),
    words=st.lists(TEXTS),
)
def test_what_is_written_reads_back(tmp_path_factory, stated, kinds, words) -> None:
    types = [EntityType(name, *texts) for name, texts in kinds.items()]
    said = validate(DomainFile, stated)
    path = tmp_path_factory.mktemp("domain") / "domain.toml"
    path.write_bytes(domain_toml(said, types, {kind.name: words for kind in types}).encode())
    read = load_domain_file(path)
    assert read.entity_types == (tuple(types) or None)
    assert read.model_dump(exclude={"types"}) == said.model_dump(exclude={"types"})


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "harbour"
    folder.mkdir()
    for name in ("old.conll", "new.conll"):
        (folder / name).write_text(ROWS * 3)
    return folder


def test_files_of_any_name_become_splits(corpus: Path) -> None:
    assert call("data", "check", str(corpus))[0] == 2
    code, out, _ = call(
        *("data", "init", str(corpus), "--train", "old.conll"), *("--test", "new.conll", "--language", "en")
    )
    assert (code, "2 types" in out) == (0, True)
    text = (corpus / "domain.toml").read_text()
    assert '# such as "Elbe"' in text
    domain = load_domain("own", str(corpus))
    assert domain.language == "en"
    assert domain.type_names == ("person", "river")
    assert (len(domain.train) + len(domain.dev), len(domain.test)) == (3, 3)


def test_what_is_there_is_kept(corpus: Path) -> None:
    (corpus / "domain.toml").write_text('language = "de"\n')
    code, _, err = call("data", "init", str(corpus))
    assert code == 2 and "is there: edit it, or move it away" in err
    assert (corpus / "domain.toml").read_text() == 'language = "de"\n'


def test_raw_text_has_the_types_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The ferry left Kiel.\n")
    assert call("data", "init", str(tmp_path), "--types", "port,sea_farer")[0] == 0
    code, out, _ = call("data", "check", str(tmp_path))
    assert code == 0 and "raw text without labels (notes.txt); types: port, sea_farer" in out
    assert 'name = "sea farer"' in (tmp_path / "domain.toml").read_text()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--test", "new.conll"], "--dev and --test go with --train"),
        (["--train", "../old.conll"], "files below the folder"),
        (["--train", "lost.conll"], "found no file lost.conll"),
        (["--language", "English"], "a tag of BCP 47"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(corpus: Path, args: list[str], message: str) -> None:
    code, _, err = call("data", "init", str(corpus), *args)
    assert code == 2 and message in err
    assert not (corpus / "domain.toml").exists()
