"""The source of a corpus of the user's own: CoNLL-2003 where it is at hand, else the embedded news."""

from __future__ import annotations

from pathlib import Path

from benchmark.domains.corpus import Domain
from benchmark.domains.crossner import read_files
from benchmark.domains.load import load_domain
from benchmark.errors import MissingDataError

OWN_SUITE, SAMPLE = "own", "sample"  # the suites that are meant where none is named
REAL, SYNTHETIC = "crossner/conll2003", "sample/news"
WARNING = (
    "the source is the synthetic news of the sample, since CoNLL-2003 is not on this machine: figures say"
    " nothing about real text. Run `larbench data fetch` (5 MB), or name a --source of your own"
)


def default_source(data_dir: Path | None = None) -> tuple[str, str | None]:
    """Return what a source is named by, and a warning where it is the synthetic one.

    Raises what ``load_domain`` does for a CoNLL-2003 that is there and damaged: its files are checked by
    their hashes, and not read.
    """
    try:
        read_files(REAL.partition("/")[2], None if data_dir is None else data_dir.expanduser())
    except MissingDataError:
        return SYNTHETIC, WARNING
    return REAL, None


def default_suite(domains: object, own_domains: object) -> str:
    """Return the suite that is meant where none is named: ``own`` for corpora of the user's own alone."""
    return OWN_SUITE if own_domains and domains is None else SAMPLE


def load_source(reference: str | None, data_dir: Path | None = None) -> tuple[Domain, str | None]:
    """Return the source domain, ``reference`` or the default one, and a warning where it is synthetic."""
    name, warning = (reference, None) if reference is not None else default_source(data_dir)
    return load_domain(name, data_dir=data_dir), warning
