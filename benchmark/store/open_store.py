"""From a store's location, a folder or a URL, to the store; and to the folder that readers read.

The copy of a URL's store lies in the platform's cache, or where ``LARBENCH_STORES`` says. It is named by the
id that the store was given when it was made: a bucket that was emptied and filled anew is another store.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from benchmark.errors import InputError
from benchmark.store.atomic_io import parse_sealed_json, sealed_json, sha256
from benchmark.store.object_storage import ObjectStorage, as_path, is_url
from benchmark.store.record import SAFE_NAME
from benchmark.store.remote.store import RemoteStore
from benchmark.store.store import Store, warn_on_stderr

VARIABLE = "LARBENCH_STORES"
_MARK = "store.json"
_SCHEMA = 1


def open_store(
    location: str | Path, *, create: bool = False, warn: Callable[[str], None] = warn_on_stderr
) -> Store:
    """Return the store in a folder or at a URL; with ``create`` one at a URL is made where there is none.

    It holds what this machine knows of it: ``refresh`` brings the rest. Where there is nothing at a URL yet,
    and ``create`` is not given, it is an empty store. Raises ``UsageError`` for a URL that is none or needs a
    package that is not installed, ``InputError`` where its provider does not answer.
    """
    if not is_url(location):
        return Store(as_path(location), warn=warn)
    objects = ObjectStorage(str(location))
    name = _id(objects)
    if name is None and create:
        content = {"schema": _SCHEMA, "id": secrets.token_hex(16)}
        objects.create(_MARK, sealed_json(content, "store"))
        name = _id(objects)  # another machine may have been first
    # nothing is ever written into the copy of what is not there
    return RemoteStore(objects, copies() / (name or f"nothing-{sha256(objects.url)[:16]}"), warn=warn)


def local_path(location: str | Path) -> Path:
    """Return the folder of a store, or of a suite in it, for all that only reads; a URL's is brought here.

    Raises ``InputError`` for a URL at which there is neither.
    """
    if not is_url(location):
        return as_path(location)
    url = str(location).rstrip("/")
    parent, _, suite = url.rpartition("/")
    for place, name in ((url, ""), (parent, suite)):
        if place.endswith(":/") or _id(ObjectStorage(place)) is None:
            continue
        store = open_store(place)
        store.refresh()
        return store.root / name
    raise InputError("no store", path=url, expected="one that `python -m benchmark run --store` has made")


def copies() -> Path:
    """Return the folder that holds this machine's copies of stores at URLs."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).expanduser()
    import pooch  # here, since it costs a tenth of a second that most commands need not pay

    return Path(pooch.os_cache("larbench")) / "stores"


def _id(objects: ObjectStorage) -> str | None:
    """Return the id of the store at a URL, None where there is none."""
    text = objects.get(_MARK)
    if text is None:
        return None
    path = f"{objects.url}/{_MARK}"
    content = parse_sealed_json(text, path, "store", schema=_SCHEMA, todo="restore it, or use another folder")
    if not isinstance(content.get("id"), str) or not SAFE_NAME.fullmatch(content["id"]):
        raise InputError(f"the id {content.get('id')!r}", path=path, expected="letters and digits")
    return str(content["id"])
