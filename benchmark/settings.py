"""Settings by their names: which there are, what each shows of a target's labels, and their order.

Few-shot settings are named here and nowhere else: ``few-shot-5`` for any number of shots. ``benchmark.task``
knows none of them, because a method does not: it is given the supervised task with fewer labels.
"""

from __future__ import annotations

import re

from benchmark.errors import UsageError
from benchmark.task import SUPERVISED, ZERO_SHOT

_FEW_SHOT = re.compile("few-shot-([1-9][0-9]{0,3})")


def shots_of(setting: str) -> int | None:
    """Return k of ``few-shot-k``, None for every other setting."""
    found = _FEW_SHOT.fullmatch(setting)
    return int(found[1]) if found else None


def few_shot(shots: int) -> str:
    """Return the name of the setting with so many shots."""
    return f"few-shot-{shots}"


def check_setting(setting: str) -> str:
    """Return the setting, or raise ``UsageError`` where it is not one that cells can be run in."""
    if setting in (ZERO_SHOT, SUPERVISED) or shots_of(setting) is not None:
        return setting
    raise UsageError(
        f"unknown setting {setting!r}: use {ZERO_SHOT}, {SUPERVISED} or few-shot-K, with K from 1 to 9999"
    )


def contract_of(setting: str) -> str:
    """Return the setting that a method is asked for and sees in its task.

    That of a few-shot setting is ``supervised``: labelled target sentences to learn from, only fewer. So
    every supervised method can be run with few shots, and none can treat them as something else.
    """
    return setting if shots_of(setting) is None else SUPERVISED


def by_labels(setting: str) -> tuple[int, int, str]:
    """Return a key that sorts settings by how much they show: no labels, few, all; unknown names last."""
    shots = shots_of(setting)
    if shots is not None:
        return 1, shots, setting
    return {ZERO_SHOT: 0, SUPERVISED: 2}.get(setting, 3), 0, setting
