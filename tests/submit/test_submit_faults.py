"""Broken bundles by chance, and writes that break off: an error that says so, and an untouched store."""

from __future__ import annotations

import json
import random

import pytest
from hostile_bundles import FIRST, unpacked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from submission_bundles import CARD, all_cells, files_of, snapshot

from benchmark.domains.corpus import Domain, EntityType, LabelledSentence
from benchmark.errors import LarbenchError
from leaderboard.submit import store as kept
from leaderboard.submit.bundle import open_bundle
from leaderboard.submit.card import parse_card
from leaderboard.submit.check import check_bundle, parse_sentences
from leaderboard.submit.findings import Findings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TYPES = tuple(EntityType(name, name, "") for name in "ab")
DOMAIN = Domain("own", "t", "en", TYPES, (), (), (LabelledSentence("t/test/0", ("x", "y", "z"), ()),))


def test_bytes_changed_at_random_are_refused_or_change_nothing(bundle, store, shelf):
    path = bundle()
    sound = path.read_bytes()
    with open_bundle(path) as opened:
        expected = check_bundle(opened, store, shelf).digests
    draw = random.Random(1)
    refused = 0
    for _ in range(150):
        data = bytearray(sound)
        for _ in range(draw.choice((1, 1, 4, 30))):
            data[draw.randrange(len(data))] = draw.randrange(256)
        if draw.random() < 0.2:
            del data[draw.randrange(len(data)) :]
        path.write_bytes(bytes(data))
        try:
            with open_bundle(path) as opened:
                assert check_bundle(opened, store, shelf).digests == expected
        except LarbenchError:
            refused += 1
    assert refused > 100


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4), st.sampled_from("abc")), max_size=4))
def test_mentions_are_taken_exactly_where_they_are_legal(mentions):
    line = json.dumps({"id": "t/test/0", "mentions": [list(one) for one in mentions]}).encode()
    findings = Findings()
    found = parse_sentences(line, DOMAIN, "file", findings)
    tokens = [set(range(start, end)) for start, end, _ in mentions]
    legal = all(0 <= s < e <= 3 and kind in "ab" for s, e, kind in mentions)
    apart = sum(map(len, tokens)) == len(set().union(*tokens))
    assert (found is not None) == (legal and apart)
    assert bool(findings) == (found is None)
    if found is not None:
        assert found == {"t/test/0": sorted(mentions)}


@given(JSON)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_json_as_a_line_is_told_and_never_raises(value):
    findings = Findings()
    assert parse_sentences(json.dumps(value).encode(), DOMAIN, "file", findings) is None
    assert findings


@given(st.text(max_size=200))
def test_any_text_as_a_method_toml_is_told_and_never_raises(text):
    findings = Findings()
    found = parse_card((CARD + text).encode("utf-8", "surrogatepass"), "method.toml", findings)
    assert (found is None) == bool(findings)


@pytest.mark.parametrize("at", range(7))
def test_an_add_that_breaks_off_at_any_file_leaves_nothing_behind(at, bundle, store, shelf, monkeypatch):
    path = bundle()
    with open_bundle(path) as opened:
        checked = check_bundle(opened, store, shelf)
        before = snapshot(store.root)
        real, written = kept.write_durable, []

        def breaking(target, content):
            if len(written) == at:
                raise KeyboardInterrupt
            written.append(target)
            real(target, content)

        monkeypatch.setattr(kept, "write_durable", breaking)
        with pytest.raises(KeyboardInterrupt):
            kept.add(checked, store)
    assert snapshot(store.root) == before
    assert len(written) == at
    assert not list(store.temporary.glob("*"))


def test_what_was_checked_is_added_though_the_bundle_changes_meanwhile(tmp_path, store, shelf):
    root = unpacked(tmp_path, files_of(all_cells(1)))
    with open_bundle(root) as opened:
        checked = check_bundle(opened, store, shelf)
        (root / FIRST).write_bytes(all_cells()["zero-shot", "politics", 1])
        added = kept.add(checked, store)
    assert (added.folder / FIRST).read_bytes() == all_cells(1)["zero-shot", "politics", 1]
    assert kept.read_submission(added.folder) == added
