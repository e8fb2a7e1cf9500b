"""Why somebody is not told of an incident that is open, and all that may be a reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.core.time import Instant
from outproof.respond.inhibition import Inhibitor
from outproof.respond.maintenance import Maintenance
from outproof.respond.silence import Silence


class SuppressionKind(StrEnum):
    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    INHIBITED = "inhibited"  # another incident explains it
    QUIET_HOURS = "quiet_hours"
    MERGED = "merged"  # a person says that it is part of another incident


@dataclass(frozen=True, slots=True)
class Suppression:
    """What holds notices back. `by` names it: an id of a silence or of an incident, or a window's name.

    `until` is when it ends by itself; None: when what causes it ends.
    """

    kind: SuppressionKind
    by: str
    reason: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressors:
    """What holds notices back: what people silenced, and what the files declare."""

    silences: tuple[Silence, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    inhibitors: tuple[Inhibitor, ...] = ()
