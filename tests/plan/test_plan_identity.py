from __future__ import annotations

import ast
import inspect
from pathlib import Path
from string import Template

import pytest

import larbench
from benchmark.code import code_digests, dump
from benchmark.errors import UsageError
from benchmark.plan import identity
from benchmark.plan.identity import LEFT_OUT, RULE, make_identity
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.registry import method_class
from benchmark.store.cell_spec import differences, identity_hash
from benchmark.store.record import read_record
from lar.generalists import prompts

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
    "language": "en",
    "noise": None,
    "few_shot": None,
}


def test_golden_hash() -> None:
    """Old identities stay valid: change RULE, and this hash, only where every stored cell must go."""
    identity = make_identity(**EXAMPLE) | {"scorer": "1"}
    assert RULE == 2
    assert identity_hash(identity) == "21dd6c8077bd728a10a92ff7749379107f61b847d59241ddc84816e0d9587f1a"


def test_an_identity_of_rule_1_keeps_its_hash() -> None:
    old = {name: value for name, value in make_identity(**EXAMPLE).items() if name != "language"}
    digest = "25b9ac28e30b0646adae05972535e9d1bab97e1f6a4bead4b342b8a2abd68638"
    assert identity_hash({**old, "rule": 1, "scorer": "1"}) == digest


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
        ("language", "de", "language"),
        ("few_shot", {"content": "cc"}, "few_shot.content"),
    ],
)
def test_each_component_counts_and_is_named(name: str, value: object, component: str) -> None:
    old, new = make_identity(**EXAMPLE), make_identity(**{**EXAMPLE, name: value})
    assert identity_hash(old) != identity_hash(new)
    assert list(differences(old, new)) == [component]


def test_the_scorer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    old = make_identity(**EXAMPLE)
    monkeypatch.setattr(identity, "SCORER_VERSION", "2")
    new = make_identity(**EXAMPLE)
    assert identity_hash(old) != identity_hash(new) and list(differences(old, new)) == ["scorer"]


@pytest.mark.parametrize(
    ("change", "digest"),
    [
        ({"seed": 0}, "c0ca5806220d2ffb88751615e21efa13cb05699f3aa5cc615f9d901c829e84e8"),
        ({"params": {}}, "07ce456c8ef9a4c9cb22bd257731436e009b4935d894a75dcf19feb726f10339"),
        ({"code": {}, "components": {}}, "1bfe776ec89dbe2a0f9a8b247140100418deb649a09673a1a797993b2e5a280c"),
        (
            {"setting": "supervised", "source_limit": 60},
            "503058af62afcb540580e95d6fe0b05ab3476bf079e8b6d108caada8d392dfd9",
        ),
        (
            {"params": {"name": "Zoë", "rate": 1e-05, "deep": [1, None, True]}},
            "568238f66b6eb7ae3ad07491eb888cf57d2c30e67a295d7b506509455eee6305",
        ),
    ],
)
def test_golden_hashes_of_all_kinds_of_values(change: dict[str, object], digest: str) -> None:
    made = make_identity(**{**EXAMPLE, **change}) | {"scorer": "1"}
    assert identity_hash(made) == digest


@pytest.mark.parametrize("store", ["sample", "crossner-mini"])
def test_every_published_record_has_the_hash_that_its_identity_gives(store: str) -> None:
    """What was computed long ago stays cached: the rule gives the same hash today."""
    folder = Path(__file__).parents[2] / "results" / store / "records"
    records = [read_record(path) for path in folder.glob("*.json")]
    assert records
    for record in records:
        assert identity_hash(record.spec.identity) == record.spec.identity_hash
        assert record.cell == f"{record.spec.ledger_key}-{record.spec.identity_hash[:12]}"


def identities(tiny: str, **wanted: object) -> list[tuple[str, str]]:
    """What is planned: the place and the hash of each cell."""
    data_dir = wanted.pop("data_dir", None)
    cells = make_plan(load_suite(tiny), Selection(**wanted), data_dir)
    return [(cell.spec.ledger_key, cell.spec.identity_hash) for cell in cells]


def test_what_does_not_belong_does_not_count(tiny: str, fakes: Path, tmp_path: Path) -> None:
    """Jobs, device, time limit, retries, store and folders: the same cells are found, whatever they are."""
    first = larbench.run(tiny, domains=["politics"], settings=["zero-shot"], jobs=2, device="cpu")
    planned = identities(tiny)
    moved = tmp_path / "elsewhere" / "other-name.toml"
    moved.parent.mkdir()
    moved.write_text(Path(tiny).read_text())
    (tmp_path / "data").mkdir()
    assert identities(str(moved), data_dir=tmp_path / "data") == planned
    ways = (
        {"jobs": 1},
        {"device": "cuda"},
        {"retry_failed": True},
        {"cell_timeout": 900},
        {"llm_budget": 10},
    )
    for way in ways:
        again = larbench.run(tiny, domains=["politics"], settings=["zero-shot"], **way)
        assert all(outcome.cached for outcome in again.outcomes), way
        assert [o.cell.spec.name for o in again.outcomes] == [o.cell.spec.name for o in first.outcomes]
    (tmp_path / "runs").rename(tmp_path / "moved")
    again = larbench.run(tiny, domains=["politics"], settings=["zero-shot"], store=tmp_path / "moved")
    assert all(outcome.cached for outcome in again.outcomes)


def test_no_argument_of_a_run_is_forgotten() -> None:
    """Each is known to belong to identities, or known not to: a new one has to be decided on."""
    belongs = {
        "methods",
        "domains",
        "settings",
        "seeds",
        "backbone",
        "generalist",
        "llm_model",
        "llm_revision",
        "noise",
        "source",
        "source_limit",
        "unlabelled",
    }
    given = set(inspect.signature(larbench.run).parameters) - {"on_event"}
    assert given - LEFT_OUT == belongs | {"own_domains"}
    assert not belongs & LEFT_OUT
    arguments = set(inspect.signature(make_identity).parameters)
    assert arguments == set(EXAMPLE) and not arguments & LEFT_OUT


def test_what_belongs_counts_from_the_plan_on(tiny: str, fakes: Path, tmp_path: Path) -> None:
    """Code, parameters, weights, seed, source and data: each changes the hash of the cell that is planned."""
    few = {"methods": ("fake-rule",), "domains": ("politics",), "settings": ("zero-shot",)}
    seen = {identities(tiny, **few)[0][1]}

    def new(**wanted: object) -> bool:
        found = identities(tiny, **{**few, **wanted})[0][1]
        fresh = found not in seen
        seen.add(found)
        return fresh

    assert not new()
    assert new(settings=("supervised",)) and new(seeds=(1,)) and new(backbone="base") and new(source_limit=9)
    text = Path(tiny).read_text()
    Path(tiny).write_text(text.replace('"fake-rule", ', '{name = "fake-rule", params = {step = 2}}, '))
    assert new()
    Path(tiny).write_text(text)
    source = fakes.read_text()
    fakes.write_text(source.replace('"weights of', '"other weights of'))
    assert new()
    fakes.write_text(source + "\n# a comment\n")
    assert not new()


def test_any_change_of_data_counts(tiny: str, fakes: Path, tmp_path: Path) -> None:
    """A token, a tag, an order, a type's description: each changes the identity."""
    folder = tmp_path / "mine"
    folder.mkdir()
    text = "Ada B-person\nran O\n\nBo B-person\nsat O\n"
    files = {f"{split}.txt": text for split in ("train", "dev", "test")}
    files["domain.toml"] = '[types.person]\nname = "person"\ndescription = "somebody"\n'

    def written(**changes: str) -> str:
        for name, content in {**files, **{k.replace("_", "."): v for k, v in changes.items()}}.items():
            (folder / name).write_text(content, encoding="utf-8")
        selection = {"methods": ("fake-rule",), "settings": ("zero-shot",), "own_domains": (folder,)}
        return identities(tiny, **selection)[0][1]

    first = written()
    assert written() == first
    changed = [
        written(test_txt=text.replace("ran", "run")),
        written(test_txt=text.replace("sat O", "sat B-person")),
        written(test_txt="Bo B-person\nsat O\n\nAda B-person\nran O\n"),
        written(dev_txt=text + "\nAda B-person\n"),
        written(train_txt=text.replace("Ada", "Eva")),
        written(domain_toml=files["domain.toml"].replace("somebody", "a person")),
        written(domain_toml=files["domain.toml"].replace('name = "person"', 'name = "human"')),
    ]
    assert len({first, *changed}) == len(changed) + 1
    assert written(test_txt=text.replace("\n", "\r\n"), train_txt=text.replace(" ", "\t")) == first


@pytest.mark.parametrize("name", ["lar-enhanced", "lar-direct", "fine-tune", "source-only"])
def test_methods_of_this_project_name_their_weights(name: str) -> None:
    method = method_class(name)()
    assert any("backbone" in component for component in method.components())


def test_a_changed_prompt_is_another_component(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = method_class("lar-enhanced")(generalist="openai", llm_model="tiny-1")
    before = dict(asking.components())
    original = prompts._template

    def longer(name: str) -> Template:
        return Template(original(name).template + ("Be brief.\n" if name == "user.txt" else ""))

    monkeypatch.setattr(prompts, "_template", longer)
    assert list(differences(before, asking.components())) == ["prompts"]


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
    assert not any(
        name.startswith(
            ("benchmark.plan", "benchmark.run", "benchmark.store", "benchmark.cli", "leaderboard")
        )
        for name in found
    )
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
        "from larbench import Method, Mention\n",
        "import larbench\nclass M(larbench.Method):\n    x = larbench.Mention\n",
        "def f():\n    import larbench as lb\n    return lb.Method, lb.Mention\n",
    ],
)
def test_names_that_larbench_exports_are_followed_to_their_modules(package: Path, text: str) -> None:
    (package / "method.py").write_text(text)
    found = code_digests("foreignpkg.method")
    assert {"benchmark.method", "benchmark.task", "benchmark.domains.corpus"} <= set(found)
    assert not {"benchmark", "benchmark.api", "benchmark.scoring.files"} & set(found)


def test_larbench_imported_without_a_name_adds_nothing(package: Path) -> None:
    (package / "method.py").write_text("import larbench\nprint(larbench.__version__)\n")
    assert not any(name.startswith("benchmark") for name in code_digests("foreignpkg.method"))


def test_a_module_without_a_source_file_is_refused() -> None:
    with pytest.raises(UsageError, match="no_such_package"):
        code_digests("no_such_package.method")


def parts_of_an_f_string(*values: ast.expr) -> str:
    return dump(ast.Module([ast.Expr(ast.JoinedStr(list(values)))], []))


def test_versions_of_python_agree_on_f_strings() -> None:
    """As 3.11 parses them, and as 3.12 does: texts cut at braces, empty texts, an empty format."""
    name = ast.FormattedValue(ast.Name("x", ast.Load()), -1, None)
    empty = ast.FormattedValue(ast.Name("x", ast.Load()), -1, ast.JoinedStr([]))
    padded = ast.FormattedValue(ast.Name("x", ast.Load()), -1, ast.JoinedStr([ast.Constant("")]))
    old = parts_of_an_f_string(ast.Constant("a{b}c"), name)
    assert old == digest_of('f"a{{b}}c{x}"')
    texts = [ast.Constant(text) for text in ("a{", "", "b}", "c")]
    for new in ((*texts, name), (*texts, name, ast.Constant("")), (*texts, empty), (*texts, padded)):
        assert parts_of_an_f_string(*new) == old
    assert parts_of_an_f_string(name, ast.Constant("a{b}c")) != old
    assert digest_of('f"{x:>3}"') != digest_of('f"{x}"') != digest_of('f"{x!r}"')
