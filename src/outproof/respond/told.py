"""What is remembered of the telling of one incident: kept with it, so that it changes when the incident changes."""

from __future__ import annotations

from dataclasses import dataclass

from outproof.contract.severity import Severity
from outproof.core.time import Instant
from outproof.decide.finding import FindingKind
from outproof.respond.notification import NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The newest of what one channel was told, and how bad it was then. `generation` is that of the notice.

    `acknowledged`: it was told, or had no need to be, that somebody took the incident.
    """

    channel: str
    kind: NoticeKind
    at: Instant
    generation: int
    severity: Severity
    finding_kind: FindingKind
    acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who heard what of an incident, in the order in which they first did.

    `began_at` is when somebody was first told since it opened or reopened: escalation counts from there.
    """

    heard: tuple[Heard, ...] = ()
    began_at: Instant | None = None
