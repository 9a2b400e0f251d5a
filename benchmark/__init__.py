"""larbench: which NER method carries over to my domain?

What the command line does is here as functions; importing this package imports neither torch nor
transformers.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# name → module; resolved at first use, so that `import benchmark` stays light
_EXPORTS = {
    "run": "benchmark.api",
    "plan": "benchmark.api",
    "status": "benchmark.api",
    "explain": "benchmark.api",
    "publish": "benchmark.api",
    "check": "benchmark.gate.check",
    "score": "benchmark.scoring.files",
    "load_domain": "benchmark.domains.load",
    "check_domain": "benchmark.domains.check",
    "describe_domain": "benchmark.domains.card",
    "fetch_crossner": "benchmark.domains.fetch",
    "Domain": "benchmark.domains.corpus",
    "EntityType": "benchmark.domains.corpus",
    "LabelledSentence": "benchmark.domains.corpus",
    "Mention": "benchmark.domains.corpus",
    "Sentence": "benchmark.domains.corpus",
    "Method": "benchmark.method",
    "Task": "benchmark.task",
}

__all__ = [*_EXPORTS, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'benchmark' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
