"""Random pairs of tags, scored as seqeval, conlleval and nervaluate score them, in every scheme.

``LARBENCH_DRAWS`` (default 12) pairs a scheme and comparison; 10,000 of them take some minutes. What
differs by what docs/formats.md states is counted: ``pytest -s`` prints how often.
"""

from __future__ import annotations

import os
import random
import warnings
from dataclasses import dataclass
from functools import cache

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


def pairs(scheme):
    """Yield gold and predicted tags of one to four sentences: any tags, or legal ones a little corrupted."""
    chance = random.Random(scheme)
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


@dataclass(frozen=True)
class Scored:
    """A pair and what we say of it: precision, recall and F1 by dialect, or by nervaluate's schema."""

    gold: list
    predicted: list
    ours: dict


def scored(gold, predicted, scheme):
    report = larbench.score(gold, predicted, gold_scheme=scheme, predicted_scheme=scheme)
    figures = report.score.dialects.figures()
    figures |= {name: report.schemas[name].prf for name in ("type", "exact")}
    return Scored(gold, predicted, {name: (f.precision, f.recall, f.f1) for name, f in figures.items()})


@cache
def all_scored(scheme, *, only_legal=False):
    """The drawn pairs, scored once for all peers; ``only_legal``: their tags made legal."""
    return [
        scored(*([legal(tags, scheme) if only_legal else tags for tags in side] for side in sides), scheme)
        for sides in pairs(scheme)
    ]


def starts_with_e(tags):
    """Whether a mention has E alone: seqeval's IOE1 knows none, so that it loses the mention."""
    before = ["O", *tags]
    return any(tag[0] == "E" and before[place] != f"I{tag[1:]}" for place, tag in enumerate(tags))


def in_iobes(tags):
    """BILOU or BMES in the letters that seqeval's default and the Perl script know."""
    return [tag[0].translate(str.maketrans("ULM", "SEI")) + tag[1:] for tag in tags]


def same(tags):
    return tags


def differing(pairs_scored, name, theirs, *, shown=same, stated=lambda tags: False):
    """Return how many pairs differ in any bit of precision, recall or F1: by what is stated, and otherwise.

    ``name`` is of our dialect or schema. ``shown`` makes what the peer is given from a sentence's tags;
    ``stated``: whether such a sentence may be scored differently.
    """
    by_what_is_stated = otherwise = 0
    for one in pairs_scored:
        sides = ([shown(tags) for tags in side] for side in (one.gold, one.predicted))
        if one.ours[name] != theirs(*sides):
            known = any(map(stated, one.gold + one.predicted))
            by_what_is_stated += known
            otherwise += not known
    return by_what_is_stated, otherwise


def count_shown(peer, scheme, number):
    """Print how often a difference that the docs state was met, for who asks for it (``pytest -s``)."""
    print(f"\n{peer}, {scheme}: {number:,} of {DRAWS:,} pairs are scored differently, as the docs state")


def seqeval_default(gold, predicted):
    labeling = pytest.importorskip("seqeval.metrics.sequence_labeling")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of types without predictions or gold
        *micro, _ = labeling.precision_recall_fscore_support(gold, predicted, average="micro")
    return tuple(map(float, micro))


def seqeval_strict(scheme):
    v1, schemes = pytest.importorskip("seqeval.metrics.v1"), pytest.importorskip("seqeval.scheme")

    def figures(gold, predicted):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            *micro, _ = v1.precision_recall_fscore_support(
                gold, predicted, average="micro", scheme=getattr(schemes, scheme)
            )
        return tuple(map(float, micro))

    return figures


@pytest.mark.parametrize("scheme", ["IOB2", "IOB1", "IOBES", "IOE2", "IOE1", "IO"])
def test_conlleval_is_seqevals_default(scheme):
    assert differing(all_scored(scheme), "conlleval", seqeval_default) == (0, 0)


@pytest.mark.parametrize("scheme", ["BILOU", "BMES"])
def test_conlleval_is_seqevals_default_of_the_same_tags_in_iobes(scheme):
    drawn = all_scored(scheme)
    assert differing(drawn, "conlleval", seqeval_default, shown=in_iobes) == (0, 0)
    differ = differing(drawn, "conlleval", seqeval_default, stated=lambda tags: tags != in_iobes(tags))
    assert differ[1] == 0
    count_shown("seqeval's default", scheme, differ[0])


@pytest.mark.parametrize("scheme", ["IOB2", "IOBES", "BILOU", "IOE2"])
def test_strict_is_seqevals_strict_for_any_tags(scheme):
    assert differing(all_scored(scheme), "strict", seqeval_strict(scheme)) == (0, 0)


@pytest.mark.parametrize("scheme", ["IOB1", "IOE1"])
def test_strict_is_seqevals_strict_for_legal_tags(scheme):
    def lost(tags):
        return scheme == "IOE1" and starts_with_e(tags)

    def stated(tags):
        return lost(tags) or tags != legal(tags, scheme)

    theirs = seqeval_strict(scheme)
    of_legal = differing(all_scored(scheme, only_legal=True), "strict", theirs, stated=lost)
    assert of_legal[1] == 0
    count_shown("seqeval's strict, legal tags", scheme, of_legal[0])
    of_any = differing(all_scored(scheme), "strict", theirs, stated=stated)
    assert of_any[1] == 0
    count_shown("seqeval's strict, tags of any kind", scheme, of_any[0])


# the neighbouring tags of one type between which conlleval.pl (2004-01-26) sees the end, or start, of a chunk
PERL_ENDS = ("BB", "BO", "IB", "IO", "EE", "EI", "EO")
PERL_STARTS = ("BB", "IB", "OB", "OI", "EE", "EI", "OE")


def conlleval_spans(tags):
    """The chunks that conlleval.pl finds: its rules of starts and ends, line by line."""
    found, start = set(), None
    before, kind_before = "O", ""
    for place, tag in enumerate([*tags, "O"]):
        now, _, kind = tag.partition("-")
        ends = before + now in PERL_ENDS or (before != "O" and kind != kind_before)
        starts = before + now in PERL_STARTS or (now != "O" and kind != kind_before)
        if ends and start is not None:
            found.add((start, place, kind_before))
            start = None
        if starts:
            start = place
        before, kind_before = now, kind
    return found


def conlleval_figures(gold, predicted):
    sides = [
        {(n, *span) for n, tags in enumerate(side) for span in conlleval_spans(tags)}
        for side in (gold, predicted)
    ]
    right, said, real = len(sides[0] & sides[1]), len(sides[1]), len(sides[0])
    precision, recall = right / said if said else 0.0, right / real if real else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


@pytest.mark.parametrize("scheme", ["IOB2", "IOB1", "IOE2", "IOE1", "IO"])
def test_conlleval_is_the_perl_scripts(scheme):
    assert differing(all_scored(scheme), "conlleval", conlleval_figures) == (0, 0)


def unknown_to_perl(tags):
    """Whether tags have a letter that the script knows nothing of, or begin a mention behind an E."""
    letters = "".join(tag[0] for tag in tags)
    return not set(letters).isdisjoint("SULM") or "EB" in letters


@pytest.mark.parametrize("scheme", ["IOBES", "BILOU", "BMES"])
def test_conlleval_is_the_perl_scripts_but_for_letters_that_it_does_not_know(scheme):
    def in_iob2(tags):
        return encode(decode_tags(tags, scheme), len(tags), "IOB2")

    drawn = all_scored(scheme)
    assert differing(drawn, "conlleval", conlleval_figures, shown=in_iob2) == (0, 0)
    differ = differing(drawn, "conlleval", conlleval_figures, stated=unknown_to_perl)
    assert differ[1] == 0
    count_shown("conlleval.pl", scheme, differ[0])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_schemas_are_nervaluates(scheme):
    nervaluate = pytest.importorskip("nervaluate")
    for one in all_scored(scheme):
        sides = [
            [
                [{"label": m.type, "start": m.start, "end": m.end - 1} for m in decode_tags(tags, scheme)]
                for tags in side
            ]
            for side in (one.gold, one.predicted)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = nervaluate.Evaluator(*sides, tags=list(KINDS), loader="dict").evaluate()["overall"]
        for name, of in (("type", theirs["ent_type"]), ("exact", theirs["exact"])):
            assert one.ours[name] == (of.precision, of.recall, of.f1)


def test_a_neighbouring_pair_of_units_is_two_mentions():
    """The difference from seqeval's default and the Perl script that docs/formats.md states."""
    gold, predicted = [["U-PER", "U-PER", "O"]], [["U-PER", "O", "O"]]
    assert round(100 * scored(gold, predicted, "BILOU").ours["conlleval"][2], 2) == 66.67
    assert seqeval_default(gold, predicted)[2] == conlleval_figures(gold, predicted)[2] == 0.0
