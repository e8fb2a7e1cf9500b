"""How a channel wants to be told, as a value: what its configuration says in, what the telling goes by out."""

from __future__ import annotations

from dataclasses import dataclass

CANARY_S = 900.0
"""That a channel is dead is known before it is needed; a test that nobody sees costs one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What a channel wants to hear beyond that something opened, got worse and is over.

    `acknowledged`: that somebody took it, so that what pages people there stops. `repeat_s`: the same again that often
    while it is not over, whoever took it and whatever is silenced meanwhile, because the receiver forgets. `canary_s`:
    how often it may be tested; seldom where people see the test.
    """

    acknowledged: bool = False
    repeat_s: float | None = None
    canary_s: float = CANARY_S
