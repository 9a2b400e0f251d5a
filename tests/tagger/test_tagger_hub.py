"""Models of the hub: their names, and a whole download from a hub on this machine, in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import COMMIT, REPO, HubServer, serving
from toys import write_backbone

from benchmark.errors import UsageError
from larbench.tagger import hub
from larbench.tagger.backbones import HUB_NAMES, fingerprint, hub_model
from larbench.tagger.hub import HubModel, parse_id

OTHER = "f" * 40


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("microsoft/deberta-v3-base", ("microsoft/deberta-v3-base", "main")),
        (f"FacebookAI/xlm-roberta-base@{COMMIT}", ("FacebookAI/xlm-roberta-base", COMMIT)),
        ("a/b@refs/pr/8", ("a/b", "refs/pr/8")),
        ("a/b.c_d-e@v1.0", ("a/b.c_d-e", "v1.0")),
    ],
)
def test_ids_of_the_hub(name: str, expected: tuple[str, str]) -> None:
    assert parse_id(name) == HubModel(*expected)


_NO_IDS = ("bert-base-cased", "/a/b", "./a/b", "../b", "a/b/c", "a/b@", "a/..b", "a--b/c", "a/b.git", "a/")
_NOR = ("https://hub/a/b", "a/b-", "a b/c", "a/b@x y", "a/" + "b" * 100)


@pytest.mark.parametrize("name", _NO_IDS + _NOR)
def test_what_is_no_id_of_the_hub(name: str) -> None:
    assert parse_id(name) is None
    with pytest.raises(UsageError, match="no backbone is called"):
        hub_model(name)


def test_named_models_are_ids_and_base_is_pinned() -> None:
    models = {name: hub_model(name) for name in HUB_NAMES}
    assert models["base"] is not None
    assert models["base"].pinned
    assert models["large"] is not None
    assert (models["base"].repo, models["large"].repo) == (
        "google-bert/bert-base-cased",
        "google-bert/bert-large-cased",
    )


def test_a_folder_comes_before_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "owner" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert hub_model("owner/name") is None
    assert hub_model("owner/other") == HubModel("owner/other", "main")


def test_a_commit_is_known_without_the_files() -> None:
    assert fingerprint(f"nobody/nothing@{OTHER}") == f"hub:nobody/nothing@{OTHER}"
    assert hub.at_commit(HubModel("nobody/nothing", OTHER)).revision == OTHER


# --- a hub that answers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HubServer]:
    folder = write_backbone(tmp_path / "served", cased=True, positions=64)
    (folder / "pytorch_model.bin").write_bytes(b"would be unpickled")
    (folder / "modeling_own.py").write_text("would be run")
    (folder / "README.md").write_text("would be in the way")
    with serving(folder) as running:
        yield running


def _python(server: HubServer, home: Path, *arguments: str, **variables: str) -> Any:
    """Run Python with a cache of its own and this hub."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_HOME": str(home), "HF_ENDPOINT": server.url, "NO_PROXY": "127.0.0.1", **variables}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, cwd=home.parent
    )


_TELL = """
import json, sys
from benchmark.errors import LarbenchError
from larbench.tagger.backbones import find_backbone, fingerprint
told = []
for name in sys.argv[1:]:
    for ask in (fingerprint, find_backbone):
        try:
            told.append(str(ask(name)))
        except LarbenchError as error:
            told.append(f"error: {error}")
print(json.dumps([told, "torch" in sys.modules]))
"""
_TRAIN = """
import sys
from toys import SOURCE
from larbench.tagger.tagger import Tagger
from larbench.tagger.train import Recipe
tagger = Tagger.fresh(("person", "city"), sys.argv[1], seed=1)
tagger.fit(SOURCE.train, Recipe(epochs=1), seed=1)
again = Tagger.from_files(tagger.to_files())
assert again.predict(SOURCE.dev) == tagger.predict(SOURCE.dev)
print(tagger.model.encoder.config._name_or_path)
"""


def _told(done: Any) -> list[str]:
    assert done.returncode == 0, done.stderr
    told, torch = json.loads(done.stdout)
    assert not torch
    return list(told)


def test_a_pinned_model_is_downloaded_when_it_is_used_and_works_offline_after(
    server: HubServer, tmp_path: Path
) -> None:
    home, name = tmp_path / "home", f"{REPO}@{COMMIT}"
    toys = {"PYTHONPATH": str(Path(__file__).parents[1])}
    first = _python(server, home, "-c", _TRAIN, name, **toys)
    assert first.returncode == 0, first.stderr
    assert server.downloaded == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    }
    asked = len(server.asked)
    offline = _told(_python(server, home, "-c", _TELL, name, REPO, HF_HUB_OFFLINE="1"))
    assert len(server.asked) == asked
    assert offline[0] == f"hub:{REPO}@{COMMIT}"
    assert f"snapshots/{COMMIT}" in offline[1].replace("\\", "/")
    # the branch was never fetched: it stands for nothing here
    assert offline[2].startswith(f"error: found no copy of {REPO} in the local hub cache")
    online = _told(_python(server, home, "-c", _TELL, name))
    assert len(server.asked) == asked  # what is there is not asked for again
    assert online == offline[:2]


def test_a_branch_means_what_was_fetched(server: HubServer, tmp_path: Path) -> None:
    home = tmp_path / "home"
    before = _told(_python(server, home, "-c", _TELL, REPO))
    assert all(
        line.startswith("error: ") and f"python -m larbench.tagger fetch {REPO}" in line for line in before
    )
    assert server.asked == []  # planning asks the network nothing

    fetched = _python(server, home, "-m", "larbench.tagger", "fetch", REPO, "mini")
    assert fetched.returncode == 0, fetched.stderr
    assert fetched.stdout.splitlines()[0].startswith(f"{REPO}: hub:{REPO}@{COMMIT}, weights sha256:")
    assert fetched.stdout.splitlines()[1].startswith("mini: sha256:")
    after = _told(_python(server, home, "-c", _TELL, REPO, HF_HUB_OFFLINE="1"))
    assert after[0] == f"hub:{REPO}@{COMMIT}"
    assert f"snapshots/{COMMIT}" in after[1].replace("\\", "/")

    blob = next((home / "hub").glob("models--*/snapshots/*/model.safetensors")).resolve()
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1
    blob.write_bytes(content)
    damaged = _told(_python(server, home, "-c", _TELL, REPO, HF_HUB_OFFLINE="1"))
    assert "damaged" in damaged[1]
    assert blob.name in damaged[1]


def test_what_cannot_be_had_is_said(server: HubServer, tmp_path: Path) -> None:
    home, name = tmp_path / "home", f"{REPO}@{COMMIT}"
    (server.folder / "model.safetensors").unlink()
    pinned, _, absent, offline = (
        *_told(_python(server, home, "-c", _TELL, name))[1:],
        "",
        *_told(_python(server, home, "-c", _TELL, f"tiny/absent@{OTHER}"))[1:],
        *_told(_python(server, home, "-c", _TELL, f"tiny/absent@{OTHER}", HF_HUB_OFFLINE="1"))[1:],
    )
    assert "model.safetensors" in pinned
    assert "refs/pr/" in pinned
    assert "could not be fetched" in absent
    assert "404" in absent
    assert server.url not in absent  # an address may hold credentials
    assert "HF_HUB_OFFLINE is set" in offline
    done = _python(server, home, "-m", "larbench.tagger", "fetch", "tiny/absent")
    assert done.returncode == 2
    assert done.stderr.startswith("error: found no copy of tiny/absent")


def test_a_download_that_broke_off_is_taken_up_again(server: HubServer, tmp_path: Path) -> None:
    home, name = tmp_path / "home", f"{REPO}@{COMMIT}"
    server.broken = {"tokenizer.json"}
    broken = _told(_python(server, home, "-c", _TELL, name))
    assert "could not be fetched" in broken[1]
    still = _told(_python(server, home, "-c", _TELL, name, HF_HUB_OFFLINE="1"))
    assert "HF_HUB_OFFLINE is set" in still[1]  # half of it is not taken for the whole
    server.broken = set()
    whole = _told(_python(server, home, "-c", _TELL, name))
    assert f"snapshots/{COMMIT}" in whole[1].replace("\\", "/")
