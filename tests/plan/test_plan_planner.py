from __future__ import annotations

import json
from pathlib import Path

import pytest
from cells_cli import call

import larbench
from benchmark.errors import InputError, UsageError
from benchmark.plan.cell import Cell
from benchmark.plan.planner import Selection, make_plan
from benchmark.plan.suite import load_suite
from benchmark.store.atomic_io import sha256
from benchmark.store.cell_spec import differences

pytestmark = pytest.mark.usefixtures("fakes")


def cells(suite: str, **selection: object) -> list[Cell]:
    return make_plan(load_suite(suite), Selection(**selection))  # type: ignore[arg-type]


def test_the_whole_grid_source_first(tiny: str) -> None:
    plan = cells(tiny)
    assert [(c.spec.label, c.spec.setting, c.spec.domain) for c in plan][:3] == [
        ("fake-rule", "zero-shot", "news"),
        ("fake-rule", "zero-shot", "politics"),
        ("fake-rule", "zero-shot", "science"),
    ]
    assert len(plan) == 1 + 2 * 2 * 2
    assert plan[0].spec.name == f"fake-rule-zero-shot-news-mini-s555-{plan[0].spec.identity_hash[:12]}"
    assert len({c.spec.identity_hash for c in plan}) == len(plan)


def test_a_method_that_does_not_support_a_setting_is_skipped(tiny: str) -> None:
    skipped = [c for c in cells(tiny) if c.decided]
    assert {(c.spec.method, c.spec.setting, c.decided, c.reason) for c in skipped} == {
        ("fake-supervised", "zero-shot", "skipped", "made for supervised only")
    }


def test_a_method_that_cannot_be_loaded_fails_its_own_cells(tiny: str) -> None:
    plan = cells(tiny, methods=("fake-absent", "fake-rule"), domains=("politics",), settings=("zero-shot",))
    assert [(c.spec.method, c.decided) for c in plan] == [("fake-absent", "failed"), ("fake-rule", None)]
    assert "larbench_fakes_absent" in str(plan[0].reason) and plan[0].traceback


def test_a_method_without_an_init_is_told_to_write_one(tiny: str) -> None:
    (cell,) = cells(tiny, methods=("fake-bare",), domains=("politics",), settings=("zero-shot",))
    assert cell.decided == "failed" and "write one" in str(cell.reason)


def test_selection_narrows(tiny: str) -> None:
    plan = cells(tiny, methods=("fake-rule",), domains=("science",), settings=("supervised",), seeds=(1, 2))
    assert [(c.spec.domain, c.spec.setting, c.spec.seed) for c in plan] == [
        ("science", "supervised", s) for s in (1, 2)
    ]


@pytest.mark.parametrize(
    ("selection", "hint"),
    [
        ({"methods": ("fake-rul",)}, "did you mean fake-rule"),
        ({"domains": ("politic",)}, "did you mean politics"),
        ({"domains": ("ai",)}, "known: politics, science, news"),
        ({"settings": ("few",)}, "unknown setting 'few'"),
        ({"source_limit": 0}, "at least 1"),
    ],
)
def test_unknown_names_are_refused(tiny: str, selection: dict[str, object], hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        cells(tiny, **selection)


def test_parameters_of_a_row(tiny: str) -> None:
    path = Path(tiny)
    table = '[{name = "fake-rule", label = "step-2", params = {step = 2, backbone = "base"}}, "fake-rule"]'
    path.write_text(path.read_text().replace('["fake-rule", "fake-supervised"]', table))
    given, default = cells(tiny, domains=("politics",), settings=("zero-shot",))
    assert (given.spec.label, given.spec.params, given.spec.backbone) == (
        "step-2",
        {"step": 2, "backbone": "base"},
        "base",
    )
    assert (default.spec.params, default.spec.backbone) == ({}, "mini")
    assert {c.spec.backbone for c in cells(tiny, backbone="large")} == {"large"}
    path.write_text(path.read_text().replace("step = 2", "stap = 2"))
    with pytest.raises(UsageError, match="parameter of fake-rule is called 'stap'; did you mean step"):
        cells(tiny)


def test_a_source_limit_has_rows_of_its_own(tiny: str) -> None:
    limited = cells(tiny, source_limit=50, domains=("politics",))[0]
    full = cells(tiny, domains=("politics",))[0]
    assert limited.spec.label == "fake-rule@50" and limited.spec.ledger_key != full.spec.ledger_key
    assert limited.spec.identity_hash != full.spec.identity_hash


def test_own_domains_become_targets(tiny: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "politics"
    folder.mkdir(parents=True)
    for split in ("train", "dev", "test"):
        (folder / f"{split}.txt").write_text("Ada B-person\nspoke O\n")
    for domains in (("politics",), None):  # also alone: its cells would take the places of the suite's
        with pytest.raises(UsageError, match="is called politics, as a domain of the suite"):
            cells(tiny, own_domains=(folder,), domains=domains)
    folder = folder.rename(folder.with_name("minutes"))
    own = cells(tiny, own_domains=(folder,))
    assert {(c.spec.corpus, c.spec.domain, c.spec.source, c.spec.source_corpus) for c in own} == {
        ("own", "minutes", "news", "sample")
    }
    both = cells(tiny, own_domains=(folder,), domains=("politics",))
    assert {c.spec.domain for c in both} == {"minutes", "politics"}


def test_absolute_paths_in_parameters_stay_out_of_identity_and_record(tiny: str, tmp_path: Path) -> None:
    cell = cells(tiny, backbone=str(tmp_path / "encoder"), domains=("politics",))[0]
    assert cell.spec.backbone == "encoder" and str(tmp_path) not in str(cell.spec.identity)


def test_unlabelled_text_is_known_by_its_content(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "texts" / "rivers.txt"
    path.parent.mkdir()
    path.write_text("the Elbe was cold .\n")

    def planned(text: Path | None) -> list[Cell]:
        few = {"domains": ("politics",), "settings": ("zero-shot",)}
        return cells(tiny, methods=("fake-reading", "fake-rule"), unlabelled=text, **few)

    reading, rule = planned(path)
    assert reading.spec.label == "fake-reading (rivers.txt)"
    assert reading.spec.identity["params"]["unlabelled"] == "rivers.txt"
    assert reading.spec.identity["components"]["unlabelled"] == sha256(path.read_bytes())
    assert str(tmp_path) not in json.dumps(reading.spec.identity)
    before, unmoved = planned(None)
    assert before.spec.identity_hash != reading.spec.identity_hash
    assert unmoved.spec.identity_hash == rule.spec.identity_hash  # it has no such parameter
    # wherever it lies, and however it is said where
    monkeypatch.chdir(path.parent)
    copy = path.rename(path.parent.parent / path.name)
    assert planned(copy)[0].spec.identity_hash == planned(Path("../rivers.txt"))[0].spec.identity_hash
    assert planned(copy)[0].spec.identity_hash == reading.spec.identity_hash
    copy.write_text("the Elbe was warm .\n")
    assert list(differences(reading.spec.identity, planned(copy)[0].spec.identity)) == [
        "components.unlabelled"
    ]
    with pytest.raises(InputError, match=r"no such file.*one a line; check --unlabelled"):
        planned(path)


def test_unlabelled_text_reaches_the_method_and_no_path_the_record(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "rivers.txt").write_text("the Elbe was cold .\n")
    few = ("--suite", tiny, "--methods", "fake-reading", "--domains", "politics", "--settings", "zero-shot")
    text = ("--unlabelled", "rivers.txt")
    assert call("run", *few, *text)[0] == 0
    (file,) = (tmp_path / "runs" / "tiny" / "records").iterdir()
    record = json.loads(file.read_text())
    assert record["notes"]["read"] == sha256((tmp_path / "rivers.txt").read_bytes())
    assert record["params"] == {"unlabelled": "rivers.txt"}
    assert str(tmp_path) not in file.read_text()
    assert call("plan", *few, *text)[1].startswith("ok ")
    assert call("plan", *few)[1].startswith("missing ")
    assert call("explain", *few, *text)[1].startswith("hit ")
    code, _, told = call("plan", *few, "--unlabelled", "lakes.txt")
    assert code == 2 and "lakes.txt: found no such file" in told


def test_plan_status_and_explain_of_a_store(tiny: str, fakes: Path) -> None:
    few = {"methods": ["fake-rule"], "domains": ["politics"], "settings": ["zero-shot"]}
    assert [(p.state, p.seconds) for p in larbench.plan(tiny, **few)] == [("missing", None)]
    assert larbench.explain(None, tiny, **few)[0].nearest is None
    report = larbench.run(tiny, **few)
    assert report.exit_code == 0 and larbench.status("tiny").counts == {"ok": 1}
    (planned,) = larbench.plan(tiny, **few)
    assert planned.state == "ok" and larbench.explain(planned.cell.spec.name, tiny, **few)[0].hit

    fakes.write_text(fakes.read_text().replace("isupper()", "islower()"))
    (planned,) = larbench.plan(tiny, **few)
    assert planned.state == "missing" and planned.seconds is not None
    (changed,) = larbench.explain(None, tiny, **few)
    assert not changed.hit and list(changed.differs or {}) == ["code.larbench_fakes"]
    old = report.outcomes[0].cell.spec.name
    assert larbench.explain(old, tiny, **few)[0].cell.spec.name == planned.cell.spec.name
    with pytest.raises(UsageError, match="did you mean fake-rule-zero-shot-politics"):
        larbench.explain("fake-rule-zero-shot-politic-", tiny, **few)


def test_status_names_what_is_there(tiny: str) -> None:
    with pytest.raises(
        UsageError, match="nothing has been run in runs yet; `python -m benchmark run --suite"
    ):
        larbench.status(tiny)
    larbench.run(tiny, methods=["fake-supervised"], domains=["politics"], settings=["zero-shot"])
    with pytest.raises(UsageError, match="no suite in runs is called 'sample'; known: tiny"):
        larbench.status("sample")
