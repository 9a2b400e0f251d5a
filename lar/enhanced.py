"""The method ``lar-enhanced``: LAR with a generalist that corrects direct inference.

Apart from ``lar.method``, so that what is particular to generalists (prompts, clients) is no part of the
identity of cells that ask none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from benchmark.domains.corpus import Domain
from benchmark.errors import UsageError
from benchmark.task import ZERO_SHOT, Task
from lar.generalists.estimate import estimate, estimate_choice
from lar.generalists.make import CHATS, CHOICE, EMBEDDING, OPENAI, check_name, make_generalist
from lar.generalists.prompts import CHOICE_TEMPLATES, TEMPLATES, prompt_hash
from lar.generalists.protocol import Generalist
from lar.method import SOURCE_SENTENCES, LarDirect
from lar.training.base import SOURCE_ONLY
from larbench.endpoint.config import missing_endpoint, model_label
from larbench.endpoint.prices import price_of
from larbench.endpoint.tokens import Tokens

MENTIONS_PER_SENTENCE = 4  # for estimates of cost, as are these
WORDS_PER_SOURCE_SENTENCE = 20


class LarEnhanced(LarDirect):
    """LAR with enhanced inference: a generalist types each mention in its context.

    Direct inference ranks the candidates; what the generalist answers outweighs it (``lar.generalists``).
    In the supervised setting it types the mentions of the source that are reassigned.

    Parameters
    ----------
    generalist : str
        ``embedding`` (the backbone itself, no key needed); or any endpoint that speaks OpenAI's protocol
        (``OPENAI_API_KEY``, ``OPENAI_BASE_URL``): ``openai``, which writes types, or ``choice``, which
        chooses them by a letter and says how likely each is, where the endpoint gives log-probabilities.
    llm_model : str
        The chat model that ``openai`` or ``choice`` asks.
    llm_revision : str or None
        Which weights stand behind that name, where it has had others: part of the identity and of the label.
    backbone, base, rounds, zero_shot_words, joint_epochs, self_rounds, epochs, quick, oracle : object
        As in ``LarDirect``.
    """

    max_lost: ClassVar[float] = 0.02  # what is lost falls back to direct inference
    reading: ClassVar[str] = "as lar-direct, but a generalist types each mention among ranked candidates"

    def __init__(
        self,
        *,
        generalist: str = "embedding",
        llm_model: str = "gpt-3.5-turbo",
        llm_revision: str | None = None,
        backbone: str = "mini",
        base: str = SOURCE_ONLY,
        rounds: int = 3,
        zero_shot_words: int = 40_000,
        joint_epochs: int = 3,
        self_rounds: int = 2,
        epochs: int = 2,
        quick: bool = False,
        oracle: float | None = None,
    ) -> None:
        super().__init__(
            backbone=backbone,
            base=base,
            rounds=rounds,
            zero_shot_words=zero_shot_words,
            joint_epochs=joint_epochs,
            self_rounds=self_rounds,
            epochs=epochs,
            quick=quick,
            oracle=oracle,
        )
        self.generalist = check_name(generalist)
        self.llm_model = llm_model
        self.llm_revision = llm_revision

    def variant(self) -> str:
        """Return the generalist, ``embedding`` or the chat model and how it is asked, and another base."""
        model = model_label(self.llm_model, self.llm_revision)
        by_letter = {EMBEDDING: EMBEDDING, CHOICE: f"{model} by choice"}
        generalist = by_letter.get(self.generalist, model)
        base = super().variant()
        return generalist if base is None else f"{base}, {generalist}"

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run: a setting it is not made for, or no endpoint for ``openai``."""
        missing = missing_endpoint() if self.generalist in CHATS else None
        return super().skip(setting) or missing

    def components(self) -> Mapping[str, str]:
        """Return the parts of ``LarDirect``, and of a chat model the hash of its prompts."""
        used = {OPENAI: TEMPLATES, CHOICE: CHOICE_TEMPLATES}.get(self.generalist)
        prompts = {} if used is None else {"prompts": prompt_hash(used)}
        return {**super().components(), **prompts}

    def save(self, folder: Path) -> None:
        """Write what was fitted; ``UsageError`` where a chat model answers at prediction."""
        if self.generalist in CHATS and self.setting_ == ZERO_SHOT:
            raise UsageError(f"{self.llm_model} answers at prediction, and cannot be saved: use lar-direct")
        super().save(folder)

    def estimate_tokens(self, target: Domain, setting: str) -> int:
        """Return about how many tokens the chat model will be sent and asked for."""
        return self._estimate(target, setting).total

    def estimate_dollars(self, target: Domain, setting: str) -> float | None:
        """Return the price of ``estimate_tokens``; None where the model's price is not known."""
        if self.generalist not in CHATS:
            return 0.0
        return self._estimate(target, setting).dollars(price_of(self.llm_model))

    def _estimate(self, target: Domain, setting: str) -> Tokens:
        if self.generalist not in CHATS:
            return Tokens(0, 0)
        if setting == ZERO_SHOT:  # teacher and student predict test together
            sentences = [*target.train, *target.dev, *target.test]
            count, words = len(sentences), sum(len(sentence.tokens) for sentence in sentences)
        else:
            count, words = SOURCE_SENTENCES, SOURCE_SENTENCES * WORDS_PER_SOURCE_SENTENCE
        guess = estimate_choice if self.generalist == CHOICE else estimate
        return guess(target.types, count, words, MENTIONS_PER_SENTENCE * count)

    def _generalist(self, task: Task, seed: int) -> Generalist:
        own = {"backbone": self.backbone}
        options = own if self.generalist == EMBEDDING else {"revision": self.llm_revision}
        return make_generalist(
            self.generalist,
            task.target.types,
            model=self.llm_model,
            workspace=task.workspace,
            seed=seed,
            **options,
        )
