"""``python -m lar``: see ``lar.cli``."""

from __future__ import annotations

from lar.cli import cli, main

__all__ = ["cli", "main"]

if __name__ == "__main__":
    main()
