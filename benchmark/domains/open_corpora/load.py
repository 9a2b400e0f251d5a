"""The corpus ``open``: public corpora beside CrossNER, read as their repositories have them.

Their files are not part of this project. The types' texts are: in this folder, or those of the CrossNER
domain whose sentences CrossRE annotated again and translated.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

from benchmark.domains.corpus import SPLITS, Domain
from benchmark.domains.crossner import VARIABLE as CROSSNER_VARIABLE
from benchmark.domains.crossner import cache_dir
from benchmark.domains.domain_file import DomainFile, Files, load_domain_file
from benchmark.domains.folder import load_folder
from benchmark.domains.types.entity_types import OPEN_TYPES_DIR, TYPES_DIR
from benchmark.errors import MissingDataError, choose

OPEN = "open"
VARIABLE = "LARBENCH_OPEN_DATA"
CORPORA = ("wnut17", "re3d", "cyner", "anem", "sec-filings", "uner-da", "uner-sv", "uner-pt")
CROSSRE = {"en": "crossre", "de": "crossre-german", "es": "crossre-spanish"}  # language → folder
# types that a few mentions of CrossRE have in domains that do not declare them, and what they are there
_STRAY = {
    "academicjournal": "misc",
    "album": "misc",
    "band": "organisation",
    "book": "misc",
    "event": "misc",
    "magazine": "misc",
    "musicalartist": "person",
    "musicalinstrument": "misc",
    "musicgenre": "misc",
    "programlang": "misc",
    "scientist": "person",
    "song": "misc",
    "university": "organisation",
}
ANNOTATED_AGAIN = ("politics", "science", "music", "literature", "ai")
NAMES = (*CORPORA, *(f"{domain}-{language}" for language in CROSSRE for domain in ANNOTATED_AGAIN))


def load_open(name: str, *, data_dir: Path | str | None = None) -> Domain:
    """Return a domain of the corpus ``open``.

    Parameters
    ----------
    name : str
        ``wnut17``, ``re3d``, ``cyner``, ``anem``, ``sec-filings``; ``uner-da``, ``uner-sv``, ``uner-pt``; or
        a domain of CrossNER as CrossRE annotated its sentences again (``politics-en``), and in the languages
        that these were translated to (``politics-de``, ``ai-es``).
    data_dir : Path or str, optional
        A folder that holds a folder of each corpus with its files, or a folder ``open`` that does, in it
        or beside it. Without it the folder that the environment variable ``LARBENCH_OPEN_DATA`` names, the
        folder ``open`` beside that of ``LARBENCH_DATA``, and the one beside the cache are looked at.

    Returns
    -------
    Domain
        Its types and its splits. Where a corpus has no dev split, a tenth of train is drawn as one.

    Raises
    ------
    UsageError
        For another name.
    MissingDataError
        Where no place holds it.
    InputError
        For files that are not what they should be.
    """
    choose(name, NAMES, f"domain of the corpus {OPEN}")
    folder, stated = stated_of(name)
    places = [place / folder for place in _places(data_dir)]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise MissingDataError(
            "no such folder",
            path=places[0],
            expected=f"the files of {folder} as its repository has them",
            todo=f"run `python -m benchmark data fetch {folder}`, or name the folder that holds {folder}/"
            f" with {VARIABLE}",
        )
    return replace(load_folder(found, stated), corpus=OPEN, name=name)


@cache
def stated_of(name: str) -> tuple[str, DomainFile]:
    """Return a corpus's folder, and what is stated of it."""
    if name in CORPORA:
        return name, load_domain_file(OPEN_TYPES_DIR / f"{name}.toml")
    domain, _, language = name.rpartition("-")
    declared = load_domain_file(TYPES_DIR / f"{domain}.toml")
    changes = {
        "language": language,
        "files": Files(**{split: f"{domain}-{split}.json" for split in SPLITS}),
        "map": {name: kind for name, kind in _STRAY.items() if name not in (declared.types or {})},
    }
    return CROSSRE[language], declared.model_copy(update=changes)


def open_dir() -> Path:
    """Return the folder of the platform's cache that the corpora are fetched to."""
    return cache_dir().parent / OPEN


def _places(data_dir: Path | str | None) -> list[Path]:
    if data_dir is not None:
        place = Path(data_dir).expanduser()
        return [place, place / OPEN, place.parent / OPEN]
    places = [open_dir()]
    if os.environ.get(CROSSNER_VARIABLE):
        places.insert(0, Path(os.environ[CROSSNER_VARIABLE]).expanduser().parent / OPEN)
    if os.environ.get(VARIABLE):
        places.insert(0, Path(os.environ[VARIABLE]).expanduser())
    return places
