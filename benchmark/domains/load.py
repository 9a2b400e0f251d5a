"""Domains by name: CrossNER, the embedded sample, public corpora beside them, a folder of your own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmark.domains import crossner, multilingual
from benchmark.domains.corpus import SPLITS, Domain, LabelledSentence
from benchmark.domains.folder import OWN, StreamedDomain, labelled, load_folder, stream_folder
from benchmark.domains.formats import Unstreamable, parse
from benchmark.domains.open_corpora.load import OPEN, load_open
from benchmark.domains.reading import RELEASE
from benchmark.domains.tags import IOB2
from benchmark.domains.types.entity_types import TYPES_DIR, load_types
from benchmark.domains.types.joined import join
from benchmark.errors import UsageError
from benchmark.garbage import collector_paused

__all__ = ["CORPORA", "OWN", "RELEASED", "load_domain", "load_test", "load_types", "open_domain"]

JOINED, _AND = "joined", "+"  # several domains as one, and what stands between them
RELEASED = ("crossner", "sample", multilingual.CONLL2002, multilingual.WIKIANN, OPEN)
CORPORA = (*RELEASED, JOINED, OWN)


def load_domain(corpus: str | Path, name: str | None = None, *, data_dir: Path | str | None = None) -> Domain:
    """Return a domain with its types and its three splits.

    Parameters
    ----------
    corpus : str or Path
        Without ``name`` both in one, as on the command line: ``"crossner/politics"``, or the path of a
        folder of your own. Else ``crossner`` (names conll2003, politics, science, music, literature, ai),
        ``sample`` (names news, politics, science, music, literature, ai, news-es, politics-de), ``conll2002``
        (names esp, ned), ``wikiann`` (codes of Wikipedias), ``open`` (names wnut17, re3d, cyner, anem,
        sec-filings, uner-da, uner-sv, uner-pt, and CrossNER's domains annotated again, as politics-en, and
        in German and Spanish, as politics-de), ``joined`` (several of these as one, as
        crossner.conll2003+open.wnut17), or ``own``, with the path of a folder as name. In one,
        ``"crossner/conll2003+open/wnut17"`` are joined.
    name : str, optional
        Of the domain in the corpus, or the path of a folder.
    data_dir : Path or str, optional
        A folder that holds ``<domain>/{train,dev,test}.txt`` of CrossNER, or the folders ``conll2002``,
        ``wikiann`` and ``open``; without it the environment variable ``LARBENCH_DATA`` and then the cache of
        ``data fetch`` are looked at.

    Returns
    -------
    Domain
        Its declared types and its sentences.

    Raises
    ------
    UsageError
        For an unknown name.
    MissingDataError
        Where a corpus is not on this machine.
    InputError
        For files that are not what they should be.

    Examples
    --------
    >>> import larbench
    >>> music = larbench.load_domain("sample/music")
    >>> music
    <Domain sample/music (en): 13 types; sentences: train 100, dev 50, test 150>
    >>> music.type_names[:3]
    ('musicgenre', 'song', 'band')
    """
    if name is None:
        corpus, name = named(corpus)
    with collector_paused():
        return _load(str(corpus), name, None if data_dir is None else Path(data_dir).expanduser())


def _load(corpus: str, name: str, place: Path | None) -> Domain:
    if corpus == "crossner":
        return _crossner(name, place)
    if corpus == "sample":
        return _sample(name)
    if corpus == multilingual.CONLL2002:
        return multilingual.load_conll2002(name, place)
    if corpus == multilingual.WIKIANN:
        return multilingual.load_wikiann(name, place)
    if corpus == OPEN:
        return load_open(name, data_dir=place)
    if corpus == JOINED:
        parts = [part.partition(".") for part in name.split(_AND)]
        return join([_load(corpus, domain, place) for corpus, _, domain in parts], JOINED, name)
    if corpus == OWN:
        return load_folder(Path(name).expanduser())
    raise UsageError(f"unknown corpus {corpus!r}: use {', '.join(CORPORA)}")


def open_domain(reference: str | Path, *, data_dir: Path | str | None = None) -> Domain | StreamedDomain:
    """Return what a command line names, to be gone through: a sound folder of your own is not held.

    It raises what ``load_domain`` does.
    """
    corpus, name = named(reference)
    if corpus == OWN:
        try:
            return stream_folder(Path(name).expanduser())
        except Unstreamable:  # loading it tells what is wrong, if anything is
            pass
    return load_domain(corpus, name, data_dir=data_dir)


def named(reference: str | Path) -> tuple[str, str]:
    """Return the corpus and the name in it that a command line means.

    A folder that happens to be called ``crossner/politics`` is meant by ``./crossner/politics``. Several
    domains that are joined by ``+`` are one of the corpus ``joined``, their slashes dots.
    """
    if isinstance(reference, str) and _AND in reference:
        parts = [named(part) for part in reference.split(_AND)]
        if all(corpus != OWN for corpus, _ in parts):
            return JOINED, _AND.join(map(".".join, parts))
    corpus, _, name = str(reference).partition("/")
    if isinstance(reference, str) and corpus in (*RELEASED, JOINED) and name and "/" not in name:
        return corpus, name
    return OWN, str(reference)


@cache
def _sample(name: str) -> Domain:
    """Make a domain of the sample, once a process: planning and the board both ask for all of them."""
    from benchmark.domains.sample import sample_domain  # builds its corpus: only for those who ask

    return sample_domain(name)


def load_test(corpus: str, name: str, *, data_dir: Path | str | None = None) -> Domain:
    """Return a domain for measuring: of CrossNER the test split alone, train and dev empty; else all of it.

    It reads a fraction of what ``load_domain`` does, and raises the same. The content hash of such a part
    is not the domain's; that of CrossNER's files was checked.
    """
    if corpus == "crossner":
        return _crossner(name, None if data_dir is None else Path(data_dir).expanduser(), ("test",))
    return load_domain(corpus, name, data_dir=data_dir)


def _crossner(name: str, data_dir: Path | None, wanted: Sequence[str] = SPLITS) -> Domain:
    files = crossner.read_files(name, data_dir)
    language, types = load_types(TYPES_DIR / f"{name}.toml")
    # the hashes say that these are the released files, which hold no problem and no illegal transition
    splits: dict[str, tuple[LabelledSentence, ...]] = dict.fromkeys(SPLITS, ())
    for split in wanted:
        path, data = files[split]
        read = parse(data, path, RELEASE, crossner.LAYOUT)
        splits[split] = labelled(read, f"{name}/{split}", IOB2)
    return Domain("crossner", name, language, types, splits["train"], splits["dev"], splits["test"])
