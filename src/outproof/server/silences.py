"""Silences over REST: what nobody is to be told of, by whom and why, in; those there are, and what they cover, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from litestar import get, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from outproof.core.errors import Transient
from outproof.core.time import Instant, after, instant_from_rfc3339, rfc3339
from outproof.decide.matcher import Matcher, matcher
from outproof.ports import Transaction
from outproof.respond import silence as kept
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.coverage import DAYS, Coverage, coverage
from outproof.respond.maintenance import Maintenance
from outproof.respond.notification import plain
from outproof.respond.silence import SilenceId, SilenceState, a_silence, check_matchers
from outproof.scrub.text import preview
from outproof.server import given
from outproof.server.incident_acts import By, named

LIMIT_MAX = 500
REASON_CHARS_MAX = 500
MATCHER_CHARS_MAX = 500
LOOKED_AT_MAX = 5_000
"""Incidents of the last days that a preview looks at, the newest."""
_TRIES = 3

Matchers = Annotated[
    list[Annotated[str, Meta(max_length=MATCHER_CHARS_MAX)]], Meta(min_length=1, max_length=kept.MATCHERS_MAX)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSilence:
    """What nobody is to be told of: labels that fulfil every matcher, such as `service="answers"`, until an instant.

    `starts_at` null: from now on.
    """

    matchers: Matchers
    by: By
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARS_MAX)]
    ends_at: str
    starts_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Who ends it."""

    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Who gives it another end."""

    by: By
    ends_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The matchers to try."""

    matchers: Matchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence. `ended_by` null: nobody ended it early."""

    id: str
    state: SilenceState
    matchers: list[str]
    by: str
    reason: str
    starts_at: str
    ends_at: str
    created_at: str
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A window that the files declare. `until` null: it is not open now; `next_at` null: it never is again."""

    name: str
    matchers: list[str]
    owner: str
    reason: str
    lasts_s: float
    cron: str | None
    tz: str
    until: str | None
    next_at: str | None


@dataclass(frozen=True, slots=True)
class SilenceList:
    """Silences, the newest first, and the maintenance windows of the files."""

    silences: list[Silence]
    maintenance: list[MaintenanceWindow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """An incident that matchers cover. `whole` false: only some of its parts, so that it is told all the same."""

    id: str
    title: str
    severity: str
    opened_at: str
    resolved_at: str | None
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SilencePreview:
    """What matchers cover now, and what they would have covered in the last `days`.

    `notices` is how many notices of those would have been held back. `critical` counts incidents of that severity:
    look twice. `not_looked_at`: there were more incidents than one preview looks at.
    """

    now: list[Covered]
    before: list[Covered]
    days: int
    notices: int
    critical: int
    not_looked_at: bool


@get("/v1/silences", sync_to_thread=True)
def list_silences(
    store: given.Store,
    clock: given.Clock,
    declared: given.Declared,
    which: Annotated[Literal["active", "all"], QueryParameter(name="state")] = "active",
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 100,
) -> SilenceList:
    """The newest silences: those that are not over, or all; and the maintenance windows of the files."""
    now = clock.now()
    with store.look() as tx:
        silences = tx.silences.newest(limit, ends_after=now if which == "active" else None)
    return SilenceList(
        [_view(silence, now) for silence in silences], [_window(each, now) for each in declared.maintenance]
    )


@get("/v1/silences/{silence:str}", sync_to_thread=True)
def get_silence(silence: FromPath[str], store: given.Store, clock: given.Clock) -> Silence:
    """One silence."""
    with store.look() as tx:
        return _view(_loaded(tx, SilenceId(silence)), clock.now())


@post("/v1/silences", status_code=201, sync_to_thread=True)
def make_silence(data: JSONBody[NewSilence], store: given.Store, clock: given.Clock, project: given.Project) -> Silence:
    """Silence what fulfils every matcher. Incidents open and are shown as ever; who is not told is told why there."""
    now = clock.now()
    by = named(data.by)
    reason = plain(preview(data.reason, chars_max=REASON_CHARS_MAX), REASON_CHARS_MAX)
    try:
        made = a_silence(
            project,
            _matchers(data.matchers),
            by=by,
            reason=reason,
            starts_at=now if data.starts_at is None else instant_from_rfc3339(data.starts_at),
            ends_at=instant_from_rfc3339(data.ends_at),
            now=now,
        )
    except ValueError as error:
        raise ClientException(str(error), status_code=422) from error
    with store.begin() as tx:
        if tx.silences.save(made):
            tx.audit.add(AuditEntry(now, by, Verb.SILENCE_MADE, made.id, _said(made)))
    return _view(made, now)


@post("/v1/silences/preview", status_code=200, sync_to_thread=True)
def preview_silence(
    data: JSONBody[Preview], store: given.Store, clock: given.Clock, project: given.Project
) -> SilencePreview:
    """What a silence would cover now, and would have covered in the last 7 days: {matchers}. Nothing is silenced."""
    now = clock.now()
    try:
        matchers = _matchers(data.matchers)
        check_matchers(matchers)
    except ValueError as error:
        raise ClientException(str(error), status_code=422) from error
    with store.look() as tx:
        known = tx.incidents.open_since(after(now, -DAYS * 86_400.0), LOOKED_AT_MAX)
        found = coverage(matchers, known, project)
        counts = tx.outbox.counts([each.incident.id for each in found if each.whole])
    return SilencePreview(
        now=[_covered(each) for each in found if each.incident.resolved_at is None],
        before=[_covered(each) for each in found if each.incident.resolved_at is not None],
        days=DAYS,
        notices=sum(sum(states.values()) for states in counts.values()),
        critical=sum(each.incident.finding.severity == "critical" for each in found),
        not_looked_at=len(known) == LOOKED_AT_MAX,
    )


@post("/v1/silences/{silence:str}/end", status_code=200, sync_to_thread=True)
def end_silence(silence: FromPath[str], data: JSONBody[Ending], store: given.Store, clock: given.Clock) -> Silence:
    """End a silence now: {by}. What is still open is told. What is over stays as it ended."""
    now, by = clock.now(), named(data.by)
    with store.begin() as tx:
        for _ in range(_TRIES):
            current = _loaded(tx, SilenceId(silence))
            over = kept.ended(current, by, now)
            if over is None:
                return _view(current, now)
            if tx.silences.save(over):
                tx.audit.add(AuditEntry(now, by, Verb.SILENCE_ENDED, over.id, _said(over)))
                return _view(over, now)
    raise Transient(f"silence {silence} was changed by others at this moment; end it again")


@post("/v1/silences/{silence:str}/extend", status_code=200, sync_to_thread=True)
def extend_silence(
    silence: FromPath[str], data: JSONBody[Extension], store: given.Store, clock: given.Clock
) -> Silence:
    """Give a silence another end: {by, ends_at}. 409: it is over; make a new one."""
    now, by = clock.now(), named(data.by)
    with store.begin() as tx:
        for _ in range(_TRIES):
            current = _loaded(tx, SilenceId(silence))
            try:
                longer = kept.extended(current, instant_from_rfc3339(data.ends_at), now)
            except ValueError as error:
                raise ClientException(str(error), status_code=422) from error
            if longer is None:
                raise ClientException(f"silence {silence} is over: make a new one", status_code=409)
            if tx.silences.save(longer):
                tx.audit.add(AuditEntry(now, by, Verb.SILENCE_EXTENDED, longer.id, _said(longer)))
                return _view(longer, now)
    raise Transient(f"silence {silence} was changed by others at this moment; extend it again")


def _matchers(texts: Sequence[str]) -> list[Matcher]:
    return [matcher(text) for text in texts]


def _loaded(tx: Transaction, wanted: SilenceId) -> kept.Silence:
    silence = tx.silences.load(wanted)
    if silence is None:
        raise NotFoundException(f"no silence {wanted!r} is known; GET /v1/silences?state=all lists the newest")
    return silence


def _said(silence: kept.Silence) -> str:
    """A silence in one line of the audit log."""
    return f"{', '.join(map(str, silence.matchers))} until {rfc3339(silence.ends_at)}: {silence.reason}"


def _view(silence: kept.Silence, now: Instant) -> Silence:
    return Silence(
        id=silence.id,
        state=silence.state(now),
        matchers=[str(each) for each in silence.matchers],
        by=silence.by,
        reason=silence.reason,
        starts_at=rfc3339(silence.starts_at),
        ends_at=rfc3339(silence.ends_at),
        created_at=rfc3339(silence.created_at),
        ended_by=silence.ended_by,
    )


def _window(each: Maintenance, now: Instant) -> MaintenanceWindow:
    until, next_at = each.until(now), each.next_at(now)
    return MaintenanceWindow(
        name=each.name,
        matchers=[str(one) for one in each.matchers],
        owner=each.owner,
        reason=each.reason,
        lasts_s=each.lasts_s,
        cron=each.cron,
        tz=each.tz,
        until=None if until is None else rfc3339(until),
        next_at=None if next_at is None else rfc3339(next_at),
    )


def _covered(each: Coverage) -> Covered:
    incident = each.incident
    return Covered(
        id=incident.id,
        title=incident.finding.title,
        severity=incident.finding.severity.value,
        opened_at=rfc3339(incident.opened_at),
        resolved_at=None if incident.resolved_at is None else rfc3339(incident.resolved_at),
        whole=each.whole,
    )


HANDLERS = [list_silences, get_silence, make_silence, preview_silence, end_silence, extend_silence]
