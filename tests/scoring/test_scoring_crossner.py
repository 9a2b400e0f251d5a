"""The scorer against seqeval on corrupted CrossNER; the corpora are read, never copied."""

from __future__ import annotations

import os
from dataclasses import astuple

import pytest

from benchmark.domains.load import load_domain
from benchmark.domains.tags import encode_bio
from benchmark.scoring.score import score_spans
from benchmark.scoring.spans import pair_mentions
from benchmark.scoring.tags_to_spans import TagEncoder, count_tags

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
    encoder = TagEncoder(types)
    lengths = [len(tags) for tags in gold]
    counts = count_tags(encoder.encode(gold), encoder.encode(predicted), lengths, types, strict=strict)
    expected = seqeval_says(gold, predicted, strict=strict)
    assert astuple(counts.micro()) == expected.micro
    assert {kind: astuple(figures) for kind, figures in counts.per_type().items()} == expected.per_type
    assert counts.macro() == expected.macro
    assert counts.support() == expected.support


def test_gold_scores_one_in_every_dialect():
    domain = load_domain("crossner", "music")
    mentions = [sentence.mentions for sentence in domain.test]
    tokens = [sentence.tokens for sentence in domain.test]
    sides = pair_mentions(mentions, mentions, domain.type_names, list(map(len, tokens)))
    score = score_spans(*sides, domain.type_names, tokens)
    assert {figures.f1 for figures in score.dialects.figures().values()} == {1.0}
    assert sum(score.decomposition.shares().values()) == 0.0
