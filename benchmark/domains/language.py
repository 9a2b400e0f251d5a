"""Languages of domains: tags as in BCP 47 (RFC 5646), in one spelling, and what hangs on them.

A domain's language is told to methods, decides which keyboard and letter case its noise follows, and is shown
on cards, boards and pages. It is no part of a domain's content hash.
"""

from __future__ import annotations

import re

ENGLISH = "en"
UNKNOWN = "und"

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)
_SCRIPT, _REGION = 4, 2  # letters of a subtag; a region may also be three digits, which have no case

# languages that write i with and without a dot as two letters
_DOTLESS = frozenset({"tr", "az", "crh", "gag", "tt"})


def check_language(tag: str) -> str:
    """Return a tag in its usual spelling: ``DE-at`` → ``de-AT``, ``zh-hant`` → ``zh-Hant``.

    Raises ``ValueError`` for what is no tag of a language; whether one is registered is not looked up, but a
    language's name (``english``) or a locale (``en_US``) is no tag.
    """
    if not tag.isascii() or _TAG.fullmatch(tag.lower()) is None:
        raise ValueError(f"no language tag: {tag!r}")
    first, *rest = tag.lower().split("-")
    spelt = [first]
    for place, part in enumerate(rest):
        if len(part) == 1:  # what follows a singleton stays in small letters
            spelt += rest[place:]
            break
        if len(part) == _SCRIPT and part.isalpha():
            part = part.title()
        spelt.append(part.upper() if len(part) == _REGION else part)
    return "-".join(spelt)


def primary(tag: str) -> str:
    """Return the language alone, without script and region: ``pt-BR`` → ``pt``."""
    return tag.partition("-")[0].lower()


def is_english(tag: str) -> bool:
    """Return whether a text is said to be English."""
    return primary(tag) == ENGLISH


def is_dotless(tag: str) -> bool:
    """Return whether a language writes i with and without a dot as two letters, as Turkish does."""
    return primary(tag) in _DOTLESS


def lower(text: str, language: str) -> str:
    """Return a text in small letters as its language writes them: Turkish ``I`` → ``ı``."""
    if is_dotless(language):
        text = text.replace("I\u0307", "i").replace("İ", "i").replace("I", "ı")
    return text.lower()


def upper(text: str, language: str) -> str:
    """Return a text in capitals as its language writes them: Turkish ``i`` → ``İ``."""
    if is_dotless(language):
        text = text.replace("i", "İ")
    return text.upper()
