"""An artefact store in memory, for tests of methods that share expensive work between cells."""

from __future__ import annotations

import json

from benchmark.task import MakeFiles


class MemoryStore:
    """Counts what it had to make, and remembers the keys asked for.

    Attributes
    ----------
    files : dict
        JSON of kind and key → name → content.
    keys : list of dict
        In the order in which they were asked for.
    made : int
        How many artefacts were made.
    """

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.keys: list[dict[str, object]] = []
        self.made = 0

    def get(self, kind: str, key: dict[str, object]) -> dict[str, bytes] | None:
        """Return the files stored under this key, or None."""
        return self.files.get(json.dumps([kind, key], sort_keys=True))

    def get_or_make(self, kind: str, key: dict[str, object], make: MakeFiles) -> dict[str, bytes]:
        """Return the stored files, making and storing them first where they are absent."""
        name = json.dumps([kind, key], sort_keys=True)
        self.keys.append(key)
        if name not in self.files:
            self.made += 1
            self.files[name] = make()
        return self.files[name]
