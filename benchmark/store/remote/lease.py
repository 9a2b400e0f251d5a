"""Leases: who on which machine makes what just now, so that others wait instead of making it as well.

A lease saves work; the store does not depend on it. What it guards may be made twice and the store stays
right, because what is stored never changes and the first to store it wins (see ``remote.store``). So a
lease is an object that only one can create. Its holder rewrites it every few seconds; whoever has watched
it unchanged for long enough takes it over. Only the watcher's own clock counts, and only differences on it.
A machine that stood still and wakes up may hold a lease that another has taken over meanwhile: both then
make the same.
"""

from __future__ import annotations

import secrets
import threading
import time
from types import TracebackType

from filelock import FileLock, Timeout

from benchmark.errors import InputError
from benchmark.store.object_storage import ObjectStorage

BEAT = 15.0  # seconds between two signs of life
STALE = 90.0  # seconds without one after which a lease is nobody's
_LOOK = 1.0  # seconds between two looks at another's lease


class Lease:
    """A lock among machines: a file lock among the processes of this one, then a lease among all of them.

    It has of ``filelock.FileLock`` what the store's users need: ``acquire``, ``release`` and ``with``.
    """

    def __init__(self, objects: ObjectStorage, key: str, local: FileLock) -> None:
        self._objects, self._key, self._local = objects, key, local
        self._token = secrets.token_hex(8)
        self._beats = 0
        # another's lease, and since when it is like that
        self._seen: tuple[bytes | None, float] = (None, 0.0)
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None

    def acquire(self, timeout: float = -1) -> None:
        """Wait until it is held; ``filelock.Timeout`` after so many seconds, unless they are negative."""
        deadline = None if timeout < 0 else time.monotonic() + timeout
        self._local.acquire(timeout=timeout)
        try:
            self._take(deadline)
        except BaseException:  # Ctrl-C too
            self._local.release()
            raise
        self._ended.clear()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def release(self) -> None:
        """Give it back; a lease that another has taken over meanwhile is left to that one."""
        try:
            self._ended.set()
            if self._heart is not None:
                self._heart.join()
                self._heart = None
                if self._is_ours():
                    self._objects.delete([self._key])
        except InputError:  # out of reach: in a while it is nobody's
            pass
        finally:
            self._local.release()

    def __enter__(self) -> Lease:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take(self, deadline: float | None) -> None:
        while not self._objects.create(self._key, self._content()):
            there = self._objects.get(self._key)
            if there is None:  # given back just now
                continue
            if there != self._seen[0]:
                self._seen = there, time.monotonic()
            elif time.monotonic() - self._seen[1] > STALE:
                self._objects.put(self._key, self._content())
                return
            if deadline is not None and time.monotonic() >= deadline:
                raise Timeout(self._local.lock_file)
            time.sleep(_LOOK if deadline is None else min(_LOOK, max(0.0, deadline - time.monotonic())))

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                if not self._is_ours():
                    return
                self._beats += 1
                self._objects.put(self._key, self._content())
            except InputError:  # the next beat may get through
                continue

    def _is_ours(self) -> bool:
        return (self._objects.get(self._key) or b"").startswith(self._token.encode())

    def _content(self) -> bytes:
        return f"{self._token} {self._beats}".encode()
