"""What was used of models, and the costs of it that were restated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from outproof.core.time import Instant
from outproof.measure.cost import Usage
from outproof.measure.rate_book import RateBook
from outproof.measure.restatement import Restatement
from outproof.measure.spending import By


class Spending(Protocol):
    """Usage of one project, by event time in [start, end)."""

    def usages(
        self, start: Instant, end: Instant, book: RateBook, by: By, service: str | None = None
    ) -> Mapping[str | None, Sequence[Usage]]:
        """Usage of one service, or of all, kept apart by a fact and by whatever decides its price under the book.

        None: calls that do not say. Raises Permanent where there are too many parts to tell apart.
        """
        ...


class Restatements(Protocol):
    """Restated costs, with both figures. Bound to one project."""

    def add(self, restatement: Restatement) -> None:
        """Put it on record, durable with the transaction. It is never changed."""
        ...

    def newest(self, since: Instant | None, until: Instant | None, limit: int) -> Sequence[Restatement]:
        """Those whose time overlaps [since, until), the newest first."""
        ...
