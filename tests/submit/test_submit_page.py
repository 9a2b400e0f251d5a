"""Submissions on the page: tiers that nobody can claim, pages of their cells, strangers' texts as texts."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_tools import page_text
from submission_bundles import CARD, all_cells, files_of, snapshot

from benchmark.store.atomic_io import sha256
from leaderboard.board import build
from leaderboard.page.build import write_site
from leaderboard.page.submitted import https
from leaderboard.submit import card as cards
from leaderboard.submit.evidence import Contamination, RerunResult, keep_contamination, keep_reruns
from leaderboard.submit.store import submission_named

EVERYTHING = '\N{RIGHT-TO-LEFT OVERRIDE}</script><img src=x onerror="boom()"><b>\'&\N{ZERO WIDTH SPACE}'
CELL = "cells/submitted-mine-zero-shot-politics-s1.html"


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def add(bundle, command, store):
    """Add a submission: ``add(card, cells)``; returns it as it is stored."""

    def call(card=CARD, cells=None, name="mine"):
        done = command("submit", "add", bundle(cells, card=card, name=name), "--store", store.root)
        assert done.exit_code == 0, done.exception
        return submission_named(store.root, "tiny", name)

    return call


@pytest.fixture
def site(store, corpora, tmp_path):
    """Build the site; ``site(own)`` says which corpora are at hand."""

    def call(own=None):
        here = corpora if own is None else own
        made = build(store.root, "tiny", own=here, resamples=50, views=True)
        (index,) = write_site(made, tmp_path / "out")
        return index.parent

    return call


def data_of(site):
    page = (site / "index.html").read_text("utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def rows_of(site):
    """Return (table, label) → row."""
    return {(table["key"], row["label"]): row for table in data_of(site)["tables"] for row in table["rows"]}


def article(site, name="mine"):
    page = (site / "index.html").read_text("utf-8")
    return re.search(rf'<article id="submission-{name}".*?</article>', page, re.S)[0]


TIERS = {"reported", "recomputed", "sampled", "re-run"}


def tiers(row):
    return TIERS & set(row["badges"])


def test_rows_have_the_tier_that_the_stores_own_checks_give(add, site, store):
    one = add()
    page = site()
    own, mine = rows_of(page)["zero-shot", "own"], rows_of(page)["zero-shot", "mine [submitted]"]
    assert (own["badges"], own["more"]) == (["computed", "equal-seeds"], None)
    assert mine["badges"] == ["recomputed", "equal-seeds"]
    assert "recomputed: scores computed here" in article(page)
    places = sorted(one.digests)
    same = [RerunResult(*place, one.digests[place], one.digests[place]) for place in places]
    keep_reruns(store, one.folder, one.digests, same[:1])
    page = site()
    mine = rows_of(page)["zero-shot", "mine [submitted]"]
    assert tiers(mine) == {"sampled"}
    assert mine["told"]["sampled"] == "1 of 4 with the same predictions"
    keep_reruns(store, one.folder, one.digests, same)
    assert tiers(rows_of(site())["zero-shot", "mine [submitted]"]) == {"re-run"}
    other = RerunResult(*places[0], one.digests[places[0]], sha256(b"other"), "it <b>broke</b>")
    keep_reruns(store, one.folder, one.digests, [other])
    page = site()
    mine = rows_of(page)["zero-shot", "mine [submitted]"]
    assert {"recomputed", "differs"} <= set(mine["badges"])
    assert "it &lt;b&gt;broke&lt;/b&gt;" in article(page)


@pytest.mark.parametrize(
    "text",
    ['tier = "re-run"\n', 'notes = "re-run"\n', "unranked = []\n", '[submission]\ntier = "re-run"\n'],
    ids=["tier", "notes", "unranked", "submission"],
)
def test_a_method_toml_that_names_its_own_tier_is_refused(bundle, command, store, text):
    before = snapshot(store.root)
    done = command("submit", "add", bundle(card=CARD + text), "--store", store.root)
    assert done.exit_code != 0
    assert "the unknown key" in str(done.exception)
    assert snapshot(store.root) == before


@pytest.mark.parametrize("name", ["verification.json", "overlap.json", "submission.json"])
def test_a_bundle_that_brings_its_own_evidence_is_refused(command, store, tmp_path, name):
    forged = {"schema": 1, "cells": [], "domains": [], "tier": "re-run"}
    path = tmp_path / "forged.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in {**files_of(all_cells(1)), name: json.dumps(forged).encode()}.items():
            archive.writestr(member, content)
    before = snapshot(store.root)
    done = command("submit", "add", path, "--store", store.root)
    assert done.exit_code != 0
    assert name in str(done.exception)
    assert snapshot(store.root) == before


def test_predictions_that_carry_a_tier_are_refused(bundle, command, store):
    cells = all_cells(1)
    line, rest = cells["zero-shot", "politics", 1].split(b"\n", 1)
    forged = {**json.loads(line), "notes": {"submission": {"tier": "re-run"}}}
    cells["zero-shot", "politics", 1] = json.dumps(forged).encode() + b"\n" + rest
    done = command("submit", "add", bundle(cells), "--store", store.root)
    assert "a line of another form" in str(done.exception)


def test_words_about_a_tier_are_words(add, site):
    told = 'description = "[re-run] fully re-run"\nhardware = "tier: re-run"\nbackbone = "re-run"\n'
    add(CARD + told)
    page = site()
    assert tiers(rows_of(page)["zero-shot", "mine [submitted]"]) == {"recomputed"}
    assert 'class="badge re-run"' not in (page / "index.html").read_text("utf-8")
    assert 'class="badge re-run"' not in (page / CELL).read_text("utf-8")


def test_a_re_run_of_other_predictions_raises_no_tier(add, site, store, command):
    one = add()
    place = sorted(one.digests)[0]
    before = RerunResult(*place, sha256(b"before"), sha256(b"before"))
    keep_reruns(store, one.folder, {place: sha256(b"before")}, [before])
    assert tiers(rows_of(site())["zero-shot", "mine [submitted]"]) == {"recomputed"}


def test_a_row_that_is_not_ranked_says_why_and_is_drawn_in_no_chart(add, site):
    add(cells={place: some for place, some in all_cells(1).items() if place[2] == 1})
    page = site()
    found = rows_of(page)
    assert ("zero-shot", "mine [submitted]") not in found
    row = found["zero-shot-unranked", "mine [submitted]"]
    assert row["why"] == ["missing cells: zero-shot ai (seed 2), zero-shot politics (seed 2)"]
    assert {"recomputed", "unranked"} == set(row["badges"])
    assert row["values"]["f1"]["politics"][0] == pytest.approx(6 / 7, abs=1e-4)
    assert "Not ranked: missing cells" in article(page)
    assert "Not ranked: missing cells" in (page / CELL).read_text("utf-8")
    index = (page / "index.html").read_text("utf-8")
    charts = index[index.index('<section id="charts"') : index.index('<section id="submissions"')]
    assert charts.count("mine [submitted]") == 1, "named as the one that is left out"
    assert "drawn in no chart: <bdi>mine [submitted]</bdi>" in charts


def test_a_submission_that_leads_or_repeats_another_row_says_so(add, site):
    add(cells=all_cells())
    page = site()
    index = (page / "index.html").read_text("utf-8")
    assert (
        '<bdi>mine [submitted]</bdi> <span class="badge recomputed">recomputed</span>'
        in (re.search(r'<section class="answers".*?</section>', index, re.S)[0])
    )
    assert "4 of 4 cells are those of own (mini)" in article(page)


def test_views_and_charts_have_ranked_submissions(add, site):
    add(CARD + "parameters = 5_000_000\n")
    page = site()
    mine = rows_of(page)["zero-shot", "mine [submitted]"]
    assert mine["values"]["leak-free"]["politics"][0] == 0  # every test sentence stands in train
    assert mine["facts"]["parameters"] == 5
    index = (page / "index.html").read_text("utf-8")
    for chart in ("domains", "losses", "types", "frequency"):
        drawn = re.search(rf'<section data-chart="{chart}".*?</section>', index, re.S)[0]
        assert "mine [submitted]" in drawn, chart
    assert "drawn in no chart" not in index


def test_claims_alone_are_shown_as_reported_only(add, site):
    add(CARD + "[claims.zero-shot]\npolitics = 85.7\n", {})
    page = site()
    row = rows_of(page)["zero-shot-unranked", "mine [submitted]"]
    assert {"reported", "unranked"} == set(row["badges"])
    assert (row["values"], row["cells"]) == ({}, {})
    assert "85.7 claimed, no predictions" in article(page)
    assert not list((page / "cells").glob("submitted-*"))


def test_llm_and_training_data_are_shown_as_declared(add, site):
    card = CARD.replace("uses_llm = false", 'uses_llm = true\nllm = "a big one"').replace(
        "training = []", '[[training]]\nname = "the web"\ncontains_test = ["politics"]'
    )
    add(card)
    page = site()
    row = rows_of(page)["zero-shot", "mine [submitted]"]
    assert set(row["badges"]) == {"recomputed", "equal-seeds", "llm", "training-data", "saw-test"}
    assert row["told"]["llm"] == "a big one"
    assert row["told"]["training-data"] == "the web (holds the test set of politics)"
    assert row["told"]["saw-test"] == "declared: politics"


@pytest.mark.parametrize(
    ("inside", "declared", "badge"), [(2, False, "undeclared"), (2, True, "scanned"), (0, False, "scanned")]
)
def test_what_a_scan_found_is_shown_with_whether_it_was_declared(add, site, store, inside, declared, badge):
    inside_of = '["ai"]' if declared else "[]"
    card = CARD.replace("training = []", f'training = [{{name = "a web", contains_test = {inside_of}}}]')
    one = add(card)
    keep_contamination(
        store, one.folder, [Contamination("ai", 9, inside, ("ai/test/0",), 3, 1, ("web.txt",))]
    )
    page = site()
    table = "zero-shot-unranked" if badge == "undeclared" else "zero-shot"
    row = rows_of(page)[table, "mine [submitted]"]
    assert badge in row["badges"]
    verdict = {(2, False): "not declared", (2, True): "declared"}.get((inside, declared))
    expected = (
        f"ai: 2 of 9 test sentences in web.txt, {verdict}"
        if verdict
        else "no more than chance explains: ai (0 of 9)"
    )
    assert row["told"][badge] == expected
    assert expected in article(page)
    assert bool(row["why"]) == (badge == "undeclared")


def test_submitted_cells_have_pages_with_their_sentences_and_no_record(add, site, store, corpora):
    one = add(CARD + '[rerun]\nmethod = "theirs"\npackage = "their-package"\n')
    page = site()
    links = rows_of(page)["zero-shot", "mine [submitted]"]["cells"]
    assert [seed for seed, _ in links["politics"]] == [1, 2]
    assert all((page / "cells" / f"{cell}.html").is_file() for some in links.values() for _, cell in some)
    cell = page_text(page / CELL)
    assert "85.7" in cell  # 6/7
    assert "Blue Party" in cell
    assert one.digests["zero-shot", "politics", 1] in cell
    assert "python -m leaderboard verify runs/tiny --submission mine --all" in cell
    assert "benchmark run" not in cell
    assert "whole record as JSON" not in cell
    own = next(path for path in (page / "cells").glob("own-zero-shot-politics-*"))
    assert CELL.rpartition("/")[2] in own.read_text("utf-8"), "its neighbours lead to it"
    here = [folder for folder in corpora if folder.name != "ai"]
    unjudged = (site(here) / "cells/submitted-mine-zero-shot-ai-s1.html").read_text("utf-8")
    assert "nothing is judged" in unjudged
    assert (page / "cells/submitted-mine-zero-shot-ai-s1.html").is_file()


@pytest.mark.parametrize(
    "line",
    [
        'hardware = "<b>"',
        'hardware = "a\\u202Eb"',
        'hardware = "a\\u200Bb"',
        'code = "javascript:alert(1)"',
        'code = "https://example.org/\\"onmouseover=\\"boom()"',
    ],
)
def test_markup_hidden_characters_and_other_links_stop_at_the_door(bundle, command, store, line):
    done = command("submit", "validate", bundle(card=CARD + line + "\n"), "--store", store.root)
    assert done.exit_code == 2 or done.exception is not None
    assert line.split(" = ")[0] in str(done.exception)


def test_what_gets_past_the_door_stays_text_all_the_same(add, site, monkeypatch):
    monkeypatch.setattr(cards, "_MARKUP", "")
    monkeypatch.setattr(cards, "_HIDDEN", ())
    monkeypatch.setattr(cards, "_LINK", re.compile(".*", re.DOTALL))
    text = json.dumps(EVERYTHING, ensure_ascii=False)
    card = CARD.replace('["Ada Example"]', f"[{text}, {text}]").replace("Apache-2.0", "'&\\\"")
    card = card.replace(
        "training = []",
        f'training = [{{name = {text}, link = "javascript:boom()"}}, {{name = "b", link = {text}}}]',
    )
    for key in ("description", "hardware", "llm", "backbone"):
        card += f"{key} = {text}\n"
    card += 'code = "https://user@example.org/"\npaper = "https://example.org/a\'b"\n'
    card = card.replace("uses_llm = false", "uses_llm = true")
    add(card + f'[rerun]\nmethod = "theirs"\npackage = {text}\n')
    page = site()
    pages = [path for path in page.rglob("*.html") if path.name == "index.html" or "submitted" in path.name]
    assert len(pages) == 6
    for path in pages:
        content = path.read_text("utf-8")
        assert not {"\N{RIGHT-TO-LEFT OVERRIDE}", "\N{ZERO WIDTH SPACE}"} & set(content)
        assert "&lt;img src=x" in content, "it is there, as text"
        tags = Tags(content).tags
        assert not [tag for tag, _ in tags if tag in ("img", "b")]
        assert not [key for _, attributes in tags for key in attributes if key.startswith("on")]
        outside = [a for t, a in tags if re.match(r"\s*[\w+.-]+:|//", a.get("href") or "") and t == "a"]
        linked = path.parent.name != "rows"  # a row's page has no links of its card
        assert [a["href"] for a in outside] == (["https://example.org/a'b"] if linked else [])
        assert all(a["rel"].split()[0] == "noopener" for a in outside)
        assert [a.get("type") for t, a in tags if t == "script"] in (
            [None],
            ["application/json", None],
            ["application/gzip", None],
        )


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org/", False),
        ("javascript:alert(1)//https://example.org", False),
        ("data:text/html,hello", False),
        ("//example.org/", False),
        ("https:///nowhere", False),
        ("https://trusted.org@evil.org/", False),
        ("https://[broken/", False),
        (" https://example.org/", False),
        ("https://example.org/a b", False),
        ("https://ex\u0430mple.org/", False),  # a Cyrillic letter
        ("", False),
    ],
)
def test_only_plain_https_addresses_become_links(text, leads):
    assert https(text) == (text if leads else "")


@given(st.one_of(st.text(), st.text().map(lambda text: f"https://{text}")))
def test_no_link_can_leave_its_attribute(text):
    link = https(text)
    assert link in ("", text)
    assert not link or (link.lower().startswith("https://") and not set(link) & set(' "<>\\\t\n\r'))
