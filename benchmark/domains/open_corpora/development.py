"""Development domains: on no ranking, so their labels may be looked at to choose what methods leave open.

What a zero-shot method leaves open is chosen on them alone, once for all targets.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmark.domains.corpus import Domain
from benchmark.domains.open_corpora.load import load_open
from benchmark.errors import UsageError

NAMES = ("re3d", "wnut17", "cyner")


def load_development(name: str, *, data_dir: Path | str | None = None) -> Domain:
    """Return a development domain: its train and dev splits with their labels, and no test split.

    Parameters
    ----------
    name : str
        ``re3d``, ``wnut17`` or ``cyner``.
    data_dir : Path or str, optional
        As in ``load_open``.

    Returns
    -------
    Domain
        Of the corpus ``development``.

    Raises
    ------
    UsageError
        For another name.
    MissingDataError
        Where no place holds it.
    InputError
        For files that are not what they should be.
    """
    if name not in NAMES:
        raise UsageError(f"no development domain is called {name!r}: there are {', '.join(NAMES)}")
    return replace(load_open(name, data_dir=data_dir), corpus="development", test=())
