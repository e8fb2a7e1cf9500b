"""Records a finding: the incident it opens, changes or ends, its timeline and its notices, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from outproof.core.errors import Transient
from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import Instant
from outproof.decide.finding import Finding
from outproof.decide.matcher import Labels
from outproof.ports import Transaction
from outproof.respond.delivery import Sending
from outproof.respond.incident import UNRESOLVED, Entry, EntryKind, Incident, IncidentState, Response, respond
from outproof.respond.notification import Briefing, Notice, NoticeKind
from outproof.respond.quiet_hours import quiet
from outproof.respond.route import Routes
from outproof.respond.suppressing import Source, audible, explains, label_sets, source, suppressed
from outproof.respond.suppression import Suppression, Suppressors
from outproof.respond.telling import Due, Roads, due

Brief = Callable[[Incident], Briefing | None]
"""What is known of an incident; asked only when there is somebody to tell."""

_TRIES = 3
_FOLDED = frozenset({EntryKind.RECURRED, EntryKind.PROOF})
"""Lines of which the newest says what the earlier ones of the same moment said."""

OTHERS_MAX = 1_000
"""Open incidents that may explain others; of more, the newest."""


class Around:
    """What else decides in one transaction whether somebody is told: what holds notices back, and what else is open.

    Each is read when it is first asked for. What the transaction records is added, so whoever records a lot reads once.
    """

    def __init__(self, tx: Transaction, routes: Routes, project: ProjectId, now: Instant) -> None:
        self._tx = tx
        self._routes = routes
        self._project = project
        self._now = now
        self._others: dict[IncidentId, Source] | None = None

    @cached_property
    def held(self) -> Suppressors:
        """What holds notices back now."""
        return replace(self._routes.suppressors, silences=tuple(self._tx.silences.active(self._now)))

    @property
    def others(self) -> Collection[Source]:
        """What is open and may explain others, the oldest first: what explains something stays the same for long."""
        if self._others is None:
            self._others = {}
            opened = self._tx.incidents.newest(UNRESOLVED, OTHERS_MAX) if self._routes.suppressors.inhibitors else ()
            for incident in reversed(opened):
                self.saw(incident)
        return self._others.values()

    def of(self, incident: Incident) -> Collection[Source]:
        """What is open and may hold back an incident: what may explain it, and what it is said to be a part of."""
        whole = None if incident.part_of is None else self._tx.incidents.load(incident.part_of)
        if whole is None or whole.state is IncidentState.RESOLVED:
            return self.others
        return (*self.others, source(whole, self._project))

    def saw(self, incident: Incident) -> None:
        """Keep what is known of an incident up with what it is now."""
        if self._others is None:
            return  # it is read when somebody asks
        self._others.pop(incident.id, None)
        if incident.state is not IncidentState.RESOLVED and not incident.finding.drill:
            found = source(incident, self._project)
            if explains(found, self._routes.suppressors.inhibitors):
                self._others[incident.id] = found


def record(
    tx: Transaction,
    finding: Finding,
    *,
    project: ProjectId,
    routes: Routes,
    now: Instant,
    brief: Brief | None = None,
    is_news: bool = True,
    around: Around | None = None,
) -> IncidentId | None:
    """Save what follows from a finding. Returns its incident; None where nothing is broken and nothing was.

    `is_news` False: it was as broken the last time somebody looked. Then its incident may change, but if that is over,
    because somebody closed it by hand or a later run made up for it, no other opens: nobody is told the same twice.
    `around`: the same for all that one transaction records.

    When somebody opens or changes the incident at the same moment, theirs stands and the finding is judged against
    it: fifty who see the same break make one incident.

    Raises:
        Transient: others kept changing the incident; the transaction must be undone and tried again.
    """
    news, known = ([finding], ()) if is_news else ((), [finding])
    found = record_all(tx, news, project=project, routes=routes, now=now, known=known, brief=brief, around=around)
    return found.get(finding.key)


def record_all(
    tx: Transaction,
    findings: Iterable[Finding],
    *,
    project: ProjectId,
    routes: Routes,
    now: Instant,
    known: Iterable[Finding] = (),
    brief: Brief | None = None,
    around: Around | None = None,
) -> Mapping[str, IncidentId]:
    """Save what follows from all that one look found: each incident is changed once and told once. `known`: no news.

    What is broken comes before what is over, so that an incident whose parts take turns does not end in between.
    Returns the incidents by the keys of the findings; of a key where nothing is broken and nothing was there is none.

    Raises:
        Transient: as `record`.
    """
    around = around or Around(tx, routes, project, now)
    seen = [(finding, True) for finding in findings] + [(finding, False) for finding in known]
    seen.sort(key=lambda one: not one[0].firing)
    of_key: dict[str, list[tuple[Finding, bool]]] = {}
    for one in seen:
        of_key.setdefault(one[0].key, []).append(one)
    found: dict[str, IncidentId] = {}
    for key, own in of_key.items():
        for _ in range(_TRIES):
            current = tx.incidents.current(key)
            response = _folded(own, current, routes, project, now)
            if put_on_record(tx, response, project=project, routes=routes, now=now, brief=brief, around=around):
                break
        else:
            raise Transient(f"the incident of {key} was changed by others {_TRIES} times while it was being recorded")
        if response.incident is not None:
            found[key] = response.incident.id
        elif current is not None and current.state is not IncidentState.RESOLVED:
            found[key] = current.id
    return found


def put_on_record(
    tx: Transaction,
    response: Response,
    *,
    project: ProjectId,
    routes: Routes,
    now: Instant,
    brief: Brief | None = None,
    around: Around | None = None,
) -> bool:
    """Save a response, find out who is to be told, and queue the notices. False: somebody was first, nothing is saved.

    A response without an incident changes nothing, which is as good as saved.
    """
    incident = response.incident
    if incident is None:
        return True
    around = around or Around(tx, routes, project, now)
    sendings = tx.outbox.sendings([incident.id]).get(incident.id, ()) if response.expected else ()
    told = telling(
        incident,
        around,
        sendings,
        project=project,
        routes=routes,
        now=now,
        is_over=response.news is NoticeKind.RESOLVED,
    )
    is_saved = queue(tx, replace(told, entries=(*response.entries, *told.entries)), response.expected, now, brief)
    if is_saved:
        around.saw(told.incident)
    return is_saved


def telling(
    incident: Incident,
    around: Around,
    sendings: Sequence[Sending],
    *,
    project: ProjectId,
    routes: Routes,
    now: Instant,
    is_over: bool,
) -> Due:
    """Who is to be told of an incident now."""
    finding = incident.finding
    is_open = incident.state is not IncidentState.RESOLVED
    held = held_back(incident, around, routes, project, now) if is_open else None
    ways = routes.ways(_audible(incident, around, project, now), now, finding.channels) if is_open and not held else ()
    if finding.drill:  # it proves the road to those it names, and bothers nobody else
        ways = tuple(replace(way, escalate=(), fail_over=(), repeat_s=None) for way in ways)
    roads = Roads(
        ways=ways,
        manners=routes.manners,
        patience_s=routes.fail_over_after_s,
        timed=routes.is_timed and finding.channels is None,
        sendings=sendings,
    )
    return due(incident, roads, held, project=project, now=now, is_over=is_over)


def held_back(
    incident: Incident, around: Around, routes: Routes, project: ProjectId, now: Instant
) -> Suppression | None:
    """What holds back the notices of an incident now; None: nothing."""
    found = suppressed(incident, around.held, around.of(incident), project=project, now=now)
    if found is not None or incident.finding.drill:
        return found
    return quiet(routes.quiet_hours, incident.finding.severity, now)


def _audible(incident: Incident, around: Around, project: ProjectId, now: Instant) -> Sequence[Labels]:
    """The labels by which routes are chosen: whoever is told of a part that is held back is not told of another's."""
    if incident.finding.drill:
        return label_sets(incident, project)
    return audible(incident, around.held, around.of(incident), project=project, now=now)


def _folded(
    seen: Sequence[tuple[Finding, bool]], current: Incident | None, routes: Routes, project: ProjectId, now: Instant
) -> Response:
    """What follows from findings of one key together, as one generation of the incident."""
    changed: Incident | None = None
    entries: list[Entry] = []
    news: NoticeKind | None = None
    for finding, is_news in seen:
        response = respond(
            finding, changed or current, project=project, now=now, is_news=is_news, reopening=routes.reopening
        )
        if response.incident is None:
            continue
        changed = response.incident
        said_again = {entry.kind for entry in response.entries} & _FOLDED
        entries = [*(entry for entry in entries if entry.kind not in said_again), *response.entries]
        if news is None or response.news is NoticeKind.RESOLVED:
            news = response.news
    if changed is None:
        return Response()
    expected = current.generation if current is not None and current.id == changed.id else 0
    return Response(replace(changed, generation=expected + 1), tuple(entries), news, expected)


def queue(tx: Transaction, told: Due, expected: int, now: Instant, brief: Brief | None = None) -> bool:
    """Save the incident with its lines and notices, if its stored generation is `expected`. False: it is not."""
    if not tx.incidents.save(told.incident, expected=expected):
        return False
    tx.incidents.add_entries(told.incident.id, told.entries)
    tx.outbox.put(_briefed(told.notices, told.incident, brief), now)
    return True


def _briefed(notices: Sequence[Notice], incident: Incident, brief: Brief | None) -> Sequence[Notice]:
    """The notices, with what is known in them; that it is over says enough."""
    if brief is None or not notices or incident.state is IncidentState.RESOLVED:
        return notices
    briefing = brief(incident)
    return [replace(notice, notification=replace(notice.notification, briefing=briefing)) for notice in notices]
