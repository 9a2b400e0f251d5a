"""Cross-domain named entity recognition (NER): run methods, score them, compare them.

What the command line does is here as functions, with the data types that methods and domains are made of.
Names are resolved at first use: importing this package imports neither torch nor transformers nor pandas.
``larbench.testing`` holds the suite that every method is to pass, ``larbench.tagger`` and
``larbench.endpoint`` what methods may stand on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark import __version__
    from benchmark.api import explain, plan, publish, run, status
    from benchmark.code import file_digests
    from benchmark.domains.check import check_domain
    from benchmark.domains.corpus import Domain, EntityType, LabelledSentence, Mention, Sentence
    from benchmark.domains.describe import describe_domain
    from benchmark.domains.fetch import fetch_crossner
    from benchmark.domains.load import load_domain
    from benchmark.method import Method
    from benchmark.scoring.files import score
    from benchmark.task import Task
    from larbench.boards import compare, results
    from larbench.gate import check

# name → module that defines it; ``benchmark.code`` reads this table to follow a method's imports
_EXPORTS = {
    "__version__": "benchmark",
    "run": "benchmark.api",
    "plan": "benchmark.api",
    "status": "benchmark.api",
    "explain": "benchmark.api",
    "publish": "benchmark.api",
    "check": "larbench.gate",
    "compare": "larbench.boards",
    "file_digests": "benchmark.code",
    "results": "larbench.boards",
    "score": "benchmark.scoring.files",
    "load_domain": "benchmark.domains.load",
    "check_domain": "benchmark.domains.check",
    "describe_domain": "benchmark.domains.describe",
    "fetch_crossner": "benchmark.domains.fetch",
    "Domain": "benchmark.domains.corpus",
    "EntityType": "benchmark.domains.corpus",
    "LabelledSentence": "benchmark.domains.corpus",
    "Mention": "benchmark.domains.corpus",
    "Sentence": "benchmark.domains.corpus",
    "Method": "benchmark.method",
    "Task": "benchmark.task",
}

__all__ = [
    "Domain",
    "EntityType",
    "LabelledSentence",
    "Mention",
    "Method",
    "Sentence",
    "Task",
    "__version__",
    "check",
    "check_domain",
    "compare",
    "describe_domain",
    "explain",
    "fetch_crossner",
    "file_digests",
    "load_domain",
    "plan",
    "publish",
    "results",
    "run",
    "score",
    "status",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'larbench' has no attribute {name!r}")
    from larbench.own_harness import require_own_harness

    require_own_harness()
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
