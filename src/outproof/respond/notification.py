"""What a message says: an incident in; safe, short facts out. No raw text, and nothing a channel could take for markup.

A notification is stored in the outbox and sent as it was stored: a retry says what the first attempt said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outproof.contract.evidence import Exemplar, Fact
from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId, NoticeId
from outproof.core.time import Instant, duration_text, rfc3339, seconds_between
from outproof.decide.finding import FindingKind
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.retry_safety import RetryVerdict

TITLE_CHARS_MAX = 140
SENTENCE_CHARS_MAX = 400
LABEL_CHARS_MAX = 40
VALUE_CHARS_MAX = 120
FACTS_MAX = 12

PRIORITY = {Severity.CRITICAL: "P0", Severity.WARNING: "P1", Severity.INFO: "P2"}


class NoticeKind(StrEnum):
    """What a channel is told of an incident; `canary` is told of none: it proves that the channel can be reached."""

    OPENED = "opened"
    UPDATED = "updated"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CANARY = "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """May it be done again, and what is known good and bad, as it was when the notice was written.

    `retry_items` remain to be done; 0: items are not told apart. `boundary` is one line.
    """

    retry: RetryVerdict
    retry_reason: str
    retry_items: int
    check_first: str | None
    boundary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What every channel is told about one generation of an incident. `at` is when that generation came to be."""

    kind: NoticeKind
    incident_id: IncidentId
    generation: int
    at: Instant
    opened_at: Instant
    severity: Severity
    finding_kind: FindingKind
    title: str
    reason: str
    subject: str
    owner: str
    occurrences: int
    headline: str | None = None
    first_check: str | None = None
    runbook: str | None = None
    policy: str | None = None
    promise: str | None = None
    exemplar: Exemplar | None = None
    facts: tuple[Fact, ...] = ()
    stages: tuple[StageReport, ...] = ()
    briefing: Briefing | None = None
    because: str | None = None
    """Why this channel is told now, where that is not plain: nobody took it in time, or another channel was silent."""
    by: str | None = None
    """Who took it, or ended it by hand."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the finding is known by; see `decide.labels`."""
    broken: tuple[str, ...] = ()
    """The parts that are broken, the worst few by name, where the incident has parts; `broken_count` of them in all."""
    broken_count: int = 0
    thread: str | None = None
    """What the receiver called the first message that it took of this incident, where it calls messages anything."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification for one channel. The id stays the same over all attempts to deliver it."""

    id: NoticeId
    channel: str
    notification: Notification


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line of a message, already plain (see `plain`)."""

    label: str
    value: str


_WORD = {
    NoticeKind.OPENED: "{}",
    NoticeKind.UPDATED: "{} updated",
    NoticeKind.ESCALATED: "{} escalated",
    NoticeKind.REMINDED: "{} still open",
    NoticeKind.ACKNOWLEDGED: "{} acknowledged",
    NoticeKind.RESOLVED: "Resolved",
    NoticeKind.REOPENED: "{} reopened",
    NoticeKind.CANARY: "Test",
}


def heading(notification: Notification) -> str:
    """The first line: `P0 · Unsupported delivery claim reached customer response.`"""
    priority = PRIORITY[notification.severity]
    return plain(f"{_WORD[notification.kind].format(priority)} · {notification.title}", TITLE_CHARS_MAX)


def lines(notification: Notification) -> tuple[Line, ...]:
    """The rest of the message, most urgent first; short enough for a phone. A test says no more than that it is one."""
    if notification.kind is NoticeKind.CANARY:
        return (Line("Why", plain(notification.reason, SENTENCE_CHARS_MAX)),)
    resolved = notification.kind is NoticeKind.RESOLVED
    said: list[tuple[str, str | None, int]] = [
        ("What", notification.headline, VALUE_CHARS_MAX),
        ("Where", notification.subject, VALUE_CHARS_MAX),
        ("Broken", _broken(notification), 2 * VALUE_CHARS_MAX),
        ("When", _when(notification), VALUE_CHARS_MAX),
        ("Owner", notification.owner, VALUE_CHARS_MAX),
        ("By", notification.by, VALUE_CHARS_MAX),
        ("Told", notification.because, SENTENCE_CHARS_MAX),
        ("Why", _why(notification), SENTENCE_CHARS_MAX),
        ("First check", None if resolved else notification.first_check, SENTENCE_CHARS_MAX),
        ("Retry", None if resolved else _retry(notification.briefing), VALUE_CHARS_MAX + SENTENCE_CHARS_MAX),
        ("Known", None if resolved else _boundary(notification.briefing), VALUE_CHARS_MAX),
        ("Example", None if resolved else _exemplar(notification.exemplar), 2 * VALUE_CHARS_MAX),
        ("Stages", _stages(notification.stages), 2 * VALUE_CHARS_MAX),
    ]
    facts = () if resolved else notification.facts[:FACTS_MAX]
    said += [(fact.label, _clauses(fact.text, VALUE_CHARS_MAX), VALUE_CHARS_MAX) for fact in facts]
    return tuple(Line(plain(label, LABEL_CHARS_MAX), plain(value, size)) for label, value, size in said if value)


def plain(text: str, chars_max: int) -> str:
    """The text on one line, without control, invisible or direction-changing characters, of at most `chars_max`.

    It is cut after a word, unless that word is very long. Line breaks forge headers and lines, right-to-left marks make
    a reader read what is not there.
    """
    spaced = re.sub(r"\s+", " ", text[: 4 * chars_max])
    visible = "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    visible = visible.strip()
    if len(visible) <= chars_max:
        return visible
    cut = visible[: chars_max - 1]
    words = cut if visible[chars_max - 1] == " " else cut.rpartition(" ")[0]
    return (words.rstrip() if 2 * len(words) >= chars_max else cut) + "…"


def _clauses(text: str | None, chars_max: int) -> str | None:
    """The clauses of a text, parted by `; `, that fit; the first one in any case."""
    if text is None or len(text) <= chars_max:
        return text
    first, *others = text.split("; ")
    for clause in others:
        if len(first) + len(clause) + 2 > chars_max:
            break
        first = f"{first}; {clause}"
    return first


def _why(notification: Notification) -> str | None:
    """The reason, as far as the title does not say it: behind the title may stand which segment it is."""
    title, reason = notification.title, notification.reason
    said, _, more = reason.rpartition("; ")
    if title.startswith(reason):
        return None
    return more if said and title.startswith(said) else reason


def _when(notification: Notification) -> str:
    opened = f"{rfc3339(notification.opened_at)[:19].replace('T', ' ')} UTC"
    if notification.kind is NoticeKind.OPENED:
        return opened
    lasted = duration_text(max(1.0, seconds_between(notification.opened_at, notification.at)))
    return f"{opened}, {'over after' if notification.kind is NoticeKind.RESOLVED else 'for'} {lasted}"


def _broken(notification: Notification) -> str | None:
    """What is broken, by name; nothing where it is one: the title names it."""
    if notification.broken_count < 2:
        return None
    more = notification.broken_count - len(notification.broken)
    named = ", ".join(notification.broken)
    return f"{named} and {more} more" if more > 0 else named


def _exemplar(exemplar: Exemplar | None) -> str | None:
    if exemplar is None:
        return None
    named = (
        ("request", exemplar.request_id),
        ("template", exemplar.template_id),
        ("evidence", exemplar.evidence_version),
        ("stage", exemplar.first_failed_stage),
    )
    return ", ".join(f"{name} {value if value is not None else 'unknown'}" for name, value in named)


def _retry(briefing: Briefing | None) -> str | None:
    """May it be done again, in a line: `safe for 20 items: …`, `unknown, check first: …`."""
    if briefing is None:
        return None
    items = "1 item" if briefing.retry_items == 1 else f"{briefing.retry_items} items"
    match briefing.retry:
        case RetryVerdict.SAFE:
            return f"safe: {briefing.retry_reason}"
        case RetryVerdict.SAFE_FOR_ITEMS:
            return f"safe for {items} only: {briefing.retry_reason}"
        case RetryVerdict.UNSAFE:
            return f"do not: {briefing.retry_reason}"
    return f"unknown, check first: {briefing.check_first or briefing.retry_reason}"


def _boundary(briefing: Briefing | None) -> str | None:
    return None if briefing is None else briefing.boundary


def _stages(stages: tuple[StageReport, ...]) -> str | None:
    shown = [f"{report.stage} {report.state}" for report in stages if report.state is not StageState.NOT_REQUIRED]
    return ", ".join(shown) or None
