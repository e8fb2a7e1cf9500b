"""Drills over REST: an order in; a drill that goes on by itself, its steps and its checks out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from litestar import get, post
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from outproof.contract.drill import Drilled, Fault
from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import Instant, rfc3339
from outproof.engine import drill as engine
from outproof.engine.settle import Terms
from outproof.learn import drill as learn
from outproof.learn.drill_plan import Act, CannotDrill
from outproof.ports import Clock, State
from outproof.respond.notification import plain
from outproof.server import given
from outproof.server.run_bodies import Closed, Opened, Proved, Said
from outproof.server.run_receiver import Receiver, RunConflict

LIMIT_MAX = 200
BY_CHARS_MAX = 100

_BODIES: Mapping[Act, type[Said]] = {Act.OPEN: Opened, Act.PROVE: Proved, Act.CLOSE: Closed}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillOrder:
    """What to break. `fault` null: the one that the promise's rule names. `notify`: its usual route is told as well."""

    promise: str
    by: Annotated[str, Meta(min_length=1, max_length=BY_CHARS_MAX)]
    fault: Fault | None = None
    notify: bool = False


@dataclass(frozen=True, slots=True)
class DrillStep:
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class DrillCheck:
    """One thing that must be so, and what was."""

    name: str
    expected: str
    seen: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill. While it is running, its steps grow and `finished_at` is null."""

    id: str
    promise: str
    fault: Fault
    state: learn.DrillState
    by: str
    started_at: str
    finished_at: str | None
    run_id: str | None
    incident_id: str | None
    seconds_to_incident: float | None
    steps: list[DrillStep]
    checks: list[DrillCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPassed:
    """When the last drill passed, by promise, by channel, and by the part of the product that noticed."""

    promises: dict[str, str]
    routes: dict[str, str]
    evaluators: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillList:
    """Newest first. What never passed one is not in `last_passed`."""

    drills: list[Drill]
    last_passed: LastPassed


@get("/v1/drills", sync_to_thread=True)
def list_drills(
    store: given.Store,
    promise: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 50,
) -> DrillList:
    """The newest drills, of one promise or of all, and how old the proof of each promise, channel and evaluator is."""
    with store.look() as tx:
        drills = tx.drills.newest(promise, limit)
        last_passed = LastPassed(
            promises=_texts(tx.drills.last_passed()),
            routes=_texts(tx.drills.last_passed_routes()),
            evaluators=_texts(tx.drills.last_passed_evaluators()),
        )
    return DrillList(drills=[drill_view(drill) for drill in drills], last_passed=last_passed)


@get("/v1/drills/{drill:str}", sync_to_thread=True)
def get_drill(drill: FromPath[str], store: given.Store) -> Drill:
    """One drill with its steps and checks so far."""
    with store.look() as tx:
        found = tx.drills.load(drill)
    if found is None:
        raise NotFoundException(f"no drill {drill!r} is known; GET /v1/drills lists the newest")
    return drill_view(found)


@post("/v1/drills", status_code=202, sync_to_thread=True)
def start_drill(
    data: JSONBody[DrillOrder],
    store: given.Store,
    clock: given.Clock,
    project: given.Project,
    declared: given.Declared,
    terms: given.Terms,
) -> Drill:
    """Break a promise on purpose: {promise, by, fault?, notify?}. 409: a drill of it is running."""
    known = {promise.name: promise for promise in declared.promises}
    promise = known.get(data.promise)
    if promise is None:
        raise NotFoundException(f"no promise {data.promise!r} is declared; declared are: {', '.join(known) or 'none'}")
    by = plain(data.by, BY_CHARS_MAX) or "somebody"
    now = clock.now()
    try:
        with store.begin() as tx:
            begun = engine.begin(tx, promise, data.fault, by, terms, project=project, now=now, notify=data.notify)
    except CannotDrill as error:
        raise ClientException(str(error), status_code=422) from error
    except engine.DrillRunning as error:
        raise ClientException(str(error), status_code=409) from error
    return drill_view(begun)


def drill_view(drill: learn.Drill) -> Drill:
    """A drill as the API shows it."""
    return Drill(
        id=drill.id,
        promise=drill.promise,
        fault=drill.fault,
        state=drill.state,
        by=drill.by,
        started_at=rfc3339(drill.started_at),
        finished_at=None if drill.finished_at is None else rfc3339(drill.finished_at),
        run_id=drill.run_id,
        incident_id=drill.incident_id,
        seconds_to_incident=drill.seconds_to_incident,
        steps=[DrillStep(rfc3339(step.at), step.text) for step in drill.steps],
        checks=[DrillCheck(check.name, check.expected, check.seen, check.passed) for check in drill.checks],
    )


def _texts(instants: Mapping[str, Instant]) -> dict[str, str]:
    return {name: rfc3339(at) for name, at in sorted(instants.items())}


class DrillTeller:
    """Says what a drill's job says, through the receiver that takes every job's signals."""

    def __init__(self, state: State, clock: Clock, project: ProjectId, terms: Callable[[], Terms]) -> None:
        self._state = state
        self._clock = clock
        self._project = project
        self._terms = terms

    def tell(self, drilled: Drilled, act: Act, body: bytes, run: RunId) -> None:
        receiver = Receiver(
            store=self._state,
            clock=self._clock,
            project=self._project,
            terms=self._terms(),
            request_id=drilled.id,
            drill=drilled,
        )
        try:
            answer = receiver.receive(body, _BODIES[act], None if act is Act.OPEN else run)
        except HTTPException as error:
            raise Permanent(f"{error.status_code}: {error.detail}") from error
        if isinstance(answer.content, RunConflict):
            raise Permanent(f"409: {answer.content.message}")


HANDLERS = [list_drills, get_drill, start_drill]
