"""manifest.json: what a bundle claims to hold, and the SHA-256 of each of its files."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.submit.bundle import METHOD, PREDICTIONS
from leaderboard.submit.findings import Findings, shown
from leaderboard.submit.parse import strict_json

SCHEMA = 1
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,48}[A-Za-z0-9])?")
NAME_MEANS = "at most 50 letters, digits and . _ + -, a letter or digit first and last"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEYS = {"schema", "name", "suite", "method_sha256", "cells"}
_CELL = {"setting", "domain", "seed", "sha256"}
CellKey = tuple[str, str, int]  # setting, domain, seed


def predictions_name(key: CellKey) -> str:
    """Return the name that the file of a cell's predictions has in a bundle."""
    setting, domain, seed = key
    return f"predictions/{setting}/{domain}/s{seed}.jsonl"


@dataclass(frozen=True, slots=True)
class CellFile:
    """One cell that a bundle has predictions of; ``sha256`` is that of its file."""

    setting: str
    domain: str
    seed: int
    sha256: str

    @property
    def key(self) -> CellKey:
        """Setting, domain and seed."""
        return (self.setting, self.domain, self.seed)

    @property
    def name(self) -> str:
        """Its file's name in the bundle."""
        return predictions_name(self.key)


@dataclass(frozen=True)
class Manifest:
    """Which suite a bundle is for, under which name, and its cells, sorted by setting, domain and seed."""

    name: str
    suite: str
    method_sha256: str
    cells: tuple[CellFile, ...]


def render_manifest(manifest: Manifest) -> bytes:
    """Render a manifest as JSON."""
    content = {
        "schema": SCHEMA,
        "name": manifest.name,
        "suite": manifest.suite,
        "method_sha256": manifest.method_sha256,
        "cells": [
            {"setting": c.setting, "domain": c.domain, "seed": c.seed, "sha256": c.sha256}
            for c in sorted(manifest.cells, key=lambda c: c.key)
        ],
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def parse_manifest(content: bytes, path: str, findings: Findings) -> Manifest | None:
    """Parse a manifest; what is wrong goes to ``findings``, and None comes back where anything is."""
    before = len(findings.errors)
    try:
        found = strict_json(content.decode("utf-8"))
    except UnicodeDecodeError:
        findings.add("bytes that are not UTF-8", path, expected="JSON in UTF-8")
        return None
    except ValueError as error:
        findings.add(str(error), path, expected="JSON")
        return None
    if not isinstance(found, dict) or set(found) != _KEYS:
        findings.add("other keys than a manifest has", path, expected=", ".join(sorted(_KEYS)))
        return None
    if found["schema"] != SCHEMA:
        findings.add(f"schema {shown(found['schema'])}", path, expected=str(SCHEMA), todo="upgrade larbench")
        return None
    for key, form, means in (
        ("name", NAME, NAME_MEANS),
        ("suite", NAME, "the name of a suite"),
        ("method_sha256", _SHA256, f"the SHA-256 of {METHOD}"),
    ):
        if not isinstance(found[key], str) or not form.fullmatch(found[key]):
            findings.add(f"{key} {shown(found[key])}", path, expected=means)
    cells = _cells(found["cells"], path, findings)
    if len(findings.errors) > before:
        return None
    return Manifest(found["name"], found["suite"], found["method_sha256"], cells)


def _cells(found: object, path: str, findings: Findings) -> tuple[CellFile, ...]:
    if not isinstance(found, list):
        findings.add(f"cells {shown(found)}", path, expected="a list")
        return ()
    files: list[CellFile] = []
    for number, cell in enumerate(found):
        file = _cell_file(cell)
        if file is None:
            expected = "setting, domain, seed (0 to 4294967295) and sha256"
            findings.add(f"cells[{number}] that is none", path, expected=expected)
        else:
            files.append(file)
    _once([file.name.casefold() for file in files], path, findings)
    return tuple(sorted(files, key=lambda file: file.key))


def _cell_file(cell: object) -> CellFile | None:
    if not isinstance(cell, dict) or set(cell) != _CELL:
        return None
    texts = [cell["setting"], cell["domain"], cell["sha256"]]
    if not all(isinstance(text, str) for text in texts) or type(cell["seed"]) is not int:
        return None
    file = CellFile(cell["setting"], cell["domain"], cell["seed"], cell["sha256"])
    sound = 0 <= file.seed < 2**32 and PREDICTIONS.fullmatch(file.name) and _SHA256.fullmatch(file.sha256)
    return file if sound else None


def _once(names: Sequence[str], path: str, findings: Findings) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            findings.add(f"{shown(name)} twice", path, expected="each cell once")
