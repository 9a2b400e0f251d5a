"""Several domains as one: their sentences together, equal types as one type.

A tagger that has seen tweets, reports and news finds mentions of more kinds than one of news alone. What a
corpus does not annotate stays unmarked in its sentences: malware in the news of CoNLL-2003 is no mention.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmark.domains.corpus import SPLITS, Domain, EntityType, LabelledSentence
from benchmark.domains.language import UNKNOWN
from benchmark.domains.types.equal_types import equal_types, rename_types
from benchmark.errors import UsageError


def join(domains: Sequence[Domain], corpus: str, name: str) -> Domain:
    """Return several domains as one.

    Parameters
    ----------
    domains : sequence of Domain
        At least one. A type that is equal to one of an earlier domain (``equal_types``) becomes that one,
        with its name and texts; others follow in their order.
    corpus, name : str
        What the whole is called.

    Returns
    -------
    Domain
        Each split holds the sentences of the domains' splits, in their order. Its language is that of the
        domains where they have one, else undetermined.

    Raises
    ------
    UsageError
        Where two sentences have one id: a domain that is named twice.
    """
    types: list[EntityType] = []
    renamed: list[Mapping[str, str]] = []
    for domain in domains:
        known = equal_types(domain.types, types).source_of
        types += [kind for kind in domain.types if kind.name not in known]
        renamed.append({kind: known.get(kind, kind) for kind in domain.type_names})
    splits = {
        split: tuple(
            sentence
            for domain, names in zip(domains, renamed, strict=True)
            for sentence in _renamed(domain.split(split), names)
        )
        for split in SPLITS
    }
    ids = Counter(sentence.id for sentences in splits.values() for sentence in sentences)
    if twice := next((one for one, count in ids.items() if count > 1), None):
        raise UsageError(f"{name}: two sentences are called {twice}: name each domain once")
    languages = {domain.language for domain in domains}
    language = languages.pop() if len(languages) == 1 else UNKNOWN
    train, dev, test = (splits[split] for split in SPLITS)
    return Domain(corpus, name, language, tuple(types), train, dev, test)


def _renamed(sentences: Sequence[LabelledSentence], names: Mapping[str, str]) -> Sequence[LabelledSentence]:
    found = rename_types((sentence.mentions for sentence in sentences), names)
    return [replace(one, mentions=tuple(some)) for one, some in zip(sentences, found, strict=True)]
