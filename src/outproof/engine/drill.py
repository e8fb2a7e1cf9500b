"""Takes drills through their moves, and begins those that are due: the real road does the rest, and is watched.

Each move is a row changed by compare-and-set, and what a move says carries the same signal ids when it is said
again: a server that is killed in the middle is followed by one that goes on. Every move ends at a deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import msgspec

from outproof.contract.drill import DEAD_ROUTE, LOOPBACK, Drilled, DrillRule, Fault
from outproof.contract.promise import Promise
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import Instant, after, duration_text, seconds_between
from outproof.engine.record import put_on_record
from outproof.engine.settle import Terms
from outproof.learn.drill import Drill, Move, drill_id, drilled_run
from outproof.learn.drill_plan import Act, Plan, Saying, plan
from outproof.learn.drill_verdict import Seen, noticed, recovered
from outproof.ports import Clock, State, Transaction
from outproof.prove.drilled import DUE_S
from outproof.prove.slots import Slot
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import IncidentState, close

DRILLS_AT_ONCE_MAX = 32
SPEAK_S = 30.0
"""How long saying something may take, tries included."""


class Teller(Protocol):
    """The way of a job's sayings into the product: the same as for every job."""

    def tell(self, drilled: Drilled, act: Act, body: bytes, run: RunId) -> None:
        """Say something about the made-up run.

        Raises:
            Permanent: it was refused.
            Transient: it could not be taken now.
        """
        ...


class DrillRunning(Exception):
    """A drill of the promise is running, or too many are."""


def begin(
    tx: Transaction,
    promise: Promise,
    fault: Fault | None,
    by: str,
    terms: Terms,
    *,
    project: ProjectId,
    now: Instant,
    notify: bool = False,
) -> Drill:
    """Begin a drill of a declared promise. `fault` None: the one its rule names. `notify`: its usual route is told too.

    Raises:
        CannotDrill: nothing of the promise could be seen to break this way.
        DrillRunning: a drill of it is running already.
    """
    rule = promise.drill or DrillRule()
    wanted = fault or rule.fault
    drill = drill_id(project, promise.name, wanted, now)
    planned = plan(promise, wanted, drill)
    running = tx.drills.running(DRILLS_AT_ONCE_MAX)
    if other := next((each for each in running if each.promise == promise.name), None):
        raise DrillRunning(f"drill {other.id} of {promise.name} is running: wait until it is over")
    if len(running) >= DRILLS_AT_ONCE_MAX:
        raise DrillRunning(f"expected at most {DRILLS_AT_ONCE_MAX} drills at once: wait until one is over")
    usual = _usual(promise, terms, project, now) if notify else ()
    channels = tuple(dict.fromkeys((*rule.channels, *usual))) or (LOOPBACK,)
    if wanted is Fault.DEAD_ROUTE:
        channels = (DEAD_ROUTE, *channels)
    made = Drill(
        promise=promise.name,
        version=promise.version,
        drilled=Drilled(id=drill, fault=wanted, within_s=rule.within_s, channels=channels),
        by=by,
        started_at=now,
        move_at=now,
        run_id=drilled_run(project, promise.name, drill),
        evaluators=planned.evaluators,
    )
    made = made.with_step(now, f"{by} drills {promise.name} with {wanted}; told are {', '.join(channels)}")
    tx.drills.save(made)
    tx.audit.add(AuditEntry(now, by, Verb.DRILL_STARTED, promise.name, f"{wanted}, drill {drill}"))
    return made


def _usual(promise: Promise, terms: Terms, project: ProjectId, now: Instant) -> tuple[str, ...]:
    """Whom an incident of a promise is told first."""
    labels = {"project": project, "severity": promise.severity, "promise": promise.name, "owner": promise.owner}
    ways = terms.routes.ways([labels], now, promise.channels)
    return tuple(channel for way in ways for channel in way.channels)


class Driller:
    """Moves every running drill on. Several may run at once: of two that move the same drill, one is first."""

    def __init__(
        self, state: State, clock: Clock, project: ProjectId, terms: Callable[[], Terms], teller: Teller
    ) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms
        self._teller = teller
        self._began_at = clock.now()
        self._known: set[str] = set()  # drills that an earlier process began; there are never many

    def tick(self) -> None:
        """Move each running drill on by one move, if it is time.

        Raises:
            Transient: somebody else was first; what the others did stands.
        """
        with self._state.look() as tx:
            running = tx.drills.running(DRILLS_AT_ONCE_MAX)
        for drill in running:
            self._advance(drill)

    def _advance(self, drill: Drill) -> None:
        now, terms = self._clock.now(), self._terms()
        if drill.started_at < self._began_at and drill.id not in self._known:
            self._known.add(drill.id)
            away = duration_text(seconds_between(drill.move_at, now))
            self._save(
                drill.with_step(now, f"taken up by a server that began meanwhile, {away} after its last step"), drill
            )
            return
        promise = terms.promises.get(drill.promise)
        if promise is None or promise.version != drill.version:
            what = "taken out of the files" if promise is None else "changed"
            self._end(drill.failed(now, "the promise stays as it is", drill.version, what), drill, now)
            return
        planned = plan(promise, drill.fault, drill.id)  # the version is the one that `begin` planned with
        match drill.move:
            case Move.BREAKING:
                self._say(drill, planned, now)
            case Move.NOTICING:
                self._watch_break(drill, planned, promise, now)
            case Move.REPAIRING:
                self._say(drill, planned, now)
            case Move.RECOVERING:
                self._watch_repair(drill, now)
            case Move.OVER:
                raise AssertionError("a drill that is over is not running")

    def _say(self, drill: Drill, planned: Plan, now: Instant) -> None:
        """Say what breaks or mends the made-up run. The stand-in must show a mended output before it is looked for."""
        breaking = drill.move is Move.BREAKING
        said = planned.breaks if breaking else planned.repairs
        if not breaking and drill.repaired_at is None:
            self._save(replace(drill, repaired_at=now), drill)
            return
        try:
            for number, saying in enumerate(said):
                self._tell(drill, saying, number)
        except Permanent as error:
            self._end(drill.failed(now, "signals are received", "accepted", str(error)), drill, now)
            return
        except Transient as error:
            if now > after(drill.move_at, SPEAK_S):
                self._end(drill.failed(now, "signals are received", "accepted", str(error)), drill, now)
            return
        if breaking and planned.skips_slot:
            self._expect_nobody(drill, now)
        self._said(drill, said, now)

    def _said(self, drill: Drill, said: tuple[Saying, ...], now: Instant) -> None:
        what = ", ".join(_named(saying) for saying in said) or "nothing, though a run is expected"
        if drill.move is Move.BREAKING:
            told = drill.with_step(now, f"the job said: {what}")
            self._save(replace(told, broken_at=now).into(Move.NOTICING, now), drill)
        else:
            self._save(drill.with_step(now, f"mended: {what}").into(Move.RECOVERING, now), drill)

    def _tell(self, drill: Drill, saying: Saying, number: int) -> None:
        """Say one thing. Its signal id depends on the move and its number alone: said twice, it is one signal."""
        assert drill.run_id is not None
        body = {
            "promise": drill.promise,
            "external_id": drill.id,
            "signal_id": f"{drill.move}-{number}",
            **saying.body,
        }
        self._teller.tell(drill.drilled, saying.act, msgspec.json.encode(body), drill.run_id)

    def _expect_nobody(self, drill: Drill, now: Instant) -> None:
        """Have a run expected, in which nothing will be said. Its instant is the drill's, so there is one of it."""
        start_by = after(now, DUE_S)
        slot = Slot(
            promise=drill.promise,
            at=drill.started_at,
            start_by=start_by,
            due_at=after(start_by, DUE_S),
            settle_at=start_by,
            drill=drill.drilled,
        )
        with self._state.begin() as tx:
            tx.slots.put([slot])

    def _watch_break(self, drill: Drill, planned: Plan, promise: Promise, now: Instant) -> None:
        with self._state.look() as tx:
            seen = _seen(tx, drill)
        checks = noticed(drill, planned, promise, seen, now)
        if checks is None:
            return
        incident, broken_at = seen.incident, drill.broken_at
        assert broken_at is not None
        if incident is None:
            new = drill.with_step(now, f"no incident within {duration_text(drill.drilled.within_s)}")
        else:
            took_s = max(0.0, seconds_between(broken_at, incident.opened_at))
            new = replace(drill, incident_id=incident.id, seconds_to_incident=took_s)
            new = new.with_step(now, f"incident {incident.id} after {took_s:.1f} s: {incident.finding.title}")
        self._save(replace(new, checks=checks).into(Move.REPAIRING, now), drill)

    def _watch_repair(self, drill: Drill, now: Instant) -> None:
        with self._state.look() as tx:
            checks = recovered(drill, _seen(tx, drill), now)
        if checks is not None:
            self._end(replace(drill, checks=(*drill.checks, *checks)).over(now), drill, now)

    def _save(self, new: Drill, old: Drill) -> None:
        with self._state.begin() as tx:
            tx.drills.save(replace(new, generation=old.generation + 1))

    def _end(self, new: Drill, old: Drill, now: Instant) -> None:
        """Put the verdict on record, and leave nothing behind: no open incident, and no run that anybody looks at.

        Raises:
            Transient: somebody changed one of them at this moment; nothing was changed.
        """
        with self._state.begin() as tx:
            tx.drills.save(replace(new, generation=old.generation + 1))
            for incident in tx.incidents.of_key(new.key):
                if incident.state is not IncidentState.RESOLVED:
                    response = close(incident, "outproof", f"drill {new.id} is over", now)
                    assert response.incident is not None
                    if not put_on_record(tx, response, project=self._project, routes=self._terms().routes, now=now):
                        raise Transient(f"the incident of drill {new.id} was changed by somebody else meanwhile")
            run = None if new.run_id is None else tx.runs.load(new.run_id)
            if run is not None:
                tx.runs.save(replace(run, settle_at=None, look_at=None, generation=run.generation + 1), None)


def _seen(tx: Transaction, drill: Drill) -> Seen:
    incidents = tx.incidents.of_key(drill.key)
    return Seen(incidents, tx.outbox.deliveries(incidents[0].id) if incidents else ())


def _named(saying: Saying) -> str:
    """A saying, in words: `opened`, `persisted`, `validated failed`, `closed as success`."""
    match saying.act:
        case Act.OPEN:
            return "opened"
        case Act.PROVE:
            return f"{saying.body['stage']}" + ("" if saying.body.get("passed", True) else " failed")
        case Act.CLOSE:
            return f"closed as {saying.body['claim']}"
