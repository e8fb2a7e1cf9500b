"""Traces of one period in; which of them are kept, why and with what chance, out."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from outproof.sampling.draw import lot
from outproof.sampling.policy import CERTAIN_PPM, Reason, Sampling

Stratum = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole trace: its stratum, why it must be kept (None: it is ordinary), and what was decided on it before."""

    trace_id: bytes
    stratum: Stratum
    reason: Reason | None = None
    before: Decision | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """That a trace is kept: why, and the chance it had, in millionths."""

    reason: Reason
    ppm: int = CERTAIN_PPM


def decided(traces: Iterable[Trace], policy: Sampling) -> dict[bytes, Decision]:
    """The traces that are kept. What was decided before stands; the rest is drawn, stratum by stratum.

    In each stratum at least `floor` ordinary traces are kept, all of them where there are no more.
    """
    kept: dict[bytes, Decision] = {}
    ordinary: dict[Stratum, list[bytes]] = defaultdict(list)
    for trace in traces:
        if trace.reason is not None:
            kept[trace.trace_id] = Decision(trace.reason)
        elif trace.before is not None:
            kept[trace.trace_id] = trace.before
        else:
            ordinary[trace.stratum].append(trace.trace_id)
    for members in ordinary.values():
        kept |= _drawn(members, policy)
    return kept


def head(trace_id: bytes, reason: Reason | None, policy: Sampling) -> Decision | None:
    """The same for one trace of which no others are known, as the SDK decides: without a floor. None: left out."""
    if reason is not None:
        return Decision(reason)
    return Decision(Reason.NOMINAL, policy.nominal_ppm) if lot(trace_id, policy.version) < policy.nominal_ppm else None


def _drawn(members: Sequence[bytes], policy: Sampling) -> Mapping[bytes, Decision]:
    """Those of a stratum that lie below the first step of the ladder with enough of them.

    A trace's own lot must not move the chance it is said to have had, or that chance is wrong. So the chance of each is
    the first step that has `floor` *others* below it. Where a step has just `floor`, each of them has one other too
    few, and theirs is the next step; all of them are kept for certain where none has more.
    """
    version = policy.version
    lots = sorted((lot(member, version), member) for member in members)
    below = {step: bisect_left(lots, (step, b"")) for step in _ladder(policy.nominal_ppm)}
    step = next((step for step, count in below.items() if count >= policy.floor), CERTAIN_PPM)
    drawn = [member for _, member in lots[: below[step]]]
    chance = next((each for each in below if each >= step and below[each] > policy.floor), CERTAIN_PPM)
    if chance == CERTAIN_PPM:
        reason = Reason.NOMINAL if policy.nominal_ppm == CERTAIN_PPM else Reason.RARE
        return dict.fromkeys(drawn, Decision(reason))
    return dict.fromkeys(drawn, Decision(Reason.NOMINAL, chance))


def _ladder(nominal_ppm: int) -> Sequence[int]:
    """Chances that a stratum may have: few different ones, so that estimates stay sharp."""
    steps = [nominal_ppm]
    while steps[-1] < CERTAIN_PPM:
        steps.append(min(CERTAIN_PPM, steps[-1] * 2))
    return steps
