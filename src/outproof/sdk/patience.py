"""When to try again: failures and wishes of the server in, go or wait out."""

from __future__ import annotations

from outproof.sdk.ids import random_bits

FIRST_PAUSE_S = 0.5
PAUSE_S_MAX = 30.0


class Patience:
    """Pauses that double with each failure, spread by ±20 % so that clients do not come back all at once.

    Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._pause_s = 0.0
        self._not_before_s = float("-inf")
        self._asked = False

    def over(self, now_s: float) -> bool:
        """Whether it is time to try."""
        return now_s >= self._not_before_s

    def ease(self) -> None:
        """It worked."""
        self._pause_s = 0.0
        self._not_before_s = float("-inf")
        self._asked = False

    def strain(self, now_s: float, retry_after_s: float | None) -> None:
        """It failed: wait as long as the server asked, else twice as long as before."""
        self._pause_s = min(max(FIRST_PAUSE_S, self._pause_s * 2), PAUSE_S_MAX)
        self._asked = retry_after_s is not None
        spread = 0.8 + 0.4 * random_bits(16) / 65_535
        self._not_before_s = now_s + (retry_after_s if retry_after_s is not None else self._pause_s * spread)

    def hurry(self) -> None:
        """Try now, because somebody waits; but not before a time the server asked for."""
        if not self._asked:
            self._not_before_s = float("-inf")
