from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchmark.domains.corpus import LabelledSentence, Mention
from benchmark.scoring.counts import Counts, count_mentions
from benchmark.scoring.frequency import CLASSES, ByClass, classify, surfaces
from benchmark.scoring.spans import pair_mentions

TRAIN = [
    LabelledSentence(
        "t/0", ("Ada", "met", "Blue", "Party"), (Mention(0, 1, "person"), Mention(2, 4, "party"))
    ),
    LabelledSentence("t/1", ("Paris", "is", "Paris"), (Mention(0, 1, "city"), Mention(2, 3, "person"))),
]

TYPES = ["person", "city"]
Lists = list[list[Mention]]


def by_class(gold: Lists, predicted: Lists, tokens: list[tuple[str, ...]]) -> Counts:
    sides = pair_mentions(gold, predicted, TYPES, [len(words) for words in tokens])
    return ByClass(tokens, TYPES, surfaces(TRAIN)).count(*sides)


def test_train_tells_the_types_of_each_text() -> None:
    assert surfaces(TRAIN) == {
        ("Ada",): {"person"},
        ("Blue", "Party"): {"party"},
        ("Paris",): {"city", "person"},
    }


def test_classes_by_hand() -> None:
    """Ada is seen as a person, Ada as a city is not; Paris is ambiguous, ADA and Bob are unseen."""
    tokens = [("Ada", "saw", "Paris"), ("Ada", "and", "ADA", "and", "Bob")]
    gold = [
        [Mention(0, 1, "person"), Mention(2, 3, "city")],
        [Mention(0, 1, "city"), Mention(2, 3, "person"), Mention(4, 5, "person")],
    ]
    predicted = [[Mention(0, 1, "person"), Mention(2, 3, "person")], [Mention(2, 3, "person")]]
    found = by_class(gold, predicted, tokens)
    assert found.types == ("seen", "ambiguous", "unseen")
    assert found.gold.tolist() == [[1, 1, 0], [0, 1, 2]]
    assert found.predicted.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert found.tp.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert {name: prf.recall for name, prf in found.per_type().items()} == {
        "seen": 1.0,
        "ambiguous": 0.0,
        "unseen": 0.5,
    }


mentions = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["person", "city"])),
    max_size=5,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: [Mention(start, start + 1, kind) for start, kind in pairs])


@given(st.lists(st.tuples(mentions, mentions), min_size=1, max_size=6))
def test_classes_add_up_to_the_whole(sides: list[tuple[list[Mention], list[Mention]]]) -> None:
    gold, predicted = ([side[place] for side in sides] for place in (0, 1))
    tokens = [("Ada", "Paris", "Bob", "Eve", "Rome")] * len(sides)
    found = by_class(gold, predicted, tokens)
    assert (found.by_sentence() == count_mentions(gold, predicted, ["person", "city"]).by_sentence()).all()
    assert found.types == CLASSES


@given(st.lists(mentions, min_size=1, max_size=6))
def test_each_mention_is_in_the_class_that_its_own_text_and_type_have(predicted: Lists) -> None:
    tokens = [("Ada", "Paris", "Bob", "Paris", "Rome")] * len(predicted)
    counts = by_class([[] for _ in predicted], predicted, tokens).predicted
    known = surfaces(TRAIN)
    classes = [
        [classify(one, words, known) for one in its] for its, words in zip(predicted, tokens, strict=True)
    ]
    assert counts.tolist() == [[its.count(name) for name in CLASSES] for its in classes]


def test_a_type_that_is_not_declared_is_known_to_no_train() -> None:
    predicted = [[Mention(0, 1, "vessel"), Mention(1, 2, "vessel")]]
    assert by_class([[]], predicted, [("Ada", "Bob")]).predicted.tolist() == [[0, 1, 1]]
