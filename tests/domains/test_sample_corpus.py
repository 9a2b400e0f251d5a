"""The embedded sample: what it promises about every domain."""

from __future__ import annotations

import pytest

from benchmark.domains.sample import SAMPLE_DOMAINS, Sizes, sample_domain
from benchmark.errors import UsageError

BUILT = ("news", "politics")


@pytest.mark.parametrize("name", BUILT)
def test_the_same_name_size_and_seed_give_the_same_domain(name):
    size = Sizes(30, 20, 20)
    once, again = (sample_domain(name, size=size, seed=3) for _ in range(2))
    assert once == again
    assert once.content_hash != sample_domain(name, size=size, seed=4).content_hash


def test_an_unknown_domain_is_named_with_those_there_are():
    with pytest.raises(UsageError, match="astrology.*news, politics"):
        sample_domain("astrology")


def test_there_is_a_source_and_five_targets():
    assert SAMPLE_DOMAINS == ("news", "politics", "science", "music", "literature", "ai")
