"""What pages were worth: incidents and what responders said of them in; precision, time to detect and proposals out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.severity import Severity
from outproof.core.ids import IncidentId
from outproof.core.time import Instant, seconds_between
from outproof.decide.finding import FindingKind
from outproof.measure.interval import wilson
from outproof.measure.percentiles import rank
from outproof.respond.incident import Incident

NOTE_CHARS_MAX = 500

JUDGED_MIN = 5
"""With fewer marked pages nothing is proposed: five in a row that were wrong bound precision below a half."""

PRECISION_MIN = 0.5
"""A page that is wrong more often than right teaches its readers to look away."""


class PageMark(StrEnum):
    """What a page was worth to the responder."""

    ACTED_ON = "acted_on"
    NOISE = "noise"  # nothing was broken, or nothing that anybody would do something about
    DUPLICATE = "duplicate"  # something was broken, and another page had said so
    TOO_LATE = "too_late"  # something was broken, and the harm was done


RIGHT = frozenset({PageMark.ACTED_ON, PageMark.TOO_LATE})
"""Marks of pages that were right to wake somebody, be it too late."""


class SourceType(StrEnum):
    POLICY = "policy"
    PROMISE = "promise"
    OTHER = "other"  # what no file declares by name: the monitor's own pages, other monitors, loops; by kind


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Who paged."""

    type: SourceType
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What a responder said of the page of one incident. `began_at`: when it really broke, where they know."""

    incident_id: IncidentId
    mark: PageMark
    by: str
    at: Instant
    note: str = ""
    began_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One incident that somebody was told of. `marked` None: nobody has said yet.

    `began_at` is when it broke: as the responder says, else the oldest exemplar's time; None: nobody knows.
    """

    incident_id: IncidentId
    source: Source
    version: str | None
    kind: FindingKind
    severity: Severity
    title: str
    opened_at: Instant
    resolved_at: Instant | None
    began_at: Instant | None
    marked: Marked | None

    @property
    def detect_s(self) -> float | None:
        """How long it was broken before anybody was told; None: it is not known since when."""
        return None if self.began_at is None else max(0.0, seconds_between(self.began_at, self.opened_at))


@dataclass(frozen=True, slots=True)
class Detection:
    """The median time to detect, by nearest rank, over the `n` real breaks of which it is known."""

    median_s: float
    n: int


@dataclass(frozen=True, slots=True)
class Demotion:
    """A proposal, never applied by itself. `to` None: it is at the lowest severity, so change it or take it out."""

    severity: Severity
    to: Severity | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the pages of one source were worth. `precision`: the share of marked pages that were right."""

    source: Source
    version: str | None
    severity: Severity
    pages: int
    marks: Mapping[PageMark, int]
    precision: float | None
    interval: tuple[float, float] | None
    detection: Detection | None
    demotion: Demotion | None

    @property
    def marked(self) -> int:
        return sum(self.marks.values())


def page(incident: Incident, marked: Marked | None) -> Page:
    """The page of an incident."""
    finding = incident.finding
    shown = [exemplar.at for exemplar in finding.exemplars]
    began_at = min(shown) if shown and min(shown) <= incident.opened_at else None
    return Page(
        incident_id=incident.id,
        source=_source(finding.policy, finding.promise, finding.kind),
        version=finding.policy_version,
        kind=finding.kind,
        severity=finding.severity,
        title=finding.title,
        opened_at=incident.opened_at,
        resolved_at=incident.resolved_at,
        began_at=marked.began_at if marked and marked.began_at is not None else began_at,
        marked=marked,
    )


def accounts(pages: Iterable[Page]) -> list[Account]:
    """One account per source, those with a proposal first, then those that page most."""
    by_source: dict[Source, list[Page]] = {}
    for each in pages:
        by_source.setdefault(each.source, []).append(each)
    found = [account(source, own) for source, own in by_source.items()]
    return sorted(found, key=lambda each: (each.demotion is None, -each.pages, each.source))


def account(source: Source, pages: Sequence[Page]) -> Account:
    """The account of one source. It is judged by the pages of its newest version: what was changed begins anew."""
    newest = max(pages, key=lambda each: each.opened_at)
    marks = _marks(pages)
    marked, right = sum(marks.values()), sum(marks[mark] for mark in RIGHT)
    return Account(
        source=source,
        version=newest.version,
        severity=newest.severity,
        pages=len(pages),
        marks={mark: marks[mark] for mark in PageMark},
        precision=right / marked if marked else None,
        interval=wilson(right, marked),
        detection=_detection(pages),
        demotion=demotion([each for each in pages if each.version == newest.version]),
    )


def demotion(pages: Sequence[Page]) -> Demotion | None:
    """What is proposed for a source that is wrong more often than right, beyond chance; None: nothing is.

    Seven of eight pages for nothing propose it: their precision is below 47 % with 95 % confidence. Three of three do
    not: it may be bad luck.
    """
    marks = _marks(pages)
    marked, right = sum(marks.values()), sum(marks[mark] for mark in RIGHT)
    bounds = wilson(right, marked)
    if bounds is None or marked < JUDGED_MIN or bounds[1] >= PRECISION_MIN:
        return None
    severity = max(pages, key=lambda each: each.opened_at).severity
    wrong = ", ".join(f"{marks[mark]} {mark.replace('_', ' ')}" for mark in PageMark if mark not in RIGHT)
    reason = f"{right} of {marked} marked pages were right ({wrong}): precision is at most {bounds[1]:.0%}"
    return Demotion(severity, _LOWER[severity], reason)


_LOWER = {Severity.CRITICAL: Severity.WARNING, Severity.WARNING: Severity.INFO, Severity.INFO: None}


def _marks(pages: Iterable[Page]) -> Counter[PageMark]:
    return Counter(each.marked.mark for each in pages if each.marked is not None)


def _detection(pages: Iterable[Page]) -> Detection | None:
    right = (each for each in pages if each.marked is not None and each.marked.mark in RIGHT)
    known = sorted(took for each in right if (took := each.detect_s) is not None)
    return Detection(known[rank(0.5, len(known)) - 1], len(known)) if known else None


def _source(policy: str | None, promise: str | None, kind: FindingKind) -> Source:
    if policy is not None:
        return Source(SourceType.POLICY, policy)
    if promise is not None:
        return Source(SourceType.PROMISE, promise)
    return Source(SourceType.OTHER, kind.value)
