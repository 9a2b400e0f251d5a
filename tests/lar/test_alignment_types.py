"""Type texts, similarities, the rule of the threshold, and alignments from entity types."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from benchmark.domains.corpus import EntityType, LabelledSentence, Mention
from benchmark.errors import UsageError
from lar.alignment.align import Alignment, align, align_types, realign
from lar.alignment.similarity import (
    Prototypes,
    csls,
    part_similarity,
    reference_threshold,
    type_similarity,
)
from lar.alignment.type_texts import TEMPLATES, kind_of, prototype_vectors, type_parts, type_vectors

Floats = npt.NDArray[np.float32]


class Letters:
    """Embeds a text as the letters that its words begin with, unit length."""

    hidden = 26

    def texts(self, texts: list[str]) -> Floats:
        rows = np.zeros((len(texts), 26), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[ord(word[0].lower()) - ord("a")] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def spans(self, sentences, spans) -> Floats:
        return self.texts(
            [" ".join(words[a:b]) for words, row in zip(sentences, spans, strict=True) for a, b in row]
        )


LETTERS = Letters()
SOURCE = [
    EntityType("person", "person", "a human, such as a writer or a king"),
    EntityType("place", "place", "a river, a bridge and a town"),
]
TARGET = [
    EntityType("person", "person", "whoever is no king"),
    EntityType("river", "river", ""),
    EntityType("king", "king", "rules"),
    EntityType("jazz", "jazz", "style"),
]


def test_a_description_falls_into_the_things_it_lists() -> None:
    assert type_parts(SOURCE[0]) == ("person", "a human", "a writer", "a king")
    assert type_parts(SOURCE[1]) == ("place", "a river", "a bridge", "a town")
    assert type_parts(TARGET[1]) == ("river",)
    words = EntityType("x", "x", "a named thing: a fork; an oracle, an oracle or an android, and more")
    assert type_parts(words) == ("x", "a named thing", "a fork", "an oracle", "an android", "more")


@pytest.mark.parametrize(
    ("how", "letter"), [("name", "r"), ("description", "r"), ("both", "r"), ("templates", "r")]
)
def test_vectors_are_unit_rows_of_the_text_asked_for(how: str, letter: str) -> None:
    rows = type_vectors(TARGET, LETTERS, how)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert rows[1, ord(letter) - ord("a")] > 0
    if how in ("name", "description"):
        assert rows[1, ord(letter) - ord("a")] == 1  # no description: the name stands for it


def test_templates_are_filled_and_averaged() -> None:
    rows = type_vectors(TARGET[3:], LETTERS, "templates")
    filled = LETTERS.texts([template.format("jazz") for template in TEMPLATES]).mean(axis=0)
    np.testing.assert_allclose(rows[0], filled / np.linalg.norm(filled), rtol=1e-5)


def test_unknown_texts_similarities_and_solvers_are_told() -> None:
    with pytest.raises(UsageError, match="unknown type text 'smell'"):
        type_vectors(TARGET, LETTERS, "smell")
    with pytest.raises(UsageError, match="unknown type text 'smell'"):
        type_similarity(SOURCE, TARGET, LETTERS, type_text="smell")
    with pytest.raises(UsageError, match="unknown similarity"):
        type_similarity(SOURCE, TARGET, LETTERS, type_text="name", similarity="smell")
    with pytest.raises(UsageError, match="needs mentions"):
        align_types(SOURCE, TARGET, LETTERS, type_text="prototypes")
    with pytest.raises(UsageError, match="unknown solver"):
        align_types(SOURCE, TARGET, LETTERS, solver="guess")
    with pytest.raises(UsageError, match="votes"):
        align_types(SOURCE, TARGET, LETTERS, solver="source-votes")


def test_of_the_parts_the_nearest_counts() -> None:
    names = [kind.readable for kind in TARGET]
    found = part_similarity(SOURCE, names, LETTERS)
    half = 0.5**0.5
    # king: "a king" has a half of it, the other parts nothing
    assert found[2] == pytest.approx([half, 0], abs=1e-6)
    assert found[0] == pytest.approx([1, 1], abs=1e-6)  # "person" and "place" begin alike
    alone = [EntityType("river", "river", "")]
    assert part_similarity(alone, names, LETTERS)[1] == pytest.approx([1])


def test_csls_lessens_what_is_near_to_everything() -> None:
    cosines = np.array([[0.9, 0.8], [0.9, 0.1]], dtype=np.float32)
    expected = 2 * cosines - np.array([[0.85], [0.5]]) - np.array([[0.9, 0.45]])
    np.testing.assert_allclose(csls(cosines), expected, rtol=1e-5)
    assert np.argmax(csls(cosines)[0]) == 1
    nearest = 2 * cosines - np.array([[0.9], [0.9]]) - np.array([[0.9, 0.8]])
    np.testing.assert_allclose(csls(cosines, neighbours=1), nearest, atol=1e-6)


def test_kinds_are_the_mean_of_name_and_first_noun_phrase() -> None:
    assert [kind_of(kind) for kind in TARGET] == ["whoever is no king", "river", "rules", "style"]
    assert kind_of(EntityType("x", "x", "a person who does research, such as a chemist")) == "a person"
    by_name = part_similarity(SOURCE, [kind.readable for kind in TARGET], LETTERS)
    by_kind = part_similarity(SOURCE, ["whoever is no king", "river", "rules", "style"], LETTERS)
    found = type_similarity(SOURCE, TARGET, LETTERS, type_text="kinds")
    np.testing.assert_allclose(found, (by_name + by_kind) / 2, rtol=1e-6)


def test_the_threshold_lies_between_development_types_with_and_without_partners() -> None:
    from benchmark.domains.types.entity_types import OPEN_TYPES_DIR, TYPES_DIR, load_types

    _, source = load_types(TYPES_DIR / "conll2003.toml")

    def nearest(domain: str, text: str) -> dict[str, float]:
        _, target = load_types(OPEN_TYPES_DIR / f"{domain}.toml")
        rows = type_similarity(source, target, LETTERS, type_text=text).max(axis=1)
        return {kind.name: value for kind, value in zip(target, rows.tolist(), strict=True)}

    for text in ("kinds", "both"):
        partnered, others = nearest("wnut17", text), nearest("cyner", text)
        least = min(value for name, value in partnered.items() if name not in ("person", "location"))
        most = max(value for name, value in others.items() if name != "Organization")
        threshold = reference_threshold(LETTERS, text)
        assert threshold == round(threshold, 2)
        assert threshold <= (least + most) / 2 < threshold + 0.0101
    assert reference_threshold(LETTERS, "prototypes") == -np.inf


def _names(types) -> list[str]:
    return [kind.name for kind in types]


def test_by_default_weights_are_those_of_kinds_to_the_bit() -> None:
    similarity = type_similarity(SOURCE, TARGET, LETTERS, type_text="kinds")
    threshold = reference_threshold(LETTERS, "kinds")
    plain = align(_names(SOURCE), _names(TARGET), similarity, temperature=0.07, threshold=threshold)
    found = align_types(SOURCE, TARGET, LETTERS)
    assert found.weights.tobytes() == plain.weights.tobytes()
    assert found.similarity.tobytes() == plain.similarity.tobytes()
    assert found.core == plain.core
    assert (found.solver, found.type_text, found.measure) == ("hungarian", "kinds", "cosine")


def test_types_that_are_equal_but_for_the_spelling_are_partners() -> None:
    target = [EntityType("PER", "person", "a river"), EntityType("king", "king", "a human, such as a king")]
    found = align_types(SOURCE, target, LETTERS, threshold=-1)
    assert found.core == {"PER": "person", "king": "place"}
    stated = [EntityType("boat", "boat", "", same_as="place"), *target]
    assert align_types(SOURCE, stated, LETTERS, threshold=-1).core == {"PER": "person", "boat": "place"}


def _matrix(*rows: list[float]) -> Floats:
    return np.array(rows, dtype=np.float32)


SIMILARITY = _matrix([0.9, 0.1], [0.2, 0.6], [0.5, 0.1], [0.05, 0.1])


def _aligned(solver: str, **more) -> Alignment:
    return align(_names(SOURCE), _names(TARGET), SIMILARITY, solver=solver, **more)


def _untagged(row: list[float], threshold: float, temperature: float = 0.07) -> list[float]:
    """Softmax over a row and the threshold, without the last share."""
    parts = np.exp(np.array([*row, threshold]) / temperature)
    return (parts / parts.sum())[:-1].tolist()


def test_below_the_threshold_a_type_is_novel_and_mostly_untagged() -> None:
    free, bound = _aligned("hungarian"), _aligned("hungarian", threshold=0.3)
    assert free.pairs == {"person": "person", "river": "place", "king": "person", "jazz": "place"}
    assert bound.pairs == {**free.pairs, "jazz": None}
    assert bound.novel == {"jazz"}
    assert bound.weights[:2].tolist() == [[1, 0], [0, 1]]
    assert free.weights[3].sum() == pytest.approx(1)
    assert bound.weights[3].tolist() == pytest.approx(_untagged([0.05, 0.1], 0.3), rel=1e-5)
    assert bound.scores == pytest.approx({"person": 0.9, "river": 0.6, "king": 0.5, "jazz": 0.1})


def test_the_core_is_bound_by_the_threshold_too_unless_types_are_equal() -> None:
    found = _aligned("hungarian", threshold=0.95)
    assert dict(found.core) == {"person": "person"}
    assert found.novel == {"river", "king", "jazz"}


def test_which_types_have_a_source_type_for_themselves_and_which_are_claimed_by_none() -> None:
    shared, own = _aligned("hungarian", threshold=0.3), _aligned("hungarian", threshold=0.65)
    assert shared.alone.tolist() == [False, True, False, False]  # the king is like a person, too
    assert shared.unclaimed == ()
    assert own.alone.tolist() == [True, False, False, False]
    assert own.unclaimed == (1,)  # a river is not like enough


@pytest.mark.parametrize("solver", ["argmax", "transport"])
def test_many_to_one_puts_all_weight_on_the_partner(solver: str) -> None:
    found = _aligned(solver, threshold=0.3)
    assert found.pairs == {"person": "person", "river": "place", "king": "person", "jazz": None}
    assert found.weights[:3].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert found.weights[3].tolist() == pytest.approx(_untagged([0.05, 0.1], 0.3), rel=1e-5)
    assert dict(found.core) == {"person": "person"}


def test_votes_become_shares() -> None:
    votes = _matrix([1, 3, 0], [1, 3, 0], [0, 0, 0], [1, 0, 9])
    found = _aligned("source-votes", votes=votes)
    assert found.pairs == {"person": "person", "river": "place", "king": None, "jazz": None}
    assert found.weights[[0, 1, 3]].tolist() == [[1, 0], [0.25, 0.75], [1, 0]]
    np.testing.assert_array_equal(found.weights[2], _aligned("hungarian").weights[2])


def test_no_alignment_prefers_nothing() -> None:
    found = _aligned("none")
    assert found.weights.tolist() == [[0.5, 0.5]] * 4
    assert set(found.pairs.values()) == {None} and not found.core


def test_solving_again_is_solving() -> None:
    first = _aligned("hungarian", threshold=0.3)
    again = realign(first, "argmax")
    assert again.to_artefact() == _aligned("argmax", threshold=0.3).to_artefact()


def _sentence(text: str, *mentions: Mention) -> LabelledSentence:
    return LabelledSentence("s", tuple(text.split()), mentions)


MENTIONED = [
    _sentence("Anna saw Bob", Mention(0, 1, "person"), Mention(2, 3, "person")),
    _sentence("it rained"),
    _sentence("Carla in Rome", Mention(0, 1, "person"), Mention(2, 3, "place")),
]


@pytest.mark.parametrize("in_sentence", [False, True])
def test_a_prototype_is_the_mean_of_its_first_mentions(in_sentence: bool) -> None:
    rows = prototype_vectors(
        MENTIONED, ("person", "place", "band"), LETTERS, in_sentence=in_sentence, limit=2
    )
    half = 0.5**0.5
    assert rows[0, :3] == pytest.approx([half, half, 0])
    assert rows[1, 17] == 1
    assert not rows[2].any()


def test_prototypes_of_the_target_count_where_there_are_any() -> None:
    source = prototype_vectors(MENTIONED, ("person", "place"), LETTERS)
    target = np.zeros((4, 26), dtype=np.float32)
    target[3, 17] = 1  # jazz: its mentions begin as Rome does
    texts = type_similarity(SOURCE, TARGET, LETTERS, type_text="prototypes", prototypes=Prototypes(source))
    found = type_similarity(
        SOURCE, TARGET, LETTERS, type_text="prototypes", prototypes=Prototypes(source, target)
    )
    np.testing.assert_array_equal(found[:3], texts[:3])
    assert found[3].tolist() == [0, 1]
    aligned = align_types(SOURCE, TARGET, LETTERS, type_text="prototypes", prototypes=Prototypes(source))
    assert aligned.threshold is None and not aligned.novel
