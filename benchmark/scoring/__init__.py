"""Scoring: mentions and tags to counts, counts to figures.

``spans`` mentions as arrays, ``scheme_spans`` tags as spans, ``counts`` exact matches per sentence and type,
``dialects`` and ``decomposition`` what is made of them, ``score`` all of it at once, ``statistics``
intervals, ``files`` two tagged files.

``SCORER_VERSION`` is part of every cell's identity and of every board: it changes whenever the same
predictions could get another figure.
"""

from __future__ import annotations

SCORER_VERSION = "1"
