"""The prompts that ask a language model for mentions: template files of this folder, by version.

A version's files do not change once results were published with them; a better prompt is a new version.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from string import Template

from baselines.llm_prompt.align_words import ShownSentence
from baselines.llm_prompt.answers import render_answer
from benchmark.domains.corpus import EntityType, LabelledSentence
from larbench.endpoint.answers import MALFORMED, WHAT_WAS_WRONG
from larbench.endpoint.prompts import hash_templates, read_template, to_json, types_as_json

VERSIONS = ("v1",)
_PARTS = ("system", "user", "again")
_WHAT_WAS_WRONG = {**WHAT_WAS_WRONG, MALFORMED: "it was not one JSON object of the form asked for"}
Message = dict[str, str]


def prompt_hash(version: str) -> str:
    """SHA-256 (16 hex digits) of all templates of a version: part of a cell's identity."""
    return hash_templates((part, _template(version, part)) for part in _PARTS)


def opening(
    version: str, types: Sequence[EntityType], examples: Sequence[LabelledSentence] = ()
) -> list[Message]:
    """Return the messages that every request about a domain begins with: the task, and solved examples."""
    found = [_message("system", system_text(version, tuple(types)))]
    for example in examples:
        found.append(_message("user", user_text(version, example.tokens)))
        found.append(_message("assistant", render_answer(example.mentions, example.tokens)))
    return found


def question(version: str, tokens: Sequence[str], fault: str | None = None) -> Message:
    """Return the message that asks about a sentence; ``fault`` is what made an earlier answer unreadable."""
    return _message("user", user_text(version, tokens, fault))


@cache
def system_text(version: str, types: tuple[EntityType, ...]) -> str:
    """Return the system message, which is the same for every sentence of a domain."""
    return _template(version, "system").substitute(types=types_as_json(types)).strip()


def user_text(version: str, tokens: Sequence[str], fault: str | None = None) -> str:
    """Return the user message about a sentence."""
    data = to_json({"sentence": ShownSentence(tokens).text})
    if fault is None:
        return _template(version, "user").substitute(data=data).strip()
    wrong = _WHAT_WAS_WRONG.get(fault, "it could not be read")
    return _template(version, "again").substitute(data=data, fault=wrong).strip()


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _template(version: str, part: str) -> Template:
    return read_template(__name__, f"{version}-{part}.txt")
