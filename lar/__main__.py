"""``python -m lar``: see ``lar.commands``."""

from __future__ import annotations

from lar.commands import cli, main

__all__ = ["cli", "main"]

if __name__ == "__main__":
    main()
