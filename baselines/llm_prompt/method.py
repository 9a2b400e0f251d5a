"""LLM prompt: a chat model is asked for mentions and types, sentence by sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from baselines.llm_prompt.align_words import AMBIGUOUS, FIRST, align
from baselines.llm_prompt.answers import Reading, answer_schema, read_answer
from baselines.llm_prompt.prompts import VERSIONS, Message, opening, prompt_hash, question, system_text
from baselines.llm_prompt.round_trip import ceiling
from benchmark.domains.corpus import Domain, LabelledSentence, Mention, Sentence
from benchmark.errors import UsageError
from benchmark.method import Method
from benchmark.task import SUPERVISED, Task
from larbench.endpoint.answers import OVERSIZED
from larbench.endpoint.chat import Chat, ChatRequest
from larbench.endpoint.config import missing_endpoint, model_label
from larbench.endpoint.prices import price_of
from larbench.endpoint.prompts import CHARACTERS_PER_TOKEN, TOKENS_PER_WORD
from larbench.endpoint.reply import Reply
from larbench.endpoint.tokens import Tokens
from larbench.endpoint.usage import answers_note

SEARCH: Mapping[str, Sequence[Any]] = {"shots": (0, 5, 10), "ambiguous": AMBIGUOUS}

_TOKENS_PER_SENTENCE = 30  # the JSON around it, and that of the answer
_TOKENS_PER_ANSWER = 20  # of one mention
_MENTIONS_PER_SENTENCE = 4
_LONGEST_ANSWER = 4096

NO_MODEL = "no chat model: name one with --llm-model"


@dataclass(frozen=True)
class _Outcome:
    """What became of one sentence."""

    mentions: list[Mention]
    met: Counter[str]
    asked_again: bool = False
    fault: str | None = None


class LlmPrompt(Method):
    """The "ChatGPT" row of the literature: a chat model lists the mentions of a sentence.

    One request a sentence, by a versioned prompt (``baselines.llm_prompt.prompts``): the declared types with
    their readable names and descriptions, and the sentence. An answer lists words, types and, where words
    stand more than once, which place is meant; ``baselines.llm_prompt.align_words`` brings the words back to
    tokens and counts what it could not. An answer that cannot be read is asked for once more, then the
    sentence has no mention.

    It learns nothing. Zero-shot it sees the types alone; supervised, ``shots`` sentences of the target's
    train split too, solved, as earlier turns of the conversation. No row of a chat model on CrossNER can
    be assumed clean: the text is Wikipedia's, and its labels have been public since 2020.

    It runs only where a model is named: by ``--llm-model``, or by a suite's parameters. A key in the
    environment is there for many purposes, and alone must not make a run spend money.

    Parameters
    ----------
    llm_model : str or None
        The chat model, behind any endpoint that speaks the OpenAI protocol (``OPENAI_API_KEY``,
        ``OPENAI_BASE_URL``); None asks none, and the method is skipped.
    llm_revision : str or None
        Which weights stand behind that name, where it has had others: part of the identity and of the label.
    prompt : str
        Version of the prompt.
    shots : int
        Supervised; how many solved sentences of the target's train split go into each request.
    ambiguous : str
        What to do with words found more than once without an occurrence; see
        ``baselines.llm_prompt.align_words``.
    """

    reading: ClassVar[str] = (
        "a chat model lists mentions and types; words found in the sentence, else dropped"
    )

    def __init__(
        self,
        *,
        llm_model: str | None = None,
        llm_revision: str | None = None,
        prompt: str = "v1",
        shots: int = 5,
        ambiguous: str = FIRST,
    ) -> None:
        self.llm_model = llm_model
        self.llm_revision = llm_revision
        self.prompt = prompt
        self.shots = shots
        self.ambiguous = ambiguous
        self.outcomes_: dict[tuple[str, ...], _Outcome] = {}

    def variant(self) -> str | None:
        """Return the chat model, if one is named, with its revision."""
        return self.llm_model and model_label(self.llm_model, self.llm_revision)

    def skip(self, setting: str) -> str | None:
        """Return why it cannot run: a setting it is not made for, no endpoint, no model named."""
        missing = [missing_endpoint(), None if self.llm_model else NO_MODEL]
        return super().skip(setting) or "; ".join(reason for reason in missing if reason) or None

    def components(self) -> Mapping[str, str]:
        """Return the hash of the prompt."""
        return {"prompts": prompt_hash(self._version())}

    def fit(self, task: Task, seed: int) -> Self:
        """Choose the solved sentences; nothing is asked."""
        self.chat_ = self._chat(task, seed)
        self.types_ = task.target.types
        self.examples_ = choose_examples(task.target.train, self.shots if task.setting == SUPERVISED else 0)
        self.opening_ = opening(self._version(), self.types_, self.examples_)
        self.outcomes_ = {}
        visible = [*task.target.train, *task.target.dev]
        self.ceiling_ = ceiling(visible, self.types_) if visible else None
        return self

    def predict(self, sentences: Sequence[Sentence | LabelledSentence]) -> list[list[Mention]]:
        """Ask about each distinct sentence once, and return what the answers mean."""
        distinct = dict.fromkeys(s.tokens for s in sentences if s.tokens)
        self._ask([tokens for tokens in distinct if tokens not in self.outcomes_])
        return [list(self.outcomes_[s.tokens].mentions) if s.tokens else [] for s in sentences]

    def estimate_tokens(self, target: Domain, setting: str) -> int:
        """Return about how many tokens dev and test take; questions asked again are not in it."""
        return self._estimate(target, setting).total

    def estimate_dollars(self, target: Domain, setting: str) -> float | None:
        """Return the price of ``estimate_tokens``; None where the model's price is not known."""
        return self._estimate(target, setting).dollars(price_of(self.llm_model) if self.llm_model else None)

    def notes(self) -> Mapping[str, Any]:
        """Return the prompt, what became of all answers, the ceiling of the form, and what was spent.

        ``round_trip`` is the F1 (times 100) of the gold mentions that the setting shows, rendered as an
        answer and read back; None where it shows none.
        """
        met: Counter[str] = Counter()
        faults: Counter[str] = Counter()
        for outcome in self.outcomes_.values():
            met += outcome.met
            faults.update([outcome.fault] if outcome.fault is not None else [])
        asked = getattr(self, "chat_", None)
        answers = answers_note("sentences", len(self.outcomes_), faults)
        return {
            "reading": self.reading,
            "prompt": {"version": self.prompt, "hash": prompt_hash(self._version())},
            "examples": [example.id for example in getattr(self, "examples_", ())],
            "round_trip": getattr(self, "ceiling_", None),
            "sentences": {
                "asked": len(self.outcomes_),
                "asked_again": sum(outcome.asked_again for outcome in self.outcomes_.values()),
                "lost": dict(sorted(faults.items())),
            },
            "answers": dict(sorted(met.items())),
            **({} if asked is None else {"llm": {**asked.notes()["llm"], **answers}}),
        }

    def _chat(self, task: Task, seed: int) -> Chat:
        if not self.llm_model:
            raise UsageError(NO_MODEL)
        return Chat(self.llm_model, workspace=task.workspace, seed=seed, revision=self.llm_revision)

    def _estimate(self, target: Domain, setting: str) -> Tokens:
        sentences = [*target.dev, *target.test]
        words = sum(len(sentence.tokens) for sentence in sentences)
        answer = _TOKENS_PER_SENTENCE + _MENTIONS_PER_SENTENCE * _TOKENS_PER_ANSWER
        fixed = len(system_text(self._version(), target.types)) / CHARACTERS_PER_TOKEN
        if setting == SUPERVISED:
            examples = choose_examples(target.train, self.shots)
            shown = sum(len(example.tokens) for example in examples)
            fixed += shown * TOKENS_PER_WORD + len(examples) * answer
        prompt = len(sentences) * fixed + words * TOKENS_PER_WORD
        return Tokens(math.ceil(prompt), len(sentences) * answer)

    def _version(self) -> str:
        if self.prompt not in VERSIONS:
            raise UsageError(f"unknown prompt {self.prompt!r}: use {', '.join(VERSIONS)}")
        return self.prompt

    def _ask(self, sentences: Sequence[tuple[str, ...]]) -> None:
        first = self._read(sentences, dict.fromkeys(sentences))
        unread = {tokens: reading.fault for tokens, (reading, again) in first.items() if again}
        second = self._read(list(unread), unread, last=True)
        for tokens in sentences:
            reading, _ = second.get(tokens, first[tokens])
            aligned = align(reading.mentions, tokens, ambiguous=self.ambiguous)
            self.outcomes_[tokens] = _Outcome(
                aligned.mentions, aligned.met + reading.met, tokens in second, reading.fault
            )

    def _read(
        self,
        sentences: Sequence[tuple[str, ...]],
        faults: Mapping[tuple[str, ...], str | None],
        *,
        last: bool = False,
    ) -> dict[tuple[str, ...], tuple[Reading, bool]]:
        """Ask about sentences; return what was read of each, and whether asking again may help."""
        if not sentences:
            return {}
        requests = [self._request(tokens, faults[tokens]) for tokens in sentences]
        readable = {kind.name: kind.readable for kind in self.types_}
        found = {}

        def usable(reply: Reply) -> bool:  # a first answer that cannot be read has led to a second question
            return not last or _read_reply(reply, readable).fault is None

        for tokens, reply in zip(sentences, self.chat_.ask(requests, usable), strict=True):
            if isinstance(reply, str):  # lost: the client tried again where that may help
                found[tokens] = Reading(fault=reply), False
                continue
            reading = _read_reply(reply, readable)
            found[tokens] = reading, reading.fault is not None
        return found

    def _request(self, tokens: tuple[str, ...], fault: str | None) -> ChatRequest:
        messages: list[Message] = [*self.opening_, question(self.prompt, tokens, fault)]
        schema = answer_schema([kind.name for kind in self.types_])
        return ChatRequest(tuple(messages), schema, longest_answer(tokens))


def _read_reply(reply: Reply, readable: Mapping[str, str]) -> Reading:
    if reply.oversized:
        return Reading(fault=OVERSIZED)
    return read_answer(reply.text, readable, cut=reply.cut)


def longest_answer(tokens: Sequence[str]) -> int:
    """Return ``max_tokens`` for an answer about a sentence: enough for every other word to be a mention."""
    return min(_LONGEST_ANSWER, 128 + sum(len(token.encode(errors="replace")) + 12 for token in tokens))


def choose_examples(sentences: Sequence[LabelledSentence], count: int) -> list[LabelledSentence]:
    """Return ``count`` sentences that show the types evenly, in their own order; fewer where there are fewer.

    One after the other is taken that adds most types of which fewest were shown, the earliest of equals; so
    the choice depends on the corpus alone.
    """
    shown: Counter[str] = Counter()
    left = dict(enumerate(sentences))
    chosen: list[int] = []
    while left and len(chosen) < count:

        def worth(number: int) -> float:
            return sum(1.0 / (1 + shown[kind]) ** 2 for kind in {m.type for m in left[number].mentions})

        best = max(left, key=lambda number: (worth(number), -number))
        shown.update({mention.type for mention in left.pop(best).mentions})
        chosen.append(best)
    return [sentences[number] for number in sorted(chosen)]
