"""What the settings mean, in the words that stand above their tables."""

from __future__ import annotations

from benchmark.settings import shots_of
from benchmark.task import SUPERVISED, ZERO_SHOT

_MEANING = {
    ZERO_SHOT: "the source's labels and the target's text, none of its labels",
    SUPERVISED: "the target's train and dev labels too",
}


def meaning_of(setting: str) -> str:
    """Return what methods see of the target's labels in a setting; empty for an unknown one."""
    shots = shots_of(setting)
    if shots is None:
        return _MEANING.get(setting, "")
    return (
        f"the target's train sentences that hold {mentions(shots)} of each type, drawn by seed; no dev label"
    )


def notes_of(setting: str) -> tuple[str, ...]:
    """Return what has to be said below a table of a setting, beyond its meaning."""
    if shots_of(setting) is None:
        return ()
    told = (
        "No label of dev is seen: where a reading speaks of a choice on the target's dev, here there is none,"
    )
    return (f"{told} and a method that trains keeps its last epoch.",)


def mentions(shots: int) -> str:
    """Return so many mentions in words."""
    return "1 mention" if shots == 1 else f"{shots} mentions"
