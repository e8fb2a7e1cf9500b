"""What a policy would have done: its pages over history and the breaks that are known in; how good it is out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from outproof.core.time import Instant, seconds_between
from outproof.decide.alert import Change, Memory, first_memory
from outproof.decide.evaluate import BREACHES, evaluate
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Looks
from outproof.learn.rates import Rate, rate
from outproof.measure.percentiles import rank

PAGES_SHOWN_MAX = 200
SEGMENTS_NAMED_MAX = 5


class Worth(StrEnum):
    """What a page would have been worth."""

    CAUGHT = "caught"  # something was broken then
    FALSE = "false"  # nothing was, as somebody said
    UNLABELLED = "unlabelled"  # nobody said


@dataclass(frozen=True, slots=True)
class Labelled:
    """A time of which somebody said that something was broken in it, or that nothing was: [start, end)."""

    name: str
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What is known of a history. `is_complete`: nothing else was broken in it; else the rest is unknown."""

    broken: tuple[Labelled, ...] = ()
    quiet: tuple[Labelled, ...] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedPage:
    """One incident that the policy would have opened. `ended_at` None: it was still open at the end of the history.

    `segments` names some of those that broke; none where the policy is not cut. `caught` names what was broken then.
    """

    at: Instant
    ended_at: Instant | None
    reason: str
    segments: tuple[str | None, ...] = ()
    worth: Worth = Worth.UNLABELLED
    caught: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detected:
    """A known break, and how long after its beginning the policy would have told of it. None: not at all.

    Of one that began before the history: how long after the history began.
    """

    broken: Labelled
    detect_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The pages of one replay. `false_alarms` and `missed` None: nothing is labelled, so nobody knows.

    `unexplained` are the pages that caught nothing that is known: false alarms, and those of which nobody said.
    `median_detect_s` is of the breaks whose beginning is in the history.

    Of more than `PAGES_SHOWN_MAX` pages the newest are in `pages`; all are counted in `rate`.
    """

    rate: Rate
    pages: tuple[PredictedPage, ...]
    caught: int
    unlabelled: int
    false_alarms: Rate | None
    unexplained: Rate
    detected: tuple[Detected, ...]
    missed: int | None
    median_detect_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateData:
    """What late data changes: pages that it would have taken back, pages that only it would have brought, and how much
    later the others came than with everything there. `known_ratio`: of how many answers it is known when they came."""

    taken_back: int
    brought: int
    median_delay_s: float | None
    known_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A policy over [start, end): `then` with what was there at the time, as on-call would have seen it; `now` with
    what has come since."""

    start: Instant
    end: Instant
    looks: int
    without_data: int
    then: Prediction
    now: Prediction
    late: LateData
    remarks: tuple[str, ...]


class Replay:
    """Takes the alerts of one policy through history, look by look, as they are taken live; remembers its pages.

    All segments of a policy are one incident: a page is a time in which at least one of its alerts fires.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.looks = 0
        self.without_data = 0
        self._memories: dict[str, Memory] = {}
        self._breaches = 0
        self._firing: dict[str, str | None] = {}
        self._open: PredictedPage | None = None
        self._over: list[PredictedPage] = []

    def step(self, looks: Looks, at: Instant) -> None:
        """One look further. Instants only grow."""
        self.looks += 1
        self.without_data += not _any_data(self.policy, looks)
        self._note_breaches(looks, at)
        for moved in evaluate(self.policy, looks, self._memories, at):
            self._memories[moved.key] = moved.memory
            if moved.change is Change.FIRED:
                self._fired(moved.key, moved.segment, moved.memory.reason, at)
            elif moved.change is Change.RESOLVED:
                self._ended(moved.key, at)

    def _note_breaches(self, looks: Looks, at: Instant) -> None:
        """An invariant remembers when an answer last broke it, as it does when answers come in live."""
        if self.policy.kind is not PolicyKind.INVARIANT:
            return
        seen = looks[self.policy.asks[0]].get(None)
        breaches = int(seen.measured.get(BREACHES) or 0) if seen else 0
        if breaches > self._breaches:
            known = self._memories.get(self.policy.key, first_memory(at))
            self._memories[self.policy.key] = replace(known, breach_at=at)
        self._breaches = breaches

    @property
    def pages(self) -> tuple[PredictedPage, ...]:
        """The pages so far, the oldest first."""
        return tuple(self._over) if self._open is None else (*self._over, self._open)

    def _fired(self, key: str, segment: str | None, reason: str, at: Instant) -> None:
        self._firing[key] = segment
        if self._open is None:
            self._open = PredictedPage(at=at, ended_at=None, reason=reason)
        known = self._open.segments
        if self.policy.by is not None and segment not in known and len(known) < SEGMENTS_NAMED_MAX:
            self._open = replace(self._open, segments=(*known, segment))

    def _ended(self, key: str, at: Instant) -> None:
        self._firing.pop(key, None)
        if self._open is not None and not self._firing:
            self._over.append(replace(self._open, ended_at=at))
            self._open = None


def _any_data(policy: Policy, looks: Looks) -> bool:
    """Whether there is anything in the window that its incident would show, in any segment."""
    windows = looks[policy.asks[0]].values()
    return any(seen.measured.get("answers") or seen.measured.get("calls") for seen in windows)


def prediction(pages: Sequence[PredictedPage], labels: Labels, start: Instant, end: Instant) -> Prediction:
    """How good these pages are, as far as it is known what was broken in [start, end)."""
    judged = tuple(_judged(page, labels, end) for page in pages)
    worths = [page.worth for page in judged]
    inside = [broken for broken in labels.broken if broken.start < end and start < broken.end]
    detected = tuple(_detected(broken, judged, start, end) for broken in inside)
    known = sorted(each.detect_s for each in detected if each.detect_s is not None and each.broken.start >= start)
    is_labelled = labels.is_complete or bool(labels.broken) or bool(labels.quiet)
    return Prediction(
        rate=rate(len(judged), start, end),
        pages=judged[-PAGES_SHOWN_MAX:],
        caught=worths.count(Worth.CAUGHT),
        unlabelled=worths.count(Worth.UNLABELLED),
        false_alarms=rate(worths.count(Worth.FALSE), start, end) if is_labelled else None,
        unexplained=rate(len(judged) - worths.count(Worth.CAUGHT), start, end),
        detected=detected,
        missed=sum(each.detect_s is None for each in detected) if detected or labels.is_complete else None,
        median_detect_s=median(known),
    )


def late_data(then: Sequence[PredictedPage], now: Sequence[PredictedPage], known_ratio: float | None) -> LateData:
    """What differs between the pages with what was there at the time, and with all that has come."""
    delays = []
    taken_back = 0
    for page in then:
        same = [other for other in now if _overlap(page, other)]
        taken_back += not same
        delays += [seconds_between(same[0].at, page.at)] if same else []
    brought = sum(not any(_overlap(page, other) for other in then) for page in now)
    return LateData(
        taken_back=taken_back, brought=brought, median_delay_s=median(sorted(delays)), known_ratio=known_ratio
    )


def median(ordered: Sequence[float]) -> float | None:
    """The median by nearest rank; None of nothing."""
    return ordered[rank(0.5, len(ordered)) - 1] if ordered else None


def _judged(page: PredictedPage, labels: Labels, end: Instant) -> PredictedPage:
    caught = tuple(each.name for each in labels.broken if _meets(page, each, end))
    if caught:
        return replace(page, worth=Worth.CAUGHT, caught=caught)
    is_false = labels.is_complete or any(_meets(page, each, end) for each in labels.quiet)
    return replace(page, worth=Worth.FALSE if is_false else Worth.UNLABELLED)


def _detected(broken: Labelled, pages: Iterable[PredictedPage], start: Instant, end: Instant) -> Detected:
    """A page that was already open when it broke tells at once: somebody was looking."""
    since = max(broken.start, start)
    times = [max(0.0, seconds_between(since, page.at)) for page in pages if _meets(page, broken, end)]
    return Detected(broken, min(times, default=None))


def _meets(page: PredictedPage, labelled: Labelled, end: Instant) -> bool:
    return page.at < labelled.end and labelled.start < (end if page.ended_at is None else page.ended_at)


def _overlap(one: PredictedPage, other: PredictedPage) -> bool:
    starts_before_other_ends = other.ended_at is None or one.at < other.ended_at
    return starts_before_other_ends and (one.ended_at is None or other.at < one.ended_at)
