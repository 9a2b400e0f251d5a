"""``python -m benchmark``: the command line's front door."""

from __future__ import annotations

from benchmark.cli import main

if __name__ == "__main__":
    main()
