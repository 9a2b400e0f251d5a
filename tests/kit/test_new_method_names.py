"""What ``new-method`` refuses, and that it writes a whole package or nothing."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmark.errors import InputError, UsageError
from larbench import new_method
from larbench.new_method import check_name, write_package

WORD = st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "Tagger",
        "1st",
        "-x",
        "x-",
        "x--y",
        "x_y",
        "x y",
        "x.y",
        "../x",
        "/x",
        "x/y",
        "é",
        "x\n",
        "{{x}}",
    ],
)
def test_a_name_of_another_form_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected small letters and digits"):
        write_package(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_method_that_is_installed_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'fine-tune' is installed already \(baselines\.fine_tune"):
        check_name("fine-tune")


def test_a_long_name_is_refused() -> None:
    check_name("x" * 40)
    with pytest.raises(UsageError, match="41 letters; the most is 40"):
        check_name("x" * 41)


@given(words=st.lists(WORD, min_size=1, max_size=3))
def test_whatever_it_is_called_the_package_is_python_and_the_entry_point_leads_to_a_class(
    words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = write_package("x-" + "-".join(words), tmp_path_factory.mktemp("any"))
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    ((name, point),) = project["project"]["entry-points"]["larbench.methods"].items()
    module, _, title = point.partition(":")
    trees = {path: ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")}
    method = trees[folder / (module.replace(".", "/") + ".py")]
    assert [node.name for node in method.body if isinstance(node, ast.ClassDef)] == [title]
    assert folder.name == f"larbench-{name}" == project["project"]["name"]
    assert project["tool"]["setuptools"]["packages"] == [module.partition(".")[0]]


def test_no_template_is_left_out() -> None:
    folder = Path(new_method.__file__).parent / "templates"
    assert {path.name for path in folder.iterdir()} == set(new_method._TEMPLATES)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder = write_package("mine", tmp_path)
    (folder / "larbench_mine" / "method.py").write_text("changed", encoding="utf-8")
    before = content(tmp_path)
    with pytest.raises(UsageError, match="exists already"):
        write_package("mine", tmp_path)
    assert content(tmp_path) == before


def test_a_link_to_nowhere_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "larbench-mine").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="exists already"):
        write_package("mine", tmp_path)
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder: make it first"):
        write_package("mine", tmp_path / "absent")


def test_where_writing_fails_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def full(path: Path, text: str, encoding: str) -> None:
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match=r"larbench-mine: found No space left.*; expected a folder"):
        write_package("mine", tmp_path)
    assert len(written) == 3
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(new_method.new_method, ["mine", "--into", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert f"pip install -e {tmp_path / 'larbench-mine'}" in done.output
    assert "python -m benchmark run --methods mine --suite sample" in done.output
