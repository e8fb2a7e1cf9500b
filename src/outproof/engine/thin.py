"""Takes out of the event store what need not be kept: spans that are old enough in; a labelled sample of them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from outproof.core.errors import Transient
from outproof.core.ids import ProjectId
from outproof.core.time import NANOS_PER_S, Instant, after
from outproof.engine.intake import LOAD
from outproof.ports import Clock, State, Transaction
from outproof.sampling.decide import Decision, Trace, decided
from outproof.sampling.interest import facts_of, interest
from outproof.sampling.policy import Reason, Sampling
from outproof.store.events.client import Client
from outproof.store.events.thinning import Period, before, thin, undecided

SAMPLED = "sampling"
"""The event time through which everything is decided, as the position of a consumer."""

_LEFT_OUT_MAX = 100_000
_RANK = {reason: rank for rank, reason in enumerate(Reason)}


class Thinner:
    """Decides one period of traffic after the other, each once it is as old as the policy says.

    Nothing is decided while no policy is declared; what came before the first one stays whole. What comes late for a
    period that is decided stays too, so that its counts are exact. A crash in between repeats work.
    """

    def __init__(
        self, events: Client, state: State, clock: Clock, project: ProjectId, declared: Callable[[], Sampling | None]
    ) -> None:
        self._events = events
        self._state = state
        self._clock = clock
        self._project = project
        self._declared = declared
        self._left_out: dict[bytes, None] = {}

    def tick(self) -> bool:
        """Decide one period. True when another one is due.

        Raises:
            Transient: a store did not take it; the next tick completes it.
        """
        policy = self._declared()
        if policy is None:
            return False
        length_ns = round(policy.period_s * NANOS_PER_S)
        limit = after(self._clock.now(), -policy.after_s)
        with self._state.begin() as tx:
            start = tx.alerts.cursor(SAMPLED)
            if not start:
                self._move(tx, 0, limit // length_ns * length_ns)
                return False
            through = tx.alerts.cursor(LOAD)
        end = Instant(start + length_ns)
        if end > limit:
            return False
        self._thin(Period(project=self._project, start=Instant(start), end=end, through=through), policy)
        return end + length_ns <= limit

    def _thin(self, period: Period, policy: Sampling) -> None:
        spans = undecided(self._events, period, dict.fromkeys((*policy.by, *facts_of(policy))))
        traces = _traces(spans, policy)
        kept = decided((trace for trace in traces if trace.reason or trace.trace_id not in self._left_out), policy)
        if traces:
            thin(self._events, period, kept, policy.version)
        self._remember(traces, kept)
        with self._state.begin() as tx:
            tx.ledger.add("traces", "sampled_out", "nominal", _left_out(spans, kept))
            self._move(tx, period.start, period.end)

    def _remember(self, traces: list[Trace], kept: Mapping[bytes, Decision]) -> None:
        """Traces that were left out stay so: those of their spans that come in the next period go too."""
        self._left_out |= {trace.trace_id: None for trace in traces if trace.trace_id not in kept}
        for trace in list(self._left_out)[: max(0, len(self._left_out) - _LEFT_OUT_MAX)]:
            del self._left_out[trace]

    def _move(self, tx: Transaction, old: int, new: int) -> None:
        if not tx.alerts.move_cursor(SAMPLED, new, self._clock.now(), expected=old):
            raise Transient(f"another process sampled past {old}: only one may sample a store")


def _traces(spans: Mapping[str, list[Any]], policy: Sampling) -> list[Trace]:
    """The traces of spans: each with the strongest reason that any of its spans gives, and the first stratum told."""
    reasons = interest(spans, policy)
    found: dict[bytes, dict[str, Any]] = {}
    for row, trace_id in enumerate(spans["trace_id"]):
        seen = found.setdefault(trace_id, {"reason": None, "before": None, "own": None, **dict.fromkeys(policy.by)})
        reason = reasons[row]
        if reason is not None and (seen["reason"] is None or _RANK[reason] < _RANK[seen["reason"]]):
            seen["reason"] = reason
        for name in policy.by:
            if seen[name] is None:
                seen[name] = spans[name][row]
        if spans["due"][row]:
            seen["own"] = spans["sampled_ppm"][row]
        elif seen["before"] is None and spans["sample_policy"][row] is not None:
            seen["before"] = (spans["sample_reason"][row], spans["sampled_ppm"][row])
    return [
        Trace(
            trace_id,
            tuple(seen[name] for name in policy.by),
            seen["reason"],
            seen["before"] and before(seen["before"][0], seen["before"][1], seen["own"]),
        )
        for trace_id, seen in found.items()
    ]


def _left_out(spans: Mapping[str, list[Any]], kept: Mapping[bytes, Decision]) -> int:
    return sum(due and trace not in kept for trace, due in zip(spans["trace_id"], spans["due"], strict=True))
