"""Trials as the API shows them: a trial in, JSON shapes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outproof.core.time import Instant, rfc3339
from outproof.learn import backtest as tried
from outproof.learn import calibrate as calibrated
from outproof.learn import trial as learn
from outproof.learn.backtest import Worth
from outproof.learn.rates import Rate
from outproof.learn.trial import TrialKind, TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLabels:
    """What is known of the range. `is_complete`: nothing else was broken in it."""

    broken: int
    quiet: int
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedPage:
    """One incident the policy would have opened. `ended_at` null: it was still open. `segments` are some that broke."""

    at: str
    ended_at: str | None
    reason: str
    segments: list[str | None]
    worth: Worth
    caught: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedBreak:
    """A known break, and how long after its beginning the policy would have told of it; null: not at all.

    Of one that began before the history: how long after the history began.
    """

    name: str
    start: str
    end: str
    detect_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The pages of one replay. `false_alarms` and `missed` null: nothing is labelled, so nobody knows.

    `unexplained` pages caught nothing that is known. The newest pages are listed; all are counted.
    """

    total: Rate
    unexplained: Rate
    false_alarms: Rate | None
    caught: int
    unlabelled: int
    missed: int | None
    detect_s_median: float | None
    pages: list[PredictedPage]
    breaks: list[DetectedBreak]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What the policy would have done in [start, end): `then` with what was there at the time; `now` with what has come
    since. `without_data` of the looks saw nothing.
    """

    start: str
    end: str
    looks: int
    without_data: int
    then: Prediction
    now: Prediction
    late: tried.LateData
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class BaselineShare:
    """The value that so many of all values do not exceed, in the direction of the limit; `text` has its unit."""

    ratio: float
    value: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the measure was while nothing was known to be broken."""

    looks: int
    without_data: int
    during_breaks: int
    shares: list[BaselineShare]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedLimit:
    """One limit and what it would have done. `text` is the comparison as it is written in a file."""

    text: str
    value: float
    is_current: bool
    is_proposed: bool
    alarms: Rate
    false_alarms: Rate
    caught: int
    missed: int | None
    detect_s_median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Limits from the most sensitive to the least, with estimates. `proposed` null: none keeps to `allowed_per_week`
    false alarms, or there is too little history to say so; then `lacking` says what is missing.
    """

    start: str
    end: str
    compare: str
    allowed_per_week: float
    baseline: Baseline
    limits: list[CalibratedLimit]
    proposed: str | None
    lacking: str | None
    remarks: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A policy that is tried on history. Until it is over `done_ratio` grows; `failure`: why nothing came out."""

    id: str
    kind: TrialKind
    policy: str
    version: str
    by: str
    state: TrialState
    doing: str
    done_ratio: float
    ordered_at: str
    finished_at: str | None
    start: str
    end: str
    labels: TrialLabels
    failure: str | None
    backtest: Backtest | None
    calibration: Calibration | None


def trial_view(trial: learn.Trial) -> Trial:
    """A trial as the API shows it."""
    labels = trial.labels
    return Trial(
        id=trial.id,
        kind=trial.kind,
        policy=trial.policy,
        version=trial.version,
        by=trial.by,
        state=trial.state,
        doing=trial.doing,
        done_ratio=trial.done_ratio,
        ordered_at=rfc3339(trial.ordered_at),
        finished_at=_text(trial.finished_at),
        start=rfc3339(trial.start),
        end=rfc3339(trial.end),
        labels=TrialLabels(broken=len(labels.broken), quiet=len(labels.quiet), is_complete=labels.is_complete),
        failure=trial.failure,
        backtest=None if trial.backtest is None else _backtest(trial.backtest),
        calibration=None if trial.calibration is None else _calibration(trial.calibration),
    )


def _backtest(found: tried.Backtest) -> Backtest:
    return Backtest(
        start=rfc3339(found.start),
        end=rfc3339(found.end),
        looks=found.looks,
        without_data=found.without_data,
        then=_prediction(found.then),
        now=_prediction(found.now),
        late=found.late,
        remarks=list(found.remarks),
    )


def _prediction(found: tried.Prediction) -> Prediction:
    return Prediction(
        total=found.rate,
        unexplained=found.unexplained,
        false_alarms=found.false_alarms,
        caught=found.caught,
        unlabelled=found.unlabelled,
        missed=found.missed,
        detect_s_median=found.median_detect_s,
        pages=_pages(found.pages),
        breaks=[
            DetectedBreak(
                name=each.broken.name,
                start=rfc3339(each.broken.start),
                end=rfc3339(each.broken.end),
                detect_s=each.detect_s,
            )
            for each in found.detected
        ],
    )


def _pages(pages: Sequence[tried.PredictedPage]) -> list[PredictedPage]:
    return [
        PredictedPage(
            at=rfc3339(page.at),
            ended_at=_text(page.ended_at),
            reason=page.reason,
            segments=list(page.segments),
            worth=page.worth,
            caught=list(page.caught),
        )
        for page in pages
    ]


def _calibration(found: calibrated.Calibration) -> Calibration:
    return Calibration(
        start=rfc3339(found.start),
        end=rfc3339(found.end),
        compare=found.compare,
        allowed_per_week=found.allowed_per_week,
        baseline=Baseline(
            looks=found.baseline.looks,
            without_data=found.baseline.without_data,
            during_breaks=found.baseline.during_breaks,
            shares=[
                BaselineShare(ratio, value, text)
                for (ratio, value), text in zip(found.baseline.shares, found.baseline.texts, strict=True)
            ],
        ),
        limits=[
            CalibratedLimit(
                text=each.text,
                value=each.value,
                is_current=each.is_current,
                is_proposed=each.text == found.proposed,
                alarms=each.alarms,
                false_alarms=each.false_alarms,
                caught=each.caught,
                missed=each.missed,
                detect_s_median=each.median_detect_s,
            )
            for each in found.limits
        ],
        proposed=found.proposed,
        lacking=found.lacking,
        remarks=list(found.remarks),
    )


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)
