"""The alert ledger over REST: what a page was worth in; precision, time to detect and proposals by policy out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from litestar import get, post
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId
from outproof.core.time import Instant, instant_from_rfc3339, rfc3339
from outproof.learn import alert_ledger as learn
from outproof.learn.alert_ledger import NOTE_CHARS_MAX, Marked, PageMark, SourceType
from outproof.respond.audit import ACTOR_CHARS_MAX, AuditEntry, Verb
from outproof.respond.incident import Entry, EntryKind
from outproof.respond.notification import plain
from outproof.server import given
from outproof.server.incidents import unknown
from outproof.server.time_range import time_range

PAGES_MAX = 5_000
"""Pages that accounts are made of: beyond that the range says too much of too long ago."""
SHOWN_MAX = 500
_FOUR_WEEKS_MINUTES = 28 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOrder:
    """What the page of an incident was worth. `began_at`: when it really broke, RFC 3339, where that is known."""

    mark: PageMark
    by: Annotated[str, Meta(min_length=1, max_length=ACTOR_CHARS_MAX)]
    note: Annotated[str, Meta(max_length=NOTE_CHARS_MAX)] = ""
    began_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What somebody said of a page."""

    mark: PageMark
    by: str
    at: str
    note: str
    began_at: str | None


@dataclass(frozen=True, slots=True)
class Marks:
    """Everything said of one page, the newest first: that one counts."""

    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class PageSource:
    """Who paged: a policy, a promise, or what no file names, by the kind of its findings."""

    type: SourceType
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """One incident that somebody was told of. `mark` null: nobody has said what it was worth."""

    incident_id: str
    source: PageSource
    severity: Severity
    title: str
    opened_at: str
    began_at: str | None
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCounts:
    acted_on: int
    noise: int
    duplicate: int
    too_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedDemotion:
    """A proposal: nothing is changed by it. `to` null: it is at the lowest severity already."""

    severity: Severity
    to: Severity | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAccount:
    """What the pages of one source were worth. `precision_ratio`: the share of marked pages that were right."""

    source: PageSource
    version: str | None
    severity: Severity
    pages: int
    marked: int
    marks: MarkCounts
    precision_ratio: float | None
    precision_low_ratio: float | None
    precision_high_ratio: float | None
    detect_s_median: float | None
    detect_n: int
    demotion: ProposedDemotion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLedger:
    """Accounts with a proposal first, then the busiest; the newest pages. `is_cut`: there are more than were read."""

    start: str
    end: str
    accounts: list[LedgerAccount]
    pages: list[LedgerPage]
    is_cut: bool


@post("/v1/incidents/{incident:str}/marks", status_code=201, sync_to_thread=True)
def mark_page(incident: FromPath[str], data: JSONBody[MarkOrder], store: given.Store, clock: given.Clock) -> Marks:
    """Say what a page was worth: {mark, by, note?, began_at?}. The newest word counts; all stay on record."""
    wanted, now = IncidentId(incident), clock.now()
    marked = Marked(
        incident_id=wanted,
        mark=data.mark,
        by=plain(data.by, ACTOR_CHARS_MAX) or "somebody",
        at=now,
        note=plain(data.note, NOTE_CHARS_MAX),
        began_at=_began_at(data.began_at, now),
    )
    with store.begin() as tx:
        if tx.incidents.load(wanted) is None:
            raise unknown(wanted)
        tx.alert_ledger.add(marked)
        said = f"{marked.by} marks the page: {marked.mark.replace('_', ' ')}" + (
            f" ({marked.note})" if marked.note else ""
        )
        tx.incidents.add_entries(wanted, [Entry(now, EntryKind.MARKED, said, marked.by)])
        tx.audit.add(AuditEntry(now, marked.by, Verb.PAGE_MARKED, wanted, marked.mark.value))
        return _marks(tx.alert_ledger.of_incident(wanted))


@get("/v1/incidents/{incident:str}/marks", sync_to_thread=True)
def list_marks(incident: FromPath[str], store: given.Store) -> Marks:
    """What was said of the page of an incident, the newest first."""
    wanted = IncidentId(incident)
    with store.look() as tx:
        if tx.incidents.load(wanted) is None:
            raise unknown(wanted)
        return _marks(tx.alert_ledger.of_incident(wanted))


@get("/v1/alert-ledger", sync_to_thread=True)
def get_alert_ledger(
    store: given.Store,
    clock: given.Clock,
    minutes: FromQuery[int] = _FOUR_WEEKS_MINUTES,
    start: FromQuery[str | None] = None,
    end: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=0, le=SHOWN_MAX)] = 100,
) -> AlertLedger:
    """What pages were worth: precision, median time to detect and proposed demotions by policy; the newest pages."""
    since, until = time_range(clock.now(), minutes, start, end)
    with store.look() as tx:
        pages, is_cut = tx.alert_ledger.pages(since, until, PAGES_MAX)
    return AlertLedger(
        start=rfc3339(since),
        end=rfc3339(until),
        accounts=[_account(each) for each in learn.accounts(pages)],
        pages=[_page(each) for each in pages[:limit]],
        is_cut=is_cut,
    )


def _began_at(text: str | None, now: Instant) -> Instant | None:
    if text is None:
        return None
    try:
        began_at = instant_from_rfc3339(text)
    except ValueError as error:
        raise ValidationException(f"began_at: {error}") from error
    if began_at > now:
        raise ValidationException(f"began_at: expected an instant that is past, got {text}")
    return began_at


def _marks(marks: Sequence[Marked]) -> Marks:
    return Marks([_mark(each) for each in marks])


def _mark(marked: Marked) -> Mark:
    return Mark(
        mark=marked.mark,
        by=marked.by,
        at=rfc3339(marked.at),
        note=marked.note,
        began_at=None if marked.began_at is None else rfc3339(marked.began_at),
    )


def _page(page: learn.Page) -> LedgerPage:
    return LedgerPage(
        incident_id=page.incident_id,
        source=PageSource(page.source.type, page.source.name),
        severity=page.severity,
        title=page.title,
        opened_at=rfc3339(page.opened_at),
        began_at=None if page.began_at is None else rfc3339(page.began_at),
        mark=None if page.marked is None else _mark(page.marked),
    )


def _account(account: learn.Account) -> LedgerAccount:
    demotion = account.demotion
    low, high = account.interval or (None, None)
    return LedgerAccount(
        source=PageSource(account.source.type, account.source.name),
        version=account.version,
        severity=account.severity,
        pages=account.pages,
        marked=account.marked,
        marks=MarkCounts(**{mark.value: count for mark, count in account.marks.items()}),
        precision_ratio=account.precision,
        precision_low_ratio=low,
        precision_high_ratio=high,
        detect_s_median=account.detection.median_s if account.detection else None,
        detect_n=account.detection.n if account.detection else 0,
        demotion=None
        if demotion is None
        else ProposedDemotion(severity=demotion.severity, to=demotion.to, reason=demotion.reason),
    )


HANDLERS = [mark_page, list_marks, get_alert_ledger]
