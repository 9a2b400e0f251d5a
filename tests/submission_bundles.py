"""What tests of submissions share: a tiny suite of two domains, perfect predictions, bundles as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmark.domains.corpus import Mention
from benchmark.store.atomic_io import sha256
from benchmark.store.ledger import Entry
from benchmark.store.predictions import render_predictions
from benchmark.store.record import Record, predictions_path
from benchmark.store.store import Store
from leaderboard.submit.manifest import predictions_name, render_manifest

CONLL = {
    "politics": "Ada B-person\nmet O\nthe O\nBlue B-party\nParty I-party\nin O\nold B-place\nRome I-place\n\n"
    "Bob B-person\nleft O\n\nnothing O\n",
    "ai": "Eve B-person\ndid O\nparsing B-task\n\ntagging B-task\nworks O\n",
    "news": "Ann B-person\nspoke O\n",
}
RIGHT: dict[str, dict[str, list[Mention]]] = {
    "politics": {
        "politics/test/0": [Mention(0, 1, "person"), Mention(3, 5, "party"), Mention(6, 8, "place")],
        "politics/test/1": [Mention(0, 1, "person")],
        "politics/test/2": [],
    },
    "ai": {
        "ai/test/0": [Mention(0, 1, "person"), Mention(2, 3, "task")],
        "ai/test/1": [Mention(0, 1, "task")],
    },
}
CARD = """\
name = "mine"
authors = ["Ada Example"]
licence = "Apache-2.0"
uses_llm = false
training = []
"""
Cells = Mapping[tuple[str, str, int], bytes]


def render(domain: str, drop: int = 0) -> bytes:
    """Perfect predictions of a domain, without the first ``drop`` mentions of its first sentence."""
    first = next(iter(RIGHT[domain]))
    return render_predictions({**RIGHT[domain], first: RIGHT[domain][first][drop:]})


def all_cells(drop: int = 0) -> dict[tuple[str, str, int], bytes]:
    return {("zero-shot", d, seed): render(d, drop) for d in ("politics", "ai") for seed in (1, 2)}


def files_of(cells: Cells, card: str = CARD, name: str = "mine", suite: str = "tiny") -> dict[str, bytes]:
    digests = {key: sha256(content) for key, content in cells.items()}
    manifest = render_manifest(name, suite, sha256(card), digests)
    files = {predictions_name(place): content for place, content in cells.items()}
    return {"manifest.json": manifest, "method.toml": card.encode(), **files}


def write_corpora(folder: Path, conll: Mapping[str, str] = CONLL) -> list[Path]:
    """Write the two targets and the source as CoNLL files, and return their folders."""
    folders = []
    for name, text in conll.items():
        corpus = folder / "corpora" / name
        corpus.mkdir(parents=True)
        for split in ("train", "dev", "test"):
            (corpus / f"{split}.txt").write_text(text, encoding="utf-8")
        folders.append(corpus)
    return folders


def a_store(root: Path) -> Store:
    """A store that holds the suite ``tiny`` with the row ``own``, which finds everything."""
    store = Store(root)
    for (setting, domain, seed), content in all_cells().items():
        slot = f"own-{setting}-{domain}-mini-s{seed}"
        cell = f"{slot}-0123456789ab"
        record = Record.from_fields(
            cell=cell,
            suite="tiny",
            corpus="own",
            source_corpus="own",
            source="news",
            method="own",
            label="own",
            setting=setting,
            domain=domain,
            backbone="mini",
            seed=seed,
            state="ok",
        )
        record = record.changed(predictions=predictions_path(cell), predictions_sha256=sha256(content))
        store.save(record, content)
        store.update_ledger("tiny", {slot: Entry(cell, "ok")})
    return store


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "locks"
    }
