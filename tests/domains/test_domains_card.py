"""The data card on a corpus small enough to count by hand, and how it is named and printed."""

from __future__ import annotations

import json
import re
import tempfile
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmark.cli.data import data
from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence, Mention
from benchmark.domains.folder import StreamedDomain
from benchmark.domains.load import load_domain, open_domain
from benchmark.errors import InputError
from larbench import describe_domain


def sentence(text, *mentions):
    return LabelledSentence("x", tuple(text.split()), tuple(Mention(*m) for m in mentions))


@pytest.fixture
def domain():
    return Domain(
        "own",
        "tiny",
        "en",
        (
            EntityType("band", "band", "who plays"),
            EntityType("song", "song", ""),
            EntityType("none", "none", ""),
        ),
        train=(
            *[sentence("Queen", (0, 1, "band"))] * 10,
            sentence("we sing Yes", (2, 3, "song")),
        ),
        dev=(sentence("Yes and Queen", (0, 1, "band"), (2, 3, "song")), sentence("no")),
        test=(
            sentence("Queen", (0, 1, "song")),
            sentence("we sing Yes", (2, 3, "song")),
            sentence("Queen Yes sing", (0, 1, "band"), (1, 2, "band")),
            sentence("a b c d", (0, 4, "song")),
        ),
    )


def test_the_figures_by_hand(domain):
    card = describe_domain(domain)
    train, _, test = (card.splits[name] for name in ("train", "dev", "test"))
    assert (train.sentences, train.tokens, train.mentions, train.repeated) == (11, 13, 11, 9)
    assert (test.sentences, test.tokens, test.mentions, test.repeated) == (4, 11, 5, 0)
    assert test.outside == 3 / 11
    assert test.length == {"min": 1, "median": 3.0, "mean": 2.75, "p95": pytest.approx(3.85), "max": 4}
    assert [kind.mentions for kind in card.types] == [
        {"train": 10, "dev": 1, "test": 2},
        {"train": 1, "dev": 1, "test": 3},
        {"train": 0, "dev": 0, "test": 0},
    ]
    # seen: song Yes, band Queen; not song Queen, band Yes, song "a b c d"
    assert card.seen_mentions == 2 / 5 and [kind.seen for kind in card.types] == [1, 1, 0]
    assert card.rare_types == {"song": 1, "none": 0}
    assert (card.test_in_train_or_dev.sentences, card.test_in_train_or_dev.mentions) == (2, 2)
    assert card.test_in_train_or_dev.share_of_mentions == 2 / 5
    assert card.shared_sentences == {"train, dev": 0, "train, test": 2, "dev, test": 0}
    # Queen eleven times, one of them read as a song; "we sing Yes" twice, alike
    assert (card.duplicate_pairs, card.disagreeing_pairs) == (55 + 1, 10)
    assert (card.surfaces, card.ambiguous_surfaces) == (3, 2)
    assert card.ambiguous_examples == {"Queen": {"band": 11, "song": 2}, "Yes": {"song": 2, "band": 2}}


def test_the_card_prints_and_is_json(domain):
    card = describe_domain(domain)
    text = str(card)
    assert "own/tiny" in text and "40.0 %" in text and "fewer than 10 in train" in text
    assert json.loads(json.dumps(card.as_dict()))["splits"]["train"]["sentences"] == 11


def test_a_domain_without_sentences_or_types_has_a_card():
    text = str(describe_domain(Domain("own", "empty", "en", (), (), (), ())))
    assert "own/empty" in text


def test_a_folder_is_described_by_the_command(tmp_path):
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.txt").write_text("a\tB-x\nb\tO\n")
    result = CliRunner().invoke(data, ["describe", str(tmp_path)])
    assert result.exit_code == 0 and "test sentences that stand in train or dev: 1" in result.output
    card = json.loads(CliRunner().invoke(data, ["describe", str(tmp_path), "--json"]).output)
    assert card["test_in_train_or_dev"]["sentences"] == 1


@given(
    st.lists(
        st.lists(
            st.lists(
                st.tuples(st.sampled_from("ab"), st.sampled_from(["O", "B-x", "B-y"])), min_size=1, max_size=3
            ),
            min_size=1,
            max_size=8,
        ),
        min_size=3,
        max_size=3,
    )
)
def test_a_folder_that_is_streamed_has_the_card_of_the_loaded_one(splits):
    with tempfile.TemporaryDirectory() as name:
        for split, sentences in zip(SPLITS, splits, strict=True):
            rows = ("".join(f"{token}\t{tag}\n" for token, tag in sentence) for sentence in sentences)
            Path(name, f"{split}.txt").write_text("\n".join(rows))
        try:
            loaded = load_domain("own", name)
        except InputError as error:
            with pytest.raises(InputError, match=re.escape(str(error))):
                describe_domain(name)
            return
        assert isinstance(open_domain(name), StreamedDomain)
        card = describe_domain(name)
        assert card == describe_domain(loaded)
        assert card.content_hash == loaded.content_hash
        texts = [sentence.tokens for split in SPLITS for sentence in loaded.split(split)]
        assert card.duplicate_pairs == sum(one == other for one, other in combinations(texts, 2))
        assert card.splits["test"].repeated == len(loaded.test) - len({s.tokens for s in loaded.test})
