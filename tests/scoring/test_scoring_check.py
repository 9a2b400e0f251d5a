from __future__ import annotations

import pytest

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError
from benchmark.scoring.check import check_mentions


def check(*mentions):
    return check_mentions(mentions, 5, ("a", "b"), sentence="news/test/7")


def test_sound_mentions_come_back_sorted():
    assert check((3, 5, "b"), (0, 3, "a")) == (Mention(0, 3, "a"), Mention(3, 5, "b"))
    assert check([1, 2, "a"]) == (Mention(1, 2, "a"),)
    assert check() == ()


@pytest.mark.parametrize(
    ("mentions", "message"),
    [
        ([(0, 6, "a")], "expected 0 ≤ start < end ≤ 5"),
        ([(-1, 2, "a")], "expected 0 ≤ start < end ≤ 5"),
        ([(2, 2, "a")], "expected 0 ≤ start < end ≤ 5"),
        ([(0, 1, "c")], "expected one of the declared types: a, b"),
        ([(2, 4, "a"), (0, 3, "b")], "overlap"),
        ([(0, 1, "a"), (0, 1, "a")], "overlap"),
        ([(0, 1)], "expected a mention"),
        ([(0, 1.0, "a")], "expected a mention"),
        ([(False, True, "a")], "expected a mention"),
        ([(0, 1, None)], "expected a mention"),
        (["abc"], "expected a mention"),
    ],
)
def test_unsound_mentions_are_refused_by_sentence(mentions, message):
    with pytest.raises(InputError, match=message) as caught:
        check(*mentions)
    assert "news/test/7" in str(caught.value)
