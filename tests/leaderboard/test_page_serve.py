from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from benchmark.errors import UsageError
from benchmark.store.store import Store
from leaderboard.page import serve


def test_the_built_page_is_served_to_this_machine_alone(
    store: Store, corpora: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    seen: dict[str, Any] = {}

    def look() -> None:
        address = capsys.readouterr().out.split()[1]
        seen["address"] = address
        with urllib.request.urlopen(address, timeout=60) as answer:
            seen["page"] = answer.read().decode()
        for place in (address.rpartition("/")[0] + "/", address.partition("/tiny")[0] + "/../../etc/passwd"):
            try:
                with urllib.request.urlopen(place, timeout=60) as answer:
                    seen.setdefault("others", []).append(answer.status)
            except urllib.error.HTTPError as error:
                seen.setdefault("others", []).append(error.code)
                error.close()

    monkeypatch.setattr(serve, "_wait", look)
    serve.serve_suites([(store.root, "tiny")], port=0, own=corpora)
    assert seen["address"].startswith("http://127.0.0.1:")
    assert "Which method carries over" in seen["page"]
    assert seen["others"] == [200, 404]  # a folder's own page, and nothing outside
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(seen["address"], timeout=60)


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with serve.serving(tmp_path, 0) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(UsageError, match="choose another with --port"), serve.serving(tmp_path, port):
            pass
