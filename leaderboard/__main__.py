"""``python -m leaderboard``: build the board of stored records."""

from __future__ import annotations

from leaderboard.cli import cli, main

__all__ = ["cli", "main"]

if __name__ == "__main__":
    main()
