"""Objects under a URL (s3://, gs://, any that fsspec knows): read whole, written whole, or created once.

What is asked of a provider is little: a write is seen whole or not at all, and what was written is what the
next reader gets. S3, Google Cloud Storage and Azure promise both. Where one does not (sftp, say), a torn
object is noticed by the hash that every object of a store carries.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmark.errors import InputError, UsageError

EXTRA = "pip install 'larbench[cluster]'"
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+)://(?P<place>[^?#\s]*)")
_AT_ONCE = 200  # objects read before they are handed on: memory stays bounded


def is_url(location: object) -> bool:
    """Whether a location is the URL of a store, and no folder of this machine (``file://`` is one)."""
    return isinstance(location, str) and "://" in location and not location.startswith("file://")


def as_path(location: str | Path) -> Path:
    """Return the folder that a location means, given as a path or as ``file://``."""
    text = str(location)
    return Path(text.removeprefix("file://") if text.startswith("file:///") else location)


def normal_url(url: str) -> str:
    """Return a store's URL in one spelling; ``UsageError`` for none, or one with a password in it."""
    found = _URL.fullmatch(url.rstrip("/"))
    if found is None or not found["place"]:
        raise UsageError(f"{url!r} is no URL of a store: write s3://bucket/folder, or gs://bucket/folder")
    if re.match(r"[^/]*:[^/]*@", found["place"]):
        raise UsageError("the URL of a store holds no password: credentials come from the environment")
    return f"{found['scheme']}://{found['place']}"


class ObjectStorage:
    """The objects below a URL, by key: names between slashes, relative to it.

    Raises ``UsageError`` where the package for its kind of URL is not installed, and each method
    ``InputError`` where the provider cannot be reached or refuses.
    """

    def __init__(self, url: str) -> None:
        self.url = normal_url(url)
        self._files, self._root = _open(self.url)

    @property
    def preload(self) -> tuple[str, ...]:
        """Modules that a process which is going to open these objects may import beforehand."""
        return (type(self._files).__module__,)

    def get(self, key: str) -> bytes | None:
        """Return an object's content, None where there is no such object."""
        with self._telling(key):
            try:
                content: bytes = self._files.cat_file(self._path(key))
            except FileNotFoundError:
                return None
            return content

    def get_many(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield key and content of those that are there, many at a time."""
        waiting = list(keys)
        for start in range(0, len(waiting), _AT_ONCE):
            paths = {self._path(key): key for key in waiting[start : start + _AT_ONCE]}
            with self._telling(waiting[start]):
                found = self._files.cat(list(paths), on_error="return")
            for path, content in found.items():
                if isinstance(content, bytes):
                    yield paths[_bare(path)], content
                elif not isinstance(content, FileNotFoundError):
                    with self._telling(paths[_bare(path)]):
                        raise content

    def put(self, key: str, content: bytes) -> None:
        """Write an object, in place of an earlier one if there is any."""
        with self._telling(key):
            self._files.pipe_file(self._path(key), content)

    def create(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one: True where this call has made it, False where one was there.

        Of several that try at once exactly one gets True, on providers with conditional writes (S3, Google
        Cloud Storage; of S3's likes, those that know ``If-None-Match``). Elsewhere two may.
        """
        with self._telling(key):
            try:
                self._files.pipe_file(self._path(key), content, mode="create")
            except FileExistsError:
                # also what a retry meets whose first attempt arrived, though its answer was lost
                return bool(self._files.cat_file(self._path(key)) == content)
            except OSError:
                if self._files.exists(self._path(key)):  # S3 answers 409 where another is being written
                    return False
                raise
            return True

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that start with ``prefix``, a folder's name and a slash, sorted."""
        with self._telling(prefix):
            found = self._files.find(self._path(prefix.rstrip("/")))
        start = len(self._root) + 1
        return sorted(_bare(path)[start:] for path in found)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is not there is no error."""
        for key in keys:
            with self._telling(key):
                try:
                    self._files.rm_file(self._path(key))
                except FileNotFoundError:
                    continue

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        """Turn a failure of the provider into an ``InputError`` that names the object."""
        try:
            yield
        except Exception as error:  # every provider's library raises exceptions of its own
            raise InputError(
                f"a store that does not answer as it should ({type(error).__name__}: {error})",
                path=f"{self.url}/{key}",
                expected="a bucket that you may read and write",
                todo="check its name, the network and the credentials in the environment",
            ) from error


def _bare(path: str) -> str:
    return path.lstrip("/")


def _open(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it, without a slash at either end."""
    if importlib.util.find_spec("fsspec") is None:
        raise UsageError(f"a store at {url} needs the package fsspec: {EXTRA}")
    import fsspec

    scheme = url.partition("://")[0]
    try:
        kind = fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        raise UsageError(f"a store at {url} needs a package ({error}): {EXTRA} brings s3fs") from error
    except ValueError as error:
        raise UsageError(f"{url}: nothing knows {scheme}:// ({error})") from error
    # nothing remembered: another machine may have written meanwhile
    files = kind(use_listings_cache=False, skip_instance_cache=True)
    return files, _bare(str(kind._strip_protocol(url))).rstrip("/")
