"""What a bundle claims to hold, in manifest.json, and the SHA-256 of each of its files."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from benchmark.errors import shown
from benchmark.validation import Seed, matching, must
from leaderboard.submit.bundle import FILES, METHOD, PART
from leaderboard.submit.findings import Findings
from leaderboard.submit.parse import json_model

SCHEMA = 1
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,48}[A-Za-z0-9])?")
NAME_MEANS = "at most 50 letters, digits and . _ + -, a letter or digit first and last"
CellKey = tuple[str, str, int]  # setting, domain, seed

Name = Annotated[str, *matching(NAME, NAME_MEANS)]
Part = Annotated[str, *matching(re.compile(PART), "a name of letters, digits and . _ @ + -")]
Sha256 = Annotated[str, *matching(re.compile(r"[0-9a-f]{64}"), "a SHA-256, 64 digits 0-9 and a-f")]
Version = Annotated[
    int, must(lambda value: value == SCHEMA, f"{SCHEMA}; upgrade larbench"), WithJsonSchema({"const": SCHEMA})
]


def predictions_name(key: CellKey) -> str:
    """Return the name that the file of a cell's predictions has in a bundle."""
    setting, domain, seed = key
    return f"predictions/{setting}/{domain}/s{seed}.jsonl"


class CellFile(BaseModel):
    """One cell that a bundle has predictions of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    setting: Part = Field(description="as zero-shot")
    domain: Part = Field(description="the target")
    seed: Seed = Field(description="of the run")
    sha256: Sha256 = Field(description="of the file predictions/<setting>/<domain>/s<seed>.jsonl")

    @property
    def key(self) -> CellKey:
        """Setting, domain and seed."""
        return (self.setting, self.domain, self.seed)

    @property
    def name(self) -> str:
        """Its file's name in the bundle."""
        return predictions_name(self.key)


class Manifest(BaseModel):
    """Which suite a bundle is for, under which name, and its cells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Version = Field(alias="schema", description="of this format")
    name: Name = Field(description="of the submission and its row")
    suite: Name = Field(description="the suite that it is for")
    method_sha256: Sha256 = Field(description=f"of {METHOD}")
    cells: tuple[CellFile, ...] = Field(max_length=FILES, description="the cells that it has predictions of")


def render_manifest(name: str, suite: str, method_sha256: str, cells: Mapping[CellKey, str]) -> bytes:
    """Render a manifest as JSON; ``cells`` has the SHA-256 of each cell's file. Nothing is checked."""
    listed = [
        {"setting": setting, "domain": domain, "seed": seed, "sha256": digest}
        for (setting, domain, seed), digest in sorted(cells.items())
    ]
    content = {
        "schema": SCHEMA,
        "name": name,
        "suite": suite,
        "method_sha256": method_sha256,
        "cells": listed,
    }
    return (json.dumps({**content, "cells": listed}, indent=1) + "\n").encode()


def parse_manifest(content: bytes, path: str, findings: Findings) -> Manifest | None:
    """Parse a manifest; what is wrong goes to ``findings``, and None comes back where anything is."""
    manifest = json_model(Manifest, content, path, findings)
    if manifest is None:
        return None
    names = Counter(cell.name.casefold() for cell in manifest.cells)
    for name in (name for name, count in names.items() if count > 1):
        findings.add(f"{shown(name)} twice", path, expected="each cell once")
    if max(names.values(), default=1) > 1:
        return None
    return manifest.model_copy(update={"cells": tuple(sorted(manifest.cells, key=lambda cell: cell.key))})
