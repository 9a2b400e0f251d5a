"""Broken files through every reader: an error of ours or a result, never another exception.

Files are made by changing sound ones (bytes flipped, cut, repeated, turned, hostile pieces put in) and from
nothing. LARBENCH_STRESS_FILES says how many, for example 100000.
"""

from __future__ import annotations

import io
import random
import resource
import time
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mutations import PIECES, changed
from stress_numbers import stress_number
from submission_bundles import CONLL, a_store, all_cells, files_of, write_corpora

from benchmark.domains.folder import load_folder
from benchmark.errors import LarbenchError
from benchmark.plan.suite import parse_suite
from benchmark.store.atomic_io import sha256
from benchmark.store.ledger import read_ledger
from benchmark.store.predictions import parse_predictions
from benchmark.store.record import read_record
from benchmark.store.record_gold import DomainCache
from lar.generalists.answers import Reading, read_answer
from leaderboard.submit.bundle import open_bundle
from leaderboard.submit.check import check_bundle
from leaderboard.submit.convert import from_conll
from leaderboard.submit.pack import template
from leaderboard.submit.spans import from_spans

ROOT = Path(__file__).parents[2]
MEMORY = 1024  # MiB that reading may make the process grow by
SLOWEST = 60.0  # seconds for one file, on a machine that may be busy

_NAMES = ("person", "river", "bridge", "misc")
_CANDIDATES = [_NAMES, _NAMES[:2], _NAMES]
_ANSWER = '{"1": "person", "2": "river", "3": "bridge"}'
_CONLL = (
    "-DOCSTART- O\n\nAda B-person\nsaw O\nthe O\nBlue B-river\nNile I-river\n. O\n\nBob B-person\nleft O\n\n"
)
_COLUMNS = "# sent_id = 1\nBob\tNNP\tB-person\nleft\tVBD\tO\n\nAda\tNNP\tB-person\n\n"
_PREDICTIONS = (
    '{"id": "politics/test/0", "mentions": [[0, 2, "person"], [3, 4, "river"]]}\n'
    '{"id": "politics/test/1", "mentions": []}\n'
)
_SUITE = (ROOT / "benchmark" / "plan" / "suites" / "ablations.toml").read_text("utf-8")
_RESULTS = ROOT / "results" / "sample"
_CELLS = all_cells(1)
_METHOD = template("mine") + '[claims.zero-shot]\npolitics = 50.0\n[rerun]\nmethod = "m"\npackage = "p"\n'
_SPANS = (
    '{"id": "politics/test/0", "ents": [{"start": 0, "end": 3, "label": "person", "score": 0.5}]}\n'
    '[{"start": 0, "end": 3, "entity_group": "person"}]\n{"text": "nothing", "ents": []}\n'
)

_PIECES: tuple[bytes, ...] = (
    *PIECES,
    *(b"\\u0000", b"```json\n", b"-Infinity", b"0x1f", b"1979-99-99", b"nan", b"inf", b"''' ", b'"""'),
    *(b"{" * 3000, b"a=" * 500, b"a." * 2000, b"x" * 20000, b"[[methods]]\n"),
    *(b"B-person I-river", b"seeds = [1.5]\n", b"name = 1\n"),
)
_ALPHABET = b"{}[]\":,.0123456789 \n\tBIO-abc\\u=#'"


@dataclass
class Tally:
    """What became of the files of one reader. ``other``: exceptions that are none of ours."""

    results: int = 0
    refused: int = 0
    other: list[str] = field(default_factory=list)
    slowest: float = 0.0


def _corpus(data: bytes, path: Path) -> object:
    for split in ("train", "dev", "test"):
        path.with_name(f"{split}.txt").write_bytes(data)
    return load_folder(path.parent)


def _predictions(data: bytes, path: Path) -> object:
    found = parse_predictions(data, path)
    return [name.encode("utf-8", "backslashreplace") for name in found]


def _answer(data: bytes, path: Path) -> object:
    del path
    read = read_answer(data.decode("utf-8", "replace"), _CANDIDATES, dict(zip(_NAMES, _NAMES, strict=True)))
    assert isinstance(read, Reading)
    assert sorted({*read.types, *read.faults}) == [1, 2, 3]
    assert all(kind in _CANDIDATES[number - 1] for number, kind in read.types.items())
    if read.faults:
        raise LarbenchError(next(iter(read.faults.values())))
    return read


def _from_disk(read: Callable[[Path], object]) -> Callable[[bytes, Path], object]:
    def parse(data: bytes, path: Path) -> object:
        path.write_bytes(data)
        return read(path)

    return parse


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


class _Submissions:
    """A store with a suite, and what is submitted to it; a changed file of a bundle has its sound hash."""

    def __init__(self, folder: Path) -> None:
        self.store = a_store(folder / "runs")
        corpora = write_corpora(folder)
        self.shelf = DomainCache(own=corpora)
        self.domain = load_folder(corpora[0])

    def bundle(self, data: bytes, path: Path) -> object:
        path.write_bytes(data)
        with open_bundle(path) as bundle:
            return check_bundle(bundle, self.store, self.shelf)

    def manifest(self, data: bytes, path: Path) -> object:
        return self.bundle(_zipped({**files_of(_CELLS), "manifest.json": data}), path)

    def method(self, data: bytes, path: Path) -> object:
        sound = files_of(_CELLS)
        manifest = sound["manifest.json"].replace(
            sha256(sound["method.toml"]).encode(), sha256(data).encode()
        )
        return self.bundle(_zipped({**sound, "manifest.json": manifest, "method.toml": data}), path)

    def cell(self, data: bytes, path: Path) -> object:
        return self.bundle(_zipped(files_of({**_CELLS, next(iter(_CELLS)): data})), path)

    def spans(self, data: bytes, path: Path) -> object:
        path.write_bytes(data)
        return from_spans(path, self.domain)

    def columns(self, data: bytes, path: Path) -> object:
        path.write_bytes(data)
        return from_conll(path, self.domain)


def readers(folder: Path) -> dict[str, tuple[Callable[[bytes, Path], object], list[bytes]]]:
    """Return reader's name → how it is called, and sound files to start from.

    ``folder`` is for what a submission is held against.
    """
    submitted, files = _Submissions(folder), files_of(_CELLS)
    records = sorted((_RESULTS / "records").glob("*.json"))[:3]
    ledger = (_RESULTS / "ledger.json").read_bytes()
    short = (
        _SUITE.partition("base =")[0].encode()
        + b'methods = ["a", {name = "b", label = "c", params = {x = 1}}]\n'
    )
    return {
        "CoNLL columns": (
            _corpus,
            [_CONLL.encode(), _CONLL.replace("\n", "\r\n").encode(), _COLUMNS.encode()],
        ),
        "suite": (_from_disk(parse_suite), [short, _SUITE.encode()]),
        "predictions": (_predictions, [_PREDICTIONS.encode()]),
        "answers": (_answer, [_ANSWER.encode(), f"Sure:\n```json\n{_ANSWER}\n```".encode()]),
        "records": (_from_disk(read_record), [path.read_bytes() for path in records]),
        "ledgers": (_from_disk(read_ledger), [ledger]),
        "bundles": (submitted.bundle, [_zipped(files)]),
        "manifests": (submitted.manifest, [files["manifest.json"]]),
        "method.toml": (submitted.method, [files["method.toml"], _METHOD.encode()]),
        "submitted": (submitted.cell, [next(iter(_CELLS.values()))]),
        "spans": (submitted.spans, [_SPANS.encode()]),
        "tagged": (submitted.columns, [CONLL["politics"].encode()]),
    }


def fuzz(count: int, seed: int, folder: Path) -> dict[str, Tally]:
    """Put so many files through the readers, in turn, and return what became of them."""
    chance = random.Random(seed)
    kinds = readers(folder)
    tallies = {name: Tally() for name in kinds}
    for number in range(count):
        name = list(kinds)[number % len(kinds)]
        parse, sound = kinds[name]
        data, tally = changed(chance.choice(sound), chance, pieces=_PIECES, alphabet=_ALPHABET), tallies[name]
        start = time.perf_counter()
        try:
            parse(data, folder / "file")
            tally.results += 1
        except LarbenchError:
            tally.refused += 1
        except Exception:  # noqa: BLE001 - that there is none is what is measured
            tally.other.append(f"{data[:200]!r}\n{traceback.format_exc(limit=-4)}")
        tally.slowest = max(tally.slowest, time.perf_counter() - start)
    return tallies


@pytest.mark.timeout(24 * 3600)
def test_no_reader_raises_anything_but_errors_of_ours(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    files = stress_number("FILES", 2400)
    tallies = fuzz(files, 1, tmp_path)
    assert len(tallies) == 12
    for name, tally in tallies.items():
        assert not tally.other, f"{name}: {tally.other[0]}"
        assert tally.results + tally.refused >= files // 12 and tally.refused > 70
        assert tally.slowest < SLOWEST, name
    assert sum(tally.results for tally in tallies.values()) > 20  # some are harmless: it is no empty exercise
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEMORY
