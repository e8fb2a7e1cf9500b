"""Who is told when nobody took an incident in time, and who when a channel did not answer: ways in; dues out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from outproof.core.time import Instant, after, duration_text
from outproof.respond.delivery import DeliveryState, Sending
from outproof.respond.told import Heard

AFTER_S_MAX = 7 * 86_400.0
STEPS_MAX = 20
FAIL_OVER_S = 30.0
FAIL_OVER_S_MAX = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who else is told once nobody has acknowledged it for so long since somebody was first told."""

    after_s: float
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 < self.after_s <= AFTER_S_MAX:
            raise ValueError(f"expected `after` longer than nothing and up to 7 d, got {self.after_s:g} s")
        if not self.channels:
            raise ValueError("expected at least one channel in a step of an escalation")


@dataclass(frozen=True, slots=True)
class Next:
    """Whom to tell and why, and when to look again; None: there is no such thing."""

    channel: str | None = None
    because: str | None = None
    again_at: Instant | None = None


def escalated(
    steps: Sequence[Step], began_at: Instant, heard: Mapping[str, Heard], now: Instant
) -> tuple[list[Next], Instant | None]:
    """The channels that a step is due for and that have heard nothing since, and when the next step is due."""
    due: list[Next] = []
    for step in sorted(steps, key=lambda step: step.after_s):
        at = after(began_at, step.after_s)
        if at > now:
            return due, at
        because = f"nobody took it within {duration_text(step.after_s)}"
        due += [Next(name, because) for name in step.channels if name not in heard or heard[name].at < at]
    return due, None


def failed_over(
    chain: Sequence[str],
    heard: Mapping[str, Heard],
    sending: Callable[[str, int], Sending | None],
    now: Instant,
    *,
    after_s: float,
) -> Next:
    """The first channel of a chain that has to step in for those before it, which did not accept what they were sent.

    A channel steps in when the one before it has refused for good, or has not accepted within `after_s`.
    """
    because: str | None = None
    for channel in chain:
        last = heard.get(channel)
        if last is None:
            return Next(channel, because)
        sent = sending(channel, last.generation)  # None: it is queued just now
        state = DeliveryState.QUEUED if sent is None else sent.state
        if state is DeliveryState.ACCEPTED:
            return Next()
        patience_ends_at = after(last.at, after_s)
        if state is not DeliveryState.FAILED and now < patience_ends_at:
            return Next(again_at=patience_ends_at)
        said = "refused it" if state is DeliveryState.FAILED else f"did not accept it in {duration_text(after_s)}"
        because = f"{channel} {said}"
    return Next()
