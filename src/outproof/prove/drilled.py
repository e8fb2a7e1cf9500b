"""A promise as a drill judges it: the declared one and what marks the drill in; the same with limits of seconds out."""

from __future__ import annotations

from dataclasses import replace

from outproof.contract.drill import Drilled, Fault
from outproof.contract.promise import Promise

DUE_S = 2.0
WATCH_S = 3_600.0

_LATER_S = 3_600.0
"""How much longer than the drill a limit is that must not pass in it."""


def drilled(promise: Promise, drill: Drilled) -> Promise:
    """The promise with limits that fit into the drill, its incidents told to the drill's channels alone.

    A run that is never closed meets the limit that notices it first in earnest: stuck, else slow, else late.
    """
    open_too_long = drill.fault is Fault.NEVER_CLOSE
    stuck = open_too_long and promise.stuck_after_s is not None
    slow = open_too_long and not stuck and promise.max_duration_s is not None
    late = drill.fault in (Fault.NEVER_START, Fault.LATE) or (open_too_long and not stuck and not slow)
    return replace(
        promise,
        due_s=DUE_S if late else drill.within_s + _LATER_S,
        schedule=None,
        later_run_repairs=False,
        max_duration_s=DUE_S if slow else None,
        stuck_after_s=DUE_S if stuck else None,
        paused=False,
        channels=drill.channels,
        proofs={stage: replace(required, expires_s=None) for stage, required in promise.proofs.items()},
        settle_s=min(promise.settle_s, drill.within_s / 2),  # as in earnest, for a slow page is not what is looked for
        watch_s=WATCH_S,
    )
