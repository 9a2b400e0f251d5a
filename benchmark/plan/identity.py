"""A cell's identity: everything that can change its output, and nothing that cannot.

One function makes it for a planned cell, and a record stores what it made; so "is it cached?" is one
comparison of hashes, and "why not?" a comparison of components.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.few_shot import FEW_SHOT
from benchmark.scoring import SCORER_VERSION

# version of this rule; a change of it invalidates every stored cell. Rule 2 knows the target's language, and
# digests of code that all versions of Python agree on; cells of rule 1 are read, shown and compared.
RULE = 2

# what a run can choose and no identity may hold: it cannot change which mentions a method predicts
LEFT_OUT = frozenset(
    {
        "jobs",
        "device",
        "store",
        "data_dir",
        "suite",
        "label",
        "llm_budget",
        "cell_timeout",
        "retry_failed",
        "retry_lost",
    }
    | {"executor", "scheduler", "versions", "machine"}
    # how a language model is asked; a bound on its answers changes which are lost, and none that is whole
    | {"llm_timeout", "llm_concurrency", "llm_patience", "llm_max_tokens", "llm_max_lost"}
)


def make_identity(
    *,
    method: str,
    params: Mapping[str, Any],
    code: Mapping[str, str],
    components: Mapping[str, str],
    setting: str,
    seed: int,
    source_hash: str,
    source_limit: int | None,
    target_hash: str,
    language: str,
    noise: Mapping[str, Any] | None = None,
    few_shot: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return component → value or hash, as a record stores it.

    Parameters
    ----------
    method : str
        Its name.
    params : mapping
        All parameters of the method, defaults included, as JSON values.
    code : mapping of str to str
        Module → digest of all the code that the method reaches.
    components : mapping of str to str
        What the method itself adds (``Method.components``): hash of its backbone's weights, prompts,
        the model that it asks and the revision of its endpoint.
    setting : str
        Its name.
    seed : int
        The cell's.
    source_hash : str
        Of the source without noise, by content, texts of the entity types included.
    source_limit : int or None
        How many of the source's train sentences methods see; None for all.
    target_hash : str
        As ``source_hash``, of the target.
    language : str
        The target's, which methods are told.
    noise : mapping, optional
        The noise condition and the hash of what it makes of its corpus; None for a clean cell.
    few_shot : mapping, optional
        What a few-shot cell may learn from (``benchmark.few_shot``); all others have no such component.

    Returns
    -------
    dict
        JSON values, in the order in which records show them.
    """
    shown = {} if few_shot is None else {FEW_SHOT: dict(few_shot)}
    return {
        "rule": RULE,
        "method": method,
        "params": dict(params),
        "code": dict(code),
        "components": dict(components),
        "setting": setting,
        "seed": seed,
        "source": source_hash,
        "source_limit": source_limit,
        "target": target_hash,
        "language": language,
        "noise": None if noise is None else dict(noise),
        "scorer": SCORER_VERSION,
        **shown,
    }
