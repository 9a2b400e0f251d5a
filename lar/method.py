"""The methods ``lar-direct`` and ``lar-enhanced``: align types, reassign labels, train on the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from benchmark.domains.corpus import Domain, Mention, Sentence
from benchmark.task import SUPERVISED, ZERO_SHOT, Task
from lar.base import SOURCE_ONLY, base_code
from lar.generalists import check_name, missing_endpoint, prompt_hash
from lar.generalists.asked import Generalist
from tagger.method import TaggerMethod

OPENAI = "openai"
SOURCE_SENTENCES = 500  # of the reassigned source: a share of each joint epoch, not its bulk
MENTIONS_PER_SENTENCE = 4  # for estimates of cost, as are these
WORDS_PER_SOURCE_SENTENCE = 20


class LarDirect(TaggerMethod):
    """LAR with direct inference (Bao and Yang, arXiv 2407.17344), as this project reads it.

    1. A tagger with source types finds mentions; the Hungarian algorithm aligns the embedded types
       (``lar.alignment``), and a target type without a partner attaches softly to those it resembles.
    2. Each mention gets a distribution over target types from similarities and the alignment
       (``lar.direct``); mentions of types that the source lacks are looked for (``lar.further``).
    3. Zero-shot: the reassigned unlabelled target text (tokens of train and dev) trains a target tagger in
       up to ``rounds`` rounds, and both answer together (``lar.student``). Supervised: the reassigned source
       joins the target's labelled sentences; then the student learns from those and from what it believes
       of the target's unlabelled text.

    What the description leaves open was chosen on the dev set of politics for all domains (zero-shot);
    in the supervised setting the epoch is chosen on the target's own dev. See docs/lar.md.

    Parameters
    ----------
    backbone: as in ``TaggerMethod``.
    base: the method whose tagger finds the mentions: any that tags with source types without target labels.
    solver, type_text, similarity, context, prior, reassign, further: see ``lar.teacher.Choices``.
    rounds: zero-shot; rounds of self-training at most, 0 for inference alone.
    zero_shot_words: zero-shot; words of target text that the first round passes over.
    joint_epochs: supervised; passes over reassigned source and labelled target together.
    self_rounds, epochs: supervised; rounds of self-training that follow, and passes in each over labelled
        target and the rest of the target's text.
    oracle: the probability with which the harness corrects a type afterwards; for ablations, never a rank.
    """

    reading: ClassVar[str] = (
        "Hungarian core, other target types attach softly; direct inference; a target tagger on the result"
    )

    def __init__(
        self,
        *,
        backbone: str = "mini",
        base: str = SOURCE_ONLY,
        solver: str = "hungarian",
        type_text: str = "both",
        similarity: str = "cosine",
        context: bool = True,
        prior: bool = True,
        reassign: bool = True,
        further: bool = True,
        rounds: int = 3,
        zero_shot_words: int = 40_000,
        joint_epochs: int = 3,
        self_rounds: int = 2,
        epochs: int = 2,
        oracle: float | None = None,
    ) -> None:
        super().__init__(backbone=backbone)
        self.base = base
        self.solver = solver
        self.type_text = type_text
        self.similarity = similarity
        self.context = context
        self.prior = prior
        self.reassign = reassign
        self.further = further
        self.rounds = rounds
        self.zero_shot_words = zero_shot_words
        self.joint_epochs = joint_epochs
        self.self_rounds = self_rounds
        self.epochs = epochs
        self.oracle = oracle

    def variant(self) -> str | None:
        """Return the base, where it is not the source tagger alone."""
        return None if self.base == SOURCE_ONLY else self.base

    def components(self) -> Mapping[str, str]:
        """Return the backbone's fingerprint, and the code of a base other than the source tagger."""
        parts = dict(super().components())
        if self.base != SOURCE_ONLY:
            parts |= {f"base.{name}": digest for name, digest in base_code(self.base).items()}
        return parts

    def fit(self, task: Task, seed: int) -> Self:
        """Fit the teacher, reassign, and train the target tagger."""
        from lar.base import base_key, base_tagger
        from lar.student import supervised_student, zero_shot_student
        from lar.teacher import Choices, Teacher

        generalist = self._generalist(task, seed)
        self.generalist_ = generalist
        choices = Choices(
            solver=self.solver,
            type_text=self.type_text,
            similarity=self.similarity,
            context=self.context,
            prior=self.prior,
            reassign=self.reassign,
            further=self.further,
        )
        tagger = base_tagger(task, self.base, self.backbone, seed)
        key = base_key(task, self.base, self.backbone, seed)
        self.teacher_ = Teacher.fit(task, tagger, choices, key=key, generalist=generalist)
        self.notes_ = {"alignment": self.teacher_.alignment.to_json()}
        if task.setting == SUPERVISED:
            self.tagger_, noted = supervised_student(
                self.teacher_,
                task,
                seed,
                source_sentences=SOURCE_SENTENCES,
                joint_epochs=self.joint_epochs,
                rounds=self.self_rounds,
                epochs=self.epochs,
            )
        else:
            self.pair_, noted = zero_shot_student(
                self.teacher_, seed, words=self.zero_shot_words, rounds=self.rounds
            )
        self.notes_.update(noted)
        self.setting_ = task.setting
        return self

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Mention]]:
        """Return the mentions on the most probable legal tag path of each sentence."""
        if self.setting_ == SUPERVISED:
            return super().predict(sentences)
        return self.pair_.predict(sentences)

    def notes(self) -> Mapping[str, Any]:
        """Return what the last ``fit`` noted, and what a generalist was asked since."""
        generalist = getattr(self, "generalist_", None)
        return {**super().notes(), **({} if generalist is None else generalist.notes())}

    def _generalist(self, task: Task, seed: int) -> Generalist | None:
        """Return what types mentions in the place of direct inference; None here."""
        del task, seed
        return None


class LarEnhanced(LarDirect):
    """LAR with enhanced inference: a generalist types each mention in its context.

    Direct inference ranks the candidates; what the generalist answers outweighs it (``lar.generalists``).
    In the supervised setting it types the mentions of the source that are reassigned.

    Parameters
    ----------
    generalist: ``embedding`` (the backbone itself, no key needed) or ``openai``, any endpoint that speaks
        its protocol (``OPENAI_API_KEY``, ``OPENAI_BASE_URL``).
    llm_model: the chat model that ``openai`` asks.
    The others: as in ``LarDirect``.
    """

    reading: ClassVar[str] = "as lar-direct, but a generalist types each mention among ranked candidates"

    def __init__(
        self,
        *,
        generalist: str = "embedding",
        llm_model: str = "gpt-3.5-turbo",
        backbone: str = "mini",
        base: str = SOURCE_ONLY,
        rounds: int = 3,
        zero_shot_words: int = 40_000,
        joint_epochs: int = 3,
        self_rounds: int = 2,
        epochs: int = 2,
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
            oracle=oracle,
        )
        self.generalist = check_name(generalist)
        self.llm_model = llm_model

    def variant(self) -> str:
        """Return the generalist, ``embedding`` or the chat model, and the base where it is another."""
        generalist = self.llm_model if self.generalist == OPENAI else self.generalist
        base = super().variant()
        return generalist if base is None else f"{base}, {generalist}"

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run: a setting it is not made for, or no endpoint for ``openai``."""
        missing = missing_endpoint() if self.generalist == OPENAI else None
        return super().skip(setting) or missing

    def components(self) -> Mapping[str, str]:
        """Return the parts of ``LarDirect``, and of a chat model the hash of its prompts."""
        prompts = {"prompts": prompt_hash()} if self.generalist == OPENAI else {}
        return {**super().components(), **prompts}

    def estimate_tokens(self, target: Domain, setting: str) -> int:
        """Return about how many tokens the chat model will be sent and asked for."""
        if self.generalist != OPENAI:
            return 0
        from lar.generalists.estimate import estimate_tokens

        return estimate_tokens(target.types, *_amount(target, setting))

    def estimate_dollars(self, target: Domain, setting: str) -> float | None:
        """Return the price of ``estimate_tokens``; None where the model's price is not known."""
        if self.generalist != OPENAI:
            return 0.0
        from lar.generalists.estimate import estimate_dollars
        from lar.generalists.prices import price_of

        return estimate_dollars(target.types, *_amount(target, setting), price_of(self.llm_model))

    def _generalist(self, task: Task, seed: int) -> Generalist:
        from lar.generalists import make_generalist

        options = {"backbone": self.backbone} if self.generalist == "embedding" else {}
        return make_generalist(
            self.generalist,
            task.target.types,
            model=self.llm_model,
            workspace=task.workspace,
            seed=seed,
            **options,
        )


def _amount(target: Domain, setting: str) -> tuple[int, int, int]:
    """Return how many sentences, words and mentions a chat model will be shown in one cell, about."""
    if setting == ZERO_SHOT:  # teacher and student answer together for test
        sentences = [*target.train, *target.dev, *target.test]
        count, words = len(sentences), sum(len(sentence.tokens) for sentence in sentences)
    else:
        count, words = SOURCE_SENTENCES, SOURCE_SENTENCES * WORDS_PER_SOURCE_SENTENCE
    return count, words, MENTIONS_PER_SENTENCE * count
