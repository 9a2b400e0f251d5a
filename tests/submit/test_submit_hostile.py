"""Hostile bundles: each is refused with a clear line, and not a byte of the store changes."""

from __future__ import annotations

import re

import pytest
from hostile_bundles import HOSTILE
from submission_bundles import snapshot

from benchmark.errors import LarbenchError
from leaderboard.submit.bundle import open_bundle
from leaderboard.submit.check import check_bundle


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_is_refused_with_a_clear_line_and_changes_nothing(name, tmp_path, store, shelf):
    make, words = HOSTILE[name]
    folder = tmp_path / "theirs"
    folder.mkdir()
    path = make(folder)
    before = snapshot(store.root)
    with pytest.raises(LarbenchError) as caught, open_bundle(path) as bundle:
        check_bundle(bundle, store, shelf)
    text = str(caught.value)
    assert re.search(words, text), text
    assert caught.value.exit_code == 2
    assert text.isprintable() or "\n" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text), "nothing hidden"
    assert len(text) < 20_000, "a flood of problems is cut"
    assert snapshot(store.root) == before
