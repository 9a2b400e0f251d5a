"""The limits of asking, which a user may set, and how long a server asks to wait."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from benchmark.errors import UsageError

# environment variable → field; none changes an answer, so no identity holds them
VARIABLES = {
    "LARBENCH_LLM_TIMEOUT": "timeout",
    "LARBENCH_LLM_CONCURRENCY": "concurrency",
    "LARBENCH_LLM_PATIENCE": "patience",
    "LARBENCH_LLM_MAX_TOKENS": "max_tokens",
}


@dataclass(frozen=True)
class Policy:
    """The limits of asking, times in seconds.

    Requests under way at once, at most (``concurrency``); for one try, from connecting to the last byte
    (``timeout``); how long a server that says that it is busy, and answers nothing, is waited for
    (``patience``); the bound of each answer, in place of what a method asks for (``max_tokens``); tries of
    one request, the first included (``tries``); between these the first wait, doubled each time up to the
    longest, and the longest that a server may ask for by Retry-After; of one response, where reading stops
    (``response_bytes``); so many lost requests, none answered between, end the asking (``lost_in_a_row``).
    """

    concurrency: int = 8
    timeout: float = 600.0
    patience: float = 600.0
    max_tokens: int | None = None
    tries: int = 6
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_retry_after: float = 60.0
    response_bytes: int = 262_144
    lost_in_a_row: int = 5

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Policy:
        """Return the limits with what the environment sets; ``UsageError`` where that is no number."""
        given: dict[str, float] = {}
        for variable, name in VARIABLES.items():
            text = environment.get(variable, "").strip()
            if not text:
                continue
            whole = name in ("concurrency", "max_tokens")
            try:
                number = int(text) if whole else float(text)
            except ValueError:
                number = 0
            if not (number > 0 and math.isfinite(number)):
                expected = "a whole number from 1" if whole else "seconds, more than 0"
                raise UsageError(f"{variable}={text!r}: expected {expected}")
            given[name] = number
        return cls(**given)  # type: ignore[arg-type]

    def wait(self, failures: int, retry_after: float | None, jitter: float) -> float:
        """Return how long to wait after so many ``failures`` (from 1) in a row.

        ``jitter`` in [0, 1) spreads clients that failed together: half of the back-off is fixed, half of it
        drawn. What the server asks for is kept to in full, and the jitter comes on top.
        """
        backoff = min(self.longest_wait, self.first_wait * 2.0 ** min(failures - 1, 30))
        if retry_after is not None:
            return min(retry_after, self.longest_retry_after) + jitter * self.first_wait
        return backoff * (0.5 + 0.5 * jitter)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return how many seconds a server asks to wait; None where it does not say so in a readable way.

    Read are ``retry-after-ms`` and ``retry-after``, the latter as seconds or as a date. ``headers`` has
    lower-case names, or ignores case; ``now`` is the time since the epoch.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if seconds >= 0 and not math.isnan(seconds):
            return seconds
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, date.timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
