from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmark.cells.identity import RULE, differences, identity_hash, make_identity
from benchmark.code import code_digests, dump
from benchmark.errors import UsageError

EXAMPLE = {
    "method": "m",
    "params": {"epochs": 3, "rate": 2e-4, "backbone": "mini"},
    "code": {"m.module": "0123456789abcdef"},
    "components": {"weights": "ff"},
    "setting": "zero-shot",
    "seed": 555,
    "source_hash": "aa",
    "source_limit": None,
    "target_hash": "bb",
}


def test_golden_hash() -> None:
    """Old identities stay valid: change RULE, and this hash, only where every stored cell must go."""
    identity = make_identity(**EXAMPLE) | {"scorer": "1"}
    assert RULE == 1
    assert identity_hash(identity) == "25b9ac28e30b0646adae05972535e9d1bab97e1f6a4bead4b342b8a2abd68638"


@pytest.mark.parametrize(
    ("name", "value", "component"),
    [
        ("method", "n", "method"),
        ("params", {**EXAMPLE["params"], "epochs": 4}, "params.epochs"),
        ("code", {"m.module": "f" * 16}, "code.m.module"),
        ("components", {"weights": "ee"}, "components.weights"),
        ("setting", "supervised", "setting"),
        ("seed", 556, "seed"),
        ("source_hash", "ab", "source"),
        ("source_limit", 100, "source_limit"),
        ("target_hash", "bc", "target"),
    ],
)
def test_each_component_counts_and_is_named(name: str, value: object, component: str) -> None:
    old, new = make_identity(**EXAMPLE), make_identity(**{**EXAMPLE, name: value})
    assert identity_hash(old) != identity_hash(new)
    assert list(differences(old, new)) == [component]


def test_order_of_keys_does_not_count() -> None:
    turned = {**EXAMPLE, "params": dict(reversed(EXAMPLE["params"].items()))}
    assert identity_hash(make_identity(**EXAMPLE)) == identity_hash(make_identity(**turned))


def digest_of(text: str) -> str:
    return dump(ast.parse(text))


def test_docstrings_comments_and_layout_do_not_count() -> None:
    plain = "def f(a):\n    return a + 1\nclass C:\n    x = 1\n"
    dressed = '"""M."""\n# c\ndef f(a):\n  """D."""\n\n  return (a +\n    1)  # x\nclass C:\n  "d"\n  x = 1\n'
    assert digest_of(plain) == digest_of(dressed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = 1.0"),
        ("x = '1'", "x = 1"),
        ("x = 'a'", "x = b'a'"),
        ("f(a)", "f(b)"),
    ],
)
def test_code_counts(one: str, other: str) -> None:
    assert digest_of(one) != digest_of(other)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "foreignpkg"
    (root / "sub").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "sub" / "__init__.py").write_text("from . import deep\n")
    (root / "sub" / "deep.py").write_text("X = 1\n")
    (root / "lazy.py").write_text("import json, numpy\n")
    (root / "unused.py").write_text("raise RuntimeError\n")
    (root / "method.py").write_text(
        "from benchmark.method import Method\nfrom .sub import deep\n"
        "def fit():\n    from foreignpkg import lazy\n    return lazy\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return root


def test_imports_are_followed_into_functions_and_packages(package: Path) -> None:
    found = code_digests("foreignpkg.method")
    own = {name for name in found if name.startswith("foreignpkg")}
    assert own == {f"foreignpkg{part}" for part in ("", ".method", ".lazy", ".sub", ".sub.deep")}
    assert "benchmark.method" in found and "benchmark.task" in found
    assert not any(name.startswith(("benchmark.cells", "benchmark.cli", "leaderboard")) for name in found)
    assert "numpy" not in found and "benchmark" not in found


def test_a_change_is_seen_where_it_is_made(package: Path) -> None:
    before = code_digests("foreignpkg.method")
    (package / "unused.py").write_text("X = 3\n")
    assert code_digests("foreignpkg.method") == before
    (package / "sub" / "deep.py").write_text("X = 22\n")
    assert list(differences(before, code_digests("foreignpkg.method"))) == ["foreignpkg.sub.deep"]


@pytest.mark.parametrize(
    "text",
    [
        "from benchmark import Method, Mention\n",
        "import benchmark\nclass M(benchmark.Method):\n    x = benchmark.Mention\n",
        "def f():\n    import benchmark as lb\n    return lb.Method, lb.Mention\n",
    ],
)
def test_names_that_benchmark_exports_are_followed_to_their_modules(package: Path, text: str) -> None:
    (package / "method.py").write_text(text)
    found = code_digests("foreignpkg.method")
    assert {"benchmark.method", "benchmark.task", "benchmark.domains.corpus"} <= set(found)
    assert not {"benchmark", "benchmark.api", "benchmark.scoring.files"} & set(found)


def test_benchmark_imported_without_a_name_adds_nothing(package: Path) -> None:
    (package / "method.py").write_text("import benchmark\nprint(benchmark.__version__)\n")
    assert not any(name.startswith("benchmark") for name in code_digests("foreignpkg.method"))


def test_a_module_without_a_source_file_is_refused() -> None:
    with pytest.raises(UsageError, match="no_such_package"):
        code_digests("no_such_package.method")
