"""Who runs an English encoder on a corpus in another language is warned."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells_cli import call

ROWS = "Anna B-PER\nbor O\n\nBo B-PER\nsejler O\n\n"


@pytest.mark.parametrize(
    ("language", "backbone", "warned"),
    [("da", "mini", True), ("en-GB", "mini", False), ("und", "mini", False)],
)
def test_it_is_warned_of(tmp_path: Path, language: str, backbone: str, warned: bool) -> None:
    folder = tmp_path / "skibe"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        (folder / f"{split}.txt").write_text(ROWS, encoding="utf-8")
    (folder / "domain.toml").write_text(f'language = "{language}"\n', encoding="utf-8")
    options = ("--domain", str(folder), "--source", "sample/news", "--methods", "source-only")
    code, _, err = call("plan", *options, "--backbone", backbone, "--store", str(tmp_path / "store"))
    assert code == 0
    assert (f"the backbone {backbone} has read English alone" in err) is warned


def test_train_warns_before_it_fits(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Anna bor her.", encoding="utf-8")
    (tmp_path / "domain.toml").write_text('language = "da"\n[types.port]\nname = "port"\n', encoding="utf-8")
    (tmp_path / "model").mkdir()
    options = ("--method", "lar-direct", "--domain", str(tmp_path), "--source", "sample/news")
    code, _, err = call("train", *options, "--out", str(tmp_path / "model"), "--store", str(tmp_path / "s"))
    assert code == 2  # the model's folder exists
    assert "warning: the backbone mini has read English alone" in err
