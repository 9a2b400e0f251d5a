"""Packing: predictions and a method.toml into one zip file, the same bytes for the same content."""

from __future__ import annotations

import json
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.errors import InputError, UsageError
from benchmark.store.atomic_io import sha256, write_atomic
from benchmark.store.record import OK
from benchmark.store.store import Store
from leaderboard.submit.bundle import MANIFEST, METHOD, PREDICTIONS, Bundle, open_bundle
from leaderboard.submit.card import PLACEHOLDER, TEMPLATE
from leaderboard.submit.findings import Findings
from leaderboard.submit.manifest import (
    NAME,
    NAME_MEANS,
    CellKey,
    parse_manifest,
    predictions_name,
    render_manifest,
)

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can name


def pack(
    folder: Path, *, name: str, suite: str | None = None, row: str | None = None, method: Path | None = None
) -> bytes:
    """Return the bundle of a folder's predictions as the bytes of a zip file.

    Parameters
    ----------
    folder : Path
        Holds ``predictions/<setting>/<domain>/s<seed>.jsonl``; or a suite's folder in a store, of which the
        cells of one row are taken that ended ok.
    name : str
        Of the submission and its row.
    suite : str, optional
        Which suite it is for; without it, that of the store.
    row : str, optional
        The label of the row in the store; without it ``name``, or the only row there is.
    method : Path, optional
        The method.toml; without it, the one in ``folder``.

    Raises
    ------
    UsageError, InputError, Refused
        For what the user can mend. What the files hold is not looked at: ``submit validate`` does that.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"the name {name!r}: expected {NAME_MEANS}")
    stored = (folder / "ledger.json").is_file()
    suite = suite or (folder.resolve().name if stored else None)
    if suite is None:
        raise UsageError("which suite is it for? Say it with --suite")
    cells = dict(_of_store(folder, row, name) if stored else _of_folder(folder))
    card = _method(method or folder / METHOD, name)
    manifest = render_manifest(name, suite, sha256(card), {key: sha256(data) for key, data in cells.items()})
    findings = Findings()
    parse_manifest(manifest, f"{folder}/{MANIFEST}, as packed", findings)
    findings.refuse()
    files = {predictions_name(key): content for key, content in cells.items()}
    return _zipped({MANIFEST: manifest, METHOD: card, **dict(sorted(files.items()))})


@contextmanager
def packed_for(folder: Path, name: str | None, suite: str | None) -> Iterator[Bundle]:
    """Open a folder of predictions as the bundle that ``pack`` would make of it; nothing is left behind.

    ``name`` is that of its method.toml where it is not given. Raises what ``pack`` raises.
    """
    card = tomllib.loads(_method(folder / METHOD, name or "NAME").decode(errors="replace"))
    with TemporaryDirectory(prefix="larbench-submit-") as place:
        path = Path(place) / folder.resolve().name
        path.write_bytes(pack(folder, name=name or str(card.get("name", "")), suite=suite))
        with open_bundle(path) as bundle:
            yield replace(bundle, path=folder)  # what is wrong is named where the user can mend it


def write_bundle(path: Path, content: bytes) -> None:
    """Write a bundle atomically."""
    write_atomic(path, content, temporary=path.parent)


def _method(path: Path, name: str) -> bytes:
    if not path.is_file():
        raise InputError(
            "no such file",
            path=path,
            expected="what is to be said of the method",
            todo=f"write one: `python -m leaderboard submit template {name} > {path}`, and fill it in",
        )
    return path.read_bytes()


def template(name: str, authors: Sequence[str] = ()) -> str:
    """Return a method.toml to fill in; without ``authors`` it holds a placeholder, which is refused."""
    if not NAME.fullmatch(name):
        raise UsageError(f"the name {name!r}: expected {NAME_MEANS}")
    listed = json.dumps(list(authors) or [PLACEHOLDER], ensure_ascii=False)
    return TEMPLATE.format(name=name, authors=listed)


def _of_folder(folder: Path) -> Iterator[tuple[CellKey, bytes]]:
    root = folder / "predictions"
    for path in sorted(root.glob("*/*/*")):
        match = PREDICTIONS.fullmatch(path.relative_to(folder).as_posix())
        if match is None:
            expected = "predictions/<setting>/<domain>/s<seed>.jsonl"
            raise InputError("a file of another name", path=path, expected=expected)
        yield (match[1], match[2], int(match[3])), path.read_bytes()


def _of_store(folder: Path, row: str | None, name: str) -> Iterator[tuple[CellKey, bytes]]:
    store = Store(folder.resolve().parent)
    records = [r for r in store.records(folder.resolve().name) if r.has_predictions and r.spec.noise is None]
    records = [record for record in records if not record.spec.in_domain]
    labels = sorted({record.spec.label for record in records})
    wanted = row or (name if name in labels else labels[0] if len(labels) == 1 else None)
    if wanted not in labels:
        raise UsageError(f"which row? Say it with --row: {', '.join(labels) or 'none ended ok'}")
    chosen = [record for record in records if record.spec.label == wanted]
    backbones = sorted({record.spec.backbone for record in chosen})
    if len(backbones) > 1:
        raise UsageError(
            f"{wanted} has cells with the backbones {', '.join(backbones)}: pack from a store of one"
        )
    for record in chosen:
        if record.state != OK:
            told = f"{record.cell} is {record.state}: {record.reason}"
            raise UsageError(f"{told}; ask for that with `run --retry-lost` first")
        yield (record.spec.setting, record.spec.domain, record.spec.seed), store.predictions_bytes(record)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return out.getvalue()
