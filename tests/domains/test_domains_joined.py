"""Several domains as one source: whose types are one, what a sentence keeps, what cannot be meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

import larbench
from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Mention
from benchmark.domains.load import JOINED, OWN, named
from benchmark.domains.types.joined import join
from benchmark.errors import InputError, UsageError
from benchmark.plan.suite import load_suite

NEWS = Domain(
    "open",
    "news",
    "en",
    (EntityType("person", "person", "a human being"), EntityType("misc", "other", "the rest")),
    train=(LabelledSentence("news/train/0", ("Ada", "sang"), (Mention(0, 1, "person"),)),),
    dev=(),
    test=(),
)
TWEETS = Domain(
    "open",
    "tweets",
    "en",
    (EntityType("song", "song", "a piece of music"), EntityType("Person", "Person", "somebody")),
    train=(
        LabelledSentence(
            "tweets/train/0", ("Bob", "Yesterday"), (Mention(0, 1, "Person"), Mention(1, 2, "song"))
        ),
    ),
    dev=(LabelledSentence("tweets/dev/0", ("no",), ()),),
    test=(),
)


def test_equal_types_are_one_with_the_texts_of_the_first() -> None:
    both = join([NEWS, TWEETS], "joined", "both")
    assert both.types == (*NEWS.types, EntityType("song", "song", "a piece of music"))
    assert [sentence.id for sentence in both.train] == ["news/train/0", "tweets/train/0"]
    assert both.train[1].mentions == (Mention(0, 1, "person"), Mention(1, 2, "song"))
    assert (both.dev, both.test, both.language) == (TWEETS.dev, (), "en")
    other = join([TWEETS, NEWS], "joined", "both")
    assert other.type_names == ("song", "Person", "misc")
    assert other.train[1].mentions == (Mention(0, 1, "Person"),)


def test_domains_of_several_languages_have_none_together() -> None:
    assert join([NEWS, replace(TWEETS, language="de")], "joined", "both").language == "und"


def test_a_domain_twice_is_refused() -> None:
    with pytest.raises(
        UsageError, match="both: two sentences are called news/train/0: name each domain once"
    ):
        join([NEWS, NEWS], "joined", "both")


def test_what_is_joined_by_a_plus_is_one_domain() -> None:
    domain = larbench.load_domain("sample/news+sample/politics")
    assert (domain.corpus, domain.name) == (JOINED, "sample.news+sample.politics")
    parts = [larbench.load_domain(f"sample/{name}") for name in ("news", "politics")]
    assert len(domain.train) == sum(len(part.train) for part in parts)
    assert larbench.load_domain(f"{domain.corpus}/{domain.name}").content_hash == domain.content_hash
    assert domain.content_hash != larbench.load_domain("sample/politics+sample/news").content_hash


@pytest.mark.parametrize("path", ["a+b", "./sample/news+sample/ai", "folder+sample/news"])
def test_a_folder_with_a_plus_in_its_name_is_a_folder(path: str) -> None:
    assert named(path) == (OWN, path)


def test_an_unknown_part_is_named() -> None:
    with pytest.raises(UsageError, match="no domain 'newz' in the sample"):
        larbench.load_domain("sample/news+sample/newz")


SUITE = """
name = "wide"
corpus = "sample"
source = "sample/news+sample/science"
domains = ["politics"]
settings = ["zero-shot"]
seeds = [1]
"""


def test_a_suite_has_a_joined_source(tmp_path) -> None:
    (tmp_path / "wide.toml").write_text(SUITE, encoding="utf-8")
    suite = load_suite(tmp_path / "wide.toml")
    assert (suite.corpus_of(suite.source), suite.source) == (JOINED, "sample.news+sample.science")
    assert suite.corpus_of("politics") == "sample"
    (tmp_path / "wide.toml").write_text(SUITE.replace("sample/science", "nowhere/science"), encoding="utf-8")
    with pytest.raises(InputError, match="corpus/name"):
        load_suite(tmp_path / "wide.toml")
