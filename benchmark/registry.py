"""Methods by name, which installed packages announce as entry points; nothing is imported early."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from benchmark.errors import UsageError, choose
from benchmark.method import Method

ENTRY_POINT_GROUP = "larbench.methods"


@cache
def registered() -> dict[str, str]:
    """Return method name → "module:Class" of every method that installed packages announce, sorted.

    This project's own methods are announced the same way as other people's, by entry points of the
    group ``larbench.methods``; so the harness names none.
    """
    return dict(sorted((point.name, point.value) for point in entry_points(group=ENTRY_POINT_GROUP)))


def method_class(name: str) -> type[Method]:
    """Return the class registered under ``name``.

    Parameters
    ----------
    name : str
        As an entry point of the group ``larbench.methods`` has it.

    Returns
    -------
    type
        The class, imported.

    Raises
    ------
    UsageError
        For an unknown name (with the nearest known ones) and for an entry that cannot be imported or is no
        ``Method``.
    """
    known = registered()
    choose(name, known, "method")
    try:
        found = EntryPoint(name, known[name], ENTRY_POINT_GROUP).load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the method {name!r} stands for {known[name]!r}, which fails: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Method)):
        raise UsageError(f"the method {name!r} stands for {known[name]!r}, which is no Method class")
    return found
