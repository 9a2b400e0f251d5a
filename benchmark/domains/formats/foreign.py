"""Files that are no corpus in any format that is read: what they are, told from how they begin."""

from __future__ import annotations

import re
from itertools import islice

_UNPACK = "unpack it, or save its sentences as text"
_SPANS = 'convert it to columns, or to JSON lines such as {"text": "Ada left", "entities": [[0, 3, "PER"]]}'
_BYTES = (
    (b"PK\x03\x04", "a ZIP archive or an Office file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh91AY", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an XZ file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF-", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"\x80\x04\x95", "a pickle"),
)
_TEXTS = (
    (r"version https://git-lfs", "a pointer of Git LFS, not the file itself", "fetch it: git lfs pull"),
    (
        r"(?i)\s*<(!doctype|html|\?xml|head|body)\b",
        "HTML or XML",
        "download the file itself, or convert it",
    ),
    (r"T\d+\t\S+ \d+ \d+(;\d+ \d+)*\t", "standoff annotation of brat", _SPANS),
    (r"\s*(\w+ *= *)?\[\s*\(\s*[\"']|\s*\[?\s*\{\s*'", "Python source, not JSON", "write it with json.dumps"),
    (r"(\S+/(O|[BIESLU]-\S+)(\s+|$))+$", "words and tags apart by slashes", "write word|TAG, or columns"),
    (r".*<([A-Za-z]\w*)>[^<>\n]*</\1>", "names marked up in running text", _SPANS),
    (r".*\[[^\[\]\n]+\]\([A-Za-z][\w-]*\)", "names marked up in running text", _SPANS),
)
_LINES = 20  # that are looked at


def foreign_bytes(data: bytes) -> tuple[str, str] | None:
    """Return what a file is that is no text, and what to do; None for any other."""
    return next(((what, _UNPACK) for start, what in _BYTES if data.startswith(start)), None)


def foreign_text(head: str) -> tuple[str, str] | None:
    """Return what a text is that is no corpus, and what to do; None for any other.

    The first line says so; a line that ends in a tag, ``O`` or with a prefix, says otherwise.
    """
    lines = [line for line in islice(head.split("\n"), _LINES) if line.strip()]
    if not lines or any(re.search(r"\s([BI]-\S+|O)\s*$", line) for line in lines):
        return None
    return next(((what, todo) for begins, what, todo in _TEXTS if re.match(begins, lines[0])), None)
