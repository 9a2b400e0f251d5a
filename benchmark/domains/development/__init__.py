"""Development domains: on no ranking, so their labels may be looked at to choose what methods leave open.

What a zero-shot method leaves open is chosen on them alone, once for all targets. The corpora are looked for
as their repositories have them; their types' texts are in this folder.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from benchmark.domains.corpus import Domain
from benchmark.domains.crossner import VARIABLE as CROSSNER_VARIABLE
from benchmark.domains.crossner import cache_dir
from benchmark.domains.domain_file import load_domain_file
from benchmark.domains.folder import load_folder
from benchmark.errors import MissingDataError, UsageError

NAMES = ("re3d", "wnut17", "cyner")
FOLDER = Path(__file__).parent
VARIABLE = "LARBENCH_OPEN_DATA"


def load_development(name: str, *, data_dir: Path | str | None = None) -> Domain:
    """Return a development domain: its train and dev splits with their labels, and no test split.

    Parameters
    ----------
    name : str
        ``re3d``, ``wnut17`` or ``cyner``.
    data_dir : Path or str, optional
        A folder that holds ``<name>/`` with the corpus's files. Without it the folder that the environment
        variable ``LARBENCH_OPEN_DATA`` names, the folder ``open`` beside that of ``LARBENCH_DATA``, and the
        one beside the cache are looked at.

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
    places = [place / name for place in _places(data_dir)]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise MissingDataError(
            "no such folder",
            path=places[0],
            expected=f"the files of {name} as its repository has them",
            todo=f"put them there, or name the folder that holds {name}/ with {VARIABLE}",
        )
    domain = load_folder(found, load_domain_file(FOLDER / f"{name}.toml"))
    return replace(domain, corpus="development", name=name, test=())


def _places(data_dir: Path | str | None) -> list[Path]:
    if data_dir is not None:
        return [Path(data_dir).expanduser()]
    places = [cache_dir().parent / "open"]
    if os.environ.get(CROSSNER_VARIABLE):
        places.insert(0, Path(os.environ[CROSSNER_VARIABLE]).expanduser().parent / "open")
    if os.environ.get(VARIABLE):
        places.insert(0, Path(os.environ[VARIABLE]).expanduser())
    return places
