"""The scorer against seqeval on corrupted CrossNER; the corpora are read, never copied."""

from __future__ import annotations

import os
from dataclasses import astuple

import pytest
from scored import scored, scored_tags

from benchmark.domains.load import load_domain
from benchmark.domains.tags import encode_bio

pytestmark = [
    pytest.mark.crossner,
    pytest.mark.skipif("LARBENCH_DATA" not in os.environ, reason="LARBENCH_DATA is not set: no real corpora"),
]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", ["politics", "science", "music", "literature", "ai"])
def test_corrupted_crossner_scores_as_seqeval_scores_it(name, strict, seqeval_says, corrupt):
    domain = load_domain("crossner", name)
    gold = [encode_bio(sentence.mentions, len(sentence.tokens)) for sentence in domain.test]
    predicted = corrupt(gold, 0.15, seed=555)
    types = tuple(
        sorted(domain.type_names)
    )  # seqeval's order: its macro average depends on it in the last bit
    dialects = scored_tags(gold, predicted, types).dialects
    counts = dialects.strict if strict else dialects.conlleval
    expected = seqeval_says(gold, predicted, strict=strict)
    assert astuple(counts.micro()) == expected.micro
    assert {kind: astuple(figures) for kind, figures in counts.per_type().items()} == expected.per_type
    assert counts.macro() == expected.macro
    assert counts.support() == expected.support


def test_gold_scores_one_in_every_dialect():
    domain = load_domain("crossner", "music")
    mentions = [sentence.mentions for sentence in domain.test]
    tokens = [sentence.tokens for sentence in domain.test]
    score = scored(mentions, mentions, domain.type_names, tokens)
    assert {figures.f1 for figures in score.dialects.figures().values()} == {1.0}
    assert sum(score.decomposition.shares().values()) == 0.0
