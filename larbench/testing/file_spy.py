"""What files a method reads, and modules that it loads as it runs: each has to be part of its identity.

Python tells of every file that is opened (audit events, PEP 578). Of those, the ones count that are the
method's own, in its package or beside its module, and others that are no part of Python, of an installed
package, of the harness, or of what a machine keeps for itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import benchmark
import larbench
from benchmark.code import code_digests, source_file

_SHORTEST_DIGEST = 16  # hex digits of a component that stand for a file
_WRITING = os.O_WRONLY | os.O_RDWR
_INSTALLED = ("site-packages", "dist-packages")
_ANNOUNCED = (".dist-info", ".egg-info")  # which packages are installed, and what they announce
_OF_THE_MACHINE = ("/proc", "/sys", "/dev", "/etc", "/usr", "/bin", "/lib")


class FileSpy:
    """Records the files that are opened for reading while it is open."""

    _open: FileSpy | None = None  # a hook cannot be taken off again: there is one, which looks here
    _hooked = False

    def __init__(self) -> None:
        self.read: set[Path] = set()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Record until the context is left."""
        if not FileSpy._hooked:
            sys.addaudithook(_hook)
            FileSpy._hooked = True
        before, FileSpy._open = FileSpy._open, self
        try:
            yield
        finally:
            FileSpy._open = before


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    spy = FileSpy._open
    if event != "open" or spy is None:
        return
    path, mode, flags = arguments
    writes = set(mode or "") & set("wax+") or (isinstance(flags, int) and flags & _WRITING)
    if isinstance(path, str | bytes) and not writes:
        spy.read.add(Path.cwd() / os.fsdecode(path))


def undeclared(read: set[Path], module: str, components: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of the files read that neither a method's code digests nor its components cover.

    Parameters
    ----------
    read : set of Path
        What a ``FileSpy`` saw.
    module : str
        The module that defines the method.
    components : Mapping of str to str
        What its ``components`` returns: a value covers the file whose SHA-256 (hex) it is or begins.

    Returns
    -------
    tuple of str
        Their paths, sorted.
    """
    own = _own_folder(module)
    code = {path.resolve() for name in code_digests(module) if (path := source_file(name)) is not None}
    values = [value for value in components.values() if len(value) >= _SHORTEST_DIGEST]
    found = set()
    for path in map(_source_of, read):
        if not path.is_file() or path.resolve() in code or not _counts(path, own):
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if not any(digest.startswith(value) for value in values):
            found.add(str(path))
    return tuple(sorted(found))


def _source_of(path: Path) -> Path:
    """Return the module that a file of bytecode was made of; every other file as it is."""
    if path.suffix != ".pyc":
        return path
    try:
        return Path(importlib.util.source_from_cache(str(path)))
    except ValueError:
        return path


def _own_folder(module: str) -> Path | None:
    """Return the folder of a method's package, or that beside its module; None where it is Python's own."""
    root = importlib.util.find_spec(module.partition(".")[0])
    if root is None or root.origin is None:
        return None
    folder = Path(root.origin).resolve().parent
    return None if folder.name in _INSTALLED else folder


def _counts(path: Path, own: Path | None) -> bool:
    resolved = path.resolve()
    if resolved.parent.suffix in _ANNOUNCED:
        return False
    if own is not None and resolved.is_relative_to(own) and not _harness(resolved):
        return True
    apart = [*map(Path, sysconfig.get_paths().values()), *map(Path, _OF_THE_MACHINE)]
    apart += [Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir()), Path.home() / ".cache"]
    installed = any(part in _INSTALLED for part in resolved.parts)
    return (
        not installed
        and not _harness(resolved)
        and not any(resolved.is_relative_to(one.resolve()) for one in apart)
    )


def _harness(path: Path) -> bool:
    """Whether a file is the harness's own, or of the tests that run just now."""
    packages = [Path(str(package.__file__)).resolve().parent for package in (benchmark, larbench)]
    running = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    return any(map(path.is_relative_to, packages)) or bool(running and str(path).endswith(running))
