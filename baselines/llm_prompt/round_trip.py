"""The best score that asking for words allows: gold rendered as a perfect answer, read back, aligned, scored.

Anything below 100 is lost by the form of the answer, not by the language model. Run as
``python -m baselines.llm_prompt.round_trip sample/politics`` it prints these scores of whole domains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from baselines.llm_prompt.align_words import FIRST, Aligned, align
from baselines.llm_prompt.answers import read_answer, render_answer
from benchmark.cli.options import data_dir_option
from benchmark.domains.corpus import EntityType, LabelledSentence
from larbench.endpoint.answers import round_trip_f1


def retraced(
    sentence: LabelledSentence,
    types: Sequence[EntityType],
    *,
    numbered: bool = True,
    ambiguous: str = FIRST,
) -> Aligned:
    """Return what is left of a sentence's gold mentions after the way through an answer."""
    answer = render_answer(sentence.mentions, sentence.tokens, numbered=numbered)
    reading = read_answer(answer, {kind.name: kind.readable for kind in types})
    found = align(reading.mentions, sentence.tokens, ambiguous=ambiguous)
    return Aligned(found.mentions, found.met + reading.met)


def ceiling(
    sentences: Sequence[LabelledSentence],
    types: Sequence[EntityType],
    *,
    numbered: bool = True,
    ambiguous: str = FIRST,
) -> float:
    """Return the F1 (times 100) of gold mentions after the way through answers.

    100.0 for sentences without mentions. Not ``numbered``: answers name no occurrence, as those of models
    that overlook what they were asked for.
    """
    back = [retraced(s, types, numbered=numbered, ambiguous=ambiguous).mentions for s in sentences]
    return round_trip_f1([sentence.mentions for sentence in sentences], back, [kind.name for kind in types])


@click.command()
@click.argument("domains", nargs=-1, required=True, metavar="CORPUS/DOMAIN...")
@data_dir_option
def main(domains: tuple[str, ...], data_dir: Path | None) -> None:
    """Print what a perfect answer of a language model scores, over all splits of each domain.

    Once with occurrences named where words stand more than once, once without; then what was met on the
    way without them. Nothing is asked of a model.
    """
    from benchmark.domains.corpus import SPLITS
    from benchmark.domains.load import load_domain

    width = max(map(len, domains))
    for name in domains:
        domain = load_domain(name, data_dir=data_dir)
        sentences = [sentence for split in SPLITS for sentence in domain.split(split)]
        best, bare = (ceiling(sentences, domain.types, numbered=numbered) for numbered in (True, False))
        met: Counter[str] = Counter()
        for sentence in sentences:
            met += retraced(sentence, domain.types, numbered=False).met
        faults = ", ".join(f"{kind} {count}" for kind, count in sorted(met.items()))
        click.echo(f"{name:<{width}}  {best:6.2f}  without occurrences {bare:6.2f}  ({faults})")


if __name__ == "__main__":
    main()
