"""Tries policies on history, a slice at a time: orders that wait in; how far they are, and what came out, out.

A slice is short, so that whoever receives and judges answers has the processor in between. Several servers may run it:
who claims a trial says so again and again, and a trial whose server went away is begun anew by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from outproof.core.errors import Permanent, Transient
from outproof.core.time import NANOS_PER_S, Instant, after, duration_text, rfc3339, seconds_between
from outproof.decide.policy import Policy, PolicyKind
from outproof.decide.question import Span
from outproof.learn.backtest import Backtest, Replay, late_data, prediction
from outproof.learn.calibrate import (
    FALSE_ALARMS_PER_WEEK,
    Calibration,
    Ordinary,
    candidates,
    lacking,
    limit,
    movable,
    proposed,
    with_limit,
)
from outproof.learn.history import History, Lookout
from outproof.learn.rates import WEEK_S
from outproof.learn.trial import Trial, TrialKind
from outproof.measure.estimates import CERTAIN_PPM
from outproof.measure.measured import wants_times
from outproof.measure.minutes import MINUTE_NS
from outproof.ports import Clock, Histories, State

CLAIM_S = 60.0
SAY_EVERY_S = 0.5
"""How often progress is saved: often enough for a bar that moves."""

_WINDOWS_AT_ONCE = 1_000
"""So many windows are looked at in a slice, which takes about a tenth of a second."""

_TRIES_MAX = 30
_AFTERWARDS_RATIO = 0.1
"""So many looks more that saw nothing then than now are no late data any more."""

_COMPLETE = "limits are tried with all that has come; a backtest says what late data changes"
_READING_RATIO = 0.5
"""The share of a bar that reading takes."""


@dataclass(frozen=True, slots=True)
class _Progress:
    """What goes on, and how far it is."""

    doing: str
    ratio: float


class Trials:
    """Does one trial after the other."""

    def __init__(
        self, state: State, clock: Clock, histories: Histories, policy_of: Callable[[str], Policy | None]
    ) -> None:
        self._state = state
        self._clock = clock
        self._histories = histories
        self._policy_of = policy_of
        self._trial: Trial | None = None
        self._steps: Iterator[_Progress | Backtest | Calibration] = iter(())
        self._said_at = clock.now()

    def tick(self) -> None:
        """Do one slice of the trial at hand, or take the next. The pause after it belongs to the others.

        Raises:
            Transient: the state store did not take it; the next tick goes on.
        """
        if self._trial is None:
            self._begin()
        if self._trial is None:
            return
        try:
            came = next(self._steps)
        except Permanent as error:
            self._over(self._trial.over(self._clock.now(), failure=str(error)))
            return
        if isinstance(came, _Progress):
            self._say(came)
        else:
            self._over(self._trial.over(self._clock.now(), result=came))

    def _begin(self) -> None:
        now = self._clock.now()
        with self._state.look() as tx:
            trial = tx.trials.next(now)
        if trial is None:
            return
        with self._state.begin() as tx:
            claimed = trial.moved("reading history", 0.0, after(now, CLAIM_S))
            if tx.trials.save(claimed):
                self._trial, self._steps, self._said_at = claimed, self._work(claimed), now

    def _say(self, progress: _Progress) -> None:
        now = self._clock.now()
        if self._trial is None or seconds_between(self._said_at, now) < SAY_EVERY_S:
            return
        moved = self._trial.moved(progress.doing, progress.ratio, after(now, CLAIM_S))
        with self._state.begin() as tx:
            is_ours = tx.trials.save(moved)
        self._trial, self._said_at = (moved if is_ours else None), now

    def _over(self, trial: Trial) -> None:
        """Save what came out. Where somebody else has taken it meanwhile, theirs will come out."""
        with self._state.begin() as tx:
            tx.trials.save(trial)
        self._trial, self._steps = None, iter(())

    def _work(self, trial: Trial) -> Iterator[_Progress | Backtest | Calibration]:
        """The slices of a trial; the last is what came out.

        Raises:
            Permanent: it cannot be tried.
        """
        policy = self._policy_of(trial.body)
        if policy is None:
            raise Permanent("the policy was written for another version of Outproof: order the trial again")
        if trial.kind is TrialKind.CALIBRATION:
            movable(policy)
        reading = self._histories.open(policy, Span(trial.start, trial.end))
        ratio, failures = 0.0, 0
        while ratio < 1.0:
            try:
                ratio, failures = reading.read(), 0
            except Transient as error:
                failures += 1
                if failures == _TRIES_MAX:
                    raise Permanent(f"the event store did not answer {_TRIES_MAX} times: {error}") from error
            yield _Progress("reading history", ratio * _READING_RATIO)
        history = reading.history
        start = _start(trial, history)
        if trial.kind is TrialKind.BACKTEST:
            yield from _backtest(trial, policy, history, start)
        else:
            yield from _calibration(trial, policy, history, start)


def _backtest(trial: Trial, policy: Policy, history: History, start: Instant) -> Iterator[_Progress | Backtest]:
    """The policy at every minute, with what was there then beside what is there now."""
    replays = (Replay(policy), Replay(policy))
    lookouts = (Lookout(history, policy.asks, then=True), Lookout(history, policy.asks, then=False))
    for done, minutes in _slices(start, trial.end, history):
        for at in minutes:
            for replay, lookout in zip(replays, lookouts, strict=True):
                replay.step(lookout.looks(at), at)
        yield _Progress("replaying", _READING_RATIO + done * (1 - _READING_RATIO))
    then, now = replays
    yield Backtest(
        start=start,
        end=trial.end,
        looks=then.looks,
        without_data=then.without_data,
        then=prediction(then.pages, trial.labels, start, trial.end),
        now=prediction(now.pages, trial.labels, start, trial.end),
        late=late_data(then.pages, now.pages, history.known_ratio),
        remarks=(*_remarks(trial, policy, history, start), *_afterwards(then, now)),
    )


def _calibration(trial: Trial, policy: Policy, history: History, start: Instant) -> Iterator[_Progress | Calibration]:
    """What the measure ordinarily is, and then each limit at every minute, with all that has come."""
    ordinary = Ordinary(policy, trial.labels)
    lookout = Lookout(history, policy.asks, then=False)
    half = (1 - _READING_RATIO) / 2
    for done, minutes in _slices(start, trial.end, history):
        for at in minutes:
            ordinary.step(lookout.looks(at), at)
        yield _Progress("measuring the ordinary", _READING_RATIO + done * half)
    values = candidates(policy, ordinary.baseline)
    replays = [Replay(with_limit(policy, value)) for value in values]
    lookout = Lookout(history, policy.asks, then=False)
    for done, minutes in _slices(start, trial.end, history):
        for at in minutes:
            looks = lookout.looks(at)
            for replay in replays:
                replay.step(looks, at)
        yield _Progress(f"trying {len(values)} limits", _READING_RATIO + half + done * half)
    current = float(movable(policy).limit)
    limits = tuple(
        limit(
            replay.policy,
            prediction(replay.pages, trial.labels, start, trial.end),
            is_current=value == current,
        )
        for value, replay in zip(values, replays, strict=True)
    )
    allowed = trial.allowed_per_week
    if allowed is None:
        allowed = FALSE_ALARMS_PER_WEEK[policy.severity]
    missing = lacking(ordinary.baseline, allowed, start, trial.end)
    yield Calibration(
        start=start,
        end=trial.end,
        compare=str(movable(policy)),
        allowed_per_week=allowed,
        baseline=ordinary.baseline,
        limits=limits,
        proposed=None if missing else proposed(limits, allowed),
        lacking=missing,
        remarks=(*_remarks(trial, policy, history, start), _COMPLETE),
    )


def _afterwards(then: Replay, now: Replay) -> Iterator[str]:
    """That history was loaded after it happened, where it was: then hardly anything was there at the time."""
    if then.without_data - now.without_data > _AFTERWARDS_RATIO * then.looks:
        yield "much of it came after its windows had passed, as if it was loaded afterwards: trust what is seen now"


def _slices(start: Instant, end: Instant, history: History) -> Iterator[tuple[float, list[Instant]]]:
    """Every whole minute of (start, end], some at a time, with the share that is done when these are."""
    at_once = max(1, _WINDOWS_AT_ONCE // max(1, len(history.strands)))
    minutes = iter(range(start + MINUTE_NS, end + 1, MINUTE_NS))
    total = (end - start) // MINUTE_NS
    done = 0
    while some := [Instant(at) for at in islice(minutes, at_once)]:
        done += len(some)
        yield done / total, some


def _start(trial: Trial, history: History) -> Instant:
    """Where the trial begins: at its start, or where anything is stored.

    Raises:
        Permanent: nothing is.
    """
    first = history.first_minute
    if first is None:
        raise Permanent("nothing is stored of what this policy is about: check `over`, or name an earlier start")
    return max(trial.start, Instant(first * MINUTE_NS))


def _remarks(trial: Trial, policy: Policy, history: History, start: Instant) -> tuple[str, ...]:
    """What a reader must know to believe the numbers."""
    said = ["looks are made once a minute; live ones are made every 10 s or when an answer comes, so pages come sooner"]
    length_s = seconds_between(start, trial.end)
    if length_s < WEEK_S:
        said.append(
            f"figures a week are extrapolated from {duration_text(length_s)} of history: they are rough guesses"
        )
    if start > trial.start:
        missing = duration_text((start - trial.start) / NANOS_PER_S)
        said.append(f"nothing is stored before {rfc3339(start)}: the first {missing} of the range are left out")
    if any(wants_times(ask.measures) for ask in policy.asks):
        said.append("percentiles are read from sketches within 1 %")
    if history.known_ratio is not None and history.known_ratio < 1:
        unknown = 1 - history.known_ratio
        said.append(f"of {unknown:.0%} of the requests it is not known when they came: they are taken to be in time")
    if policy.kind is PolicyKind.INVARIANT and any(key.ppm < CERTAIN_PPM for key in history.strands):
        said.append("answers that sampling left out cannot be judged again; those that were flagged were all kept")
    return tuple(said)
