"""What the monitor does not see: counts, backlogs and words of senders in; what it is blind to, as findings, out.

Each function answers None where too little is known to say either: no data neither fires nor ends anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from outproof.core.time import Instant, duration_text, seconds_between
from outproof.decide.finding import Finding, FindingKind
from outproof.decide.monitoring import Blind, Monitoring, about_us, said
from outproof.measure.conservation import Balance, Stated

ON_PURPOSE = frozenset({"sampled_out", "superseded"})
"""Why senders leave out what nobody misses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Everything counted so far, at one instant: what was stored and set aside here, emitted and given up there."""

    at: Instant
    stored: int
    quarantined: int
    emitted: int
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How many answers of a service there were in a window, and how many of them carried a decision."""

    answers: int
    decided: int


def backlog(waiting_since: Instant | None, entries: int, monitoring: Monitoring, now: Instant) -> Finding | None:
    """Whether what arrived long ago is not judged yet. `waiting_since` None: nothing waits."""
    limit_s = monitoring.blind.backlog_s
    if limit_s is None:
        return None
    age_s = 0.0 if waiting_since is None else seconds_between(waiting_since, now)
    return _finding(
        monitoring,
        "backlog",
        firing=age_s > limit_s,
        title="Answers wait to be judged",
        bad=f"{entries:,} batches wait, the oldest since {duration_text(age_s // 1)}: what is in them is not judged "
        f"and in no window yet; the limit is {duration_text(limit_s)}",
        good=f"nothing has waited for longer than {duration_text(limit_s)}",
        check="Does the event store answer (`/v1/status`, component intake), and is the host short of time?",
    )


def dropped(flows: Sequence[Flow], monitoring: Monitoring) -> Finding | None:
    """Whether senders gave up too much of what applications emitted within the window."""
    limit, pair = monitoring.blind.dropped_ratio_max, _ends(flows, monitoring.blind)
    if limit is None or pair is None:
        return None
    first, last = pair
    lost = {
        reason: count - first.dropped.get(reason, 0)
        for reason, count in last.dropped.items()
        if reason not in ON_PURPOSE and count > first.dropped.get(reason, 0)
    }
    number, of = sum(lost.values()), last.emitted - first.emitted
    if of < monitoring.blind.answers_min:
        return None
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(lost.items(), key=lambda each: -each[1]))
    return _finding(
        monitoring,
        "dropped",
        firing=number > limit * of,
        title="Applications give up much of what they emit",
        bad=f"{number:,} of {of:,} items were given up before they were sent ({reasons}), over {_said_share(limit)}",
        good=f"{number:,} of {of:,} items were given up, not over {_said_share(limit)}",
        check="See /conservation for which service and why: a full spool or buffer, or a server that did not answer.",
    )


def quarantined(flows: Sequence[Flow], monitoring: Monitoring) -> Finding | None:
    """Whether too much of what arrived contradicts itself."""
    limit, pair = monitoring.blind.quarantined_ratio_max, _ends(flows, monitoring.blind)
    if limit is None or pair is None:
        return None
    number, of = (pair[1].quarantined - pair[0].quarantined, pair[1].stored - pair[0].stored)
    if of < monitoring.blind.answers_min:
        return None
    return _finding(
        monitoring,
        "quarantined",
        firing=number > limit * of,
        title="Much of what arrives contradicts itself",
        bad=f"facts of {number:,} of {of:,} spans were set aside, over {_said_share(limit)}: measures leave them out",
        good=f"facts of {number:,} of {of:,} spans were set aside, not over {_said_share(limit)}",
        check="See /quarantine for the reason and the service, and repair its instrumentation.",
    )


def undecided(service: str, seen: Decided, monitoring: Monitoring) -> Finding | None:
    """Whether too few answers of a service carry the decision that they are judged by."""
    least = monitoring.blind.decided_ratio_min
    if least is None or seen.answers < monitoring.blind.answers_min:
        return None
    return _finding(
        monitoring,
        f"undecided:{service}",
        firing=seen.decided < least * seen.answers,
        title=f"Answers of {service} are not judged",
        bad=f"{seen.decided:,} of {seen.answers:,} answers say their route and whether a claim was unsafe, "
        f"under {_said_share(least)}: the others are neither safe nor unsafe",
        good=f"{seen.decided:,} of {seen.answers:,} answers carry their decision, not under {_said_share(least)}",
        check="Did a release of the service lose the decision attributes? `outproof explain-span` shows what is read.",
    )


def skewed(service: str, senders: Sequence[Stated], monitoring: Monitoring) -> Finding | None:
    """Whether the clock of a service's hosts is far from ours."""
    limit_s = monitoring.blind.client_skew_s
    skews = [each.skew_s for each in senders if each.skew_s is not None]
    if limit_s is None or not skews:
        return None
    worst_s = max(skews, key=abs)
    which = "ahead of" if worst_s > 0 else "behind"
    return _finding(
        monitoring,
        f"skew:{service}",
        firing=abs(worst_s) > limit_s,
        title=f"The clock of {service} is wrong",
        bad=f"a process of {service} is {duration_text(abs(worst_s) // 1)} {which} our clock, "
        f"more than {duration_text(limit_s)}: its answers are counted in the wrong minutes",
        good=f"every process of {service} that speaks to us is within {duration_text(limit_s)} of our clock",
        check="Compare `date -u` on its host and here with a clock you trust, and see that time is synchronised.",
    )


def silent(service: str, senders: Sequence[Stated], monitoring: Monitoring, now: Instant) -> Finding | None:
    """Whether a service fell silent without a goodbye: the last that spoke did not end, and says nothing any more."""
    limit_s = monitoring.blind.silent_s
    if limit_s is None or not senders:
        return None
    last = max(senders, key=lambda each: each.told_at)
    is_silent = not last.statement.ended and seconds_between(last.told_at, now) > limit_s
    return _finding(
        monitoring,
        f"silent:{service}",
        firing=is_silent,
        title=f"{service} stopped sending",
        bad=f"{service} said nothing since {said(last.told_at)}, and did not say that it ends; "
        f"while it runs it speaks up each minute",
        good=f"{service} ended" if last.statement.ended else f"{service} speaks to us",
        check="Was its process killed, or can it not reach this server? What it emitted may wait in its spool.",
    )


def unexplained(service: str, missing: Mapping[str, int], lost_of: Collection[str], monitoring: Monitoring) -> Finding:
    """Whether items of a service are nowhere. `missing` counts them by lane, `lost_of` are the senders they were of."""
    number = sum(missing.values())
    lanes = ", ".join(f"{count:,} {lane}" for lane, count in sorted(missing.items()) if count)
    return _finding(
        monitoring,
        f"unexplained:{service}",
        firing=number > 0,
        title=f"{number:,} items of {service} are unaccounted for" if number else f"{service} is accounted for",
        bad=f"{lanes} were emitted by {len(lost_of)} processes of {service} and are neither stored, refused, "
        f"dropped nor waiting",
        good="everything it emitted is stored, refused, dropped with a reason, or waiting",
        check="See /conservation. Was a spool deleted, a disk restored, or a server's data replaced?",
    )


def accountable(balance: Balance, *, is_answers: bool, told_at: Instant, loaded_until: Instant) -> int:
    """How much of a balance is missing for good; what was told before we took in what came with it does not count."""
    if is_answers and told_at > loaded_until:
        return 0
    return balance.unexplained or 0


def _ends(flows: Sequence[Flow], blind: Blind) -> tuple[Flow, Flow] | None:
    """The first and the last look of the window; None where there are not two."""
    within = [flow for flow in flows if seconds_between(flow.at, flows[-1].at) <= blind.window_s]
    return (within[0], within[-1]) if len(within) > 1 else None


def _said_share(ratio: float) -> str:
    return f"{ratio:.2%}".rstrip("0").rstrip(".%") + " %"


def _finding(monitoring: Monitoring, key: str, *, firing: bool, title: str, bad: str, good: str, check: str) -> Finding:
    return about_us(
        monitoring,
        FindingKind.BLIND,
        f"blind:{key}",
        firing=firing,
        title=title if firing else f"{title}: no longer",
        reason=bad if firing else good,
        first_check=check,
    )
