"""All that is known about what an incident is about, in one value: retry safety and boundary are told by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outproof.contract.promise import Promise
from outproof.contract.run import Signal, SignalKind
from outproof.core.time import Instant
from outproof.prove.outcome import Outcome
from outproof.prove.run_state import RunState


@dataclass(frozen=True, slots=True)
class GoodRun:
    """A run that was kept, and when the last of its proofs made it so."""

    external_id: str
    proven_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a broken promise now.

    `promise` None: nobody declares it any more. `state` and `outcome` None: nobody heard of a run. `again`: the run was
    begun again after it had ended, and has not ended since. `expected` names a run that never came. `others` are the
    further runs and slots of the same incident that are broken. `seen_at` is the newest sign of a promise without runs.
    """

    promise: Promise | None
    state: RunState | None = None
    outcome: Outcome | None = None
    again: bool = False
    expected: str | None = None
    others: tuple[str, ...] = ()
    last_good: GoodRun | None = None
    seen_at: Instant | None = None


def is_under_way_again(signals: Iterable[Signal]) -> bool:
    """Whether a run was opened after its last close: somebody is at it at this moment."""
    opened, closed = [], []
    for signal in signals:
        if signal.kind is SignalKind.OPENED:
            opened.append((signal.at, signal.received_at))
        elif signal.kind is SignalKind.CLOSED:
            closed.append((signal.at, signal.received_at))
    return bool(opened and closed) and max(opened) > max(closed)
