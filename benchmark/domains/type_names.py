"""Names of entity types: as a reader would say them, and which of them are the same but for the spelling."""

from __future__ import annotations

import re
import unicodedata

# the abbreviations of CoNLL-2003, in words that a method which reads type texts can use
_ABBREVIATIONS = {"per": "person", "org": "organisation", "loc": "location", "misc": "miscellaneous"}

# what else corpora call them; keys and values are folded
_COMMON = {
    "per": "person",
    "pers": "person",
    "people": "person",
    "org": "organisation",
    "loc": "location",
    "gpe": "geopolitical entity",
    "geo political entity": "geopolitical entity",
    "misc": "miscellaneous",
    "fac": "facility",
    "prod": "product",
    "evt": "event",
    "lang": "language",
    "prog lang": "programming language",
    "programlang": "programming language",
    "norp": "nationality",
    "nat": "nationality",
}

# a known abbreviation with small letters behind it, as in GermEval's LOCderiv
_DERIVED = re.compile(
    rf"\b({'|'.join(key.upper() for key in (*_ABBREVIATIONS, 'oth', 'gpe'))})(?=[a-z]{{3}})"
)
_NUMBERED = re.compile(r"(type|class|label|tag|entity|category|cat|kind|id)?[\s_.-]*[0-9]+", re.IGNORECASE)


def is_readable(name: str) -> bool:
    """Return whether a type's name says anything to who reads it: not ``TYPE_3``, ``T`` or ``42``."""
    return sum(map(str.isalpha, name)) > 1 and _NUMBERED.fullmatch(name) is None


def readable_name(tag_type: str) -> str:
    """Return how a reader would say it: ``political_party`` and ``PoliticalParty`` → "political party"."""
    words = _DERIVED.sub(r"\1 ", tag_type)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", words)
    words = " ".join(re.split(r"[\s_\-./:]+", words)).strip().lower()
    return _ABBREVIATIONS.get(words, words) or tag_type


def folded_name(name: str) -> str:
    """Return what is the same for names that differ in spelling only.

    Case, ``_ - . /`` and spaces, British and American spelling (-ise and -ize, -isation and -ization, -our
    and -or, -re and -er), a plural's ``s`` and common abbreviations are folded:

    >>> folded_name("ORG") == folded_name("Organizations") == folded_name("organisation")
    True
    """
    words = readable_name(unicodedata.normalize("NFKC", name)).casefold()
    words = _COMMON.get(words, words)
    return _COMMON.get(folded := " ".join(map(_folded_word, words.split())), folded)


def _folded_word(word: str) -> str:
    word = re.sub(r"z(?=(e|ed|er|es|ing|ation|ations|ational)$)", "s", word)
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ics")):
        word = re.sub(r"(?<=[^aeiou])ies$", "y", word) if word.endswith("ies") else word[:-1]
    return re.sub(r"(?<=[a-z]{2})our$", "or", re.sub(r"(?<=[bct])re$", "er", word))
