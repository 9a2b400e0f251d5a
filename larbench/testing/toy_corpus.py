"""A toy corpus to fit methods on: two small domains that share one type, and text that is hard to digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Mention

SURFACES: Mapping[str, tuple[str, ...]] = {
    "person": ("Anna", "Bob Marsh", "Carla", "Dirk Olsen", "Eve"),
    "city": ("Rome", "New Lima", "Oslo", "Kiel"),
    "river": ("Ems", "Blue Nile", "Elbe"),
    "bridge": ("Long Arch", "Skyway", "Tower Gate"),
}
SOURCE_TEMPLATES = (
    "person lives in city .",
    "the train from city to city was late",
    "person met person in city !",
    "nobody saw person",
    "it rained all day .",
)
TARGET_TEMPLATES = (
    "person swam in the river .",
    "the bridge crosses the river",
    "person and person walked over bridge !",
    "the river was cold .",
    "it rained all day .",
)
ODD_WORDS = ("\u200b", "\u0301", "", "東京", "ﷺ", "🙂", "-", "[SEP]", "x" * 400, "I\u0307", "\ufffd", "\x00")


def sentences(
    templates: Sequence[str], count: int, where: str, first: int = 0
) -> tuple[LabelledSentence, ...]:
    """Fill the templates in turn with surfaces in turn; ``first`` shifts which surfaces come."""
    pools = {kind: cycle(names[first % len(names) :] + names[:first]) for kind, names in SURFACES.items()}
    return tuple(
        _filled(templates[number % len(templates)], pools, f"{where}/{number}") for number in range(count)
    )


def _filled(template: str, pools: Mapping[str, Iterator[str]], name: str) -> LabelledSentence:
    tokens: list[str] = []
    mentions = []
    for word in template.split():
        words = next(pools[word]).split() if word in pools else [word]
        if word in pools:
            mentions.append(Mention(len(tokens), len(tokens) + len(words), word))
        tokens += words
    return LabelledSentence(name, tuple(tokens), tuple(mentions))


def domain(name: str, kinds: Sequence[str], templates: Sequence[str], *, train: int, dev: int = 8) -> Domain:
    """Build a domain of so many sentences; its test split has words that stand nowhere else."""
    test = (
        LabelledSentence(f"{name}/test/0", ("Zoe", "lives", "by", "the", "Oder"), (Mention(0, 1, "person"),)),
        LabelledSentence(f"{name}/test/1", ("Quito", "is", "far", "away"), ()),
    )
    return Domain(
        corpus="own",
        name=name,
        language="en",
        types=tuple(EntityType(kind, kind, f"the name of a {kind}") for kind in kinds),
        train=sentences(templates, train, f"{name}/train"),
        dev=sentences(templates, dev, f"{name}/dev", first=1),
        test=test + sentences(templates, 5, f"{name}/test-", first=2),
    )


SOURCE = domain("towns", ("person", "city"), SOURCE_TEMPLATES, train=30)
TARGET = domain("waters", ("person", "river", "bridge"), TARGET_TEMPLATES, train=20)
