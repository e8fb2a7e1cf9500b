"""What is declared about watching the monitor itself: whose its incidents are, who hears its beats, what is blind."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from outproof.contract.severity import Severity
from outproof.core.time import Instant, rfc3339
from outproof.decide.finding import Finding, FindingKind, Subject, SubjectType

NOBODY_NAMED = "whoever runs Outproof"


BEAT_EVERY_S = 30.0
"""Three of them missing are noticed within a minute and a half."""


class BeatStyle(StrEnum):
    """How a beat is told."""

    HEALTHCHECKS = "healthchecks"  # a POST to its URL, to URL/fail in trouble
    WATCHDOG = "watchdog"  # signed JSON, for `outproof watchdog`


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatTarget:
    """Who is told each `every_s` that this server works. `secrets` sign the beats of a watchdog."""

    name: str
    style: BeatStyle
    url: str = field(repr=False, metadata={"secret": True})
    secrets: tuple[str, ...] = field(default=(), repr=False, metadata={"secret": True})
    every_s: float = BEAT_EVERY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """From when on the monitor counts as blind. None: it is not judged by that.

    Shares are of the last `window_s`, and nothing is said of fewer than `answers_min` answers or items.
    """

    window_s: float = 900.0
    answers_min: int = 100
    decided_ratio_min: float | None = None
    backlog_s: float | None = 60.0
    dropped_ratio_max: float | None = 0.01
    quarantined_ratio_max: float | None = 0.05
    client_skew_s: float | None = 120.0
    silent_s: float | None = 900.0

    def __post_init__(self) -> None:
        for name in ("decided_ratio_min", "dropped_ratio_max", "quarantined_ratio_max"):
            ratio = getattr(self, name)
            if ratio is not None and not 0 <= ratio <= 1:
                raise ValueError(f"expected {name} from 0 to 1, got {ratio!r}")
        if not 60 <= self.window_s <= 3_600:
            raise ValueError(f"expected a window of 1m to 1h, got {self.window_s:g} s")
        if self.silent_s is not None and self.silent_s < SILENT_S_MIN:
            raise ValueError(f"expected silent of at least 3m, got {self.silent_s:g} s")


SILENT_S_MIN = 180.0
"""Applications speak up each minute at least; two of three words may be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """The section `monitor`. Its incidents go to `channels`; None: the usual route."""

    severity: Severity = Severity.WARNING
    owner: str = NOBODY_NAMED
    runbook: str | None = None
    channels: tuple[str, ...] | None = None
    stalled_s: float = 30.0
    heartbeats: tuple[BeatTarget, ...] = ()
    blind: Blind = Blind()

    def __post_init__(self) -> None:
        if self.channels == ():
            raise ValueError("expected channels to name at least one channel, or to be left out for the usual route")
        if self.runbook is not None and not self.runbook.startswith(("https://", "http://")):
            raise ValueError(f"expected runbook to be an http(s) URL, got {self.runbook!r}")
        if not 10 <= self.stalled_s <= 3_600:
            raise ValueError(f"expected stalled of 10s to 1h, got {self.stalled_s:g} s")


def about_us(
    monitoring: Monitoring, kind: FindingKind, key: str, *, firing: bool, title: str, reason: str, first_check: str
) -> Finding:
    """What is wrong with the monitor, or is no longer."""
    return Finding(
        key=f"monitor:{key}",
        kind=kind,
        firing=firing,
        severity=monitoring.severity,
        title=title,
        reason=reason,
        subject=Subject(SubjectType.MONITOR, "outproof"),
        owner=monitoring.owner,
        first_check=first_check if firing else None,
        runbook=monitoring.runbook,
        channels=monitoring.channels,
    )


def said(instant: Instant) -> str:
    """An instant as a sentence has it."""
    return f"{rfc3339(instant)[:19].replace('T', ' ')} UTC"
