"""What a policy may say and probably does not mean: a policy that loads in, remarks with their fields out.

None of them keeps it from being applied; each says what goes wrong at 03:00 and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor

from outproof.contract.severity import Severity
from outproof.core.errors import Mistake
from outproof.core.time import duration_text
from outproof.decide.expression import Compare, Op, ValueType, comparisons
from outproof.decide.names import BAD_RATES, MEASURES, lower, measure_of, upper
from outproof.decide.policy import NoData, Policy, PolicyKind
from outproof.measure.dimension import ROLLED

EVENTS_MIN = 3
"""With fewer bad answers than this a plain share says little: one more or less moves it by half."""

UNROLLED_SPAN_S = 3_600.0
"""Longer windows by a dimension that roll-ups do not keep are counted from every single answer."""

_UPWARD = (Op.GT, Op.GE)
_PERCENTILE = re.compile(r"_p(\d\d)$")


def remarks(policy: Policy) -> list[Mistake]:
    """Remarks about one policy."""
    return [*_noisy(policy), *_silent(policy), *_unhelpful(policy), *_slow(policy)]


def same(policies: Sequence[Policy]) -> Iterator[tuple[Policy, Mistake]]:
    """Policies that say what an earlier one says: two pages for one break."""
    first: dict[object, str] = {}
    for policy in policies:
        said = (policy.condition, policy.asks, policy.kind, policy.promise)
        earlier = first.setdefault(said, policy.name)
        if earlier != policy.name:
            yield (
                policy,
                Mistake(f"it says the same as {earlier} of the same traffic: one break pages twice; keep one of them"),
            )


def _noisy(policy: Policy) -> Iterator[Mistake]:
    """What makes it fire without need."""
    key = "when" if policy.kind in (PolicyKind.THRESHOLD, PolicyKind.PROMISE) else policy.kind.value
    if policy.kind in (PolicyKind.THRESHOLD, PolicyKind.COVERAGE, PolicyKind.PROMISE):
        for compare in comparisons(policy.condition):
            yield from _scarce(policy, compare, key)
    for compare in comparisons(policy.condition):
        yield from _doubted(compare, key)
    if policy.kind is PolicyKind.THRESHOLD and not policy.for_s and policy.n_of_m is None and not _is_certain(policy):
        yield Mistake("it fires at the first look beyond the limit: add for, n_of_m, or lower_95(…)", key)
    if policy.kind is PolicyKind.THRESHOLD and policy.recover is None and not policy.for_s and policy.n_of_m is None:
        yield Mistake("it fires and is over again around its limit: add recover, a little inside of it", key)
    if policy.by is not None and policy.fdr_ratio is None and not _is_certain(policy):
        yield Mistake(
            "it judges many segments, and one in so many is beyond a limit by chance: compare a single rate, which is "
            "tested, or lower_95(…)",
            "by",
        )


def _scarce(policy: Policy, compare: Compare, key: str) -> Iterator[Mistake]:
    """What the sample is too small for."""
    sample = policy.min_answers or 1
    limit = compare.limit
    is_share = compare.name in BAD_RATES and compare.op in _UPWARD
    if is_share and isinstance(limit, float) and 0 < limit * sample < EVENTS_MIN:
        bad, needed = floor(limit * sample) + 1, ceil(EVENTS_MIN / limit)
        meant = f"write {lower(compare.name)}, or min_answers: {needed}"
        yield Mistake(f"{bad} bad of {sample} already break {compare}: {meant}", key)
    found = _PERCENTILE.search(compare.name)
    if found is not None and sample < (needed := round(100 / (100 - int(found[1])))):
        yield Mistake(f"{compare.name} of {sample} calls is their slowest one: write min_answers: {needed}", key)


def _doubted(compare: Compare, key: str) -> Iterator[Mistake]:
    """The wrong end of an interval: doubt alone breaks the limit."""
    measure = measure_of(compare.name)
    wrong = upper if compare.op in _UPWARD else lower
    right = lower if compare.op in _UPWARD else upper
    is_end = compare.name.startswith(("lower_95(", "upper_95("))
    if is_end and compare.name.startswith(wrong("").removesuffix("()")):
        meant = right(measure) if measure in MEASURES else f"{right('').removesuffix('()')}(…)"
        yield Mistake(f"the fewer answers, the sooner {compare} is reached: {meant} is reached when it is certain", key)


def _is_certain(policy: Policy) -> bool:
    """Whether each comparison is held against the end of an interval, or counts."""
    return all(
        compare.name.startswith(("lower_95(", "upper_95(")) or compare.type is ValueType.NUMBER
        for compare in comparisons(policy.condition)
    )


def _silent(policy: Policy) -> Iterator[Mistake]:
    """What keeps it from firing when it should."""
    if policy.no_data is NoData.OK and policy.severity is Severity.CRITICAL:
        yield Mistake("silence ends its incident: a service that is down would close its own page", "no_data")
    if policy.kind is PolicyKind.INVARIANT and policy.no_data in (None, NoData.KEEP):
        yield Mistake(
            "nobody hears when no answers come, or when none of them says what it is judged by: add `no_data: "
            "incident`, or a policy of `absence` or `coverage`",
            "no_data",
        )
    if policy.for_s > 0 and policy.severity is Severity.CRITICAL and policy.for_s + policy.span_s > 3_600:
        lasts = duration_text(policy.for_s + policy.span_s)
        yield Mistake(f"a critical break may go on for {lasts} before anybody hears of it", "for")


def _unhelpful(policy: Policy) -> Iterator[Mistake]:
    """What the responder would miss."""
    if policy.runbook is None and policy.severity is Severity.CRITICAL:
        yield Mistake("it has no runbook: who is woken at 03:00 does not know what to do after the first check", "")
    if policy.summary is None and policy.kind is PolicyKind.BURN_RATE:
        yield Mistake("its title is its condition, which is long: add a summary in words of its users", "summary")


def _slow(policy: Policy) -> Iterator[Mistake]:
    dimensions: Iterable[str] = [dimension for dimension, _ in policy.over]
    cut = [*dimensions, *([policy.by] if policy.by else [])]
    unrolled = sorted({str(dimension) for dimension in cut} - {str(dimension) for dimension in ROLLED})
    if unrolled and policy.span_s > UNROLLED_SPAN_S:
        yield Mistake(
            f"roll-ups do not keep {', '.join(unrolled)}, so each look counts every answer of "
            f"{duration_text(policy.span_s)}: write a window of at most an hour",
            "by" if policy.by in unrolled else "over",
        )
