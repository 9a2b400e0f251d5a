"""``python -m lar align``: from type texts alone, from corpora, what it prints, writes, refuses."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from toys import SOURCE, TARGET

import lar.commands.align_domains
from benchmark.errors import LarbenchError, UsageError
from lar.alignment.similarity import SIMILARITIES, TYPE_TEXTS
from lar.alignment.solvers import SOLVERS
from lar.commands import cli
from lar.commands.align import _CHOICES
from lar.commands.quality_table import COMPARED


def align(*words: str) -> str:
    done = CliRunner().invoke(cli, ["align", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def toy_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand the toy world in for the corpora of one's own."""
    domains = {"toys/source": SOURCE, "toys/target": TARGET}
    monkeypatch.setattr(lar.commands.align_domains, "load_domain", lambda name, **_: domains[name])


def test_the_options_are_those_of_the_library() -> None:
    assert sorted(_CHOICES["--solver"]) == sorted(SOLVERS)
    assert sorted(_CHOICES["--type-text"]) == sorted(TYPE_TEXTS)
    assert sorted(_CHOICES["--similarity"]) == sorted(SIMILARITIES)


def test_help_imports_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys; from lar.commands import cli; cli(['align', '--help'], standalone_mode=False);"
        "sys.exit(bool({'torch', 'transformers', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--type-text" in done.stdout


def test_type_texts_alone_make_table_files_and_quality(tiny_backbone: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--target", "politics", "--target", "music", "--backbone", tiny_backbone)
    shown = align(*words, "--quality", "--out", str(out))
    assert "conll2003 → politics" in shown and "conll2003 → music" in shown
    assert "politicalparty" in shown and "one to one" in shown
    forms = [f"{name}.{form}" for name in ("music", "politics") for form in ("json", "png", "svg")]
    assert sorted(file.name for file in out.iterdir()) == [*forms, "quality.csv", "quality.md"]
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    align(*words, "--quality", "--out", str(out))
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    about = json.loads((out / "music.json").read_text("utf-8"))["about"]
    assert about == {"source": "conll2003", "target": "music", "backbone": Path(tiny_backbone).name}
    with (out / "quality.csv").open(newline="") as file:
        assert [row["domain"] for row in csv.DictReader(file)] == ["politics", "music", "average"]
    assert json.loads((out / "politics.json").read_text("utf-8"))["pairs"]["person"] == "person"


def test_the_sample_has_its_own_source_and_json_is_for_machines(tiny_backbone: str) -> None:
    words = ("--corpus", "sample", "--target", "ai", "--backbone", tiny_backbone, "--json")
    found = json.loads(align(*words))["ai"]
    assert len(found["target_types"]) == 14 and len(found["source_types"]) == 4


def test_a_folder_is_aligned_with_the_types_of_conll2003_which_the_package_holds(
    tiny_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("harbour").mkdir()
    Path("harbour/notes.txt").write_text("Anna left Oslo .\n", "utf-8")
    types = '[types.sailor]\nname = "sailor"\n[types.port]\nname = "port"\n'
    Path("harbour/domain.toml").write_text(types, "utf-8")
    shown = align("--target", "harbour", "--backbone", tiny_backbone)
    assert "conll2003 → harbour" in shown and "organisation" in shown and "port" in shown
    found = json.loads(align("--target", "./harbour", "--backbone", tiny_backbone, "--json"))
    assert found["./harbour"]["target_types"] == ["sailor", "port"]


def test_all_and_compare_name_every_setting(tiny_backbone: str) -> None:
    shown = align("--all", "--compare", "--backbone", tiny_backbone, "--threshold", "0.5", "--solver", "none")
    assert shown.count("## none, kinds, cosine") == 1
    for choice in COMPARED:
        assert f"| {choice.solver}, {choice.type_text}, {choice.similarity} " in shown
    for name in ("politics", "science", "music", "literature", "ai"):
        assert f"→ {name}:" in shown


@pytest.mark.parametrize("setting", ["zero-shot", "supervised"])
@pytest.mark.parametrize("words", [("--solver", "source-votes"), ("--type-text", "prototypes")])
def test_votes_and_prototypes_read_the_corpora(
    toy_domains: None, tiny_backbone: str, tmp_path: Path, setting: str, words: tuple[str, ...]
) -> None:
    own = ("--source", "toys/source", "--target", "toys/target", "--json")
    where = ("--backbone", tiny_backbone, "--store", str(tmp_path / "store"), "--setting", setting)
    found = json.loads(align(*own, *words, *where))["toys/target"]
    assert found["target_types"] == list(TARGET.type_names)
    assert [sum(row) for row in found["weights"]] == pytest.approx([1] * len(TARGET.types), abs=1e-5)
    assert words[1] in (found["solver"], found["type_text"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing to align"),
        (("--target", "poltics"), "unknown domain 'poltics' of crossner: use conll2003, politics"),
        (("--target", "ai", "--source", "news"), "unknown domain 'news'"),
        (("--target", "x"), r"unknown domain 'x' of crossner: .* or a folder"),
    ],
)
def test_wrong_usage_ends_in_one_line(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        align(*words)


def test_what_needs_corpora_says_so_without_them(tmp_path: Path) -> None:
    with pytest.raises(LarbenchError, match=r"crossner|CrossNER"):
        align("--target", "ai", "--solver", "source-votes", "--data-dir", str(tmp_path / "none"))
