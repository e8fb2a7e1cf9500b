"""Looks again at who is to be told, when nothing happens but time: steps, reminders, what was held back or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import Instant
from outproof.engine.knowledge import briefing
from outproof.engine.record import Around, Brief, put_on_record, queue, telling
from outproof.engine.settle import Terms
from outproof.ports import Clock, State, Transaction
from outproof.respond.delivery import Sending
from outproof.respond.incident import UNRESOLVED, Incident, IncidentState, Response, calmed
from outproof.respond.route import Routes
from outproof.respond.silence import SilenceId
from outproof.respond.telling import Due

LOOKED_AT_MAX = 2_000
"""Incidents of one tick. More than these are not looked at by anybody, and reminders may wait for the next."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What decides who is told and does not stand in the incidents themselves."""

    routes: Routes
    silences: tuple[SilenceId, ...]
    windows: tuple[str, ...]
    quiet: tuple[bool, ...]
    others: tuple[IncidentId, ...]


class Teller:
    """Several may run at once: of two that tell of the same incident, one is first, and the other looks again."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, terms: Callable[[], Terms]) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._seen: _Setting | None = None

    def tick(self) -> None:
        """Tell what is due.

        What may end at any time, such as a silence, is looked at each time. When the routes or what holds notices back
        is different from the last time, all that is open is looked at, so that it is shown as it is.
        """
        terms, now = self._terms(), self._clock.now()
        routes = terms.routes
        with self._state.look() as tx:
            found = list(tx.incidents.to_tell(now, LOOKED_AT_MAX))
            around = Around(tx, routes, self._project, now)
            seen = _setting(routes, around, now)
            if seen != self._seen:
                known = {incident.id for incident in found}
                others = tx.incidents.newest(UNRESOLVED, LOOKED_AT_MAX, drills=True)
                found += [incident for incident in others if incident.id not in known]
            dues = self._dues(tx, found, around, routes, now) if found else []
            over = [response for incident in found if (response := calmed(incident, now)).incident is not None]
        if dues or over:
            self._tell(dues, over, terms, now)
        self._seen = seen

    def _dues(
        self, tx: Transaction, found: Sequence[Incident], around: Around, routes: Routes, now: Instant
    ) -> list[Due]:
        """What is to be told of those incidents of which there is anything to tell or to remember."""
        unresolved = [incident for incident in found if incident.state is not IncidentState.RESOLVED]
        sendings = tx.outbox.sendings([incident.id for incident in unresolved])
        looked = (self._due(incident, around, sendings.get(incident.id, ()), routes, now) for incident in unresolved)
        return [due for due in looked if due is not None]

    def _due(
        self, incident: Incident, around: Around, sendings: Sequence[Sending], routes: Routes, now: Instant
    ) -> Due | None:
        """What is to be told, as the next generation of the incident. None: nothing is different."""
        following = replace(incident, generation=incident.generation + 1)
        found = telling(following, around, sendings, project=self._project, routes=routes, now=now, is_over=False)
        return None if found.incident == following else found

    def _tell(self, dues: Sequence[Due], over: Sequence[Response], terms: Terms, now: Instant) -> None:
        with self._state.begin() as tx:
            for due in dues:
                queue(tx, due, due.incident.generation - 1, now, self._brief(tx, due.incident, terms, now))
            around = Around(tx, terms.routes, self._project, now)
            for response in over:
                put_on_record(tx, response, project=self._project, routes=terms.routes, now=now, around=around)

    def _brief(self, tx: Transaction, incident: Incident, terms: Terms, now: Instant) -> Brief | None:
        promise = terms.promises.get(incident.finding.promise or "")
        return None if promise is None else partial(briefing, tx, promise=promise, holds=terms.holds, now=now)


def _setting(routes: Routes, around: Around, now: Instant) -> _Setting:
    held = around.held
    return _Setting(
        routes=routes,
        silences=tuple(silence.id for silence in held.silences),
        windows=tuple(each.name for each in held.maintenance if each.until(now) is not None),
        quiet=tuple(each.contains(now) for each in routes.quiet_hours),
        others=tuple(other.id for other in around.others),
    )
