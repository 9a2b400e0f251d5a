"""The command ``larbench``, also as ``python -m larbench``."""

from __future__ import annotations

import sys

from larbench.own_harness import require_own_harness


def main() -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 bad input, 3 could not measure."""
    try:
        require_own_harness()
    except ImportError as error:
        sys.exit(f"error: {error}")
    from benchmark.cli import main as run_command_line

    run_command_line(name="larbench")


if __name__ == "__main__":
    main()
