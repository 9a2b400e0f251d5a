"""How many tokens typing mentions takes, by rule of thumb."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmark.domains.corpus import EntityType
from lar.generalists.prompts import choice_messages, system_text
from lar.generalists.questions import MOST_MENTIONS, MOST_SENTENCES, MOST_WORDS
from larbench.endpoint.prompts import CHARACTERS_PER_TOKEN, TOKENS_PER_WORD
from larbench.endpoint.tokens import TOKENS_PER_REQUEST, Tokens

_TOKENS_PER_SENTENCE = 10  # the JSON around it
_TOKENS_PER_MENTION = 16  # its number, its words, the JSON around them
_TOKENS_PER_ANSWER = 8  # number and type


def estimate(types: Sequence[EntityType], sentences: int, words: int, mentions: int) -> Tokens:
    """Estimate what typing so many mentions takes; questions asked again are not in it.

    ``sentences`` and ``words`` count those sentences that have a mention. Each request repeats the system
    message; requests are counted as if all sentences were short, by the bound that is met first.
    """
    if mentions <= 0:
        return Tokens(0, 0)
    requests = math.ceil(max(sentences / MOST_SENTENCES, words / MOST_WORDS, mentions / MOST_MENTIONS))
    system = len(system_text(tuple(types))) / CHARACTERS_PER_TOKEN + TOKENS_PER_REQUEST
    prompt = (
        requests * system
        + words * TOKENS_PER_WORD
        + sentences * _TOKENS_PER_SENTENCE
        + mentions * _TOKENS_PER_MENTION
    )
    return Tokens(math.ceil(prompt), mentions * _TOKENS_PER_ANSWER)


def estimate_choice(types: Sequence[EntityType], sentences: int, words: int, mentions: int) -> Tokens:
    """Estimate what choosing a type by its letter takes: a request a mention, each with its sentence."""
    if mentions <= 0:
        return Tokens(0, 0)
    system = sum(len(message["content"]) for message in choice_messages(types, {})) / CHARACTERS_PER_TOKEN
    sentence = words / max(1, sentences) * TOKENS_PER_WORD + _TOKENS_PER_MENTION
    return Tokens(math.ceil(mentions * (system + sentence + TOKENS_PER_REQUEST)), mentions)


def longest_answer(candidates: Sequence[Sequence[str]]) -> int:
    """Return ``max_tokens`` for an answer about mentions with these candidates: enough for a wordy layout."""
    return 64 + sum(12 + max(len(name.encode()) for name in names) for names in candidates)
