from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from boards import assemble
from page_tools import page_text

from benchmark.domains.corpus import Mention
from benchmark.domains.noise.condition import Noise
from benchmark.store.noisy_corpora import CONTENT
from benchmark.store.record import Record
from benchmark.store.store import Store
from leaderboard import board as boards
from leaderboard.cli import main
from leaderboard.page.alignments import read_alignments
from leaderboard.page.build import write_site
from leaderboard.page.cell import commands
from leaderboard.page.scale import linear, logarithmic
from leaderboard.page.site import front_page
from leaderboard.results.gold import Gold
from leaderboard.results.measure import ScoredCell, measure

MARKUP = '</script><script>boom()</script><img src=x onerror="boom()">'
DOMAINS = ("politics", "science", "music", "literature", "ai")


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def build(store: Store, corpora: list[Path], out: Path, **options: Any) -> Path:
    made = boards.build(store.root, "tiny", own=corpora, resamples=50, views=True)
    (index,) = write_site(made, out, **options)
    return index.parent


def data_of(index: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', index, re.DOTALL)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_the_front_page_holds_the_board(store: Store, corpora: list[Path], tmp_path: Path) -> None:
    site = build(store, corpora, tmp_path / "out")
    index = (site / "index.html").read_text(encoding="utf-8")
    (table,) = data_of(index)["tables"]
    beta, alpha = table["rows"]
    assert (beta["label"], alpha["label"]) == ("beta", "alpha")
    assert beta["values"]["f1"][""][0] == pytest.approx(0.65)
    assert alpha["values"]["f1"]["politics"][0] == pytest.approx(0.9)
    assert (beta["tie"], alpha["tie"]) == (1, 1)  # ten sentences tell nothing apart
    ((first, second, lead, low, high, p),) = table["pairs"]
    assert (first, second) == (0, 1)
    assert lead == pytest.approx(0.1)
    assert low < lead < high
    assert 0.05 < p <= 1
    assert table["detectable"].keys() <= {"", "politics", "ai"}
    assert [seed for seed, _ in alpha["cells"]["ai"]] == [1, 2]
    assert alpha["facts"]["speed"] == 100
    assert alpha["facts"]["latency"] == 10
    names = {path.name for path in (site / "cells").iterdir()}
    assert names == {f"{record.cell}.html" for record in store.records("tiny")}
    assert all(
        f"{cell}.html" in names for row in table["rows"] for some in row["cells"].values() for _, cell in some
    )


def test_a_computed_row_that_notes_a_submission_gains_no_tier(
    store: Store,
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: dict[str, Any],
    tmp_path: Path,
    corpora: list[Path],
) -> None:
    notes = {"submission": {"tier": "re-run", "unranked": [], "uses_llm": True}, "parameters": 3_000_000}
    for domain in ("politics", "ai"):
        keep(store, record("forged", domain, 1, notes=notes), right[domain])
    index = (build(store, corpora, tmp_path / "out") / "index.html").read_text(encoding="utf-8")
    data = data_of(index)
    assert {row["label"]: row["badges"] for row in data["tables"][0]["rows"]}["forged"] == ["computed"]
    assert [badge["key"] for badge in data["everywhere"]] == ["computed"]  # said once, below
    assert 'id="submissions"' not in index


def test_the_same_board_gives_the_same_bytes_and_old_pages_go(
    store: Store, corpora: list[Path], tmp_path: Path
) -> None:
    site = build(store, corpora, tmp_path / "out")
    before = {path: path.read_bytes() for path in site.rglob("*.html")}
    (site / "cells" / "gone-0123456789ab.html").write_text("old")
    build(store, corpora, tmp_path / "out")
    assert {path: path.read_bytes() for path in site.rglob("*.html")} == before


def test_what_comes_from_outside_stays_text(
    store: Store, record: Callable[..., Any], keep: Callable[..., None], corpora: list[Path], tmp_path: Path
) -> None:
    text = "<script>boom()</script> B-<b>\n</li> I-<b>\n&amp; O\n"
    for folder in corpora:
        for split in ("train", "dev", "test"):
            (folder / f"{split}.txt").write_text(text, encoding="utf-8")
    hostile = Store(tmp_path / "hostile")
    notes = {"reading": MARKUP, "llm": {"prompt_tokens": 1, "completion_tokens": 1, "cost_usd": 0.5}}
    for domain in ("politics", "ai"):
        evil = record(
            MARKUP, domain, 1, slot="evil", notes=notes, machine={"cpu": MARKUP}, params={"x": MARKUP}
        )
        keep(hostile, evil, {f"{domain}/test/0": [Mention(0, 1, MARKUP)]})
    failed = record("broken", "ai", 1, state="failed", reason=MARKUP, traceback=MARKUP)
    keep(hostile, failed)
    site = build(hostile, corpora, tmp_path / "out")
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert len(pages) == 6  # the front page, three cells, two rows
    assert any("&lt;script&gt;boom()&lt;/script&gt;" in page for page in pages)  # it is there, as text
    for page in pages:
        tags = Tags(page).tags
        assert not [tag for tag, _ in tags if tag in ("img", "iframe", "object", "b")]
        assert [a.get("type") for tag, a in tags if tag == "script"] in (
            [None],
            ["application/json", None],
            ["application/gzip", None],
        )
        assert not [
            name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"
        ]


def test_the_policy_allows_what_is_in_the_page_and_nothing_else(
    store: Store, corpora: list[Path], tmp_path: Path
) -> None:
    site = build(store, corpora, tmp_path / "out")
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        tags = Tags(page).tags
        (policy,) = [a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy is not None
        for tag, kind in (("script", "script-src"), ("style", "style-src")):
            (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{kind} 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        links = [a.get("href") or "" for t, a in tags] + [a.get("src") or "" for t, a in tags]
        assert not [link for link in links if re.match(r"\w+:|//", link) and link != "data:,"]


def test_without_text_no_word_of_the_corpus_is_written(
    store: Store, corpora: list[Path], tmp_path: Path
) -> None:
    name = "cells/alpha-zero-shot-politics-mini-s2-0123456789ab.html"
    told = page_text(build(store, corpora, tmp_path / "told") / name)
    silent = page_text(build(store, corpora, tmp_path / "silent", text=False) / name)
    for words in ("Ada", "Blue Party", "nothing"):
        assert words in told
    for word in ("Ada", "Blue", "Bob"):
        assert word not in silent
    assert "3–5" in silent  # the party's span


def test_a_corpus_that_is_not_here_gives_spans_and_no_verdict(
    store: Store, corpora: list[Path], tmp_path: Path
) -> None:
    here = [folder for folder in corpora if folder.name != "ai"]
    site = build(store, here, tmp_path / "out")
    page = page_text(site / "cells/alpha-zero-shot-ai-mini-s1-0123456789ab.html")
    assert "nothing is judged" in page
    assert "2–3" in page
    assert "Confusion of types" not in page


def test_a_failed_cell_says_why(
    store: Store, record: Callable[..., Any], keep: Callable[..., None], corpora: list[Path], tmp_path: Path
) -> None:
    keep(store, record("alpha", "ai", 2, state="failed", reason="MemoryError", traceback="line 7"))
    site = build(store, corpora, tmp_path / "out")
    page = (site / "cells/alpha-zero-shot-ai-mini-s2-0123456789ab.html").read_text(encoding="utf-8")
    assert "MemoryError" in page
    assert "line 7" in page
    row = data_of((site / "index.html").read_text(encoding="utf-8"))["tables"][0]["rows"][1]
    assert row["holes"]["ai"] == {"states": ["failed"], "seeds": [2], "reason": "MemoryError"}
    assert not row["complete"]


def test_misc_can_be_left_out_and_is_scored_anew(
    record: Callable[..., Any], tmp_path: Path, keep: Callable[..., None]
) -> None:
    folders = [tmp_path / "corpora" / name for name in ("politics", "news")]
    for folder in folders:
        folder.mkdir(parents=True)
        for split in ("train", "dev", "test"):
            (folder / f"{split}.txt").write_text("Ada B-person\nmet O\nFriday B-misc\n", encoding="utf-8")
    store = Store(tmp_path / "runs")
    keep(store, record("alpha", "politics", 1), {"politics/test/0": [Mention(0, 1, "person")]})
    index = (build(store, folders, tmp_path / "out") / "index.html").read_text(encoding="utf-8")
    data = data_of(index)
    assert {"exact, without misc", "exact, leak-free"} <= {score["title"] for score in data["scores"]}
    values = data["tables"][0]["rows"][0]["values"]
    assert values["f1"]["politics"][0] == pytest.approx(2 / 3, abs=1e-5)
    assert values["no misc"]["politics"] == [1, 1, 1]
    assert values["leak-free"]["politics"] == [0, 0, 0]  # every test sentence stands in train


def test_views_that_change_nothing_are_not_offered(
    record: Callable[..., Any], tmp_path: Path, keep: Callable[..., None]
) -> None:
    folders = [tmp_path / "corpora" / name for name in ("politics", "news")]
    for folder in folders:
        folder.mkdir(parents=True)
        for split in ("train", "dev", "test"):
            (folder / f"{split}.txt").write_text(f"Ada B-person\n{split} O\n", encoding="utf-8")
    store = Store(tmp_path / "runs")
    keep(store, record("alpha", "politics", 1), {"politics/test/0": [Mention(0, 1, "person")]})
    data = data_of((build(store, folders, tmp_path / "out") / "index.html").read_text(encoding="utf-8"))
    assert not {"no misc", "leak-free"} & {score["key"] for score in data["scores"]}


def noisy(record: Callable[..., Any], label: str, domain: str, seed: int, rate: float) -> Record:
    name = f"annotation-{rate:g}"
    noise = {**Noise("source", rate).to_json(), CONTENT: "any"}
    made: Record = record(label, domain, seed, slot=f"{label}-{name}", identity={"noise": noise})
    return made.changed(label=f"{label}~{name}")


def test_cells_under_noise_have_curves_and_pages_and_stay_out_of_the_table(
    store: Store,
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: dict[str, Any],
    corpora: list[Path],
    tmp_path: Path,
) -> None:
    for rate in (0.1, 0.4):
        for domain in ("politics", "ai"):
            for seed in (1, 2):
                keep(store, noisy(record, "beta", domain, seed, rate), right[domain])
    site = build(store, corpora, tmp_path / "out")
    index = (site / "index.html").read_text(encoding="utf-8")
    (table,) = data_of(index)["tables"]
    assert [row["label"] for row in table["rows"]] == ["beta", "alpha"]
    assert table["rows"][0]["values"]["f1"][""][0] == pytest.approx(0.65)
    # clean 0.65, then 1 and 1: (0.1 * 0.825 + 0.3 * 1) / 0.4 = 0.95625, of which the clean F1 is 0.65
    assert table["rows"][0]["facts"]["kept-annotation"] == pytest.approx(100 * 0.95625 / 0.65, abs=0.1)
    assert 'data-chart="robustness"' in index
    drawn = [a for tag, a in Tags(index).tags if tag == "polyline"]
    assert len(drawn) == 3  # one row on average, politics and ai
    assert {a["points"].split()[0].split(",")[0] for a in drawn if a["points"]} == {"0"}
    page = (site / "cells/beta-annotation-0.4-zero-shot-ai-mini-s2-0123456789ab.html").read_text("utf-8")
    assert "Under noise: 40 %" in page
    assert "--methods beta" in page
    assert "--noise annotation-0.4" in page
    links = [a["href"] for tag, a in Tags(page).tags if tag == "a" and a.get("href")]
    assert "beta-zero-shot-ai-mini-s2-0123456789ab.html" in links  # its clean twin
    assert "beta-annotation-0.1-zero-shot-ai-mini-s2-0123456789ab.html" in links
    assert "alpha-zero-shot-ai-mini-s2-0123456789ab.html" not in links  # a clean row is no neighbour of it
    assert all((site / "cells" / link).is_file() for link in links if link and link.endswith("ab.html"))


def test_the_command_that_repeats_a_cell(record: Callable[..., Any]) -> None:
    real = record("lar-direct@5", "ai", 7, corpus="crossner", suite="crossner-mini", source_limit=5)
    told = dict(commands(real))["Compute it again"]
    assert told == (
        "python -m benchmark run --suite crossner-mini --methods lar-direct --domains ai --settings zero-shot"
        " --seeds 7 --backbone mini --source-limit 5"
    )
    noise = {"noise": {"on": "source", "rate": 0.2}}
    noisy = real.changed(label="lar-direct@5~annotation-0.2", identity=noise)
    assert dict(commands(noisy))["Compute it again"] == told + " --noise annotation-0.2"
    own = dict(commands(record("a b", "my; rm", 7)))["Compute it again"]
    assert "--methods 'a b' --domain 'path/to/my; rm'" in own


def test_the_command_that_explains_a_cell_means_that_very_cell(record: Callable[..., Any]) -> None:
    from benchmark.cli.explain import explain

    real = record("lar-direct@5", "ai", 7, corpus="crossner", suite="crossner-mini", source_limit=5)
    told = dict(commands(real))
    why = shlex.split(told["See whether it would be, and why"])
    assert why[:4] == ["python", "-m", "benchmark", "explain"]
    options = explain.make_context("explain", why[4:]).params
    assert options["cell"] == "lar-direct@5-zero-shot-ai-mini-s7"
    assert why[5:] == shlex.split(told["Compute it again"])[4:]


def test_fifty_methods_of_three_seeds_fit_the_size(
    record: Callable[..., Any], gold: Callable[[str], Gold], right: dict[str, Any]
) -> None:
    found: list[ScoredCell] = []
    for method in range(50):
        for domain in DOMAINS:
            like = gold("politics")
            here = Gold(domain, like.types, like.test)
            for seed in (1, 2, 3):
                for setting in ("zero-shot", "supervised"):
                    made = record(f"method-number-{method}", domain, seed, setting=setting, corpus="sample")
                    found.append(measure(made, here, right["politics"], Path("p.jsonl")))
    page = front_page(assemble(found, suite="big", resamples=20))
    assert len(data_of(page)["tables"][0]["rows"]) == 50
    assert len(page.encode()) < 5_000_000


def test_a_cell_page_is_little_more_than_its_text(
    record: Callable[..., Any], keep: Callable[..., None], tmp_path: Path
) -> None:
    words = "Ada B-person\nmet O\nthe O\nBlue B-party\nParty I-party\non O\nFriday O\n\n"
    folders = [tmp_path / "corpora" / name for name in ("politics", "news")]
    for folder in folders:
        folder.mkdir(parents=True)
        for split in ("train", "dev", "test"):
            (folder / f"{split}.txt").write_text(words * 1000, encoding="utf-8")
    store, found = Store(tmp_path / "runs"), [Mention(0, 1, "person"), Mention(3, 5, "person")]
    keep(store, record("alpha", "politics", 1), {f"politics/test/{n}": found for n in range(1000)})
    (page,) = (build(store, folders, tmp_path / "out") / "cells").iterdir()
    text = 1000 * len("Ada met the Blue Party on Friday")
    # two mentions a sentence, its number, and what every page has; as elements it was 17 times the text
    assert page.stat().st_size < 3 * text + 45_000


def test_alignments_of_this_source_are_drawn_and_others_left_out(tmp_path: Path) -> None:
    content = {
        "about": {"source": "news", "target": "ai"},
        "source_types": ["person", "misc"],
        "target_types": ["task"],
        "core": {"task": "misc"},
        "similarity": [[0.1, 0.9]],
    }
    (tmp_path / "ai.json").write_text(json.dumps(content))
    (panel,) = read_alignments(tmp_path, "news", ["politics", "ai"])
    assert [(c["shade"], c["core"]) for c in panel["rows"][0]["cells"]] == [(0, False), (9, True)]
    assert read_alignments(tmp_path, "conll2003", ["ai"]) == []
    (tmp_path / "ai.json").write_text(json.dumps({**content, "similarity": [["<b>", 1]]}))
    with pytest.raises(Exception, match="does not fit the types"):
        read_alignments(tmp_path, "news", ["ai"])


def test_axes_have_round_marks_that_hold_every_value() -> None:
    straight = linear([36.7, 71.2])
    assert straight.low <= 36.7 < 71.2 <= straight.high
    assert straight.at(straight.low) == 0
    assert straight.at(straight.high) == 100
    powers = logarithmic([3, 170])
    assert (powers.low, powers.high) == (2, 200)
    assert [mark.text for mark in powers.marks] == ["10", "100"]  # seven marks would crowd
    assert powers.at(20) == 50


def test_the_command_builds_several_suites_that_lead_to_each_other(
    store: Store,
    record: Callable[..., Any],
    keep: Callable[..., None],
    right: Any,
    corpora: list[Path],
    capsys: Any,
) -> None:
    keep(store, record("alpha", "ai", 1, suite="other"), right["ai"])
    domains = [part for folder in corpora for part in ("--domain", str(folder))]
    with pytest.raises(SystemExit) as end:
        main(["build", str(store.root), "--html", *domains])
    assert end.value.code == 0
    assert "site/index.html" in capsys.readouterr().out
    page = (store.root / "tiny" / "site" / "index.html").read_text(encoding="utf-8")
    assert 'href="../../other/site/index.html"' in page
    with pytest.raises(SystemExit):
        main(["build", str(store.root), "--no-text", *domains])
    assert "--html" in capsys.readouterr().err
