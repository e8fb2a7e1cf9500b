"""What the world does wrong: `Transient` (try again) or `Permanent` (the same input will fail the same way).

What we do wrong is an assertion. What may be expected is a value, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class OutproofError(Exception):
    """All errors raised on purpose. The message says what was expected, what came, what to do."""


class Transient(OutproofError):
    """The same call may succeed later: a full queue, a full disk, a lock, a peer that is down."""

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Permanent(OutproofError):
    """The same input will fail the same way: it must be changed first."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with what was declared.

    `field` says where, as a path of its keys (`exemplars.where`); empty: as a whole. `column` counts from 1 inside the
    text that stands there.
    """

    message: str
    field: str = ""
    column: int | None = None

    def __str__(self) -> str:
        if self.column is None:
            return self.message
        return f"{self.field}, column {self.column}: {self.message}".removeprefix(", ")


class Mistakes(ValueError):
    """All that is wrong with one declared value, for whoever knows the places to say them one by one."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)
