"""Who is to be told what now: an incident, its ways and what holds it back in; notices, timeline and memory out.

It looks at the incident and at who heard what, not at what happened: asked again, it says nothing twice, and what was
held back, missed or refused is told as soon as it can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from outproof.core.ids import ProjectId, notice_id
from outproof.core.time import Instant, after, duration_text, rfc3339
from outproof.respond.delivery import Sending
from outproof.respond.escalation import Next, escalated, failed_over
from outproof.respond.gravity import is_worse
from outproof.respond.incident import Entry, EntryKind, Incident, IncidentState, notification
from outproof.respond.manners import Manners
from outproof.respond.notification import Notice, NoticeKind
from outproof.respond.route import Way
from outproof.respond.suppression import Suppression
from outproof.respond.told import Heard, Telling

_PLAIN = Manners()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """How channels are reached: the ways that the incident takes, what channels want, and what came of earlier notices.

    `patience_s`: after it a channel that did not accept what it was sent is stood in for. `timed`: at another time of
    day the incident may take other ways.
    """

    ways: tuple[Way, ...]
    manners: Mapping[str, Manners]
    patience_s: float
    timed: bool = False
    sendings: Sequence[Sending] = ()

    def sending(self, channel: str, generation: int) -> Sending | None:
        found = (each for each in self.sendings if each.channel == channel and each.generation == generation)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Due:
    """The incident with what telling remembers, lines for its timeline, and the notices to send."""

    incident: Incident
    entries: tuple[Entry, ...] = ()
    notices: tuple[Notice, ...] = ()


def due(
    incident: Incident,
    roads: Roads,
    suppression: Suppression | None,
    *,
    project: ProjectId,
    now: Instant,
    is_over: bool,
) -> Due:
    """What follows for the channels. `is_over`: that it is over is to be told; of a flapping one that comes later."""
    if incident.state is IncidentState.RESOLVED:
        if not is_over:
            return Due(incident)
        desk = _Desk(replace(incident, suppression=None), roads, now)
        desk.tell_that_it_is_over()
        return desk.due(project, None)
    desk = _Desk(incident, roads, now)
    if suppression is None:
        desk.tell_of_it()
    desk.tell_who_took_it()
    desk.keep_alive()
    return desk.due(project, suppression)


class _Desk:
    """One telling in the making: of several things to tell a channel, the first is told."""

    def __init__(self, incident: Incident, roads: Roads, now: Instant) -> None:
        self._incident = incident
        self._roads = roads
        self._now = now
        self._heard = {each.channel: each for each in _heard(incident)}
        self._began_at = incident.telling.began_at or now
        self._told: dict[str, tuple[NoticeKind, str | None]] = {}
        self._entries: list[Entry] = []

    def tell_of_it(self) -> None:
        """Tell those whom it concerns and who have not heard of it as it is; then see who did not answer in time."""
        for way in self._roads.ways:
            for channel in way.channels:
                if channel not in self._heard and not (way.timed and self._is_taken):
                    self._tell(channel, NoticeKind.OPENED)
        for channel, heard in self._heard.items():
            if heard.kind is NoticeKind.RESOLVED:
                self._tell(channel, NoticeKind.REOPENED)
            elif self._is_worse_than(heard):
                self._tell(channel, NoticeKind.UPDATED)
        for way in () if self._is_taken else self._roads.ways:
            self._escalate(way)
            self._fail_over(way)
            self._remind(way)

    def tell_who_took_it(self) -> None:
        """Tell those who want to know it that somebody has taken the incident."""
        for channel, heard in self._heard.items():
            if self._wants_to_know_who_took_it(heard):
                self._tell(channel, NoticeKind.ACKNOWLEDGED)

    def keep_alive(self) -> None:
        """Tell it again where the receiver forgets. That pages nobody, so it depends on nothing."""
        for channel, heard in self._heard.items():
            if self._is_due(self._kept_alive_at(heard)):
                self._tell(channel, NoticeKind.REMINDED)

    def tell_that_it_is_over(self) -> None:
        """Tell everybody who heard of it; also while notices are held back, because it ends what they began."""
        for channel, heard in self._heard.items():
            if heard.kind is not NoticeKind.RESOLVED:
                self._tell(channel, NoticeKind.RESOLVED)

    def due(self, project: ProjectId, suppression: Suppression | None) -> Due:
        """What came of it."""
        incident = self._incident
        entries = (*self._said_of(suppression), *self._entries)
        heard = {channel: self._after_it(channel) for channel in (*self._heard, *self._told)}
        is_over = incident.state is IncidentState.RESOLVED
        # who cannot be told cannot take it: steps count from when somebody could
        began_at = incident.telling.began_at if suppression is not None else self._began_at
        remembered = replace(
            incident,
            telling=Telling(heard=tuple(heard.values()), began_at=None if is_over else began_at),
            told=tuple(heard),
            suppression=suppression,
            tell_at=None if is_over else self._again_at(heard, suppression),
        )
        return Due(remembered, entries, tuple(self._notices(remembered, project)))

    def _again_at(self, heard: Mapping[str, Heard], suppression: Suppression | None) -> Instant | None:
        """When to look again. What holds back may end at any time, and so may the hours of a route: look always."""
        if suppression is not None or (self._roads.timed and not self._is_taken):
            return self._incident.opened_at
        at = [self._kept_alive_at(each) for each in heard.values()]
        at += [self._now for each in heard.values() if self._wants_to_know_who_took_it(each)]
        for way in () if self._is_taken else self._roads.ways:
            at.append(escalated(way.escalate, self._began_at, heard, self._now)[1])
            at += [self._stand_in(way, channel, heard).again_at for channel in way.channels]
            at += [self._reminded_at(way, heard[channel]) for channel in way.channels if channel in heard]
        return min((each for each in at if each is not None), default=None)

    @property
    def _is_taken(self) -> bool:
        return self._incident.state is IncidentState.ACKNOWLEDGED

    def _tell(self, channel: str, kind: NoticeKind, because: str | None = None) -> None:
        self._told.setdefault(channel, (kind, because))

    def _is_due(self, at: Instant | None) -> bool:
        return at is not None and at <= self._now

    def _kept_alive_at(self, heard: Heard) -> Instant | None:
        every_s = self._manners(heard.channel).repeat_s
        return None if every_s is None or heard.kind is NoticeKind.RESOLVED else after(heard.at, every_s)

    def _reminded_at(self, way: Way, heard: Heard) -> Instant | None:
        return None if way.repeat_s is None else after(heard.at, way.repeat_s)

    def _wants_to_know_who_took_it(self, heard: Heard) -> bool:
        knows = heard.acknowledged or heard.kind is NoticeKind.RESOLVED
        return self._is_taken and self._manners(heard.channel).acknowledged and not knows

    def _stand_in(self, way: Way, channel: str, heard: Mapping[str, Heard]) -> Next:
        """Who stands in for a channel that did not answer; nobody where the route names nobody."""
        chain = tuple(dict.fromkeys((channel, *way.fail_over)))
        if len(chain) == 1:
            return Next()
        return failed_over(chain, heard, self._roads.sending, self._now, after_s=self._roads.patience_s)

    def _manners(self, channel: str) -> Manners:
        return self._roads.manners.get(channel, _PLAIN)

    def _is_worse_than(self, heard: Heard) -> bool:
        """Whether it got worse since."""
        return is_worse(self._incident.finding, than=(heard.severity, heard.finding_kind))

    def _escalate(self, way: Way) -> None:
        for each in escalated(way.escalate, self._began_at, self._heard, self._now)[0]:
            self._say(each.channel, NoticeKind.ESCALATED, each.because)

    def _fail_over(self, way: Way) -> None:
        for channel in way.channels:
            found = self._stand_in(way, channel, self._heard)
            if found.because is not None:
                self._say(found.channel, NoticeKind.OPENED, found.because)

    def _remind(self, way: Way) -> None:
        for channel in way.channels:
            if channel in self._heard and self._is_due(self._reminded_at(way, self._heard[channel])):
                self._say(channel, NoticeKind.REMINDED, f"nobody took it in {duration_text(way.repeat_s or 0.0)}")

    def _say(self, channel: str | None, kind: NoticeKind, because: str | None) -> None:
        """Tell a channel and put on the timeline why, once for each."""
        if channel is not None and channel not in self._told:
            self._tell(channel, kind, because)
            again = " again" if channel in self._heard else ""
            self._entries.append(Entry(self._now, EntryKind.ESCALATED, f"{because}: {channel} is told{again}"))

    def _said_of(self, suppression: Suppression | None) -> Iterable[Entry]:
        """What the timeline says of what holds notices back, when it begins, changes and ends."""
        before = self._incident.suppression
        if suppression is None and before is not None:
            yield Entry(self._now, EntryKind.HELD_BACK, f"held back no longer: {before.reason}")
        if suppression is not None and (before is None or before.by != suppression.by):
            until = f" until {rfc3339(suppression.until)[:16].replace('T', ' ')} UTC" if suppression.until else ""
            yield Entry(self._now, EntryKind.HELD_BACK, f"nobody is told: {suppression.reason}{until}")

    def _after_it(self, channel: str) -> Heard:
        """What a channel has heard once it is told what there is to tell it now."""
        before = self._heard.get(channel)
        if channel not in self._told:
            assert before is not None
            return before
        kind = self._told[channel][0]
        finding = self._incident.finding
        knew = before is not None and before.acknowledged
        return Heard(
            channel=channel,
            kind=kind,
            at=self._now,
            generation=self._incident.generation,
            severity=finding.severity,
            finding_kind=finding.kind,
            acknowledged=kind is NoticeKind.ACKNOWLEDGED or (knew and kind not in _ENDS),
        )

    def _notices(self, incident: Incident, project: ProjectId) -> Iterable[Notice]:
        for channel, (kind, because) in self._told.items():
            said = replace(notification(incident, kind, project), at=self._now, because=because)
            yield Notice(notice_id(incident.id, incident.generation, channel), channel, said)


def _heard(incident: Incident) -> tuple[Heard, ...]:
    """Who heard what; of incidents from before that was kept only who was told."""
    known = {each.channel for each in incident.telling.heard}
    finding = incident.finding
    older = (
        Heard(
            channel=channel,
            kind=NoticeKind.OPENED,
            at=incident.opened_at,
            generation=1,
            severity=finding.severity,
            finding_kind=finding.kind,
        )
        for channel in incident.told
        if channel not in known
    )
    return (*incident.telling.heard, *older)


_ENDS = frozenset({NoticeKind.RESOLVED, NoticeKind.REOPENED})
