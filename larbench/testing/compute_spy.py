"""How a method computes: on which device, and whether it pickles or unpickles anything."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from io import BytesIO
from types import FrameType
from typing import Any
from zipfile import BadZipFile, ZipFile

import pytest

from benchmark.task import Workspace

_FUNCTIONS = ("dump", "dumps", "load", "loads")
_CLASSES = ("Pickler", "Unpickler")


class ComputeSpy:
    """Records how a method computes while it is open.

    Attributes
    ----------
    asked : int
        How often ``task.workspace.device`` was read.
    modules : int
        How often a module of torch was called.
    devices : set of str
        The kinds of devices (``cpu``, ``cuda``) that those modules' parameters and inputs were on.
    pickled : set of str
        The functions of ``pickle`` and ``torch`` that were called, by name.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.modules = 0
        self.devices: set[str] = set()
        self.pickled: set[str] = set()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Record until the context is left; then everything is as it was."""
        import torch

        hook = torch.nn.modules.module.register_module_forward_pre_hook(self._called)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Workspace, "device", _Device(self))
                for name in _FUNCTIONS:
                    patch.setattr(pickle, name, self._spying(f"pickle.{name}", getattr(pickle, name)))
                for name in _CLASSES:  # a package that is imported meanwhile may derive its own from them
                    patch.setattr(pickle, name, self._derived(f"pickle.{name}", getattr(pickle, name)))
                for name in ("load", "save"):
                    patch.setattr(torch, name, self._spying(f"torch.{name}", getattr(torch, name)))
                yield
        finally:
            hook.remove()

    def _called(self, module: Any, inputs: Any) -> None:
        import torch

        self.modules += 1
        tensors = [one for one in inputs if isinstance(one, torch.Tensor)]
        self.devices |= {one.device.type for one in (*tensors, *module.parameters(recurse=False))}

    def _spying(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def spy(*args: Any, **options: Any) -> Any:
            self._note(name)
            return function(*args, **options)

        return spy

    def _derived(self, name: str, kind: Any) -> type:
        note = self._note

        class Watched(kind):  # type: ignore[misc]
            def __init__(self, *args: Any, **options: Any) -> None:
                note(name)
                super().__init__(*args, **options)

        return Watched

    def _note(self, name: str) -> None:
        if not _importing():
            self.pickled.add(name)


def _importing() -> bool:
    """Whether a module is being imported: what other people's do to themselves then is not the method's."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class _Device:
    """Stands before ``Workspace.device``."""

    def __init__(self, spy: ComputeSpy) -> None:
        self.spy = spy

    def __get__(self, workspace: Any, kind: type) -> Any:
        if workspace is None:
            return "cpu"  # the default
        self.spy.asked += 1
        return vars(workspace)["device"]

    def __set__(self, workspace: Any, device: str) -> None:
        vars(workspace)["device"] = device


def is_pickle(content: bytes) -> bool:
    """Whether a file is a pickle: a bare one (of protocol 2 or later), or a zip with one, as torch saves."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            return any(name.endswith(".pkl") for name in archive.namelist())
    except BadZipFile:
        return content[:1] == b"\x80" and content[1:2] in b"\x02\x03\x04\x05" and content.endswith(b".")
