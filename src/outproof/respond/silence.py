"""A silence: somebody says why nobody is to be told of what has certain labels, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from outproof.core.ids import ProjectId, digest_id
from outproof.core.time import Instant, duration_text, rfc3339, seconds_between
from outproof.decide.matcher import Labels, Matcher, all_match

SilenceId = NewType("SilenceId", str)

SILENCE_S_MAX = 90 * 86_400.0
"""What has to be silent for longer is no silence but a wrong policy, which nobody would find again."""

MATCHERS_MAX = 20


class SilenceState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Holds notices back in [starts_at, ends_at) for what fulfils every matcher. `ended_by`: who ended it early.

    Raises:
        ValueError: it would cover everything, is too long, or says no reason.
    """

    id: SilenceId
    matchers: tuple[Matcher, ...]
    by: str
    reason: str
    starts_at: Instant
    ends_at: Instant
    created_at: Instant
    ended_by: str | None = None
    generation: int = 1

    def __post_init__(self) -> None:
        check_matchers(self.matchers)
        if not self.by.strip() or not self.reason.strip():
            raise ValueError("expected who silences it and why: `by` and `reason` stay on record")
        lasts_s = seconds_between(self.starts_at, self.ends_at)
        if self.ended_by is None and not 0 < lasts_s <= SILENCE_S_MAX:
            raise ValueError(
                f"expected an end after the start {rfc3339(self.starts_at)} and within "
                f"{duration_text(SILENCE_S_MAX)} of it, got {rfc3339(self.ends_at)}"
            )

    def state(self, now: Instant) -> SilenceState:
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.ACTIVE if now >= self.starts_at else SilenceState.PENDING

    def covers(self, labels: Labels, now: Instant) -> bool:
        """Whether nobody is told of what has these labels now."""
        return self.state(now) is SilenceState.ACTIVE and all_match(self.matchers, labels)


def a_silence(
    project: ProjectId,
    matchers: Sequence[Matcher],
    *,
    by: str,
    reason: str,
    starts_at: Instant,
    ends_at: Instant,
    now: Instant,
) -> Silence:
    """A new silence. The same person asking for the same at the same moment gets the same one.

    Raises:
        ValueError: as `Silence`.
    """
    said = (*sorted(map(str, matchers)), by, str(starts_at), str(ends_at), str(now))
    return Silence(
        id=SilenceId(digest_id("sil", project, *said)),
        matchers=tuple(matchers),
        by=by,
        reason=reason,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )


def ended(silence: Silence, by: str, now: Instant) -> Silence | None:
    """The silence, ended now. None: it is over already."""
    if silence.state(now) is SilenceState.EXPIRED:
        return None
    return replace(silence, ends_at=now, ended_by=by, generation=silence.generation + 1)


def extended(silence: Silence, ends_at: Instant, now: Instant) -> Silence | None:
    """The silence with another end. None: it is over, and what is over is not brought back but made anew.

    Raises:
        ValueError: the end is not after now, or too far away.
    """
    if silence.state(now) is SilenceState.EXPIRED:
        return None
    if ends_at <= now:
        raise ValueError(f"expected an end after now, {rfc3339(now)}, got {rfc3339(ends_at)}: end it instead")
    return replace(silence, ends_at=ends_at, generation=silence.generation + 1)


def check_matchers(matchers: Sequence[Matcher]) -> None:
    """Check that matchers pick something out.

    Raises:
        ValueError: there are none, too many, or only such as everything fulfils that lacks the label.
    """
    if not 1 <= len(matchers) <= MATCHERS_MAX:
        raise ValueError(f'expected 1 to {MATCHERS_MAX} matchers such as service="answers", got {len(matchers)}')
    if all_match(matchers, {}):
        raise ValueError(
            "expected a matcher that something without its label does not fulfil, got "
            f"{', '.join(map(str, matchers))}: that covers nearly everything"
        )
