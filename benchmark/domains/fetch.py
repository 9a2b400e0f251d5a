"""Downloading corpora: pinned by commit, checked by SHA-256, resumable, from mirrors where there are any."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import filelock
import pooch
import requests

from benchmark.domains import crossner
from benchmark.domains.open_corpora.load import CORPORA, CROSSRE, VARIABLE, open_dir
from benchmark.errors import InputError, UsageError, choose

_GITHUB = "https://raw.githubusercontent.com"
OFFICIAL = f"{_GITHUB}/zliucr/CrossNER/{crossner.COMMIT}/ner_data"
OPEN_FILES = Path(__file__).parent / "open_corpora" / "files.sha256"
OPEN_FOLDERS = (*CORPORA, *CROSSRE.values())

ATTEMPTS = 3
TIMEOUT = (10.0, 30.0)  # seconds to connect, seconds without a byte
MAX_BYTES = 16 * 2**20  # the largest of the files has less than 2 MB
_CHUNK = 8192  # bytes; what a cut connection loses at most


@dataclass(frozen=True)
class PinnedFile:
    """A released file: its name below the folder, its SHA-256 (hex), and the address of its repository."""

    name: str
    sha256: str
    official: str


@dataclass(frozen=True)
class FetchReport:
    """Where the files lie, which were fetched (file → mirror), which were there, and what went wrong."""

    folder: Path
    fetched: dict[str, str]
    present: tuple[str, ...]
    troubles: tuple[str, ...]


class _Trouble(Exception):  # noqa: N818 - internal, never shown as an exception
    """Why a mirror did not give a file; ``final`` where asking it again is no use, ``gone`` for any file."""

    def __init__(self, reason: str, *, final: bool = False, gone: bool = False) -> None:
        super().__init__(reason)
        self.final = final
        self.gone = gone


def fetch_crossner(
    destination: Path | str | None = None,
    *,
    mirrors: Sequence[str] = (),
    official: bool = True,
    say: Callable[[str], None] | None = None,
    pause: float = 1.0,
) -> FetchReport:
    """Bring the 18 files of CrossNER to this machine.

    A file that is there with the right hash is left alone, one with another hash is replaced; what a cut
    connection left is continued. No file stands under its name before its SHA-256 was checked.

    Parameters
    ----------
    destination : Path or str, optional
        The folder that will hold ``<domain>/{train,dev,test}.txt``; by default the platform's cache, where
        ``load_domain`` looks too.
    mirrors : sequence of str
        Base URLs that serve ``<base>/<domain>/<split>.txt``; asked in order, before the official one.
    official : bool
        Whether the official repository is asked at all.
    say : callable, optional
        Called with one line a file.
    pause : float
        Seconds before the second attempt on a mirror; doubled before the third.

    Returns
    -------
    FetchReport
        The folder, which files were fetched and which were there, and what went wrong on the way.

    Raises
    ------
    InputError
        Where files could not be had, naming each mirror's reason.
    UsageError
        For a mirror that is no http(s) address.

    Examples
    --------
    >>> import larbench
    >>> report = larbench.fetch_crossner()  # doctest: +SKIP
    >>> len(report.fetched) + len(report.present)  # doctest: +SKIP
    18
    """
    folder = crossner.cache_dir() if destination is None else Path(destination).expanduser()
    files = [
        PinnedFile(name, digest, f"{OFFICIAL}/{name}") for name, digest in crossner.pinned_hashes().items()
    ]
    hint = _Hint("<base>/<domain>/<split>.txt", crossner.VARIABLE)
    return _fetched(files, folder, hint, mirrors, official, say, pause)


def fetch_open(
    names: Iterable[str] = (),
    destination: Path | str | None = None,
    *,
    mirrors: Sequence[str] = (),
    official: bool = True,
    say: Callable[[str], None] | None = None,
    pause: float = 1.0,
) -> FetchReport:
    """Bring corpora of ``open`` to this machine, as ``fetch_crossner`` brings CrossNER.

    Parameters
    ----------
    names : iterable of str
        Their folders, of ``OPEN_FOLDERS``; all of them without any.
    destination : Path or str, optional
        The folder that will hold a folder of each corpus; by default the platform's cache.
    mirrors : sequence of str
        As in ``fetch_crossner``; a mirror serves ``<base>/<folder>/<file>``.
    official : bool
        As in ``fetch_crossner``.
    say : callable, optional
        As in ``fetch_crossner``.
    pause : float
        As in ``fetch_crossner``.

    Returns
    -------
    FetchReport
        The folder, which files were fetched and which were there, and what went wrong on the way.

    Raises
    ------
    InputError
        Where files could not be had, naming each mirror's reason.
    UsageError
        For an unknown corpus, or a mirror that is no http(s) address.
    """
    wanted = {choose(name, OPEN_FOLDERS, "corpus of open") for name in names} or set(OPEN_FOLDERS)
    folder = open_dir() if destination is None else Path(destination).expanduser()
    lines = (line.split() for line in OPEN_FILES.read_text("utf-8").splitlines())
    files = [
        PinnedFile(name, digest, f"{_GITHUB}/{place}")
        for digest, name, place in lines
        if name.partition("/")[0] in wanted
    ]
    return _fetched(files, folder, _Hint("<base>/<folder>/<file>", VARIABLE), mirrors, official, say, pause)


@dataclass(frozen=True)
class _Hint:
    """What an error tells of these files: what a mirror serves, and the variable that names their folder."""

    served: str
    variable: str


def _fetched(
    files: Sequence[PinnedFile],
    folder: Path,
    hint: _Hint,
    mirrors: Sequence[str],
    official: bool,
    say: Callable[[str], None] | None,
    pause: float,
) -> FetchReport:
    bases = [_checked(mirror) for mirror in mirrors] + ([_GITHUB] if official else [])
    if not bases:
        raise UsageError(
            "there is no mirror to ask: give one with --mirror, or allow the official repository"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / ".fetch.lock"), requests.Session() as session:
            return _Fetch(files, folder, hint, bases, session, say or _silent, pause).run()
    except OSError as error:  # of the file system: what the network does is handled by each download
        raise InputError(
            f"a folder that cannot be written ({error.strerror or error})",
            path=folder,
            expected="a place for the corpora",
            todo="name another folder with --data-dir",
        ) from error


def _silent(line: str) -> None:
    del line


def _checked(mirror: str) -> str:
    try:
        parts = urlsplit(mirror)
    except ValueError as error:
        raise UsageError(f"a mirror is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"the mirror {_shown(mirror)!r} is no http:// or https:// address")
    return mirror.rstrip("/")


def _shown(url: str) -> str:
    """Return an address without the user name, password and query that it may hold."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


@dataclass
class _Fetch:
    """One fetch under way; ``gone`` are the mirrors that could not be reached and are not asked again."""

    files: Sequence[PinnedFile]
    folder: Path
    hint: _Hint
    bases: list[str]
    session: requests.Session
    say: Callable[[str], None]
    pause: float
    gone: dict[str, str] = field(default_factory=dict)
    fetched: dict[str, str] = field(default_factory=dict)
    present: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def run(self) -> FetchReport:
        missing: dict[str, list[str]] = {}
        for file in self.files:
            path = self.folder / file.name
            if path.is_file() and pooch.file_hash(str(path)) == file.sha256:
                self.present.append(file.name)
                continue
            reasons = self._fetch(file)
            if reasons:
                missing[file.name] = reasons
        if missing:
            raise self._failure(missing)
        return FetchReport(self.folder, self.fetched, tuple(self.present), tuple(self.troubles))

    def _fetch(self, file: PinnedFile) -> list[str]:
        """Ask the mirrors in order; return why each failed, or nothing where one gave the file."""
        reasons, name = [], file.name
        for base in self.bases:
            if base in self.gone:
                reasons.append(f"{_shown(base)}: {self.gone[base]}")
                continue
            try:
                self._ask(base, file)
            except _Trouble as trouble:
                reasons.append(f"{_shown(base)}: {trouble}")
                self.troubles.append(f"{name}: {reasons[-1]}")
                self.say(f"{self.troubles[-1]}")
                if trouble.gone:
                    self.gone[base] = str(trouble)
                continue
            self.fetched[name] = _shown(base)
            self.say(f"{name}: fetched from {_shown(base)} ({(self.folder / name).stat().st_size:,} bytes)")
            return []
        return reasons

    def _ask(self, base: str, file: PinnedFile) -> None:
        """Ask one mirror, up to three times; raises ``_Trouble`` with the last reason."""
        path = self.folder / file.name
        url = file.official if base == _GITHUB else f"{base}/{file.name}"
        download = _Resumable(self.session, path.with_name(f"{path.name}.part"))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _retrieve(url, file.sha256, path, download)
                return
            except _Trouble as trouble:
                if trouble.final or attempt == ATTEMPTS:
                    raise
                time.sleep(self.pause * 2 ** (attempt - 1))

    def _failure(self, missing: dict[str, list[str]]) -> InputError:
        name, reasons = next(iter(missing.items()))
        others = f" and {len(missing) - 1} more files" if len(missing) > 1 else ""
        return InputError(
            f"no mirror that gives {name}{others} ({'; '.join(reasons)})",
            path=self.folder,
            expected=f"one that serves {self.hint.served} as released",
            todo="run the same command again to go on (what is there is kept), name another place with"
            " --mirror URL, or put the files in a folder by hand and point --data-dir or"
            f" {self.hint.variable} at it",
        )


def _retrieve(url: str, sha256: str, path: Path, download: _Resumable) -> None:
    """Let pooch download to a temporary name, check the hash and rename; failures become ``_Trouble``."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # this module's own lines say it
    try:
        pooch.retrieve(url, f"sha256:{sha256}", path.name, path.parent, downloader=download)
    except requests.Timeout as error:
        raise _Trouble(
            f"no answer within {TIMEOUT[1]:g} s", gone=isinstance(error, requests.ConnectTimeout)
        ) from error
    except requests.exceptions.SSLError as error:
        raise _Trouble("the TLS connection failed", final=True, gone=True) from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _Trouble("the connection was cut") from error
    except requests.ConnectionError as error:
        raise _Trouble("cannot be reached, or stopped answering", gone=True) from error
    except requests.RequestException as error:
        raise _Trouble(f"the request failed ({type(error).__name__})", final=True) from error
    except ValueError as error:  # pooch's word for a wrong hash
        continued = download.continued
        found = pooch.file_hash(str(download.part))
        download.part.unlink()
        raise _Trouble(
            f"SHA-256 {found} instead of {sha256}: not the released file", final=not continued
        ) from error
    finally:
        logger.setLevel(level)
    download.part.unlink(missing_ok=True)


class _Resumable:
    """A downloader for pooch that goes on where the file ``part`` ends."""

    def __init__(self, session: requests.Session, part: Path) -> None:
        self.session = session
        self.part = part
        self.continued = False

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Complete the part and copy it to where pooch wants it."""
        del pooch
        self._complete(url)
        shutil.copyfile(self.part, output_file)
        shutil.copymode(self.part, output_file)

    def _complete(self, url: str) -> None:
        have = self.part.stat().st_size if self.part.is_file() else 0
        # identity: with a compressed body neither the range nor the length would count the file's bytes
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with self.session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # the part is already whole, or longer than the file: its hash will tell
                self.continued = True
                return
            if not response.ok:
                _blame_status(response.status_code)
            self.continued = response.status_code == HTTPStatus.PARTIAL_CONTENT
            if self.continued and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                self.part.unlink(missing_ok=True)
                raise _Trouble("the server sent another range than the one asked for")
            self._write(response.iter_content(_CHUNK), response.headers.get("Content-Length"))

    def _write(self, chunks: Iterable[bytes], promised: str | None) -> None:
        got = 0
        with self.part.open("ab" if self.continued else "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                got += len(chunk)
                if file.tell() > MAX_BYTES:
                    file.truncate(0)
                    raise _Trouble(f"more than {MAX_BYTES:,} bytes: not the released file", final=True)
        if promised is not None and promised.isdigit() and got < int(promised):
            raise _Trouble(f"the connection was cut after {got:,} of {int(promised):,} bytes")


def _blame_status(status: int) -> None:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_TIMEOUT,
    )
    raise _Trouble(f"HTTP {status} {phrase}", final=not passing)
