from __future__ import annotations

from pathlib import Path

import pytest

import benchmark.plan.suite
from benchmark.errors import InputError, UsageError
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import MethodSpec, load_suite, suite_names

GOOD = {
    "name": '"mine"',
    "corpus": '"sample"',
    "source": '"news"',
    "domains": '["politics"]',
    "settings": '["zero-shot"]',
    "seeds": "[1, 2]",
}


def write(path: Path, **changes: str | None) -> Path:
    content = {**GOOD, **changes}
    path.write_text("".join(f"{key} = {value}\n" for key, value in content.items() if value is not None))
    return path


def test_shipped_suites_parse_and_say_what_they_are() -> None:
    assert {"ablations", "crossner-mini", "sample"} <= set(suite_names())
    sample, crossner = load_suite("sample"), load_suite("crossner-mini")
    assert (sample.name, sample.corpus, sample.source, sample.seeds) == ("sample", "sample", "news", (555,))
    assert (crossner.corpus, crossner.source, crossner.seeds) == ("crossner", "conll2003", (555, 666, 777))
    assert crossner.settings == ("zero-shot", "supervised") and crossner.in_domain
    assert len(crossner.domains) == 5 and crossner.backbone == "mini"


def test_a_shipped_suite_can_be_given_by_its_path() -> None:
    path = Path(benchmark.plan.suite.__file__).parent / "suites" / "sample.toml"
    assert load_suite(path) == load_suite("sample")


def test_params_reach_the_method_that_they_name(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path / "s.toml", params='{ "fine-tune" = { epochs = 3 } }'))
    cells = make_plan(suite, Selection(methods=("fine-tune", "source-only")))
    assert {(cell.spec.method, cell.spec.label, cell.spec.params.get("epochs")) for cell in cells} == {
        ("fine-tune", "fine-tune", 3),
        ("source-only", "source-only", None),
    }


def test_params_beside_methods_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "s.toml", methods='["fine-tune"]', params='{ "fine-tune" = { epochs = 3 } }')
    with pytest.raises(InputError, match="both methods and params"):
        load_suite(path)


def test_methods_are_names_or_tables(tmp_path: Path) -> None:
    text = '["a", {name = "b", label = "b-long", params = {epochs = 3}}]'
    suite = load_suite(write(tmp_path / "s.toml", methods=text))
    assert suite.methods == (MethodSpec("a", "a", {}), MethodSpec("b", "b-long", {"epochs": 3}))


def test_labels_may_hold_spaces_and_parentheses(tmp_path: Path) -> None:
    variants = '{name = "a", params = {x = 1}}, {name = "a", params = {x = 2}}'
    text = f'[{{name = "a", label = "a (b = 0.7)"}}, {variants}]'
    suite = load_suite(write(tmp_path / "s.toml", methods=text))
    assert suite.methods is not None
    assert [(spec.label, spec.labelled) for spec in suite.methods] == [
        ("a (b = 0.7)", True),
        ("a", False),
        ("a", False),
    ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seeds": None}, "found no seeds; expected a list of at least one seed"),
        ({"settings": "[]"}, "found settings = []; expected a list of at least one setting"),
        ({"seeds": "[]"}, "found seeds = []; expected a list of at least one seed"),
        ({"name": '"sample"'}, "found name = 'sample'; expected a name that no suite shipped"),
        ({"seeds": "[1, 1]"}, "seeds = [1, 1]"),
        ({"seeds": "[-1]"}, "seeds[1] = -1; expected a whole number from 0"),
        ({"seeds": "[true]"}, "seeds[1] = True"),
        ({"domains": '"politics"'}, "domains = 'politics'"),
        ({"sedes": "[1]"}, "did you mean 'seeds'?"),
        (
            {"settings": '["one-shot"]'},
            "settings[1] = 'one-shot'; expected zero-shot, supervised or",
        ),
        ({"corpus": '"own"'}, "corpus = 'own'"),
        ({"name": '"../up"'}, "name = '../up'"),
        ({"in_domain": "1"}, "in_domain = 1"),
        ({"in_domain": "true"}, "in_domain = true alone"),
        ({"methods": "[]"}, "methods = []"),
        ({"methods": '["a", "a"]'}, "same label a"),
        ({"methods": "[3]"}, "methods[1] = 3"),
        ({"methods": '[{name = "a", parms = {}}]'}, "did you mean 'params'?"),
        ({"methods": '[{label = "a"}]'}, "no methods[1].name; expected the method's name"),
        ({"methods": '[{name = "a", label = "a/b"}]'}, "methods[1].label = 'a/b'"),
        ({"methods": '[{name = "a", label = "a, b"}]'}, "methods[1].label = 'a, b'"),
        ({"methods": '[{name = "a", label = "a "}]'}, "methods[1].label = 'a '"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, changes: dict[str, str], named: str) -> None:
    path = write(tmp_path / "s.toml", **changes)
    with pytest.raises(InputError) as caught:
        load_suite(path)
    assert named in str(caught.value) and str(path) in str(caught.value) and "expected" in str(caught.value)


def test_what_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "s.toml", methods='["a", {name = "b", label = ","}]')
    with pytest.raises(InputError, match=r"methods\[2\]\.label = ','") as caught:
        load_suite(path)
    assert caught.value.line == 7


def test_unknown_suites_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean sample"):
        load_suite("smaple")
    with pytest.raises(InputError, match="No such file"):
        load_suite(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"name = \xff")
    with pytest.raises(InputError, match="invalid UTF-8"):
        load_suite(tmp_path / "bad.toml")


def test_the_papers_suite_has_both_sizes_of_every_row() -> None:
    suite = load_suite("crossner-paper")
    assert (suite.corpus, suite.source, suite.seeds) == ("crossner", "conll2003", (555, 666, 777))
    assert suite.settings == ("zero-shot", "supervised") and len(suite.domains) == 5
    rows = {(spec.name, spec.params["backbone"]) for spec in suite.methods or ()}
    names = ("source-only", "fine-tune", "lar-direct", "lar-enhanced")
    assert rows == {(name, size) for name in names for size in ("base", "large")}
    enhanced = [spec for spec in suite.methods or () if spec.name == "lar-enhanced"]
    assert all(spec.params["generalist"] == "openai" for spec in enhanced)
    assert all(str(spec.params["llm_model"]) in spec.label for spec in enhanced)
    assert all(str(spec.params["backbone"]) in spec.label for spec in suite.methods or ())
