"""The client against a server that others wrote: ``transformers serve`` with a model made on the spot.

The model's weights are random, so its answers are babble: each is asked for once more and falls back. What is
tested is that a foreign server understands what is sent, and that its replies are read and accounted for.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mention_tools import Make, account, sentence

from larbench.endpoint.config import Endpoint
from larbench.endpoint.policy import Policy

MISSING = [
    name for name in ("fastapi", "uvicorn", "openai", "accelerate") if importlib.util.find_spec(name) is None
]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"transformers serve needs {', '.join(MISSING)}"),
]
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny causal language model with a chat template, in the format of the model hub."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "babble"
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate([*letters, "<s>", "</s>"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=8192,
        bos_token_id=vocabulary["<s>"],
        eos_token_id=vocabulary["</s>"],
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def serving(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of ``transformers serve``; the test is skipped where it does not come up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    code = "from transformers.cli.transformers import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            for _ in range(600):
                if process.poll() is not None or _answers(f"http://127.0.0.1:{port}/health"):
                    break
                time.sleep(0.2)
            if process.poll() is not None:
                pytest.fail(f"transformers serve ended: {log.read_text()[-2000:]}")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_transformers_serve_is_asked_and_each_mention_accounted_for(
    serving: str, model_folder: Path, generalist: Make
):
    asked = [sentence("Anna swam in the Ems", "Anna", "Ems"), sentence("the Skyway", "Skyway")]
    options = {"model": str(model_folder), "endpoint": Endpoint(serving, "none")}
    model = generalist(policy=Policy(concurrency=1, tries=2), **options)
    answers = model.answer(asked)
    notes = account(model)
    assert [len(answer) for answer in answers] == [2, 1]
    assert notes["mentions"] == 3
    assert notes["not_asked"] == 0
    assert notes["requests"] >= 1, notes
    assert notes["prompt_tokens"] > 500
    assert notes["completion_tokens"] > 0
    assert str(model_folder) in notes["served_model"]
    assert notes["cost_usd"] is None
    assert set(notes["by_fault"]) <= {"malformed", "wrong-count", "unknown-type", "truncated", "empty"}

    again = generalist(policy=Policy(concurrency=1, tries=2), **options)
    assert again.answer(asked) == answers
    assert account(again)["tries"] == 0
