"""A record: one finished cell as one JSON object, which carries the hash of its own content."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from benchmark.errors import InputError
from benchmark.store.atomic_io import canonical_json, json_sha256, parse_json, sha256
from benchmark.store.cell_spec import CellSpec
from benchmark.validation import validate

SCHEMA = 1
OK, INCOMPLETE = "ok", "incomplete"  # a cell of either has predictions
FAILED, SKIPPED, OVER_BUDGET = "failed", "skipped", "over-budget"
STATES = (OK, INCOMPLETE, FAILED, SKIPPED, OVER_BUDGET)
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,239}")  # a file name that any system takes

_TODO = "run the suite again: it is recomputed"


SafeName = Annotated[str, StringConstraints(pattern=f"^{SAFE_NAME.pattern}$")]


class RecordFile(BaseModel):
    """All keys of a record's file, in their order."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    version: Literal[1] = Field(alias="schema", description="of this format")
    cell: SafeName = Field(description="its name: <label>-<setting>-<domain>-<backbone>-s<seed>-<hash>")
    suite: SafeName = Field(description="the suite that asked for it")
    corpus: str = Field(description="where the target comes from")
    method: str = Field(description="the name that the method is registered under")
    label: str = Field(description="the name of its row")
    params: dict[Any, Any] = Field(description="the parameters that differ from the method's defaults")
    setting: str = Field(description="zero-shot, supervised or few-shot-K")
    source: str = Field(description="the source domain")
    domain: str = Field(description="the target domain")
    source_corpus: str = Field(description="where the source comes from")
    backbone: str = Field(description="the pre-trained encoder, or none")
    seed: int = Field(description="what all random draws come from")
    source_limit: int | None = Field(description="how many source train sentences it may see; null for all")
    state: Literal[STATES] = Field(description="how it ended")  # type: ignore[valid-type]
    reason: str | None = Field(description="why it did not end ok")
    traceback: str | None = Field(description="of a failed one, or what its process printed last")
    identity: dict[Any, Any] = Field(description="component, its value or hash: what can change the output")
    identity_hash: str = Field(description="SHA-256 (hex) of the identity in canonical JSON")
    versions: dict[Any, Any] = Field(description="the libraries that computed it; no part of the identity")
    machine: dict[Any, Any] = Field(description="the machine that computed it; no part of the identity")
    timings: dict[Any, Any] = Field(
        description="seconds: train_seconds (without what cells share), shared_seconds (making or awaiting "
        "that), saved_seconds (what making took of that which was there), predict_seconds (test set), "
        "train_alone_seconds and predict_alone_seconds (as if nothing had been there), total_seconds; and "
        "sentences_per_second"
    )
    peak_memory_mb: int | float | None = Field(description="highest resident memory of its process, in MiB")
    dev: dict[Any, Any] | None = Field(
        description="precision, recall and f1 on the target's dev set, fractions; null where none was scored"
    )
    notes: dict[Any, Any] = Field(description="what the method told about its fit")
    predictions: str | None = Field(
        description="path, relative to the suite's folder; null unless ok or incomplete"
    )
    predictions_sha256: str | None = Field(description="SHA-256 (hex) of that file")
    finished: str = Field(description="when, in UTC (ISO 8601, seconds)")
    record_sha256: str = Field(description="SHA-256 (hex) of the rest in canonical JSON")


*_ORDER, _DIGEST = (field.alias or name for name, field in RecordFile.model_fields.items())


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a planned cell ended, with all that is needed to trust or repeat it.

    ``spec`` is what it is of; on disk its fields stand beside the others. ``RecordFile`` explains them all.
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

    @property
    def has_predictions(self) -> bool:
        """Whether it ended with predictions: whole ones, or some that lack answers of a language model."""
        return self.state in (OK, INCOMPLETE)

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
    whole = [n for n in tokens if _is_count(n)]
    if len(whole) < len(tokens):
        return None
    cost = notes.get("cost_usd")
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not math.isfinite(cost) or cost < 0:
        return Spent(sum(whole), None)
    return Spent(sum(whole), float(cost))


@dataclass(frozen=True)
class Lost:
    """What became of all that a cell asked a language model.

    Attributes
    ----------
    unit : str
        What is counted: ``sentences``, ``mentions``.
    asked : int
        How many of them needed an answer.
    reasons : Mapping of str to int
        Reason, how many got no answer that could be used for it.
    allowed : float
        The largest share that may be lost where the cell is still to end ok.
    """

    unit: str
    asked: int
    reasons: Mapping[str, int] = field(default_factory=dict, hash=False)
    allowed: float = 0.0

    @property
    def count(self) -> int:
        """How many got no answer."""
        return sum(self.reasons.values())

    @property
    def all_of_it(self) -> bool:
        """Whether not one answer could be used."""
        return 0 < self.asked <= self.count

    @property
    def too_much(self) -> bool:
        """Whether a cell that lost this is incomplete."""
        return self.all_of_it or self.count > self.allowed * self.asked + 1e-9

    def __str__(self) -> str:
        return f"lost {self.count:,} of {self.asked:,} {self.unit}"

    @property
    def detail(self) -> str:
        """The same with the reasons."""
        return f"{self} ({', '.join(f'{reason} {count:,}' for reason, count in self.reasons.items())})"


def lost_answers(notes: Mapping[str, Any]) -> Lost | None:
    """Return what a record's notes tell, under ``llm``, of lost answers; None where they tell nothing."""
    llm = notes.get("llm")
    if not isinstance(llm, Mapping) or not isinstance(llm.get("lost"), Mapping):
        return None
    reasons = {str(reason): count for reason, count in llm["lost"].items() if _is_count(count) and count}
    asked, allowed = llm.get("asked"), llm.get("max_lost", 0.0)
    if not _is_count(asked):
        return None
    share = float(allowed) if isinstance(allowed, int | float) else 0.0
    return Lost(str(llm.get("unit", "answers")), asked, reasons, share)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


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
        return InputError(found, path=path, expected=expected, todo=_TODO)

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
    content[_DIGEST] = digest
    validate(RecordFile, content, path=path, todo=_TODO)
    del content[_DIGEST]
    if content["state"] in (OK, INCOMPLETE) and content["predictions"] != predictions_path(content["cell"]):
        raise wrong(f"predictions = {content['predictions']!r}", predictions_path(content["cell"]))
    return Record.from_fields(**content)


def predictions_path(cell: str) -> str:
    """Where a cell's predictions lie, relative to its suite's folder."""
    return f"predictions/{cell}.jsonl"
