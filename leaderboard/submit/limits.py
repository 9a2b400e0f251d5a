"""How large a submission may be: bounds that are checked before a byte is unpacked.

A full submission to a suite of five domains, two settings and three seeds holds thirty files of predictions
of some fifty kilobytes each; every bound is at least ten times what that needs.
"""

from __future__ import annotations

MIB = 1024 * 1024

ARCHIVE_BYTES = 64 * MIB  # of a zip file
FILES = 2_000  # in a bundle, folders included
DIRECTORY_BYTES = MIB // 2  # of a zip file's list of its content
UNPACKED_BYTES = 128 * MIB  # of all files together
PREDICTIONS_BYTES = 16 * MIB  # of one file
MANIFEST_BYTES = MIB
METHOD_BYTES = 64 * 1024
LINE_BYTES = 256 * 1024  # of one sentence's predictions
TEXT = 300  # characters of one entry of method.toml
SHOWN = 60  # characters of anything foreign that a message repeats
PROBLEMS_A_FILE = 20
PROBLEMS = 200
