"""A record: one finished cell as one JSON object, which carries the hash of its own content."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmark.errors import InputError
from benchmark.store.atomic_io import canonical_json, json_sha256, parse_json, sha256
from benchmark.store.cell_spec import CellSpec

SCHEMA = 1
OK, FAILED, SKIPPED, OVER_BUDGET = "ok", "failed", "skipped", "over-budget"
STATES = (OK, FAILED, SKIPPED, OVER_BUDGET)
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,239}")  # a file name that any system takes

_DIGEST = "record_sha256"


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a planned cell ended, with all that is needed to trust or repeat it.

    Attributes
    ----------
    cell : str
        Its name, also that of its files: ``<label>-<setting>-<domain>-<backbone>-s<seed>-<hash>``.
    spec : CellSpec
        What it is of; on disk its fields stand beside the others.
    state : str
        One of ``STATES``.
    reason, traceback : str or None
        Why it did not end ``ok``; None for one that did.
    versions, machine : Mapping
        The libraries and the machine that computed it; no part of the identity.
    timings : Mapping
        Seconds: ``train_seconds`` (without what cells share), ``shared_seconds`` (making or awaiting that),
        ``saved_seconds`` (what making took of that which was there), ``predict_seconds`` (test set),
        ``total_seconds``; and ``sentences_per_second``.
    peak_memory_mb : float or None
        Highest resident memory of the process that computed it, in MiB.
    dev : Mapping or None
        ``precision``, ``recall``, ``f1`` on the target's dev set, as fractions; None where none was scored.
    notes : Mapping
        What the method chose to tell about its fit.
    predictions, predictions_sha256 : str or None
        Path relative to the suite's folder, and hash; None unless ``ok``.
    finished : str
        When, in UTC (ISO 8601, seconds).
    """

    schema: int = SCHEMA
    cell: str
    spec: CellSpec
    state: str
    reason: str | None = None
    traceback: str | None = None
    versions: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    peak_memory_mb: float | None = None
    dev: Mapping[str, float] | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    predictions: str | None = None
    predictions_sha256: str | None = None
    finished: str = ""

    @classmethod
    def from_fields(cls, **fields: Any) -> Record:
        """Return the record whose fields, and those of its spec, these are."""
        spec = {name: fields.pop(name) for name in _SPEC if name in fields}
        return cls(spec=CellSpec(**spec), **fields)

    def changed(self, **fields: Any) -> Record:
        """Return a copy with other values of these fields, its own or its spec's."""
        spec = {name: fields.pop(name) for name in _SPEC if name in fields}
        return replace(self, spec=replace(self.spec, **spec), **fields)


_SPEC = tuple(field.name for field in dataclasses.fields(CellSpec))


@dataclass(frozen=True)
class Spent:
    """What a cell asked of a language model.

    tokens: of its prompts and answers, also of those that an earlier run had paid for and kept.
    dollars: what the cell cost when it was computed; None where the price is not known.
    """

    tokens: int
    dollars: float | None


_TOKENS = ("prompt_tokens", "completion_tokens", "cached_prompt_tokens", "cached_completion_tokens")


def spent_on_llm(record: Record) -> Spent | None:
    """Return what a record's notes tell under ``llm``; None where they tell nothing that can be read."""
    notes = record.notes.get("llm")
    if not isinstance(notes, Mapping) or not set(_TOKENS[:2]) <= set(notes):
        return None
    tokens = [notes.get(name, 0) for name in _TOKENS]
    whole = [n for n in tokens if isinstance(n, int) and not isinstance(n, bool) and n >= 0]
    if len(whole) < len(tokens):
        return None
    cost = notes.get("cost_usd")
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not math.isfinite(cost) or cost < 0:
        return Spent(sum(whole), None)
    return Spent(sum(whole), float(cost))


_NONE = type(None)
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("schema", "seed"), (int,)),
    **dict.fromkeys(("cell", "suite", "corpus", "method", "label", "setting", "source", "domain"), (str,)),
    **dict.fromkeys(("source_corpus", "backbone", "state", "identity_hash", "finished"), (str,)),
    **dict.fromkeys(("reason", "traceback", "predictions", "predictions_sha256"), (str, _NONE)),
    **dict.fromkeys(("params", "identity", "versions", "machine", "timings", "notes"), (dict,)),
    "source_limit": (int, _NONE),
    "peak_memory_mb": (int, float, _NONE),
    "dev": (dict, _NONE),
}


# of the keys of a record's file
_ORDER = (
    *("schema", "cell", "suite", "corpus", "method", "label", "params", "setting", "source", "domain"),
    *("source_corpus", "backbone", "seed", "source_limit", "state", "reason", "traceback", "identity"),
    *("identity_hash", "versions", "machine", "timings", "peak_memory_mb", "dev", "notes", "predictions"),
    *("predictions_sha256", "finished"),
)


def to_json(record: Record) -> str:
    """Render a record as JSON text that carries the hash of its content."""
    values = {**vars(record), **vars(record.spec)}
    content = {name: values[name] for name in _ORDER}
    content[_DIGEST] = sha256(canonical_json(content))
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_record(path: Path) -> Record:
    """Read a record; ``InputError`` names the file where it is damaged or of another schema."""
    return parse_record(path.read_bytes(), path)


def parse_record(text: bytes, path: Path | str) -> Record:
    """Parse a record, as ``read_record`` does; ``path`` is where it comes from."""
    content = parse_json(text, path)

    def wrong(found: str, expected: str) -> InputError:
        return InputError(found, path=path, expected=expected, todo="run the suite again: it is recomputed")

    if not isinstance(content, dict):
        raise wrong("no JSON object", "a record")
    if isinstance(content.get("schema"), int) and content["schema"] > SCHEMA:
        raise InputError(
            f"record schema {content['schema']}",
            path=path,
            expected=f"at most {SCHEMA}",
            todo="a newer larbench wrote it: upgrade",
        )
    digest = content.pop(_DIGEST, None)
    actual = json_sha256(content, path)
    if digest != actual:
        raise wrong(f"content with SHA-256 {actual[:12]}…", f"{str(digest)[:12]}…, as the record itself says")
    if set(content) != set(_TYPES):
        odd = ", ".join(sorted(set(content) ^ set(_TYPES)))
        raise wrong(f"other keys than a record has: {odd}", "the keys of schema 1")
    for name, types in _TYPES.items():
        if not isinstance(content[name], types) or (isinstance(content[name], bool)):
            raise wrong(f"{name} = {content[name]!r}", " or ".join(kind.__name__ for kind in types))
    _check_values(content, wrong)
    return Record.from_fields(**content)


def _check_values(content: dict[str, Any], wrong: Any) -> None:
    if content["state"] not in STATES:
        raise wrong(f"state {content['state']!r}", " or ".join(STATES))
    for name in ("cell", "suite"):
        if not SAFE_NAME.fullmatch(content[name]):
            raise wrong(f"{name} {content[name]!r}", "letters, digits and . _ @ + -")
    if content["state"] == OK and content["predictions"] != predictions_path(content["cell"]):
        raise wrong(f"predictions {content['predictions']!r}", predictions_path(content["cell"]))


def predictions_path(cell: str) -> str:
    """Where a cell's predictions lie, relative to its suite's folder."""
    return f"predictions/{cell}.jsonl"
