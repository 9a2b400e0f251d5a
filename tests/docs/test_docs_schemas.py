"""The JSON schemas of docs/schemas are those of the models, and say what the models take and refuse."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("larbench_schemas", DOCS / "schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.schemas()


def test_the_schemas_are_those_of_the_models(made):
    there = {path.name: path.read_text("utf-8") for path in (DOCS / "schemas").glob("*.json")}
    assert there == made, "run `python docs/schemas.py`"


def test_every_key_is_explained(made):
    for name in ("method.json", "manifest.json", "suite.json", "record.json", "ledger.json"):
        schema = json.loads(made[name])
        for part in (schema, *schema.get("$defs", {}).values()):
            assert all(field.get("description") for field in part["properties"].values())
            assert part["additionalProperties"] is False
