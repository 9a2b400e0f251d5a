"""Domains by name: CrossNER, the embedded sample, a folder of your own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmark.domains import crossner
from benchmark.domains.conll import parse_conll
from benchmark.domains.corpus import SPLITS, Domain
from benchmark.domains.folder import labelled, load_folder
from benchmark.domains.inventory import TYPES_DIR, load_types
from benchmark.domains.tags import IOB2
from benchmark.errors import UsageError

__all__ = ["CORPORA", "load_domain", "load_test", "load_types", "resolve"]

CORPORA = ("crossner", "sample", "own")


def load_domain(corpus: str, name: str, *, data_dir: Path | str | None = None) -> Domain:
    """Return a domain with its types and its three splits.

    Parameters
    ----------
    corpus: ``crossner`` (names conll2003, politics, science, music, literature, ai), ``sample`` (names news,
        politics, science, music, literature, ai), or ``own``, with the path of a folder as name.
    data_dir: a folder that holds ``<domain>/{train,dev,test}.txt`` of CrossNER; without it the environment
        variable ``LARBENCH_DATA`` and then the cache of ``data fetch`` are looked at.

    Raises ``UsageError`` for an unknown name, ``MissingDataError`` where CrossNER is not on this machine,
    and ``InputError`` for files that are not what they should be.
    """
    if corpus == "crossner":
        return _crossner(name, None if data_dir is None else Path(data_dir).expanduser())
    if corpus == "sample":
        return _sample(name)
    if corpus == "own":
        return load_folder(Path(name).expanduser())
    raise UsageError(f"unknown corpus {corpus!r}: use {', '.join(CORPORA)}")


def resolve(reference: str | Path, *, data_dir: Path | str | None = None) -> Domain:
    """Return the domain that a command line names: ``crossner/politics``, ``sample/music`` or a folder.

    A folder that happens to be called ``crossner/politics`` is meant by ``./crossner/politics``.
    """
    corpus, _, name = str(reference).partition("/")
    if isinstance(reference, str) and corpus in ("crossner", "sample") and name and "/" not in name:
        return load_domain(corpus, name, data_dir=data_dir)
    return load_domain("own", str(reference))


@cache
def _sample(name: str) -> Domain:
    """Make a domain of the sample, once a process: planning and the board both ask for all of them."""
    from benchmark.domains.sample import sample_domain  # builds its corpus: only for those who ask

    return sample_domain(name)


def load_test(corpus: str, name: str, *, data_dir: Path | str | None = None) -> Domain:
    """Return a domain for measuring: of CrossNER the test split alone, train and dev empty; else all of it.

    It reads a fraction of what ``load_domain`` does, and raises the same. The content hash of such a part
    is not the domain's; that of CrossNER's files was checked.
    """
    if corpus == "crossner":
        return _crossner(name, None if data_dir is None else Path(data_dir).expanduser(), ("test",))
    return load_domain(corpus, name, data_dir=data_dir)


def _crossner(name: str, data_dir: Path | None, wanted: Sequence[str] = SPLITS) -> Domain:
    files = crossner.read_files(name, data_dir)
    language, types = load_types(TYPES_DIR / f"{name}.toml")
    # the hashes say that these are the released files, which hold no problem and no illegal transition
    splits = {
        split: labelled(parse_conll(data, path), f"{name}/{split}", IOB2) if split in wanted else ()
        for split, (path, data) in files.items()
    }
    return Domain("crossner", name, language, types, **splits)
