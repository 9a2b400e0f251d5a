"""Development domains: found where the variables say, with the project's type texts and no test split."""

import pytest

from benchmark.domains import development
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


@pytest.mark.parametrize("variable", [development.VARIABLE, development.CROSSNER_VARIABLE])
def test_places_that_variables_name(corpora, monkeypatch, variable):
    for name in (development.VARIABLE, development.CROSSNER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    own = variable == development.VARIABLE
    monkeypatch.setenv(variable, str(corpora / ("open" if own else "crossner")))
    assert len(development.load_development("wnut17").train) == 1


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(MissingDataError, match=development.VARIABLE):
        development.load_development("cyner", data_dir=tmp_path)


def test_another_domain_is_none(tmp_path):
    with pytest.raises(UsageError, match="re3d, wnut17, cyner"):
        development.load_development("politics", data_dir=tmp_path)
