"""Generalists by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmark.domains.corpus import EntityType
from benchmark.errors import UsageError
from benchmark.task import Workspace
from lar.generalists.protocol import Generalist

EMBEDDING, OPENAI, CHOICE = "embedding", "openai", "choice"
NAMES = (EMBEDDING, OPENAI, CHOICE)
CHATS = (OPENAI, CHOICE)  # those that ask a chat model


def check_name(name: str) -> str:
    """Return the name of a generalist; raise ``UsageError`` where it is none."""
    if name not in NAMES:
        raise UsageError(f"unknown generalist {name!r}: use {', '.join(NAMES)}")
    return name


def make_generalist(
    name: str,
    types: Sequence[EntityType],
    *,
    model: str = "gpt-3.5-turbo",
    workspace: Workspace,
    seed: int,
    **options: Any,
) -> Generalist:
    """Make the generalist called ``name`` for the target's declared types.

    ``model`` is the chat model of ``openai`` and ``choice``; ``options`` go to the generalist's class. Raises
    ``UsageError`` for an unknown name. What a generalist needs is imported here, not before.
    """
    check_name(name)
    if name == EMBEDDING:
        from lar.generalists.embedding import EmbeddingGeneralist

        embedding: Generalist = EmbeddingGeneralist(types, workspace=workspace, seed=seed, **options)
        return embedding
    if name == CHOICE:
        from lar.generalists.choice import ChoiceGeneralist

        choice: Generalist = ChoiceGeneralist(types, model=model, workspace=workspace, seed=seed, **options)
        return choice
    from lar.generalists.openai_client import OpenAIGeneralist

    return OpenAIGeneralist(types, model=model, workspace=workspace, seed=seed, **options)
