"""The harness of larbench: domains, scoring, plans, runs, stores, the gate and the commands.

What other people's code imports is in ``larbench``. Importing this package imports nothing else.
"""

from __future__ import annotations

__version__ = "0.1.0"
