"""Random pairs of tags, scored as seqeval, conlleval and nervaluate score them, in every scheme.

``LARBENCH_DRAWS`` (default 12) pairs a scheme and comparison; 10,000 of them take some minutes.
"""

from __future__ import annotations

import os
import random
import warnings

import pytest

import larbench
from benchmark.domains.tags import PREFIXES, SCHEMES, encode
from benchmark.domains.tags import decode as decode_tags

DRAWS = int(os.environ.get("LARBENCH_DRAWS", "12"))
KINDS = ("per", "loc")


def random_tags(chance, scheme, length, share):
    """Tags of any kind, legal or not; ``share`` of them outside."""
    known = [f"{prefix}-{kind}" for prefix in PREFIXES[scheme] for kind in KINDS]
    return ["O" if chance.random() < share else chance.choice(known) for _ in range(length)]


def legal(tags, scheme):
    return encode(decode_tags(tags, scheme), len(tags), scheme)


def pairs(scheme, seed):
    """Yield gold and predicted tags of one to four sentences: any tags, or legal ones a little corrupted."""
    chance = random.Random(f"{scheme} {seed}")
    for _ in range(DRAWS):
        gold, predicted = [], []
        for _ in range(chance.randint(1, 4)):
            length, share = chance.randint(1, 9), chance.choice((0.2, 0.5, 0.8))
            one = random_tags(chance, scheme, length, share)
            if chance.random() < 0.6:
                one = legal(one, scheme)
            rate = chance.choice((0.1, 0.4, 1.0))
            other = random_tags(chance, scheme, length, share)
            gold.append(one)
            predicted.append([b if chance.random() < rate else a for a, b in zip(one, other, strict=True)])
        yield gold, predicted


def ours(gold, predicted, scheme, dialect):
    report = larbench.score(gold, predicted, gold_scheme=scheme, predicted_scheme=scheme)
    figures = report.score.dialects.figures()[dialect]
    return figures.precision, figures.recall, figures.f1


def starts_with_e(tags):
    """Whether a mention has E alone: seqeval's IOE1 knows none, so that it loses the mention."""
    before = ["O", *tags]
    return any(tag[0] == "E" and before[place] != f"I{tag[1:]}" for place, tag in enumerate(tags))


def differing(scheme, seed, theirs, dialect, prepare=lambda tags: tags):
    """Return how many pairs differ in any bit of precision, recall or F1."""
    count = 0
    for gold, predicted in pairs(scheme, seed):
        sides = [[prepare(tags) for tags in side] for side in (gold, predicted)]
        if scheme == "IOE1" and dialect == "strict" and any(map(starts_with_e, sides[0] + sides[1])):
            continue
        count += ours(*sides, scheme, dialect) != theirs(*sides)
    return count


@pytest.mark.parametrize("scheme", ["IOB2", "IOB1", "IOBES", "IOE2", "IOE1", "IO"])
def test_conlleval_is_seqevals_default(seqeval_says, scheme):
    assert differing(scheme, 1, lambda *sides: seqeval_says(*sides, strict=False).micro, "conlleval") == 0


@pytest.mark.parametrize("scheme", ["IOB2", "IOBES", "BILOU", "IOE2"])
def test_strict_is_seqevals_strict_for_any_tags(seqeval_says, scheme):
    def theirs(*sides):
        return seqeval_says(*sides, strict=True, scheme=scheme).micro

    assert differing(scheme, 2, theirs, "strict") == 0


@pytest.mark.parametrize("scheme", ["IOB1", "IOE1"])
def test_strict_is_seqevals_strict_for_legal_tags(seqeval_says, scheme):
    def theirs(*sides):
        return seqeval_says(*sides, strict=True, scheme=scheme).micro

    assert differing(scheme, 3, theirs, "strict", lambda tags: legal(tags, scheme)) == 0


def conlleval_spans(tags):
    """The chunks that conlleval.pl (2004) finds: its rules of starts and ends, line by line."""
    found, start = set(), None
    before, kind_before = "O", ""
    for place, tag in enumerate([*tags, "O"]):
        now, _, kind = tag.partition("-")
        ends = before != "O" and (now in ("B", "S", "O") or before in ("E", "S") or kind != kind_before)
        starts = now != "O" and (now in ("B", "S") or before in ("E", "S", "O") or kind != kind_before)
        if ends and start is not None:
            found.add((start, place, kind_before))
            start = None
        if starts:
            start = place
        before, kind_before = now, kind
    return found


@pytest.mark.parametrize("scheme", ["IOB2", "IOB1", "IOBES"])
def test_conlleval_is_the_perl_scripts(scheme):
    def theirs(gold, predicted):
        sides = [
            {(n, *span) for n, tags in enumerate(side) for span in conlleval_spans(tags)}
            for side in (gold, predicted)
        ]
        right, said, real = len(sides[0] & sides[1]), len(sides[1]), len(sides[0])
        precision, recall = right / said if said else 0.0, right / real if real else 0.0
        total = precision + recall
        return precision, recall, 2 * precision * recall / total if total else 0.0

    assert differing(scheme, 4, theirs, "conlleval") == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_schemas_are_nervaluates(scheme):
    nervaluate = pytest.importorskip("nervaluate")
    for gold, predicted in pairs(scheme, 5):
        report = larbench.score(gold, predicted, gold_scheme=scheme, predicted_scheme=scheme)
        sides = [
            [
                [{"label": m.type, "start": m.start, "end": m.end - 1} for m in decode_tags(tags, scheme)]
                for tags in side
            ]
            for side in (gold, predicted)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = nervaluate.Evaluator(*sides, tags=list(KINDS), loader="dict").evaluate()["overall"]
        for name, of in (("type", "ent_type"), ("exact", "exact")):
            figures = report.schemas[name].prf
            assert (figures.precision, figures.recall, figures.f1) == pytest.approx(
                (theirs[of].precision, theirs[of].recall, theirs[of].f1), rel=0, abs=0
            )


def test_a_neighbouring_pair_of_units_is_two_mentions(seqeval_says):
    """The difference from seqeval's default and the Perl script that docs/formats.md states."""
    gold, predicted = [["U-PER", "U-PER", "O"]], [["U-PER", "O", "O"]]
    assert round(100 * ours(gold, predicted, "BILOU", "conlleval")[2], 2) == 66.67
    assert seqeval_says(gold, predicted, strict=False).micro[2] == 0.0
