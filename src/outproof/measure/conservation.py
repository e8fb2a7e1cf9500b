"""Where everything that was emitted is: statements of senders and our own counts in; a balance per sender and lane out.

    emitted = stored + duplicate + rejected + dropped + waiting + unexplained

Each number on the right but the last is counted by whoever saw it happen. What is left over was lost on the way, and
nobody knows where: that must be zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outproof.contract.statement import Lane, Statement, Told
from outproof.core.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement and when it came. `skew_s`: how far the sender's clock was ahead of ours; None: it did not say."""

    statement: Statement
    first_at: Instant
    told_at: Instant
    skew_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What we counted of one sender and lane."""

    stored: int = 0
    duplicate: int = 0
    rejected: int = 0


NOTHING = Arrived()

WRITTEN_OFF = "written_off"
"""Why something is counted as dropped that nobody gave up: it was looked for so long, and never found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One sender's lane. `emitted` None: nobody stated it, so nothing can be said of what is missing."""

    emitted: int | None
    stored: int
    duplicate: int
    rejected: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    waiting: int | None
    unexplained: int | None


def balances(
    stated: Sequence[Stated], arrived: Mapping[tuple[str, Lane], Arrived]
) -> Mapping[tuple[str, Lane], Balance]:
    """The balance of each sender and lane of which anything is known.

    Waiting is no more than what has not arrived: a statement is as old as it is, and what waited then may be here.
    What was stored beyond what was stated came after the statement.

    >>> told = Statement(sender="a" * 8, service="s", number=1, lanes={Lane.ITEMS: Told(emitted=10, waiting=2)})
    >>> here = {("a" * 8, Lane.ITEMS): Arrived(stored=7)}
    >>> balances([Stated(statement=told, first_at=0, told_at=0)], here)["a" * 8, Lane.ITEMS].unexplained
    1
    """
    given_up = _given_up(stated)
    told = {(each.statement.sender, lane): said for each in stated for lane, said in each.statement.lanes.items()}
    return {
        key: _balance(told.get(key), arrived.get(key, NOTHING), given_up.get(key, {}))
        for key in sorted({*told, *arrived})
    }


def total(parts: Iterable[Balance]) -> Balance:
    """Balances added up; where one of them is not known, neither is the sum."""
    some = list(parts)
    dropped: Counter[str] = Counter()
    for part in some:
        dropped.update(part.dropped)
    return Balance(
        emitted=_sum(part.emitted for part in some),
        stored=sum(part.stored for part in some),
        duplicate=sum(part.duplicate for part in some),
        rejected=sum(part.rejected for part in some),
        dropped=dict(dropped),
        waiting=_sum(part.waiting for part in some),
        unexplained=_sum(part.unexplained for part in some),
    )


def folded(sums: Statement, stated: Stated, own: Mapping[Lane, Balance], here: Mapping[Lane, Arrived]) -> Statement:
    """The sums of senders whose accounts are closed, with one more; what it has not explained by now is written off.

    What it gave up of others still counts for them; what others gave up of it is in its own sums from here on.
    """
    lanes = dict(sums.lanes)
    for lane, balance in own.items():
        if balance.emitted is None:
            continue
        old = lanes.get(lane, Told(emitted=0))
        lost = (balance.waiting or 0) + (balance.unexplained or 0)
        dropped = Counter(old.dropped) + Counter(balance.dropped) + Counter({WRITTEN_OFF: lost})
        rejected = balance.rejected - here.get(lane, NOTHING).rejected
        lanes[lane] = Told(
            emitted=old.emitted + balance.emitted, rejected=old.rejected + rejected, dropped=dict(dropped)
        )
    others = {name: known for name, known in sums.of_others.items() if name != stated.statement.sender}
    for name, known in stated.statement.of_others.items():
        others[name] = _merged(others.get(name, {}), known)
    return replace(sums, number=sums.number + 1, lanes=lanes, of_others=others)


def _merged(
    one: Mapping[Lane, Mapping[str, int]], other: Mapping[Lane, Mapping[str, int]]
) -> Mapping[Lane, Mapping[str, int]]:
    both: dict[Lane, Mapping[str, int]] = {}
    for lane in {*one, *other}:
        both[lane] = dict(Counter(one.get(lane, {})) + Counter(other.get(lane, {})))
    return both


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return None if None in known else sum(number or 0 for number in known)


def _given_up(stated: Sequence[Stated]) -> Mapping[tuple[str, Lane], Mapping[str, int]]:
    """What was given up of each sender by others, by reason."""
    found: dict[tuple[str, Lane], Counter[str]] = {}
    for each in stated:
        for sender, lanes in each.statement.of_others.items():
            for lane, reasons in lanes.items():
                found.setdefault((sender, lane), Counter()).update(reasons)
    return found


def _balance(told: Told | None, here: Arrived, given_up: Mapping[str, int]) -> Balance:
    dropped = Counter(given_up)
    rejected = here.rejected
    if told is not None:
        dropped.update(told.dropped)
        rejected += told.rejected
    known = Balance(
        emitted=None,
        stored=here.stored,
        duplicate=here.duplicate,
        rejected=rejected,
        dropped=dict(dropped),
        waiting=None,
        unexplained=None,
    )
    if told is None:
        return known
    missing = max(0, told.emitted - here.stored - here.duplicate - rejected - dropped.total())
    waiting = min(missing, told.waiting)
    return Balance(
        emitted=told.emitted,
        stored=known.stored,
        duplicate=known.duplicate,
        rejected=known.rejected,
        dropped=known.dropped,
        waiting=waiting,
        unexplained=missing - waiting,
    )
