"""What a fitted method predicts for a target and notes, and how that is kept for other cells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.domains.corpus import Mention

Predictions = dict[str, list[Mention]]

_FILE = "answers.json"


@dataclass(frozen=True)
class MethodOutput:
    """Checked predictions, by sentence id, of the test and dev splits; the method's notes; seconds."""

    test: Predictions
    dev: Predictions
    notes: Mapping[str, Any]
    timings: Mapping[str, float] = field(default_factory=dict)

    def to_files(self) -> dict[str, bytes]:
        """Return predictions and notes as the files of an artefact; timings belong to one cell."""
        content = {"test": self.test, "dev": self.dev, "notes": self.notes}
        return {_FILE: json.dumps(content, ensure_ascii=False, allow_nan=False).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> MethodOutput:
        """Return what ``to_files`` made files of."""
        content = json.loads(files[_FILE])
        test, dev = (
            {name: [Mention(*one) for one in found] for name, found in content[split].items()}
            for split in ("test", "dev")
        )
        return cls(test, dev, content["notes"])

    def reused(self, shared_seconds: float) -> MethodOutput:
        """Return it for another cell: what it cost is noted once, by the cell that paid for it."""
        notes = {name: note for name, note in self.notes.items() if name != "llm"}
        timings = {"train_seconds": 0.0, "shared_seconds": shared_seconds}
        return MethodOutput(self.test, self.dev, notes, timings)
