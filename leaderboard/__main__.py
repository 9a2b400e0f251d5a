"""``python -m leaderboard``: build the board of stored records."""

from __future__ import annotations

from leaderboard.cli import main

if __name__ == "__main__":
    main()
