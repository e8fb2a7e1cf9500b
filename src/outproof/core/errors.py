"""What the world does wrong: `Transient` (try again) or `Permanent` (the same input will fail the same way).

What we do wrong is an assertion. What may be expected is a value, not an error.
"""

from __future__ import annotations


class OutproofError(Exception):
    """All errors raised on purpose. The message says what was expected, what came, what to do."""


class Transient(OutproofError):
    """The same call may succeed later: a full queue, a full disk, a lock, a peer that is down."""

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Permanent(OutproofError):
    """The same input will fail the same way: it must be changed first."""
