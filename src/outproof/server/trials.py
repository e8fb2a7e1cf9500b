"""Backtests and calibrations over REST: an order in; a trial that goes on by itself, and what came of it, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from litestar import get, post
from litestar.exceptions import ClientException, NotFoundException, ValidationException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from outproof.config.loading import policy_in, policy_of
from outproof.config.yaml_lines import ConfigErrors
from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId
from outproof.core.nearest import hint
from outproof.core.time import Instant, instant_from_rfc3339
from outproof.decide.policy import Policy
from outproof.learn import trial as learn
from outproof.learn.backtest import Labelled, Labels
from outproof.learn.calibrate import movable
from outproof.learn.history import DAYS_MAX, reach_minutes
from outproof.learn.trial import TrialKind, labels_of, trial_id
from outproof.measure.minutes import minute_of, minute_start
from outproof.ports import State, Transaction
from outproof.respond.audit import ACTOR_CHARS_MAX, AuditEntry, Verb
from outproof.respond.notification import plain
from outproof.server import given
from outproof.server.alert_ledger import PAGES_MAX
from outproof.server.time_range import time_range
from outproof.server.trial_views import Trial, trial_view

LIMIT_MAX = 100
BREAKS_MAX = 1_000
TEXT_CHARS_MAX = 65_536
NAME_CHARS_MAX = 200
UNFINISHED_MAX = 8
"""Trials that wait or run at once: each reads weeks of history."""

_DAY_MINUTES = 24 * 60
_FOUR_WEEKS_MINUTES = 28 * _DAY_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBreak:
    """Something was broken in [start, end), RFC 3339."""

    start: str
    end: str
    name: Annotated[str, Meta(max_length=NAME_CHARS_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOrder:
    """What to try, and on which history: the last `minutes`, or from `start` to `end`.

    `text` is the policy as it would stand in a file, before it is in force; null: the one of that name that is in
    force. `breaks` is everything that was broken in the range; null: what responders said of the pages of this policy
    and of those that `like` names. `allowed_per_week`: false alarms that a calibrated limit may bring.
    """

    policy: Annotated[str, Meta(min_length=1, max_length=NAME_CHARS_MAX)]
    by: Annotated[str, Meta(min_length=1, max_length=ACTOR_CHARS_MAX)]
    text: Annotated[str, Meta(max_length=TEXT_CHARS_MAX)] | None = None
    minutes: int = _FOUR_WEEKS_MINUTES
    start: str | None = None
    end: str | None = None
    breaks: Annotated[list[KnownBreak], Meta(max_length=BREAKS_MAX)] | None = None
    like: Annotated[list[str], Meta(max_length=LIMIT_MAX)] | None = None
    allowed_per_week: Annotated[float, Meta(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class TrialList:
    """Newest first."""

    trials: list[Trial]


@post("/v1/backtests", status_code=202, sync_to_thread=True)
def start_backtest(data: JSONBody[TrialOrder], store: given.Store, clock: given.Clock, project: given.Project) -> Trial:
    """Replay history through a policy: the pages it would have brought, what it would have caught, and how soon."""
    return _ordered(store, TrialKind.BACKTEST, data, project, clock.now(), reach_minutes)


@post("/v1/calibrations", status_code=202, sync_to_thread=True)
def start_calibration(
    data: JSONBody[TrialOrder], store: given.Store, clock: given.Clock, project: given.Project
) -> Trial:
    """Try limits of a policy on history: the false alarms that each would have brought, and what it would catch."""
    return _ordered(store, TrialKind.CALIBRATION, data, project, clock.now(), movable)


@get("/v1/trials", sync_to_thread=True)
def list_trials(
    store: given.Store,
    policy: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 20,
) -> TrialList:
    """The newest backtests and calibrations, of one policy or of all."""
    with store.look() as tx:
        return TrialList([trial_view(each) for each in tx.trials.newest(policy, limit)])


@get("/v1/trials/{trial:str}", sync_to_thread=True)
def get_trial(trial: FromPath[str], store: given.Store) -> Trial:
    """One backtest or calibration: how far it is, and what came out."""
    with store.look() as tx:
        found = tx.trials.load(trial)
    if found is None:
        raise NotFoundException(f"no trial {trial!r} is known; GET /v1/trials lists the newest")
    return trial_view(found)


def _ordered(
    store: State,
    kind: TrialKind,
    order: TrialOrder,
    project: ProjectId,
    now: Instant,
    check: Callable[[Policy], object],
) -> Trial:
    """The order, put on record for whoever tries next."""
    longest = DAYS_MAX * _DAY_MINUTES
    start, end = _whole_minutes(*time_range(now, order.minutes, order.start, order.end, minutes_max=longest))
    with store.look() as tx:
        body, policy = _policy(tx, order)
        labels = _labels(tx, order, start, end)
    try:
        check(policy)
    except Permanent as error:
        raise ClientException(str(error), status_code=422) from error
    by = plain(order.by, ACTOR_CHARS_MAX) or "somebody"
    made = learn.Trial(
        id=trial_id(project, kind, policy.version, now),
        kind=kind,
        policy=policy.name,
        version=policy.version,
        body=body,
        by=by,
        start=start,
        end=end,
        labels=labels,
        allowed_per_week=order.allowed_per_week,
        ordered_at=now,
    )
    with store.begin() as tx:
        if tx.trials.unfinished() >= UNFINISHED_MAX:
            raise ClientException(
                f"expected at most {UNFINISHED_MAX} trials at once: wait until one is over", status_code=429
            )
        tx.trials.save(made)
        tx.audit.add(AuditEntry(now, by, Verb.TRIAL_ORDERED, policy.name, f"{kind} {made.id}"))
    return trial_view(made)


def _policy(tx: Transaction, order: TrialOrder) -> tuple[str, Policy]:
    if order.text is not None:
        try:
            return order.text, policy_in(order.text)
        except ConfigErrors as error:
            raise ClientException(str(error), status_code=422) from error
    newest = tx.declarations.history("policy", order.policy, 1)
    policy = policy_of(newest[0].body) if newest and not newest[0].removed else None
    if policy is None:
        known = sorted(name for kind, name in tx.declarations.in_force() if kind == "policy")
        raise NotFoundException(f"no policy {order.policy!r} is in force{hint(order.policy, known)}")
    return newest[0].body, policy


def _labels(tx: Transaction, order: TrialOrder, start: Instant, end: Instant) -> Labels:
    if order.breaks is not None:
        return Labels(broken=tuple(_broken(order.breaks)), is_complete=True)
    pages, _ = tx.alert_ledger.pages(start, end, PAGES_MAX)
    return labels_of(pages, {order.policy, *(order.like or ())}, end)


def _broken(breaks: Sequence[KnownBreak]) -> list[Labelled]:
    found = []
    for number, each in enumerate(breaks, 1):
        try:
            start, end = instant_from_rfc3339(each.start), instant_from_rfc3339(each.end)
        except ValueError as error:
            raise ValidationException(f"breaks, number {number}: {error}") from error
        if start >= end:
            raise ValidationException(f"breaks, number {number}: expected a start before the end, got {each.start}")
        found.append(Labelled(plain(each.name, NAME_CHARS_MAX) or f"break {number}", start, end))
    return sorted(found, key=lambda each: each.start)


def _whole_minutes(start: Instant, end: Instant) -> tuple[Instant, Instant]:
    """The whole minutes of a range; at least one."""
    last = minute_of(end)
    return minute_start(min(minute_of(start), last - 1)), minute_start(last)


HANDLERS = [start_backtest, start_calibration, list_trials, get_trial]
