"""Scoring: mentions and tags to counts, counts to figures.

``SCORER_VERSION`` is part of every cell's identity and of every board: it changes whenever the same
predictions could get another figure.
"""

from __future__ import annotations

SCORER_VERSION = "1"
