"""The corpus open, found where the variables say, with the project's type texts; development has no test."""

import json

import pytest

from benchmark.domains.load import load_domain
from benchmark.domains.open_corpora import development
from benchmark.domains.open_corpora.load import CROSSNER_VARIABLE, NAMES, VARIABLE, stated_of
from benchmark.errors import MissingDataError, UsageError


@pytest.fixture
def corpora(tmp_path):
    folder = tmp_path / "open" / "wnut17"
    folder.mkdir(parents=True)
    rows = {
        "wnut17train.conll": "Ann\tB-person\nsings\tO\n\n",
        "emerging.dev.conll": "in\tO\nRome\tB-location\n\n",
        "emerging.test.annotated": "Bob\tB-person\n\n",
    }
    for name, text in rows.items():
        (folder / name).write_text(text)
    return tmp_path


def test_train_and_dev_are_read_and_test_is_not(corpora):
    domain = development.load_development("wnut17", data_dir=corpora / "open")
    assert (domain.corpus, domain.name, domain.language) == ("development", "wnut17", "en")
    assert [mention.type for sentence in domain.train for mention in sentence.mentions] == ["person"]
    assert [mention.type for sentence in domain.dev for mention in sentence.mentions] == ["location"]
    assert domain.test == ()


def test_the_types_have_the_projects_texts(corpora):
    domain = development.load_development("wnut17", data_dir=corpora / "open")
    assert len(domain.types) == 6
    assert all(kind.description for kind in domain.types)


@pytest.mark.parametrize("variable", [VARIABLE, CROSSNER_VARIABLE])
def test_places_that_variables_name(corpora, monkeypatch, variable):
    for name in (VARIABLE, CROSSNER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    own = variable == VARIABLE
    monkeypatch.setenv(variable, str(corpora / ("open" if own else "crossner")))
    assert len(development.load_development("wnut17").train) == 1


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(MissingDataError, match=VARIABLE):
        development.load_development("cyner", data_dir=tmp_path)


def test_another_domain_is_none(tmp_path):
    with pytest.raises(UsageError, match="re3d, wnut17, cyner"):
        development.load_development("politics", data_dir=tmp_path)


def test_the_whole_of_it_is_a_corpus_with_its_test_split(corpora):
    domain = load_domain("open/wnut17", data_dir=corpora)
    assert (domain.corpus, domain.name, len(domain.test)) == ("open", "wnut17", 1)
    with pytest.raises(UsageError, match="did you mean wnut17"):
        load_domain("open/wnut", data_dir=corpora)


def test_a_translation_has_the_types_of_its_domain_and_its_own_language(tmp_path):
    folder = tmp_path / "crossre-german"
    folder.mkdir()
    item = {"sentence": ["Ada", "an", "der", "ETH"], "ner": [[0, 0, "politician"], [3, 3, "university"]]}
    for split in ("train", "dev", "test"):
        (folder / f"politics-{split}.json").write_text(json.dumps(item) + "\n")
    domain = load_domain("open/politics-de", data_dir=tmp_path)
    assert (domain.language, domain.name) == ("de", "politics-de")
    assert domain.type_names == load_domain("sample/politics").type_names
    # a type that politics does not declare is read as what it is there
    assert [mention.type for mention in domain.test[0].mentions] == ["politician", "organisation"]


@pytest.mark.parametrize("name", NAMES)
def test_every_domain_has_types_with_texts(name):
    _, stated = stated_of(name)
    assert stated.language
    assert all(kind.description for kind in stated.entity_types)
