"""The test set that a record was made for: of the same content, and under noise where its cell was."""

from __future__ import annotations

from dataclasses import replace

from benchmark.cells.noise import noisy_test
from benchmark.cells.record import Record
from benchmark.domains.corpus import Domain
from benchmark.domains.noise.condition import TARGET
from benchmark.errors import InputError

_SHOWN = 12  # of a hash


def has_noisy_test(record: Record) -> bool:
    """Return whether a record's cell answered a test set with noise in its text."""
    return record.noise is not None and record.noise.get("on") == TARGET


def measured_on(record: Record, domain: Domain) -> Domain:
    """Return a domain as on this machine, with the test set that a record's predictions are measured on.

    Raises ``InputError`` where the domain has other content than the record's identity names, or where its
    noise comes out otherwise here. CrossNER's files are checked against pinned hashes as they are read, and
    one that was read for its test set alone has no hash of all; so there only other corpora can differ.
    """
    stated = record.identity.get("target")
    if record.corpus != "crossner" and isinstance(stated, str) and stated != domain.content_hash:
        raise InputError(
            f"other data: {record.cell}, made for content {stated[:_SHOWN]}…"
            f" of {record.corpus}/{record.domain}",
            expected=f"{domain.content_hash[:_SHOWN]}…, that of the corpus on this machine",
            todo="run the suite again, or bring the corpus that the record was made for",
        )
    try:
        return replace(domain, test=noisy_test(record.noise, domain))
    except InputError as error:
        found = f"{record.cell}, made for {error.found}"
        raise InputError(found, expected=error.expected, todo=error.todo) from error
