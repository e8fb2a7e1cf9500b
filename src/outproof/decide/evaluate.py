"""One look at one policy: its windows and what was remembered in; how each of its alerts moved, out.

The same code judges live and replays history. It is a pure function: the same look judged twice moves nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import comb

from outproof.core.time import NANOS_PER_S, Instant, seconds_between
from outproof.decide.alert import LOUD, AlertState, Change, Memory, Sight, first_memory, step
from outproof.decide.derived import derived
from outproof.decide.expression import Op, holds
from outproof.decide.names import measure_of
from outproof.decide.policy import NoData, Policy, PolicyKind
from outproof.decide.question import SEGMENTS_MAX, Looks, Measured, Seen
from outproof.measure.fdr import at_least, at_most, discoveries
from outproof.measure.measured import observations

LOOK_S = 10.0
"""How often windows are looked at: several servers look at the same instants, and so see the same."""

SLOW_LOOK_S = 60.0
"""How often where windows are longer than `SLOW_SPAN_S`: in ten seconds such a window hardly changes."""

SLOW_SPAN_S = 3_600.0

STRAY_RATIO = 0.1
"""So much of `min_answers`, and no more, is next to nothing: a probe that still knocks does not hide an outage."""

BREACHES = "breaches"
"""The measure under which a look says how many answers broke an invariant in its window."""

Sights = Mapping[str | None, tuple[Sight, Seen]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a look did to an alert. `change` None with `is_changed` False: it moved nothing, but it still fires.

    `segment` is the value of the policy's dimension; `whole` stands for the one alert of a policy that is cut which
    says whether anything is seen at all. `seen` is None where nothing was.
    """

    policy: Policy
    key: str
    segment: str | None
    memory: Memory
    change: Change | None
    sight: Sight
    seen: Seen | None
    is_changed: bool
    whole: bool = False


def look_every_s(policy: Policy) -> float:
    """How often a policy is looked at."""
    return SLOW_LOOK_S if policy.promise is None and policy.span_s > SLOW_SPAN_S else LOOK_S


def look_at(policy: Policy, now: Instant) -> Instant:
    """The instant of its grid at which a policy is looked at: the newest that is not after now."""
    return floored(now, look_every_s(policy))


def floored(now: Instant, every_s: float) -> Instant:
    """The newest instant of a grid that is not after now."""
    step_ns = round(every_s * NANOS_PER_S)
    return Instant(now // step_ns * step_ns)


def evaluate(
    policy: Policy, looks: Looks, memories: Mapping[str, Memory], at: Instant, *, held: bool = False
) -> tuple[Moved, ...]:
    """What a look moves: alerts whose memory changed, and those that still fire or are resolving.

    `memories` are those of this policy, by the key of the alert. An alert that is not among them is inactive and has
    its data: such a one needs no memory, so of a thousand healthy segments nothing is kept. A memory that belongs to no
    segment of the policy is not moved. `held`: the newest window holds a time in which we could not see, which a window
    without segments does not say itself.
    """
    sights = _sights(policy, looks, memories, at)
    moved = (
        each
        for segment, (sight, seen) in sights.items()
        if (each := _moved(policy, segment, sight, seen, memories, at)) is not None
    )
    if policy.by is None:
        return tuple(moved)
    gone = _vanished(policy, sights, memories, looks, at, held=held)
    return (*moved, *gone, *_whole(policy, sights, memories, at, held=held))


def segment_of(policy: Policy, key: str) -> tuple[str | None] | None:
    """The segment an alert of this policy is about, in a tuple of one; None: it is about none of its segments."""
    if policy.by is None:
        return (None,) if key == policy.key else None
    without = policy.alert_key(None)
    if key == without:
        return (None,)
    return (key[len(without) + 1 :],) if key.startswith(f"{without}=") else None


def _moved(
    policy: Policy, segment: str | None, sight: Sight, seen: Seen | None, memories: Mapping[str, Memory], at: Instant
) -> Moved | None:
    key = policy.alert_key(segment)
    old = memories.get(key)
    if old is None and policy.by is not None and sight is not Sight.BREACHED:
        return None  # a healthy segment, or one of which too little is known: there is nothing to remember
    if policy.by is not None and sight is Sight.NO_DATA:
        sight = Sight.SPARSE  # the no-data rule is about all segments together: see `_whole`
    partial = seen is not None and seen.partial
    return _stepped(policy, key, segment, old, sight, seen, at, partial=partial)


def _stepped(
    policy: Policy,
    key: str,
    segment: str | None,
    old: Memory | None,
    sight: Sight,
    seen: Seen | None,
    at: Instant,
    *,
    partial: bool,
    whole: bool = False,
) -> Moved | None:
    before = first_memory(at) if old is None else old
    new, change = step(before, sight, policy, at, partial=partial)
    if old is None:  # a healthy alert needs no memory, unless it must be known since when it is watched
        is_changed = _is_watched(policy, whole=whole) or replace(new, watched_since=at) != before
    else:
        is_changed = new != before
    if not is_changed and new.state not in LOUD:
        return None
    return Moved(
        policy=policy,
        key=key,
        segment=segment,
        memory=new,
        change=change,
        sight=sight,
        seen=seen,
        is_changed=is_changed,
        whole=whole,
    )


def _is_watched(policy: Policy, *, whole: bool) -> bool:
    if policy.kind is PolicyKind.ABSENCE:
        return True
    return policy.no_data is NoData.INCIDENT and (whole or policy.by is None)


def _vanished(
    policy: Policy, sights: Sights, memories: Mapping[str, Memory], looks: Looks, at: Instant, *, held: bool
) -> Iterator[Moved]:
    """Segments that are remembered and are in none of the windows: over, if nothing can have been overlooked."""
    windows = [looks[ask] for ask in (policy.asks if policy.n_of_m else policy.asks[:1])]
    is_whole = all(len(shown) < SEGMENTS_MAX for shown in windows)
    is_known = is_whole and any(sight is not Sight.NO_DATA for sight, _ in sights.values())
    partial = held or any(seen.partial for shown in windows for seen in shown.values())
    for key, old in memories.items():
        segment = segment_of(policy, key)
        if segment is None or segment[0] in sights or old.state is AlertState.INACTIVE:
            continue
        sight = Sight.GONE if is_known else Sight.SPARSE
        moved = _stepped(policy, key, segment[0], old, sight, None, at, partial=partial)
        if moved is not None:
            yield moved


def _whole(
    policy: Policy, sights: Sights, memories: Mapping[str, Memory], at: Instant, *, held: bool
) -> Iterator[Moved]:
    """Whether anything is seen of a policy that is cut: its no-data rule is about all of its segments together."""
    known = [seen for sight, seen in sights.values() if sight is not Sight.NO_DATA]
    if not _is_enough(policy, sum(seen.measured.get(policy.denominator) or 0 for seen in known)):
        known = []
    old = memories.get(policy.key)
    if old is None and known and not _is_watched(policy, whole=True):
        return
    partial = held or any(seen.partial for seen in known)
    sight = Sight.RECOVERED if known else Sight.NO_DATA
    moved = _stepped(policy, policy.key, None, old, sight, None, at, partial=partial, whole=True)
    if moved is not None:
        yield moved


def _sights(policy: Policy, looks: Looks, memories: Mapping[str, Memory], at: Instant) -> Sights:
    """What the windows show of each segment."""
    of = policy.denominator
    found = {
        segment: (_sight(policy, of, segment, seen, looks, memories, at), seen)
        for segment, seen in derived(policy, looks).items()
    }
    if policy.fdr_ratio is None:
        return found
    return _discovered(policy, found, looks, policy.fdr_ratio)


def _sight(
    policy: Policy, of: str, segment: str | None, seen: Seen, looks: Looks, memories: Mapping[str, Memory], at: Instant
) -> Sight:
    """What the windows of one segment show. `of` is what the policy is judged on."""
    if policy.kind is PolicyKind.INVARIANT:
        return _invariant_sight(policy, memories.get(policy.key), seen.measured, at)
    if policy.n_of_m is not None:
        windows = [looks[ask].get(segment) for ask in policy.asks]
        sights = [Sight.NO_DATA if each is None else _window_sight(policy, of, each.measured) for each in windows]
        return _n_of_m(sights, policy.n_of_m.n)
    if policy.baseline is not None:
        return _compared_sight(policy, of, seen, looks[policy.asks[1]].get(segment))
    sight = _window_sight(policy, of, seen.measured)
    if policy.burn is not None and sight is Sight.NO_DATA:
        return _unknown_burn(policy, of, segment, looks)
    return sight


def _unknown_burn(policy: Policy, of: str, segment: str | None, looks: Looks) -> Sight:
    """What burn rates show that cannot be told: that too little came, or that nothing did where a page would look."""
    short = next(looks[ask].get(segment) for ask in policy.asks if ask.span_s == policy.silent_after_s)
    sample = _sample(policy, of, {} if short is None else short.measured)
    return Sight.SPARSE if 0 < sample < (policy.min_answers or 1) else Sight.NO_DATA


def _window_sight(policy: Policy, of: str, measured: Measured) -> Sight:
    """What one window shows: the limit itself is not beyond the limit if the policy says `>`."""
    if policy.kind is not PolicyKind.ABSENCE:
        sample = _sample(policy, of, measured)
        if not sample:
            return Sight.NO_DATA
        if sample < (policy.min_answers or 1):
            return Sight.SPARSE
    breached = holds(policy.condition, measured)
    if breached is None:  # there are answers, but none has the measure: we are blind, not safe
        return Sight.NO_DATA
    if breached:
        return Sight.BREACHED
    if policy.recover is None or holds(policy.recover, measured):
        return Sight.RECOVERED
    return Sight.BETWEEN


def _sample(policy: Policy, of: str, measured: Measured) -> float:
    """What a window is judged on; 0 where it is next to nothing. A small segment is no silence: see `_whole`."""
    sample = measured.get(of) or 0
    return sample if policy.by is not None or _is_enough(policy, sample) else 0


def _is_enough(policy: Policy, sample: float) -> bool:
    """Whether what came is more than next to nothing."""
    return sample > STRAY_RATIO * (policy.min_answers or 1)


def _compared_sight(policy: Policy, of: str, seen: Seen, before: Seen | None) -> Sight:
    """What a window shows beside its baseline. Where the baseline says too little, so does the comparison."""
    if not _sample(policy, of, seen.measured):
        return Sight.NO_DATA
    known = 0 if before is None else before.measured.get(of) or 0
    if known < (policy.min_answers or 1):
        return Sight.SPARSE
    sight = _window_sight(policy, of, seen.measured)
    return Sight.SPARSE if sight is Sight.NO_DATA else sight


def _n_of_m(sights: list[Sight], n: int) -> Sight:
    """What windows that follow each other show together, the newest first. An empty newest one is silence by itself."""
    breached = sights.count(Sight.BREACHED)
    unknown = sights.count(Sight.SPARSE) + sights.count(Sight.NO_DATA)
    if breached >= n:
        return Sight.BREACHED
    if unknown == len(sights) or sights[0] is Sight.NO_DATA:
        return sights[0]
    if breached and breached + unknown >= n:
        return Sight.SPARSE  # those of which too little is known could make it a breach
    return Sight.RECOVERED if sights[0] is Sight.RECOVERED else Sight.BETWEEN


def _invariant_sight(policy: Policy, memory: Memory | None, measured: Measured, at: Instant) -> Sight:
    """What a window shows of an invariant: it is over after a full window with an answer and without a new breach."""
    if measured.get(BREACHES):
        return Sight.BREACHED
    if not measured.get("answers"):
        return Sight.NO_DATA
    if not measured.get(policy.denominator):
        return Sight.SPARSE
    breach_at = None if memory is None else memory.breach_at
    if breach_at is not None and seconds_between(breach_at, at) < policy.span_s:
        return Sight.BETWEEN
    return Sight.RECOVERED


def _discovered(policy: Policy, found: Sights, looks: Looks, false_ratio: float) -> Sights:
    """The sights, where only those segments breach that a test over all of them singles out.

    The others are beyond the limit, but so many would be by chance: they neither fire nor end anything.
    """
    judged = [segment for segment, (sight, _) in found.items() if sight not in (Sight.NO_DATA, Sight.SPARSE)]
    p_values = {
        segment: _chance(policy, segment, found[segment][1], looks) if found[segment][0] is Sight.BREACHED else 1.0
        for segment in judged  # one within the limit is never singled out, but it is one of those that were looked at
    }
    called = discoveries(p_values, false_ratio)
    return {
        segment: (Sight.BETWEEN, seen) if sight is Sight.BREACHED and segment not in called else (sight, seen)
        for segment, (sight, seen) in found.items()
    }


def _chance(policy: Policy, segment: str | None, seen: Seen, looks: Looks) -> float:
    """How likely it is that a segment breaches though it is at the limit: of N of M windows, that N are so far beyond.

    N of M windows that follow each other share no answer; so P(any N of them all at p or less) <= C(M, N) * p ** N.
    """
    if policy.n_of_m is None:
        return _p_value(policy, seen.measured)
    windows = (looks[ask].get(segment) for ask in policy.asks)
    ordered = sorted(1.0 if each is None else _p_value(policy, each.measured) for each in windows)
    n, m = policy.n_of_m.n, policy.n_of_m.m
    return min(1.0, comb(m, n) * ordered[n - 1] ** n)


def _p_value(policy: Policy, measured: Measured) -> float:
    """How likely a share so far beyond the limit is, were the true one at it. 1 where there is nothing to test."""
    first = policy.first
    rate = measure_of(first.name)
    ratio, of = measured.get(rate), measured.get(observations(rate))
    if ratio is None or not of or isinstance(first.limit, str):
        return 1.0
    test = at_least if first.op in (Op.GT, Op.GE) else at_most
    return test(ratio * of, of, float(first.limit))


def with_breaches(seen: Seen, breaches: int) -> Seen:
    """What a window shows, with how many answers broke the invariant in it."""
    return replace(seen, measured={**seen.measured, BREACHES: breaches})
