"""JSON schemas of the files that others may write, from the models that check them; an editor can read them.

    python docs/schemas.py

writes them into docs/schemas/. A test holds them against the models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmark.domains.domain_file import DomainFile
from benchmark.plan.suite import Suite
from benchmark.store.ledger import LedgerFile
from benchmark.store.record import RecordFile
from leaderboard.submit.card import Card
from leaderboard.submit.manifest import Manifest

FOLDER = Path(__file__).parent / "schemas"
MODELS: dict[str, type[BaseModel]] = {  # the file that a model is of → the model
    "domain.toml": DomainFile,
    "ledger.json": LedgerFile,
    "manifest.json": Manifest,
    "method.toml": Card,
    "record.json": RecordFile,
    "suite.toml": Suite,
}


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles of keys, which would only say the keys again."""

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False


def schemas() -> dict[str, str]:
    """Return file name → the JSON schema of each format."""
    found = {}
    for name, model in MODELS.items():
        schema = {**model.model_json_schema(schema_generator=_Untitled), "title": name}
        content = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        found[f"{Path(name).stem}.json"] = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return found


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
