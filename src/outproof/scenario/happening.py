"""Makes happen what a scenario says happens: an event in; signals, looks, drills and measures into the world."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from litestar.exceptions import HTTPException

from outproof.contract.answer import COLUMN_NAMES
from outproof.contract.promise import Promise
from outproof.contract.run import COUNT_NAMES, Observer, Proof, Signal, SignalKind
from outproof.core.ids import RunId, SignalId, digest_id, run_id
from outproof.core.time import after
from outproof.decide.names import ANSWER_FACTS
from outproof.engine.drill import DrillRunning, begin
from outproof.engine.pulse import beat
from outproof.engine.record import put_on_record
from outproof.engine.settle import Occasion, settle
from outproof.learn.drill_plan import CannotDrill
from outproof.respond.incident import UNRESOLVED, Incident, acknowledge, close
from outproof.respond.silence import a_silence, ended
from outproof.scenario.statement import (
    Act,
    Ages,
    Answers,
    Beats,
    Drills,
    Event,
    Measures,
    Receives,
    Responds,
    Says,
    Sees,
    Silences,
    SilencesEnd,
    Value,
    Verb,
)
from outproof.scenario.world import PROJECT, World
from outproof.server.run_bodies import Closed, Noted, Opened, Proved, Said
from outproof.server.run_receiver import Receiver

_BODIES: Mapping[Verb, type[Said]] = {
    Verb.OPENS: Opened,
    Verb.PROVES: Proved,
    Verb.FAILS: Proved,
    Verb.NOTES: Noted,
    Verb.CLOSES: Closed,
}


OPEN_MAX = 10_000
_SCENARIO = "a scenario"


class Impossible(Exception):
    """What the scenario says cannot happen; the message says what was expected."""


class Happening:
    """The events of one scenario. Remembers which run is whose."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._promise_of: dict[str, str] = {}
        self._signals = 0

    def happen(self, event: Event) -> None:
        """Make it happen now.

        Raises:
            Impossible: it cannot.
        """
        match event:
            case Says():
                self._say(event)
            case Sees():
                self._see(event)
            case Beats(promise):
                self._beat(self._declared(promise))
            case Ages(promise, age_ms):
                self._age(self._declared(promise), age_ms / 1_000)
            case Receives(channel, accepts):
                self._receive(channel, accepts=accepts)
            case Drills(promise):
                self._drill(self._declared(promise), event)
            case Answers(service=service, values=values):
                self._answer(service, values)
            case Silences():
                self._silence(event)
            case SilencesEnd():
                self._end_silences()
            case Responds():
                self._respond(event)
            case Measures(service=service, values=values):
                self._world.answers_told = True
                measured: dict[str, int | float | None] = {
                    name: value for name, value in values.items() if isinstance(value, int | float)
                }
                self._world.windows.tell(service, measured)

    def run(self, name: str, promise: str | None = None) -> RunId:
        """The id of a run that the scenario names.

        Raises:
            Impossible: nobody said whose run it is.
        """
        known = [each.name for each in self._world.promises.values() if each.proofs]
        found = promise or self._promise_of.get(name) or (known[0] if len(known) == 1 else None)
        if found is None:
            listed = ", ".join(known) or "none"
            raise Impossible(f"expected `run {name} of PROMISE` where it is first named; promises with runs: {listed}")
        self._promise_of[name] = found
        return run_id(PROJECT, found, name)

    def _say(self, says: Says) -> None:
        """Report it as a job would: through the receiver of the API, once for each stage."""
        run = self.run(says.run, says.promise)
        said = {"promise": self._promise_of[says.run], "external_id": says.run, **_values(says.values)}
        match says.verb:
            case Verb.PROVES | Verb.FAILS:
                proof = {"passed": says.verb is Verb.PROVES, "observer": "independent" if says.independent else "job"}
                output_id = says.values.get("output_id")
                named = {} if output_id is None else {"output_id": output_id}
                bodies = [{**said, **proof, **named, "stage": stage} for stage in says.stages]
            case Verb.CLOSES:
                bodies = [{**said, "claim": says.claim}]
            case _:
                bodies = [said]
        for body in bodies:
            self._post(says.verb, body, run)

    def _post(self, verb: Verb, body: Mapping[str, object], run: RunId) -> None:
        self._signals += 1
        receiver = Receiver(
            store=self._world.state,
            clock=self._world.clock,
            project=PROJECT,
            terms=self._world.terms(),
            request_id="scenario",
        )
        encoded = msgspec.json.encode({**body, "signal_id": str(self._signals)})
        try:
            receiver.receive(encoded, _BODIES[verb], None if verb is Verb.OPENS else run)
        except HTTPException as error:
            raise Impossible(f"refused with {error.status_code}: {error.detail}") from error

    def _see(self, sees: Sees) -> None:
        """Put a look of our probe on record, as the prober does."""
        run, now = self.run(sees.run), self._world.clock.at
        self._signals += 1
        detail = "as the scenario tells" if sees.passed else "the scenario says that it is not there"
        proof = Proof(stage=sees.stage, observer=Observer.PROBE, passed=sees.passed, at=now, detail=detail)
        signal = Signal(
            id=SignalId(digest_id("sig", run, "probe", str(self._signals))),
            run_id=run,
            promise=self._promise_of[sees.run],
            external_id=sees.run,
            kind=SignalKind.PROVED,
            received_at=now,
            proof=proof,
        )
        with self._world.state.begin() as tx:
            tx.runs.receive(signal)
            settle(tx, run, Occasion.LOOK, self._world.terms(), project=PROJECT, now=now)

    def _beat(self, promise: Promise) -> None:
        if promise.heartbeat is None:
            raise Impossible(f"expected a promise with a heartbeat, and {promise.name} has none")
        with self._world.state.begin() as tx:
            beat(tx, promise, self._world.terms(), project=PROJECT, now=self._world.clock.at)

    def _age(self, promise: Promise, age_s: float) -> None:
        if promise.freshness is None:
            raise Impossible(f"expected a promise of freshness, and {promise.name} is none")
        self._world.surfaces.newest[promise.name] = (promise.freshness, after(self._world.clock.at, -age_s))

    def _receive(self, channel: str, *, accepts: bool) -> None:
        known = sorted(self._world.channels)
        if channel not in known:
            raise Impossible(f"expected a channel of {', '.join(known)}, got {channel}")
        if accepts:
            self._world.told.refusing.discard(channel)
        else:
            self._world.told.refusing.add(channel)

    def _drill(self, promise: Promise, drills: Drills) -> None:
        now = self._world.clock.at
        try:
            with self._world.state.begin() as tx:
                begin(tx, promise, drills.fault, _SCENARIO, self._world.terms(), project=PROJECT, now=now)
        except (CannotDrill, DrillRunning) as error:
            raise Impossible(str(error)) from error

    def _answer(self, service: str, values: Mapping[str, Value]) -> None:
        """Judge one answer as the intake does with a batch of them."""
        self._world.answers_told = True
        self._signals += 1
        digest = sha256(str(self._signals).encode()).digest()
        facts: dict[str, object] = dict.fromkeys(COLUMN_NAMES)
        facts |= {"trace_id": digest[:16], "span_id": int.from_bytes(digest[16:24], "big"), "parent_span_id": 0}
        facts |= {"started_at": self._world.clock.at, "service": service, "is_answer": True, "is_call": False}
        facts |= {_COLUMN.get(name, name): _fact(name, value) for name, value in values.items()}
        columns = {name: [value] for name, value in facts.items()}
        looks = self._world.decider.broken(columns)
        with self._world.state.begin() as tx:
            self._world.decider.judge_batch(tx, looks)

    def _silence(self, silences: Silences) -> None:
        now = self._world.clock.at
        made = a_silence(
            PROJECT,
            silences.matchers,
            by=_SCENARIO,
            reason="the scenario says so",
            starts_at=now,
            ends_at=after(now, silences.lasts_ms / 1_000),
            now=now,
        )
        with self._world.state.begin() as tx:
            tx.silences.save(made)

    def _end_silences(self) -> None:
        now = self._world.clock.at
        with self._world.state.begin() as tx:
            active = tx.silences.active(now)
            if not active:
                raise Impossible("expected a silence to end, and nothing is silenced")
            for silence in active:
                if (over := ended(silence, _SCENARIO, now)) is not None:
                    tx.silences.save(over)

    def _respond(self, responds: Responds) -> None:
        now, routes = self._world.clock.at, self._world.routes
        with self._world.state.begin() as tx:
            found = [each for each in tx.incidents.newest(UNRESOLVED, OPEN_MAX) if is_about(each, responds.subject)]
            if not found:
                raise Impossible(f"expected an open incident of {responds.subject}, and there is none")
            if responds.act is Act.TAKES:
                response = acknowledge(found[0], responds.person, now)
            else:
                response = close(found[0], responds.person, "the scenario says so", now)
            put_on_record(tx, response, project=PROJECT, routes=routes, now=now)

    def _declared(self, name: str) -> Promise:
        promise = self._world.promises.get(name)
        if promise is None:
            raise Impossible(f"no promise {name!r} is declared; declared are: {', '.join(self._world.promises)}")
        return promise


def is_about(incident: Incident, subject: str) -> bool:
    """Whether it is an incident of that promise or policy."""
    return subject in (incident.finding.promise, incident.finding.policy)


_COLUMN = {"ttft": "ttft_us", "duration": "duration_us"}


def _fact(name: str, value: Value) -> Value:
    """A fact as its column holds it: durations are written in seconds."""
    assert name in ANSWER_FACTS, "the parser lets no other name through"
    return round(float(value) * 1_000_000) if name in _COLUMN else value


def _values(values: Mapping[str, Value]) -> dict[str, object]:
    """Values of a run: counts by their names, everything else as evidence."""
    counts = {key: value for key, value in values.items() if key in COUNT_NAMES}
    evidence = {key: value for key, value in values.items() if key not in COUNT_NAMES}
    said: dict[str, object] = {}
    if counts:
        said["counts"] = counts
    if evidence:
        said["evidence"] = evidence
    return said
