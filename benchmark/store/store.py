"""The store: records, predictions and the ledger of each suite, in files that hash to what they claim.

<root>/<suite>/ledger.json                  which cell is current for each slot
<root>/<suite>/records/<cell>.json          how it ended
<root>/<suite>/predictions/<cell>.jsonl     what it predicted; <cell>.jsonl.gz where it was published
<root>/artefacts/<kind>/<key hash>/         shared between cells (see ``artefacts``)
<root>/locks/, <root>/tmp/                  of no interest once a run is over

A store at a URL is such a folder too, with objects behind it: see ``remote.store``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol

from filelock import FileLock, Timeout

from benchmark.domains.corpus import Mention
from benchmark.errors import InputError, UsageError
from benchmark.store.artefacts import Artefacts
from benchmark.store.atomic_io import sha256, write_atomic
from benchmark.store.cell_spec import CellSpec
from benchmark.store.ledger import PLANNED, Entry, read_ledger, render_ledger, superseded
from benchmark.store.object_storage import as_path, is_url
from benchmark.store.predictions import PACKED, Triple, pack, parse_predictions, parse_spans, unpack
from benchmark.store.record import OK, Record, predictions_path, read_record, to_json

_SETTLED = (
    2 * 10**9
)  # nanoseconds: a folder's time of change is too coarse to tell two changes in a row apart


def warn_on_stderr(message: str) -> None:
    """Print a warning line; what a store does with warnings unless told otherwise."""
    print(f"warning: {message}", file=sys.stderr)


def _unheard(waits: bool) -> None:
    """Tell nobody that a cell waits."""


class Lock(Protocol):
    """What users need of a lock: ``filelock.FileLock`` on one machine, a lease among several."""

    def acquire(self, timeout: float = -1) -> object:
        """Wait until it is held; ``filelock.Timeout`` after so many seconds, unless they are negative."""

    def release(self) -> None:
        """Give it back."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Store:
    """A folder of results. Every write is atomic and durable; every read is checked by hash.

    ``warn`` receives one line for each damaged file that is going to be recomputed. ``on_wait`` hears True
    when what a cell needs is being made elsewhere, so that it has to wait, and False when it has waited.
    """

    preload: tuple[str, ...] = ()  # modules that a process which opens it may import beforehand

    def __init__(self, root: Path | str, *, warn: Callable[[str], None] = warn_on_stderr) -> None:
        if is_url(root):
            todo = f"copy it into one: python -m benchmark publish {root}/SUITE FOLDER"
            raise UsageError(f"{root}: this needs a store in a folder; {todo}")
        self.root = as_path(root)
        self.temporary = self.root / "tmp"
        self.warn = warn
        self.on_wait: Callable[[bool], None] = _unheard
        self.artefacts = Artefacts(self)
        self._listings: dict[Path, tuple[int, Mapping[str, Sequence[str]]]] = {}

    @property
    def location(self) -> str:
        """What opens this store again, here or in another process: see ``open_store``."""
        return str(self.root)

    def with_warn(self, warn: Callable[[str], None]) -> Store:
        """Return this store with another receiver of its warnings."""
        return Store(self.root, warn=warn)

    def refresh(self, suite: str | None = None, cell: str | None = None) -> None:
        """Bring here what others stored meanwhile, of one cell or of all; a folder holds it anyway."""

    # ---- reading

    def suites(self) -> list[str]:
        """Names of the suites that have a ledger here."""
        return sorted(path.parent.name for path in self.root.glob("*/ledger.json"))

    def ledger(self, suite: str) -> dict[str, Entry]:
        """Slot → current cell and state, sorted by slot; ``InputError`` where the file is damaged."""
        return read_ledger(self._ledger_path(suite))

    def records(self, suite: str) -> list[Record]:
        """Return the records of the current cells, in ledger order; cells only planned have none yet.

        Raises ``InputError`` naming the file where one is missing or damaged.
        """
        entries = self.ledger(suite).values()
        return [self.record(suite, entry.cell) for entry in entries if entry.state != PLANNED]

    def record(self, suite: str, cell: str) -> Record:
        """Return the record of a cell, current or not; ``InputError`` where it is missing or damaged."""
        path = self._record_path(suite, cell)
        if not path.is_file():
            todo = "run the suite again: it is recomputed"
            raise InputError("no record", path=path, expected=f"the record of {cell}", todo=todo)
        record = read_record(path)
        if (record.cell, record.spec.suite) != (cell, suite):
            raise InputError(
                f"the record of {record.spec.suite}/{record.cell}", path=path, expected=f"{suite}/{cell}"
            )
        return record

    def every_record(self, suite: str) -> list[Record]:
        """Every intact record of a suite, current or not, by name; damaged ones are left out."""
        paths = sorted((self.root / suite / "records").glob("*.json"))
        found = (self._record_or_none(suite, path.stem) for path in paths)
        return [record for record in found if record is not None]

    def complete(self, suite: str) -> frozenset[str]:
        """Return the names of the cells whose record and predictions are there; neither is read."""
        records, plain, packed = (
            {path.name.removesuffix(end) for path in (self.root / suite / folder).glob(f"*{end}")}
            for folder, end in (
                ("records", ".json"),
                ("predictions", ".jsonl"),
                ("predictions", f".jsonl{PACKED}"),
            )
        )
        return frozenset(records & (plain | packed))

    def predictions(self, record: Record) -> dict[str, list[Mention]]:
        """Return sentence id → mentions of a record, in file order.

        Raises ``InputError`` that names the file where it is missing, or its bytes are not those that the
        record vouches for; ``UsageError`` for a record that has none, because its cell ended without any.
        """
        return parse_predictions(self.predictions_bytes(record), self.predictions_path(record))

    def predicted_spans(self, record: Record) -> dict[str, list[Triple]]:
        """Return what ``predictions`` does, mentions left as lists: soon done, where many are scored."""
        return parse_spans(self.predictions_bytes(record), self.predictions_path(record))

    def predictions_path(self, record: Record) -> Path:
        """Return the predictions file of a record, plain or compressed."""
        if record.predictions is None:
            raise UsageError(f"{record.cell} ended {record.state}: it has no predictions")
        plain, packed = self._predictions_files(record)
        return packed if packed.is_file() and not plain.is_file() else plain

    def _predictions_files(self, record: Record) -> tuple[Path, Path]:
        plain = self.root / record.spec.suite / predictions_path(record.cell)
        return plain, plain.with_name(plain.name + PACKED)

    def predictions_bytes(self, record: Record) -> bytes:
        """Return a record's predictions as JSON lines, checked as ``predictions`` does."""
        path = self.predictions_path(record)
        todo = "run the suite again: the cell is recomputed"
        if not path.is_file():
            raise InputError("no predictions", path=path, expected=f"those of {record.cell}", todo=todo)
        content = path.read_bytes()
        if path.suffix == PACKED:
            content = unpack(content, path)
        if sha256(content) != record.predictions_sha256:
            found = f"bytes with SHA-256 {sha256(content)[:12]}…"
            expected = f"{str(record.predictions_sha256)[:12]}…, as the record says"
            raise InputError(found, path=path, expected=expected, todo=todo)
        return content

    def find(self, suite: str, cell: str) -> Record | None:
        """Return the record of a cell where it and its predictions are intact, else None.

        A damaged one is named by ``warn``; the caller computes the cell again.
        """
        if not self._record_path(suite, cell).is_file():
            return None
        try:
            record = self.record(suite, cell)
            if record.has_predictions:
                self.predictions_bytes(record)
        except InputError as error:
            self.warn(f"damaged, and not used: {error}")
            return None
        return record

    def find_equivalent(self, spec: CellSpec) -> Record | None:
        """Return the record of another row or suite with a cell's identity that ended ok; None without one.

        What has the same identity predicts the same: nobody has to compute it again.
        """
        for folder in sorted(self.root.glob("*/records")):
            for name in self._cells_by_hash(folder).get(spec.identity_hash[:12], ()):
                record = self.find(folder.parent.name, name)
                if record is not None and (record.state, record.spec.identity_hash) == (
                    OK,
                    spec.identity_hash,
                ):
                    return record
        return None

    def _cells_by_hash(self, folder: Path) -> Mapping[str, Sequence[str]]:
        """Return the cells of a folder of records by the hash that their names end in.

        A folder is read anew where it has changed since: not once for each of many missing cells.
        """
        changed = folder.stat().st_mtime_ns
        known = self._listings.get(folder)
        if known is not None and known[0] == changed:
            return known[1]
        found: dict[str, list[str]] = {}
        for name in sorted(path.stem for path in folder.iterdir() if path.suffix == ".json"):
            found.setdefault(name.rpartition("-")[2], []).append(name)
        if time.time_ns() - changed > _SETTLED:
            self._listings[folder] = changed, found
        return found

    # ---- writing

    def save_alias(self, equivalent: Record, spec: CellSpec) -> Record:
        """Store what an ``equivalent`` cell has as record and predictions of a cell; return the record."""
        record = equivalent.changed(
            cell=spec.name,
            suite=spec.suite,
            label=spec.label,
            domain=spec.domain,
            corpus=spec.corpus,
            predictions=predictions_path(spec.name),
        )
        self.save(record, self.predictions_bytes(equivalent))
        return record

    def save(self, record: Record, predictions: bytes | None = None) -> None:
        """Write a record after its predictions: a record that can be read has its predictions on disk."""
        if predictions is not None:
            plain, packed = self._predictions_files(record)
            self._write(plain, predictions)
            self._remove(packed)
        self._write(self._record_path(record.spec.suite, record.cell), to_json(record).encode())

    def pack(self, record: Record) -> None:
        """Compress the predictions file of a record, where it is plain: the hash stays that of its lines."""
        plain, packed = self._predictions_files(record)
        if plain.is_file():
            self._write(packed, pack(self.predictions_bytes(record)))
            self._remove(plain)

    def write_sidecar(self, suite: str, name: str, content: bytes | None) -> None:
        """Write a small file that stands beside a suite's ledger; None removes it."""
        path = self.root / suite / name
        if content is not None:
            self._write(path, content)
            return
        self._remove(path)

    def update_ledger(
        self,
        suite: str,
        changes: Mapping[str, Entry],
        *,
        specs: Sequence[CellSpec] = (),
        removed: Iterable[str] = (),
    ) -> None:
        """Merge entries into a suite's ledger, under a lock, so that concurrent runs keep each other's.

        Parameters
        ----------
        suite : str
            Its name.
        changes : Mapping
            Key → entry, new or in place of an earlier one.
        specs : sequence of CellSpec
            The cells that are entered: what their places were called before is removed.
        removed : iterable of str
            Further keys to remove.
        """
        path = self._ledger_path(suite)
        with self.lock(f"ledger-{suite}"):
            try:
                entries, damaged = read_ledger(path), False
            except InputError as error:
                self.warn(f"damaged, and rebuilt from the records: {error}")
                entries, damaged = self._ledger_of_records(suite), True
            gone = set(removed) | superseded(entries, specs, lambda cell: self._record_or_none(suite, cell))
            gone -= changes.keys()
            merged = {key: entry for key, entry in {**entries, **changes}.items() if key not in gone}
            if damaged or merged != entries:
                self._share_ledger(suite, entries, merged)
                self._write(path, render_ledger(suite, merged))

    def _share_ledger(self, suite: str, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> None:
        """Tell other machines of a change of a ledger; those that share a folder see it."""

    def _record_or_none(self, suite: str, cell: str) -> Record | None:
        try:
            return self.record(suite, cell)
        except InputError:
            return None

    def _ledger_of_records(self, suite: str) -> dict[str, Entry]:
        """Return the ledger that the records alone tell: of each slot, the cell that finished last."""
        records = sorted(self.every_record(suite), key=lambda record: record.finished)
        return {record.spec.ledger_key: Entry(record.cell, record.state) for record in records}

    def lock(self, name: str) -> Lock:
        """Return the lock of that name; processes and threads that enter it wait for each other."""
        return self._file_lock(name)

    @contextmanager
    def hold_lock(self, name: str) -> Iterator[None]:
        """Hold the lock of that name, under which what several cells need is made; tell of a wait for it."""
        lock = self.lock(name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.on_wait(True)
            try:
                lock.acquire()
            finally:
                self.on_wait(False)
        try:
            yield
        finally:
            lock.release()

    def _file_lock(self, name: str) -> FileLock:
        folder = self.root / "locks"
        with self.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.lock").touch()
        return FileLock(folder / f"{name}.lock", thread_local=False)

    @contextmanager
    def writing(self, path: Path) -> Iterator[None]:
        """Turn a failure of the file system to write into an ``InputError`` that names the path."""
        try:
            yield
        except OSError as error:
            raise InputError(
                f"a store that cannot be written ({error.strerror})",
                path=path,
                expected="a folder with room that you may write to",
                todo="free it, or choose another with --store",
            ) from error

    def _write(self, path: Path, content: bytes) -> None:
        with self.writing(path):
            write_atomic(path, content, temporary=self.temporary)

    def _remove(self, path: Path) -> None:
        with self.writing(path):
            path.unlink(missing_ok=True)

    def _ledger_path(self, suite: str) -> Path:
        return self.root / suite / "ledger.json"

    def _record_path(self, suite: str, cell: str) -> Path:
        return self.root / suite / "records" / f"{cell}.json"
