"""How long to wait, how often to try, when to give up: one policy, the client's own being switched off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Policy:
    """The limits of asking. None of them changes an answer. Times are in seconds.

    Parameters
    ----------
    concurrency: requests under way at once.
    tries: of one request, the first included, where the endpoint fails (not where an answer is unreadable).
    request_seconds: for one try, from connecting to the last byte.
    run_seconds: for all asking of one chat together.
    first_wait, longest_wait: between tries: the first wait, doubled each time, up to the longest.
    longest_retry_after: what a server asks for by Retry-After is waited for up to this long.
    response_bytes: of one response; reading stops there.
    lost_in_a_row: so many requests that failed in all their tries, none answered between: give up.
    """

    concurrency: int = 8
    tries: int = 6
    request_seconds: float = 60.0
    run_seconds: float = 3600.0
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_retry_after: float = 60.0
    response_bytes: int = 262_144
    lost_in_a_row: int = 5

    def wait(self, failures: int, retry_after: float | None, jitter: float) -> float:
        """Return how long to wait after so many ``failures`` (from 1) of one request.

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
