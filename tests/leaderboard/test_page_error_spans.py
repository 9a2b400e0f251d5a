from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scored import scored

from benchmark.domains.corpus import Mention
from leaderboard.page.error_spans import KINDS, confusion, find, pieces

TYPES = ("person", "party")


def test_every_kind_by_hand() -> None:
    gold = [Mention(0, 1, "person"), Mention(2, 4, "party"), Mention(5, 8, "party"), Mention(9, 10, "person")]
    predicted = [
        Mention(0, 1, "person"),
        Mention(2, 4, "person"),
        Mention(6, 9, "party"),
        Mention(11, 12, "party"),
    ]
    found = find(gold, predicted)
    assert [(one.kind, one.start, one.end) for one in found] == [
        ("correct", 0, 1),
        ("types", 2, 4),
        ("boundaries", 5, 9),
        ("missed", 9, 10),
        ("spurious", 11, 12),
    ]
    assert confusion(found) == {
        ("person", "person"): 1,
        ("party", "person"): 1,
        ("party", None): 1,
        (None, "party"): 2,
        ("person", None): 1,
    }


def test_a_chain_of_overlaps_is_one_finding_and_gaps_belong_to_what_holds_both_sides() -> None:
    (one,) = find([Mention(0, 3, "party"), Mention(3, 5, "person")], [Mention(2, 4, "party")])
    assert (one.start, one.end, one.kind) == (0, 5, "boundaries")
    told = [(p.start, p.end, p.in_gold, p.in_predicted) for p in pieces(one)]
    assert told == [
        (0, 2, True, False),
        (2, 2, True, False),  # inside the first gold mention
        (2, 3, True, True),
        (3, 3, False, True),  # between two gold mentions, inside the predicted one
        (3, 4, True, True),
        (4, 4, True, False),
        (4, 5, True, False),
    ]


@st.composite
def a_side(draw: st.DrawFn) -> list[Mention]:
    at, found = 0, []
    for gap, width in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=5)):
        found.append(Mention(at + gap, at + gap + width, draw(st.sampled_from(TYPES))))
        at += gap + width
    return found


@given(a_side(), a_side())
def test_findings_add_up_to_the_decomposition(gold: list[Mention], predicted: list[Mention]) -> None:
    found = find(gold, predicted)
    whole = scored([gold], [predicted], TYPES).decomposition
    count = {kind: sum(one.kind == kind for one in found) for kind in KINDS}
    assert (count["correct"], count["types"]) == (whole.correct, whole.wrong_type)
    assert (count["missed"], count["spurious"]) == (whole.missed, whole.spurious)
    bounded = [one for one in found if one.kind == "boundaries"]
    assert sum(len(one.gold) for one in bounded) == whole.boundary_gold
    assert sum(len(one.predicted) for one in bounded) == whole.boundary_predicted
    assert [m for one in found for m in one.gold] == gold
    assert [m for one in found for m in one.predicted] == predicted
    counts = confusion(found)
    assert sum(n for (row, _), n in counts.items() if row is not None) == len(gold)
    assert sum(n for (_, column), n in counts.items() if column is not None) == len(predicted)
