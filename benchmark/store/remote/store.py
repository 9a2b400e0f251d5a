"""A store at a URL: objects that never change once they are there, and a copy of them on each machine.

store.json                                   its id, which names the copy
results/<suite>/records/<cell>.json          a cell that ended ok: the first to store it wins
results/<suite>/predictions/<sha256>.jsonl   what it predicted; written before the record that vouches for it
results/<suite>/not-ok/<cell>.json           how a cell ended otherwise; a record of the same cell outdoes it
results/<suite>/ledger/<when>-<token>.json   what one run made current; later ones win, slot by slot
results/<suite>/comparison.json              as in a folder
artefacts/<kind>/<key hash>/manifest.json    the first wins; written after the <sha256> that it vouches for
leases/<name>                                who makes what just now (see ``remote.lease``)

The copy is a ``Store`` in a folder, so all that reads a store reads paths. What is in it was in the objects
before: whatever is written goes there first, and every read is checked by hash. It can be deleted at any
time. No lock is needed for any of this to hold. Machines that compute one cell twice store equal predictions,
or, being of different kinds, the record and the predictions of the first: never a mixture.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from filelock import FileLock

from benchmark.errors import InputError
from benchmark.store.atomic_io import parse_sealed_json, sealed_json, sha256
from benchmark.store.ledger import PLANNED, Entry, render_ledger
from benchmark.store.object_storage import ObjectStorage
from benchmark.store.record import OK, SAFE_NAME, Record, lost_answers, parse_record, to_json
from benchmark.store.remote.artefacts import RemoteArtefacts
from benchmark.store.remote.lease import Lease
from benchmark.store.store import Store, warn_on_stderr

SCHEMA = 1
_KIND = "slots"
_SHARED = ("cell-", "artefact-", "fit-")  # what machines wait for each other for; the rest is of the copy


class RemoteStore(Store):
    """The store at a URL, as the folder ``root`` that is its copy on this machine.

    ``refresh`` brings what others have stored; what this one stores goes to the URL first.
    """

    def __init__(
        self, objects: ObjectStorage, root: Path, *, warn: Callable[[str], None] = warn_on_stderr
    ) -> None:
        super().__init__(root, warn=warn)
        self.objects = objects
        self.preload = objects.preload
        self.artefacts = RemoteArtefacts(self)

    @property
    def location(self) -> str:
        """The URL."""
        return self.objects.url

    def with_warn(self, warn: Callable[[str], None]) -> RemoteStore:
        """Return this store with another receiver of its warnings."""
        return RemoteStore(self.objects, self.root, warn=warn)

    # ---- reading

    def refresh(self, suite: str | None = None, cell: str | None = None) -> None:
        """Bring here what others stored: of one cell, or of all suites with their ledgers.

        What is damaged at the URL is told to ``warn`` and left out; what is damaged here is brought anew.
        """
        if suite is not None and cell is not None:
            if self._intact(suite, cell) is not None:  # it never changes
                return
            self._bring(suite, [cell], ok=True)
            if self._intact(suite, cell) is None:
                self._bring(suite, [cell], ok=False)
            return
        keys = [key.split("/")[1:] for key in self.objects.keys("results/")]
        for name, group in groupby(sorted(keys), key=lambda parts: parts[0]):
            if SAFE_NAME.fullmatch(name):
                self._refresh_suite(name, ["/".join(parts[1:]) for parts in group])

    def _refresh_suite(self, suite: str, keys: Iterable[str]) -> None:
        there: dict[str, list[str]] = {"records": [], "not-ok": [], "ledger": [], "": []}
        for key in keys:
            folder, _, name = key.rpartition("/")
            stem = name.removesuffix(".json")
            if folder in there and SAFE_NAME.fullmatch(stem):
                there[folder].append(stem)
        lacking = [cell for cell in there["records"] if self._intact(suite, cell) is None]
        self._bring(suite, lacking, ok=True)
        done = set(there["records"])
        self._bring(suite, [cell for cell in there["not-ok"] if cell not in done], ok=False)
        beside = self.objects.get(f"results/{suite}/comparison.json") if "comparison" in there[""] else None
        super().write_sidecar(suite, "comparison.json", beside)
        slots, gone = self._slots(suite, there["ledger"])
        entries = {slot: Entry(cell, self._state(suite, cell, done)) for slot, cell in slots.items()}
        with self._file_lock(f"ledger-{suite}"):
            here = self._known(suite)
            merged = {key: entry for key, entry in {**here, **entries}.items() if key not in gone}
            if here != merged:
                self._write(self._ledger_path(suite), render_ledger(suite, merged))

    def _known(self, suite: str) -> dict[str, Entry]:
        try:
            return self.ledger(suite)
        except InputError:  # the copy is damaged: the parts at the URL say it anew
            return {}

    def _state(self, suite: str, cell: str, done: set[str]) -> str:
        try:
            return self.record(suite, cell).state
        except InputError:  # an ok one that could not be brought is damaged, and no hole
            return OK if cell in done else PLANNED

    def _slots(self, suite: str, parts: list[str]) -> tuple[dict[str, str], set[str]]:
        """Return key → current cell of all parts of a ledger, and removed keys: the later, the stronger."""
        found = dict(self.objects.get_many(f"results/{suite}/ledger/{part}.json" for part in parts))
        slots: dict[str, str] = {}
        gone: set[str] = set()
        for key in sorted(found):
            try:
                content = parse_sealed_json(
                    found[key], f"{self.location}/{key}", _KIND, schema=SCHEMA, todo="run the suite again"
                )
            except InputError as error:
                self.warn(f"damaged, and not used: {error}")
                continue
            for slot in content.get("removed", ()):
                slots.pop(slot, None)
                gone.add(slot)
            slots |= {slot: cell for slot, cell in content["slots"].items() if SAFE_NAME.fullmatch(cell)}
        return slots, gone - slots.keys()

    def _intact(self, suite: str, cell: str) -> Record | None:
        """Return the record of a cell that ended ok where the copy holds it undamaged, else None."""
        try:
            record = self.record(suite, cell)
            if record.state == OK:
                self.predictions_bytes(record)
                return record
        except InputError:
            pass
        return None

    def _bring(self, suite: str, cells: Iterable[str], *, ok: bool) -> None:
        """Copy the records of cells, and their predictions, from the URL to this machine."""
        vouched: dict[str, list[Record]] = {}
        for key, text in self.objects.get_many(_record_key(suite, cell, ok=ok) for cell in cells):
            record = self._parsed(key, text)
            if record is not None and record.has_predictions:
                vouched.setdefault(_predictions_key(record), []).append(record)
            elif record is not None:
                super().save(record)
        for key, content in self.objects.get_many(vouched):
            records = vouched.pop(key)
            if self._is_intact(key, content):
                for record in records:
                    super().save(record, content)
        for key in vouched:
            self.warn(f"damaged, and not used: {self.location}/{key} is not there")

    def _parsed(self, key: str, text: bytes) -> Record | None:
        """Return the record in an object; None, and a warning, where it is damaged or another's."""
        place = f"{self.location}/{key}"
        try:
            record = parse_record(text, place)
            if key != _record_key(record.spec.suite, record.cell, ok=record.state == OK):
                raise InputError(f"the record of {record.spec.suite}/{record.cell}", path=place)
        except InputError as error:
            self.warn(f"damaged, and not used: {error}")
            return None
        return record

    def _is_intact(self, key: str, content: bytes) -> bool:
        """Whether predictions are those that their key names; warns where they are not."""
        intact = key.endswith(f"/{sha256(content)}.jsonl")
        if not intact:
            self.warn(f"damaged, and not used: {self.location}/{key} holds other bytes")
        return intact

    # ---- writing

    def save(self, record: Record, predictions: bytes | None = None) -> None:
        """Write a record after its predictions, at the URL and then here.

        A cell that ended ok is stored once: where another machine was first, this one takes what that one
        stored, unless that lost more answers of a language model. A cell that ended otherwise never hides one
        that ended ok.
        """
        key = _record_key(record.spec.suite, record.cell, ok=record.state == OK)
        if record.state != OK:
            if record.has_predictions:
                predictions = predictions or self.predictions_bytes(record)
                self.objects.put(_predictions_key(record), predictions)
            self.objects.put(key, to_json(record).encode())
            self._bring(record.spec.suite, [record.cell], ok=True)
            if self._intact(record.spec.suite, record.cell) is None:
                super().save(record, predictions)
            return
        if predictions is None:
            predictions = self.predictions_bytes(record)
        self.objects.put(_predictions_key(record), predictions)
        kept = record, predictions
        if not self.objects.create(key, to_json(record).encode()):
            first = self._stored(key)
            if first is not None and _is_as_good(first[0], record):
                if first[0].predictions_sha256 != record.predictions_sha256:
                    self.warn(f"{record.cell}: two machines predict otherwise; what was stored first is kept")
                kept = first
            else:  # in place of a damaged one
                self.objects.put(key, to_json(record).encode())
        super().save(*kept)

    def _stored(self, key: str) -> tuple[Record, bytes] | None:
        """Return a record at the URL that ended ok, with its predictions; None where either is damaged."""
        record = self._parsed(key, self.objects.get(key) or b"")
        if record is None:
            return None
        name = _predictions_key(record)
        content = self.objects.get(name) or b""
        return (record, content) if self._is_intact(name, content) else None

    def write_sidecar(self, suite: str, name: str, content: bytes | None) -> None:
        """Write a small file that stands beside a suite's ledger, at the URL and here; None removes it."""
        key = f"results/{suite}/{name}"
        if content is None:
            self.objects.delete([key])
        else:
            self.objects.put(key, content)
        super().write_sidecar(suite, name, content)

    def _share_ledger(self, suite: str, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> None:
        """Store at the URL, as a part of its own, which cells became current, and which keys went.

        The states of cells are in their records: a part holds none.
        """
        fresh = {
            key: entry.cell
            for key, entry in sorted(after.items())
            if key not in before or before[key].cell != entry.cell
        }
        gone = sorted(before.keys() - after.keys())
        if fresh or gone:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}"
            content = {
                "schema": SCHEMA,
                "suite": suite,
                "slots": fresh,
                **({"removed": gone} if gone else {}),
            }
            self.objects.put(f"results/{suite}/ledger/{name}.json", sealed_json(content, _KIND))

    def lock(self, name: str) -> FileLock | Lease:
        """Return the lock of that name: for what is costly a lease among machines, else of this copy."""
        local = self._file_lock(name)
        if not name.startswith(_SHARED):
            return local
        return Lease(self.objects, f"leases/{name}", local)


def _is_as_good(first: Record, later: Record) -> bool:
    lost = [0 if found is None else found.count for found in map(lost_answers, (first.notes, later.notes))]
    return first.spec.identity_hash == later.spec.identity_hash and lost[0] <= lost[1]


def _record_key(suite: str, cell: str, *, ok: bool) -> str:
    return f"results/{suite}/{'records' if ok else 'not-ok'}/{cell}.json"


def _predictions_key(record: Record) -> str:
    return f"results/{record.spec.suite}/predictions/{record.predictions_sha256}.jsonl"
