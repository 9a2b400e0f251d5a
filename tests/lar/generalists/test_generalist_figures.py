"""Estimates and names: the plain functions beside the asking."""

from __future__ import annotations

import subprocess
import sys

import pytest
from mention_tools import NAMES, TYPES, sentence
from toys import TARGET

from benchmark.errors import UsageError
from benchmark.task import ZERO_SHOT, Workspace
from lar.enhanced import LarEnhanced
from lar.generalists.estimate import estimate, longest_answer
from lar.generalists.make import make_generalist
from lar.generalists.openai_client import OpenAIGeneralist
from lar.generalists.prompts import messages
from lar.generalists.questions import questions_for
from larbench.endpoint.prices import price_of
from larbench.endpoint.tokens import at_most


def test_an_estimate_grows_with_what_is_asked_and_is_near_a_real_prompt():
    assert estimate(TYPES, 0, 0, 0).total == 0
    few = estimate(TYPES, 8, 160, 16)
    assert few.total < estimate(TYPES, 80, 1600, 160).total <= 10 * few.total
    asked = [
        sentence("Anna and Bob Marsh swam in the cold water of the Ems near a bridge .", "Anna", "Ems")
    ] * 8
    question = questions_for(asked, NAMES)
    sent = sum(len(m["content"]) for one in question for m in messages(TYPES, one)) / 4
    estimated = estimate(TYPES, 8, 8 * 15, 16).prompt
    assert 0.7 * sent < estimated < 1.4 * sent
    known, unknown = (
        LarEnhanced(generalist="openai", llm_model=m) for m in ("gpt-3.5-turbo", "nobody-knows-1")
    )
    tokens = known.estimate_tokens(TARGET, ZERO_SHOT)
    dollars = known.estimate_dollars(TARGET, ZERO_SHOT)
    assert unknown.estimate_dollars(TARGET, ZERO_SHOT) is None
    assert 0 < dollars < price_of("gpt-3.5-turbo").dollars(tokens, tokens)


def test_what_is_reserved_is_more_than_what_is_estimated():
    question = questions_for([sentence("Anna swam in the Ems", "Anna", "Ems")], NAMES)[0]
    most = at_most(messages(TYPES, question), longest_answer(question.candidates))
    assert most.total > estimate(TYPES, 1, 5, 2).total


def test_an_unknown_generalist_is_refused_with_the_names_that_there_are():
    with pytest.raises(UsageError, match=r"'gpt'.*embedding, openai, choice"):
        make_generalist("gpt", TYPES, workspace=Workspace(), seed=1)
    made = make_generalist("openai", TYPES, model="m", workspace=Workspace(), seed=1)
    assert isinstance(made, OpenAIGeneralist)
    assert made.name == "m"


def test_importing_the_generalists_imports_neither_openai_nor_torch():
    code = (
        "import sys, lar.generalists, lar.generalists.openai_client, lar.generalists.estimate;"
        "print([name for name in ('openai', 'torch', 'httpx', 'httpx2', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
