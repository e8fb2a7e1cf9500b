"""A run as its signals tell it: opened, proven stage by stage, closed. They are a set; their order means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.drill import Drilled
from outproof.contract.evidence import FactValue
from outproof.core.ids import RunId, SignalId
from outproof.core.time import Instant, after

CLAIMED_PAST_S_MAX = 86_400.0
CLAIMED_FUTURE_S_MAX = 300.0


class Stage(StrEnum):
    """The way of an output to its reader, in order."""

    GENERATED = "generated"
    VALIDATED = "validated"
    PERSISTED = "persisted"
    VISIBLE = "visible"


class Observer(StrEnum):
    """Who made a proof, the least trusted first."""

    JOB = "job"
    INDEPENDENT = "independent"
    PROBE = "probe"


class SignalKind(StrEnum):
    OPENED = "opened"
    PROVED = "proved"
    CLOSED = "closed"
    NOTED = "noted"
    """A sign of life on the way: progress, or a line of a log. It proves nothing."""


class Claim(StrEnum):
    """How the job says a run ended. A claim, not a verdict: only proofs make a run good."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Items of a run. None: not said. Conservation: input = valid + invalid + skipped + suppressed + lost."""

    input: int | None = None
    valid: int | None = None
    invalid: int | None = None
    skipped: int | None = None
    suppressed: int | None = None
    lost: int | None = None

    @property
    def known(self) -> dict[str, int]:
        """What was said, by name."""
        said = {name: getattr(self, name) for name in COUNT_NAMES}
        return {name: number for name, number in said.items() if number is not None}


COUNT_NAMES = ("input", "valid", "invalid", "skipped", "suppressed", "lost")
"""The fields of `Counts`, in the order they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One observation that the output passed a stage, or did not.

    `passed` None: somebody tried to look and could not see either way; it proves nothing and retracts nothing.
    `detail` is a safe sentence: what was expected, what was seen. `output_id` is the output that was looked at.
    `measured` are the values that were read: numbers, digests, times; never content. `receipt_id` is what whoever took
    the output gave for it.
    """

    stage: Stage
    observer: Observer
    passed: bool | None
    at: Instant
    surface: str | None = None
    output_id: str | None = None
    detail: str | None = None
    measured: dict[str, FactValue] | None = None
    receipt_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One message about one run. `received_at` is server time and decides deadlines; `claimed_at` is the client's.

    `note` is scrubbed text of a sign of life. `drill` says that the run is broken on purpose.
    """

    id: SignalId
    run_id: RunId
    promise: str
    external_id: str
    kind: SignalKind
    received_at: Instant
    claimed_at: Instant | None = None
    proof: Proof | None = None
    claim: Claim | None = None
    counts: Counts | None = None
    evidence: dict[str, FactValue] | None = None
    error_type: str | None = None
    note: str | None = None
    drill: Drilled | None = None

    @property
    def at(self) -> Instant:
        """When it happened, for ordering signals of one run."""
        return happened_at(self.claimed_at, self.received_at)


def happened_at(claimed_at: Instant | None, received_at: Instant) -> Instant:
    """The client's time where it is credible: from 24 h before we received it to 5 min after; else the nearest such."""
    if claimed_at is None:
        return received_at
    earliest, latest = after(received_at, -CLAIMED_PAST_S_MAX), after(received_at, CLAIMED_FUTURE_S_MAX)
    return min(max(claimed_at, earliest), latest)
