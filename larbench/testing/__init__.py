"""For the tests of a method: a suite to inherit, and the toy corpus that it uses.

Needs pytest. ``MethodConformance`` is the suite; ``SOURCE`` and ``TARGET`` are its two domains, ``toy_task``
makes a task of them, ``MemoryStore`` keeps artefacts in memory, and ``tiny_backbone`` writes an encoder.
"""

from __future__ import annotations

import pytest

from larbench.own_harness import require_own_harness

require_own_harness()
pytest.register_assert_rewrite("larbench.testing.conformance")  # so that a failure shows its values

from larbench.testing.backbone import tiny_backbone  # noqa: E402
from larbench.testing.conformance import MethodConformance  # noqa: E402
from larbench.testing.fitting import toy_task  # noqa: E402
from larbench.testing.store import MemoryStore  # noqa: E402
from larbench.testing.toy_corpus import SOURCE, TARGET  # noqa: E402

__all__ = ["SOURCE", "TARGET", "MemoryStore", "MethodConformance", "tiny_backbone", "toy_task"]
