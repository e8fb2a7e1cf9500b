"""A promise as a drill judges it: the declared one and what marks the drill in; the same with limits of seconds out."""

from __future__ import annotations

from dataclasses import replace

from outproof.contract.drill import Drilled, Fault
from outproof.contract.promise import Promise

DUE_S = 2.0
SETTLE_S = 1.0
WATCH_S = 3_600.0

_ENDS_BY_TIME = (Fault.NEVER_START, Fault.NEVER_CLOSE, Fault.LATE)
"""Faults whose incident comes because a time passes; for the others the time must not pass first."""


def drilled(promise: Promise, drill: Drilled) -> Promise:
    """The promise with limits that fit into the drill, its incidents told to the drill's channels alone."""
    return replace(
        promise,
        due_s=DUE_S if drill.fault in _ENDS_BY_TIME else drill.within_s + 60.0,
        schedule=None,
        later_run_repairs=False,
        max_duration_s=None,
        stuck_after_s=None,
        paused=False,
        channels=drill.channels,
        settle_s=SETTLE_S,
        watch_s=WATCH_S,
    )
