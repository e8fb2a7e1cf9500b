"""Has declared actions done, each once however often it is asked for: asked for in; written down, then done, out.

A crash between the first and the last word leaves an act whose end nobody knows. It is shown as unknown, and never
repeated unasked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from outproof.core.canonical import canonical
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import IncidentId, ProjectId
from outproof.core.time import Instant, after, seconds_between
from outproof.engine.prepared import Prepared, prepared
from outproof.engine.settle import Terms
from outproof.ports import Clock, Doer, State, Transaction
from outproof.respond.action import ActionRecord, ActionState, Call, Done, scrubbed
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import OURSELVES, Entry, EntryKind, Incident

AT_ONCE_MAX = 4
"""Acts that are being done at the same time: a responder does one, and a crowd of them must not hold up the server."""

WAIT_S = 1.0
"""How long an asker waits for the end, so that what is quick is seen to be done."""

GIVE_UP_S = 5.0
"""How long after its timeout an act that nobody finished is given up."""

STOP_S_MAX = 10.0
UNFINISHED_MAX = 100
_SAVE_TRIES, _SAVE_PAUSE_S = 20, 0.5


class NoIncident(Permanent):
    """No such incident is known."""


class Refused(Permanent):
    """Something speaks against it. The message says what."""


class Handoffs:
    """Previews and does what promises declare, and gives up what nobody finished."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, doer: Doer) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._doer = doer
        self._free = threading.BoundedSemaphore(AT_ONCE_MAX)

    def preview(self, incident: IncidentId, name: str, given: Mapping[str, Any], terms: Terms) -> Prepared:
        """What an action would do. Nothing is done.

        Raises:
            NoIncident, NotDeclared, Unacceptable: there is nothing that could be done.
        """
        with self._state.look() as tx:
            return self._prepared(tx, _load(tx, incident), name, given, terms, self._clock.now())

    def execute(
        self, incident: IncidentId, name: str, given: Mapping[str, Any], terms: Terms, *, by: str, force: bool
    ) -> ActionRecord:
        """Have an action done, unless it was: then its record is all that comes of asking again.

        Raises:
            NoIncident, NotDeclared, Unacceptable: there is nothing that could be done.
            Refused: something speaks against it, and nobody who knows better insists; nothing was done.
            Transient: too much is being done at this moment; nothing was done.
        """
        if not self._free.acquire(blocking=False):
            raise Transient(f"{AT_ONCE_MAX} actions are being done at this moment: ask again when one has ended")
        handed_over = False
        try:
            with self._state.begin() as tx:
                now = self._clock.now()
                found = _load(tx, incident)
                ready = self._prepared(tx, found, name, given, terms, now)
                if ready.already is not None:
                    return ready.already
                record, new = self._intend(tx, found, ready, by, now, force)
            if record is None:
                raise Refused(ready.refused or "refused")
            if not new:
                return record
            ended = threading.Event()
            threading.Thread(
                target=self._perform, args=(record, ready.call, ended), name=f"act-{name}", daemon=True
            ).start()
            handed_over = True
        finally:
            if not handed_over:
                self._free.release()
        ended.wait(WAIT_S)
        with self._state.look() as tx:
            return tx.actions.load(record.id) or record

    def tick(self) -> None:
        """Give up acts whose end is overdue: whoever did them is gone."""
        now = self._clock.now()
        with self._state.look() as tx:
            lost = [record for record in tx.actions.unfinished(UNFINISHED_MAX) if record.give_up_at <= now]
        for record in lost:
            begun = record.state is ActionState.RUNNING
            gone = "the server that did it went away" if begun else "the server went away before it began"
            done = Done(
                state=ActionState.UNKNOWN if begun else ActionState.FAILED,
                result=f"{gone}: {'nobody can tell whether it was done' if begun else 'nothing was done'}",
            )
            with self._state.begin() as tx:
                _end(tx, record, done, now)

    def stop(self) -> None:
        """Wait a little for what is being done. What does not end by then is given up later."""
        deadline_s = time.monotonic() + STOP_S_MAX
        for _ in range(AT_ONCE_MAX):
            self._free.acquire(timeout=max(0.0, deadline_s - time.monotonic()))

    def _prepared(
        self, tx: Transaction, incident: Incident, name: str, given: Mapping[str, Any], terms: Terms, now: Instant
    ) -> Prepared:
        return prepared(tx, incident, name, given, terms, project=self._project, now=now)

    def _intend(
        self, tx: Transaction, incident: Incident, ready: Prepared, by: str, now: Instant, force: bool
    ) -> tuple[ActionRecord | None, bool]:
        """Write down what is about to be done. None: it is refused, and that is written down. False: others did so."""
        subject, what = incident.id, f"{ready.action.name}, key {ready.key}"
        if ready.refused is not None and not (force and ready.forceable):
            tx.audit.add(AuditEntry(now, by, Verb.ACTION_REFUSED, subject, f"{what}: {ready.refused}"))
            return None, False
        record = _record(incident, ready, by, now, forced=ready.refused is not None)
        if not tx.actions.save(record):
            first = tx.actions.of_key(ready.key)
            if first is None:
                raise Transient(f"somebody else asked for {ready.action.name} at the same moment: ask again")
            return first, False
        values = canonical(dict(record.parameters)).decode()
        forced = f", although {ready.refused}" if record.forced else ""
        tx.audit.add(AuditEntry(now, by, Verb.ACTION_ASKED, subject, f"{what} with {values}{forced}"))
        text = f"{by} has {ready.action.name} done{forced}"
        tx.incidents.add_entries(incident.id, (Entry(now, EntryKind.ACTED, text, by),))
        return record, True

    def _perform(self, record: ActionRecord, call: Call, ended: threading.Event) -> None:
        try:
            running = self._begun(record)
            if running is not None:
                self._finish(running, self._doer.do(call, self._clock.now()))
        finally:
            self._free.release()
            ended.set()

    def _begun(self, record: ActionRecord) -> ActionRecord | None:
        """Write down that it begins; None: it was given up, or cannot be written down, and must not begin."""
        now = self._clock.now()
        timeout_s = seconds_between(record.at, record.give_up_at)
        running = replace(
            record, state=ActionState.RUNNING, give_up_at=after(now, timeout_s), generation=record.generation + 1
        )
        try:
            with self._state.begin() as tx:
                return running if tx.actions.save(running) else None
        except Transient:
            return None

    def _finish(self, record: ActionRecord, done: Done) -> None:
        """Write down how it ended, also when it was given up meanwhile: that it is known now is better."""
        for _ in range(_SAVE_TRIES):
            try:
                with self._state.begin() as tx:
                    current = tx.actions.load(record.id)
                    open_states = (ActionState.RUNNING, ActionState.UNKNOWN)
                    if current is None or current.tries != record.tries or current.state not in open_states:
                        return
                    if _end(tx, current, done, self._clock.now()):
                        return
            except Transient:
                time.sleep(_SAVE_PAUSE_S)


def _load(tx: Transaction, incident: IncidentId) -> Incident:
    found = tx.incidents.load(incident)
    if found is None:
        raise NoIncident(f"no incident {incident!r} is known; GET /v1/incidents?state=all lists the newest")
    return found


def _record(incident: Incident, ready: Prepared, by: str, now: Instant, *, forced: bool) -> ActionRecord:
    """The act as it is asked for: a new one, or another try of one that failed or whose end nobody knows."""
    before = ready.before
    parameters, withheld = scrubbed(ready.values)
    return ActionRecord(
        id=before.id if before else ready.key,
        key=ready.key,
        incident_id=incident.id,
        run_id=ready.run_id,
        action=ready.action.name,
        kind=ready.action.kind,
        state=ActionState.INTENDED,
        does=ready.does,
        by=by,
        at=now,
        give_up_at=after(now, ready.action.timeout_s + GIVE_UP_S),
        parameters=parameters,
        withheld=withheld,
        forced=forced,
        tries=before.tries + 1 if before else 1,
        undo=ready.action.undo,
        undo_of=ready.undo_of,
        generation=before.generation + 1 if before else 1,
    )


def _end(tx: Transaction, record: ActionRecord, done: Done, now: Instant) -> bool:
    """Write down how an act ended. False: somebody was first."""
    ended = replace(record, state=done.state, result=done.result, finished_at=now, generation=record.generation + 1)
    if not tx.actions.save(ended):
        return False
    original = None if ended.undo_of is None else tx.actions.load(ended.undo_of)
    if original is not None and done.state is ActionState.SUCCEEDED:
        taken_back = replace(original, undone_by=ended.id, generation=original.generation + 1)
        if not tx.actions.save(taken_back):
            raise Transient(f"{original.action} was changed by somebody else meanwhile")
    text = f"{record.action} {done.state}: {done.result}"
    tx.audit.add(AuditEntry(now, OURSELVES, Verb.ACTION_ENDED, record.incident_id, f"{text} (key {record.key})"))
    tx.incidents.add_entries(record.incident_id, (Entry(now, EntryKind.ACTED, text),))
    return True
