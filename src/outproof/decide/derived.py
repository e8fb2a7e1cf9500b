"""What a policy's conditions speak of, read off the windows it asked for: looks in; measures by segment out.

A burn rate is a share of bad over the share that may be; a change is a difference from the baseline, as a share of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from outproof.core.time import after
from outproof.decide.expression import comparisons
from outproof.decide.names import COUNTS, DRIFTS, lower, measure_of, upper
from outproof.decide.policy import BurnRate, Policy, PolicyKind
from outproof.decide.question import Looks, Measured, Seen, Span


def derived(policy: Policy, looks: Looks) -> Mapping[str | None, Seen]:
    """What each segment of the policy's first window shows, with every name that its conditions speak of.

    It is partial if any window it was read off is; its revision grows when that of any of them does. Of a policy that
    looks at N of M windows this is the newest, with the segments of all of them: one that is served no more is in older
    ones.
    """
    newest = looks[policy.asks[0]]
    if policy.n_of_m is not None:
        return {segment: _newest_of(policy, segment, looks) for segment in _segments(policy, looks)}
    if policy.burn is not None:
        return {segment: _burning(policy, policy.burn, segment, looks) for segment in newest}
    if policy.baseline is not None:
        names, before = _changes(policy), looks[policy.asks[1]]
        return {segment: _compared(names, seen, before.get(segment)) for segment, seen in newest.items()}
    if policy.kind is PolicyKind.ABSENCE:
        return {segment: replace(seen, measured=_counted(seen.measured)) for segment, seen in newest.items()}
    return newest


def _segments(policy: Policy, looks: Looks) -> Iterable[str | None]:
    return dict.fromkeys(segment for ask in policy.asks for segment in looks[ask])


def _newest_of(policy: Policy, segment: str | None, looks: Looks) -> Seen:
    """The newest of windows that follow each other; empty where the segment is only in older ones."""
    windows = [(ask, looks[ask].get(segment)) for ask in policy.asks]
    ask, shown = next((ask, seen) for ask, seen in windows if seen is not None)
    if ask.back_s:
        span = Span(after(shown.span.start, ask.back_s), after(shown.span.end, ask.back_s))
        shown = replace(shown, span=span, measured={})
    return _joined(shown, (seen for other, seen in windows if other is not ask), {})


def _counted(measured: Measured) -> Measured:
    """Counts that are 0 where nothing came: only here is that what somebody wants to know."""
    return {**measured, **{name: measured.get(name) or 0 for name in COUNTS}}


def _burning(policy: Policy, burn: BurnRate, segment: str | None, looks: Looks) -> Seen:
    by_span = {ask.span_s: looks[ask].get(segment) for ask in policy.asks}
    rates: dict[str, float | None] = {}
    for window in burn.windows:
        long, short = burn.names(window)
        rates[short] = _rate(by_span[window.short_s], measure_of(burn.of), burn)
        seen = by_span[window.long_s]
        is_enough = seen is not None and (seen.measured.get(policy.denominator) or 0) >= (policy.min_answers or 1)
        rates[long] = _rate(seen, burn.of, burn) if is_enough else None
    return _joined(looks[policy.asks[0]][segment], by_span.values(), rates)


def _rate(seen: Seen | None, of: str, burn: BurnRate) -> float | None:
    """How many times too fast the budget is spent. None: no data."""
    bad = None if seen is None else seen.measured.get(of)
    return None if bad is None else bad / burn.budget_ratio


def _changes(policy: Policy) -> frozenset[str]:
    """The changes that its conditions speak of."""
    conditions = (policy.condition,) if policy.recover is None else (policy.condition, policy.recover)
    return frozenset(compare.name for condition in conditions for compare in comparisons(condition)) & DRIFTS.keys()


def _compared(names: Iterable[str], seen: Seen, before: Seen | None) -> Seen:
    was: Measured = {} if before is None else before.measured
    return _joined(seen, (before,), {name: change(name, seen.measured, was) for name in names})


def change(name: str, now: Measured, before: Measured) -> float | None:
    """How far a measure rose or fell, e.g. `rise(ttft_p95)`, as a share of what it was. None: one of them is unknown.

    `lower_95(rise(x))` is what it rose at least: from the upper end of its interval then to the lower end now.

    >>> change("rise(ttft_p95)", {"ttft_p95": 0.6}, {"ttft_p95": 0.5})
    0.2
    """
    measure = measure_of(name)
    least = name.startswith("lower_95(")
    rises = "rise(" in name
    seen = now.get(measure if not least else lower(measure) if rises else upper(measure))
    was = before.get(measure if not least else upper(measure) if rises else lower(measure))
    if seen is None or not was:
        return None
    return (seen - was) / was if rises else (was - seen) / was


def _joined(seen: Seen, others: Iterable[Seen | None], named: Mapping[str, float | None]) -> Seen:
    """What was seen, together with what was read off other windows."""
    known = [other for other in others if other is not None and other is not seen]
    return replace(
        seen,
        measured={**seen.measured, **named},
        partial=seen.partial or any(other.partial for other in known),
        revision=seen.revision + sum(other.revision for other in known),
    )
