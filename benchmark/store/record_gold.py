"""The domains of records, and the test set that one was made for: of the same content, under its noise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from benchmark.domains.corpus import Domain
from benchmark.domains.load import load_domain, load_test
from benchmark.domains.noise.condition import TARGET
from benchmark.errors import InputError, MissingDataError
from benchmark.store.noisy_corpora import noisy_test
from benchmark.store.record import Record

_SHOWN = 12  # of a hash


class DomainCache:
    """The domains that records name, each loaded once, CrossNER's for their test set alone.

    ``own`` are the folders of corpora of your own: a record names such a domain, not where it lies.
    """

    def __init__(self, data_dir: Path | str | None = None, own: Iterable[Path | str] = ()) -> None:
        self._data_dir = data_dir
        folders = [load_domain("own", str(folder)) for folder in own]
        self._domains = {("own", domain.name): domain for domain in folders}

    def has(self, corpus: str, name: str) -> bool:
        """Return whether a domain can be asked for: a corpus of your own only where its folder was given."""
        return corpus != "own" or (corpus, name) in self._domains

    def domain(self, corpus: str, name: str) -> Domain:
        """Return a domain; ``MissingDataError`` where its corpus is not on this machine."""
        if (corpus, name) not in self._domains:
            if corpus == "own":
                raise MissingDataError(
                    f"no folder given for the domain {name!r}, a corpus of your own",
                    todo=f"say where it lies: `--domain path/to/{name}`",
                )
            self._domains[corpus, name] = load_test(corpus, name, data_dir=self._data_dir)
        return self._domains[corpus, name]

    def whole(self, corpus: str, name: str) -> Domain:
        """Return a domain with its train and dev sets; raises as ``domain`` does."""
        if corpus == "crossner":
            self._domains[corpus, name] = load_domain(corpus, name, data_dir=self._data_dir)
        return self.domain(corpus, name)


def has_noisy_test(record: Record) -> bool:
    """Return whether a record's cell answered a test set with noise in its text."""
    return record.spec.noise is not None and record.spec.noise.get("on") == TARGET


def measured_on(record: Record, domain: Domain) -> Domain:
    """Return a domain as on this machine, with the test set that a record's predictions are measured on.

    Raises ``InputError`` where the domain has other content than the record's identity names, or where its
    noise comes out otherwise here. CrossNER's files are checked against pinned hashes as they are read, and
    one that was read for its test set alone has no hash of all; so there only other corpora can differ.
    """
    stated = record.spec.identity.get("target")
    if record.spec.corpus != "crossner" and isinstance(stated, str) and stated != domain.content_hash:
        raise InputError(
            f"other data: {record.cell}, made for content {stated[:_SHOWN]}…"
            f" of {record.spec.corpus}/{record.spec.domain}",
            expected=f"{domain.content_hash[:_SHOWN]}…, that of the corpus on this machine",
            todo="run the suite again, or bring the corpus that the record was made for",
        )
    try:
        return replace(domain, test=noisy_test(record.spec.noise, domain))
    except InputError as error:
        found = f"{record.cell}, made for {error.found}"
        raise InputError(found, expected=error.expected, todo=error.todo) from error
