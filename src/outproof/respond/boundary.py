"""The confidence boundary: what is known in; what is known good, known bad, unknown and unaffected, out.

Good is only what every required stage was proven for. What nobody counted has no number, which is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.promise import Promise
from outproof.contract.run import Counts, Observer, Stage
from outproof.core.time import Instant, rfc3339
from outproof.prove.items import ItemState, ItemTotals, Mark
from outproof.prove.outcome import Outcome, Verdict
from outproof.prove.run_state import RunState
from outproof.prove.stage_report import StageState
from outproof.respond.situation import Situation

IDS_MAX = 100
OTHERS_MAX = 5
"""Further broken runs that a sentence names."""

_BAD = (ItemState.FAILED, ItemState.INVALID, ItemState.LOST)
_LEFT_OUT = (ItemState.SKIPPED, ItemState.SUPPRESSED)


class Unit(StrEnum):
    """What the numbers count."""

    ITEMS = "items"
    RUNS = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part. `count` None: nobody counted. The ids are in `ids`, or those of the items with one of these `marks`."""

    count: int | None
    says: str
    ids: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What may be relied on. `newest_correct_at`: the newest time at which output was proven right; None: never."""

    unit: Unit
    known_good: Part
    known_bad: Part
    unknown: Part
    unaffected: Part
    newest_correct_at: Instant | None

    @property
    def parts(self) -> dict[str, Part]:
        """The parts by name, in the order they are shown."""
        return {
            "known_good": self.known_good,
            "known_bad": self.known_bad,
            "unknown": self.unknown,
            "unaffected": self.unaffected,
        }


def boundary(known: Situation) -> Boundary:
    """What is known good, known bad, unknown and unaffected."""
    state, outcome, promise = known.state, known.outcome, known.promise
    if state is None or outcome is None or promise is None:
        return _without_run(known)
    if state.items.total:
        return _by_item(known, state.items, promise, outcome)
    if state.counts.input is not None or state.counts.valid is not None:
        return _by_count(known, state.counts, outcome)
    return _by_run(known, state, outcome)


def summary(boundary: Boundary) -> str:
    """The boundary in one short line: `960 good, 20 bad, 3 unknown (items); right up to 2026-11-21 03:00 UTC`."""
    numbers = ((boundary.known_good, "good"), (boundary.known_bad, "bad"), (boundary.unknown, "unknown"))
    told = ", ".join(f"{'?' if part.count is None else part.count} {name}" for part, name in numbers)
    newest = boundary.newest_correct_at
    right = "never proven right so far" if newest is None else f"right up to {_minute(newest)}"
    return f"{told} ({boundary.unit}); {right}"


def _by_item(known: Situation, items: ItemTotals, promise: Promise, outcome: Outcome) -> Boundary:
    numbers = items.by_state()
    passed = numbers[ItemState.PASSED]
    missing = _not_seen(promise, outcome, items.spoken)
    bad, left_out = (sum(numbers[state] for state in states) for states in (_BAD, _LEFT_OUT))
    passed_marks = tuple(items.marks_of(ItemState.PASSED))
    silent = tuple(items.marks_of(ItemState.MISSING))
    if missing:
        stage = missing[0]
        good = Part(count=0, says=f"no item is proven {stage} yet")
        says = [f"{_items(passed)} came through {' and '.join(items.spoken)}, but {stage} is not proven"]
        unknown_marks, unknown = (*passed_marks, *silent), passed + numbers[ItemState.MISSING]
    else:
        good = Part(count=passed, says="they passed every stage that the promise requires", marks=passed_marks)
        says, unknown_marks, unknown = [], silent, numbers[ItemState.MISSING]
    if numbers[ItemState.MISSING] or not says:
        says.append(f"nobody said what became of {_items(numbers[ItemState.MISSING])}")
    return Boundary(
        unit=Unit.ITEMS,
        known_good=good,
        known_bad=Part(
            count=bad,
            says=_listed(numbers, _BAD) + _others(known),
            marks=tuple(mark for state in _BAD for mark in items.marks_of(state)),
        ),
        unknown=Part(count=unknown, says="; ".join(says), marks=unknown_marks),
        unaffected=Part(
            count=left_out,
            says=f"{_listed(numbers, _LEFT_OUT)}, on purpose; {_last_good(known)}",
            marks=tuple(mark for state in _LEFT_OUT for mark in items.marks_of(state)),
        ),
        newest_correct_at=_newest_correct_at(known, outcome),
    )


def _by_count(known: Situation, counts: Counts, outcome: Outcome) -> Boundary:
    """Items that were counted and are not known by id: a failed stage after the validation concerns the valid ones."""
    bad = _sum(counts.invalid, counts.lost)
    left_out = _sum(counts.skipped, counts.suppressed)
    remainder = outcome.unexplained
    unaccounted = None if remainder is None else max(remainder, 0)
    kept = outcome.verdict is Verdict.KEPT
    if kept:
        good = Part(count=counts.valid, says="the valid items passed every stage that the promise requires")
        unknown = Part(count=unaccounted, says="items that nothing accounts for")
    else:
        stage = outcome.first_stage or "its end"
        good = Part(count=0, says=f"no item is proven beyond {stage}")
        open_ones = _sum(counts.valid, unaccounted) if counts.valid is not None else counts.input
        unknown = Part(count=open_ones, says=f"valid or unexplained items, of which {stage} is not proven")
    return Boundary(
        unit=Unit.ITEMS,
        known_good=good,
        known_bad=Part(count=bad, says=f"items that the job reports as invalid or lost{_others(known)}"),
        unknown=unknown,
        unaffected=Part(count=left_out, says=f"items left out on purpose; {_last_good(known)}"),
        newest_correct_at=_newest_correct_at(known, outcome),
    )


def _by_run(known: Situation, state: RunState, outcome: Outcome) -> Boundary:
    """Nobody counted items: the output of the run is taken as a whole."""
    this = (state.external_id,)
    reason = f"run {state.external_id}: {outcome.reason}"
    kept, broken = outcome.verdict is Verdict.KEPT, outcome.verdict is Verdict.BROKEN
    others = len(known.others)
    open_ids = known.others if kept or broken else (*this, *known.others)
    says = [] if kept or broken else [reason]
    says += [f"{others} more of this incident: {_named(known.others)}"] if others else []
    return Boundary(
        unit=Unit.RUNS,
        known_good=Part(count=int(kept), says=reason if kept else "nothing of this run is proven", ids=this * kept),
        known_bad=Part(count=int(broken), says=reason if broken else "nothing is proven wrong", ids=this * broken),
        unknown=Part(count=len(open_ids), says="; ".join(says) or "nothing", ids=open_ids[:IDS_MAX]),
        unaffected=_last_good_part(known),
        newest_correct_at=_newest_correct_at(known, outcome),
    )


def _without_run(known: Situation) -> Boundary:
    ids: tuple[str, ...] = ()
    if known.state is not None:
        ids, says = (known.state.external_id,), "nobody declares the promise, so nothing says what would prove the run"
    elif known.expected is not None:
        ids, says = (known.expected,), f"no sign of the run expected at {known.expected}"
    else:
        seen = "nothing was seen" if known.seen_at is None else f"nothing newer than {_minute(known.seen_at)} was seen"
        says = seen
    ids = (*ids, *known.others)[:IDS_MAX]
    count = len(ids) or None
    says += f"; {len(known.others)} more of this incident: {_named(known.others)}" if known.others else ""
    is_surface = known.promise is not None and known.promise.freshness is not None
    return Boundary(
        unit=Unit.RUNS,
        known_good=Part(count=0 if ids else None, says="nothing of it is proven"),
        known_bad=Part(count=0 if ids else None, says="nothing is proven wrong"),
        unknown=Part(count=count, says=says, ids=ids),
        unaffected=_last_good_part(known),
        newest_correct_at=known.seen_at if is_surface else known.last_good.proven_at if known.last_good else None,
    )


def _not_seen(promise: Promise, outcome: Outcome, spoken: Iterable[Stage]) -> list[Stage]:
    """Required stages that are not proven for the run as a whole, and that the words on single items do not prove.

    Those are the job's own: where the promise wants somebody else to see it, they prove nothing.
    """
    by_item = set(spoken)
    failing = [report for report in outcome.stages if report.state is not StageState.PASSED]
    return [
        report.stage
        for report in failing
        if (required := promise.proofs.get(report.stage)) is not None
        and not (report.stage in by_item and (report.conservation or required.observer is Observer.JOB))
    ]


def _newest_correct_at(known: Situation, outcome: Outcome) -> Instant | None:
    """When this run was proven, if it is kept, else when the last good one was."""
    proven = [report.at for report in outcome.stages if report.state is StageState.PASSED and report.at is not None]
    if outcome.verdict is Verdict.KEPT and proven:
        return max(proven)
    return known.last_good.proven_at if known.last_good else None


def _last_good_part(known: Situation) -> Part:
    good = known.last_good
    if good is None:
        return Part(count=None, says=_last_good(known))
    return Part(count=1, says=_last_good(known), ids=(good.external_id,))


def _last_good(known: Situation) -> str:
    good = known.last_good
    if good is None:
        return "no earlier run is known to be good"
    return f"run {good.external_id}, proven at {_minute(good.proven_at)}, was good before"


def _others(known: Situation) -> str:
    if not known.others:
        return ""
    return f"; also broken, and not counted here: {_named(known.others)}"


def _named(names: tuple[str, ...]) -> str:
    more = len(names) - OTHERS_MAX
    return ", ".join(names[:OTHERS_MAX]) + (f" and {more} more" if more > 0 else "")


def _listed(numbers: dict[ItemState, int], states: Iterable[ItemState]) -> str:
    return ", ".join(f"{numbers[state]} {state}" for state in states)


def _sum(*numbers: int | None) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _items(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"


def _minute(instant: Instant) -> str:
    text = rfc3339(instant)
    return f"{text[:10]} {text[11:16]} UTC"
