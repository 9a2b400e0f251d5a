"""CrossNER as released: its domains, the hashes of its files, and where they may lie on this machine."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from benchmark.domains.corpus import SPLITS
from benchmark.domains.formats.column_layout import Columns
from benchmark.domains.tagged_file import read_bytes
from benchmark.errors import InputError, MissingDataError, UsageError

DOMAINS = ("conll2003", "politics", "science", "music", "literature", "ai")
LAYOUT = Columns(count=2, tabs=True, token=0, tag=1)  # of each file, as its hash says
COMMIT = "2e7ba2a7798c961e3f29fbc51252c5a8d40224bf"
VARIABLE = "LARBENCH_DATA"
_FETCH = "python -m benchmark data fetch"
_HASHES = Path(__file__).parent / "crossner.sha256"


@cache
def pinned_hashes() -> dict[str, str]:
    """Return SHA-256 (hex) by file, ``politics/train.txt`` and so on, of the 18 files at ``COMMIT``."""
    lines = _HASHES.read_text(encoding="ascii").splitlines()
    return {name: value for value, name in (line.split() for line in lines)}


def check_name(name: str) -> str:
    """Return a domain's name, or raise ``UsageError`` naming those that exist."""
    if name not in DOMAINS:
        raise UsageError(f"CrossNER has no domain {name!r}; it has {', '.join(DOMAINS)}")
    return name


def cache_dir() -> Path:
    """Return the platform's cache folder for the corpora: where ``data fetch`` puts them."""
    import pooch  # here, since it costs a tenth of a second that most commands need not pay

    return Path(pooch.os_cache("larbench")) / "crossner"


def read_files(name: str, data_dir: Path | None = None) -> dict[str, tuple[Path, bytes]]:
    """Return, for each split of a domain, path and content of its file, as released.

    The first of these places that holds the domain is taken: ``data_dir``, the folder that the environment
    variable ``LARBENCH_DATA`` names, the cache that ``data fetch`` fills.

    Raises ``MissingDataError`` where no place holds it or a file is missing there, ``InputError`` where a
    file's hash is not that of the release.
    """
    folder, fetch = _find(check_name(name), data_dir)
    files = {}
    for split in SPLITS:
        path = folder / f"{split}.txt"
        if not path.is_file():
            expected = f"CrossNER's {name}/{split}.txt"
            raise MissingDataError("no such file", path=path, expected=expected, todo=_todo(fetch))
        data = read_bytes(path)
        found, pinned = hashlib.sha256(data).hexdigest(), pinned_hashes()[f"{name}/{split}.txt"]
        if found != pinned:
            raise InputError(
                f"SHA-256 {found}: this is not {name}/{split}.txt of CrossNER as released",
                path=path,
                expected=pinned,
                todo=f"replace it by running `{fetch}`, or use the folder as a corpus of your own with"
                f" `--domain {folder}`",
            )
        files[split] = (path, data)
    return files


def _find(name: str, data_dir: Path | None) -> tuple[Path, str]:
    """Return the folder that holds a domain, and the command that would fetch into its place."""
    places = [] if data_dir is None else [("--data-dir", data_dir)]
    if os.environ.get(VARIABLE):
        places.append((VARIABLE, Path(os.environ[VARIABLE]).expanduser()))
    for origin, place in places:
        fetch = f"{_FETCH} --data-dir {place}"
        if not place.is_dir():
            found = f"no such folder, which {origin} names"
            raise MissingDataError(found, path=place, expected="CrossNER", todo=_todo(fetch))
        if _holds(place, name):
            return place / name, fetch
    cache = cache_dir()
    if _holds(cache, name):
        return cache / name, _FETCH
    looked = ", ".join(str(place) for _, place in [*places, ("cache", cache)])
    raise MissingDataError(f"no CrossNER domain {name} (looked in {looked})", todo=_todo(_FETCH))


def _holds(place: Path, name: str) -> bool:
    return any((place / name / f"{split}.txt").is_file() for split in SPLITS)


def _todo(fetch: str) -> str:
    return (
        f"run `{fetch}`, or name a folder that holds <domain>/{{train,dev,test}}.txt with --data-dir or the"
        f" environment variable {VARIABLE}"
    )
