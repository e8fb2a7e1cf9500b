"""What responders said of pages, and policies that are tried on history, as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from outproof.core.ids import IncidentId
from outproof.core.time import Instant
from outproof.decide.policy import Policy
from outproof.decide.question import Span
from outproof.learn.alert_ledger import Marked, Page
from outproof.learn.history import History
from outproof.learn.trial import Trial


class AlertLedger(Protocol):
    """What pages were worth. What was said is only ever added to. Bound to one project."""

    def add(self, marked: Marked) -> None:
        """Put on record what a responder said, durable with the transaction. The newest word on a page counts."""
        ...

    def of_incident(self, incident: IncidentId) -> Sequence[Marked]:
        """Everything said of one page, the newest first."""
        ...

    def pages(self, since: Instant, until: Instant, limit: int) -> tuple[Sequence[Page], bool]:
        """Incidents opened in [since, until) that somebody was told of, the newest first, without drills.

        So many incidents are looked at, told or not; and whether there are older ones in the range.
        """
        ...


class Trials(Protocol):
    """Policies that are tried on history, from the order to the result; old ones go. Bound to one project."""

    def save(self, trial: Trial) -> bool:
        """Save a trial whose generation is one above what was loaded (1: a new one). False: somebody was first."""
        ...

    def load(self, trial: str) -> Trial | None: ...

    def next(self, now: Instant) -> Trial | None:
        """The oldest one that waits, or that somebody began and left; None: there is nothing to do."""
        ...

    def unfinished(self) -> int:
        """How many are not over."""
        ...

    def newest(self, policy: str | None, limit: int) -> Sequence[Trial]:
        """The newest first. `policy` None: of all policies."""
        ...


class Reading(Protocol):
    """A history while it is read."""

    def read(self) -> float:
        """Read one more portion. Returns how much is read: 1.0 when all is.

        Raises:
            Permanent: there is more of it than can be held.
        """
        ...

    @property
    def history(self) -> History:
        """What was read so far."""
        ...


class Histories(Protocol):
    """What happened, as policies would have seen it. Bound to one project."""

    def open(self, policy: Policy, span: Span) -> Reading:
        """Begin to read what a policy looks at over a range of whole minutes.

        Raises:
            Permanent: the policy cannot be tried, or the range is too long.
        """
        ...
