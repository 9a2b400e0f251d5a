"""Typed mentions in the order of the text; what a teacher sees in a text, and that it looks once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from toys import TARGET, MemoryStore

from benchmark.domains.corpus import Mention, Sentence
from benchmark.task import NoArtefacts
from lar.inference.mention_cache import MentionFinder, text_hash
from lar.inference.mentions import TypedMentions, surfaces

Floats = npt.NDArray[np.float32]
Row = tuple[int, int, int, int]  # sentence, start, end, type


def _typed(rows: Sequence[Row]) -> TypedMentions:
    distribution = np.full((len(rows), 3), 0.1, dtype=np.float32)
    distribution[np.arange(len(rows)), [row[3] for row in rows]] = 0.8
    spans = [(start, end) for _, start, end, _ in rows]
    return TypedMentions(np.array([row[0] for row in rows], dtype=np.int64), spans, distribution)


def test_mentions_by_sentence() -> None:
    typed = _typed([(0, 1, 3, 2), (0, 4, 5, 0), (2, 0, 1, 1)])
    assert typed.mentions(("a", "b", "c"), 3) == [
        [Mention(1, 3, "c"), Mention(4, 5, "a")],
        [],
        [Mention(0, 1, "b")],
    ]
    assert surfaces(typed, [["p", "q", "r", "s", "t"], ["u", "v"], ["w"]]) == ["q r", "t", "w"]


# --- looking


class Scorer:
    """A tagger that takes each word with a capital for a city; it counts how often it is asked."""

    types = ("person", "city")

    def __init__(self, backbone: str) -> None:
        self.backbone = backbone
        self.asked = 0

    def log_probs(self, sentences: Sequence[Sentence]) -> list[Floats]:
        self.asked += 1
        city = np.log(np.array([0.1, 0.1, 0.1, 0.6, 0.1], dtype=np.float32))
        outside = np.log(np.array([0.9, 0.04, 0.01, 0.04, 0.01], dtype=np.float32))
        return [
            np.array([city if word[:1].isupper() else outside for word in s.tokens]).reshape(-1, 5)
            for s in sentences
        ]


class Lengths:
    """Embeds a text as its length and 1; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def texts(self, texts: Sequence[str]) -> Floats:
        self.asked += 1
        return np.array([[len(text), 1] for text in texts], dtype=np.float32).reshape(-1, 2)


KEY: Mapping[str, object] = {"base": "source-only", "code": {"larbench.tagger.pretrained": "abc"}, "seed": 1}
TEXT = (Sentence("s/0", ("from", "Rome", "to", "Kiel")), Sentence("s/1", ("nobody",)))


@pytest.fixture
def finder(tiny_backbone: str) -> MentionFinder:
    return MentionFinder(Scorer(tiny_backbone), Lengths(), MemoryStore(), KEY)  # type: ignore[arg-type]


def test_it_sees_mentions_with_their_views(finder: MentionFinder) -> None:
    found, embeddings = finder.find(TEXT)
    assert found.sentence.tolist() == [0, 0]
    assert list(found.spans) == [(1, 2), (3, 4)]
    np.testing.assert_allclose(found.source, [[0.2 / 0.9, 0.7 / 0.9]] * 2, rtol=1e-5)
    assert embeddings.mention[:, 0].tolist() == [4, 4]
    assert (
        embeddings.context[:, 0].tolist()
        == embeddings.sentence[:, 0].tolist()
        == [len("from Rome to Kiel")] * 2
    )


def test_it_looks_at_a_text_once(finder: MentionFinder) -> None:
    first, first_views = finder.find(TEXT)
    again, again_views = finder.find(TEXT)
    assert finder.artefacts.made == finder.tagger.asked == 1  # type: ignore[attr-defined]
    assert list(again.spans) == list(first.spans)
    for one, other in (
        (first.sentence, again.sentence),
        (first.source, again.source),
        (first_views.mention, again_views.mention),
        (first_views.context, again_views.context),
        (first_views.sentence, again_views.sentence),
    ):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    (key,) = {json.dumps(key, sort_keys=True) for key in finder.artefacts.keys}  # type: ignore[attr-defined]
    assert "Rome" not in key


@pytest.mark.parametrize(
    "other",
    [
        {"key": {**KEY, "seed": 2}},
        {"key": {**KEY, "code": {"larbench.tagger.pretrained": "abd"}}},  # the tagger was made by other code
        {"key": {**KEY, "backbone": "x"}},
    ],
)
def test_another_tagger_looks_anew(finder: MentionFinder, other: Mapping[str, object]) -> None:
    finder.find(TEXT)
    replace(finder, **other).find(TEXT)  # type: ignore[arg-type]
    assert finder.tagger.asked == 2  # type: ignore[attr-defined]


def test_another_text_is_looked_at(finder: MentionFinder) -> None:
    finder.find(TEXT)
    finder.find(TEXT[:1])
    finder.find((TEXT[0], replace(TEXT[1], tokens=("Nobody",))))
    assert finder.tagger.asked == 3  # type: ignore[attr-defined]
    assert text_hash(TEXT) == text_hash(list(TEXT))
    assert text_hash(TARGET.train) == text_hash([s.unlabelled() for s in TARGET.train])


def test_where_no_store_keeps_it_looks_again(finder: MentionFinder) -> None:
    finder = replace(finder, artefacts=NoArtefacts())
    (first, _), (again, _) = finder.find(TEXT), finder.find(TEXT)
    assert finder.tagger.asked == 2  # type: ignore[attr-defined]
    np.testing.assert_array_equal(first.source, again.source)


@pytest.mark.parametrize("text", [(), TEXT[1:], (Sentence("s/2", ()),)])
def test_a_text_without_a_mention(finder: MentionFinder, text: tuple[Sentence, ...]) -> None:
    for _ in range(2):
        found, embeddings = finder.find(text)
        assert found.sentence.shape == (0,)
        assert list(found.spans) == []
        assert found.source.shape == (0, 2)
        assert embeddings.mention.shape == embeddings.context.shape == embeddings.sentence.shape == (0, 2)
