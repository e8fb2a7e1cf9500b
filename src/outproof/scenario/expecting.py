"""Whether what a scenario expects is so: an expectation in; None, or what was expected and what was seen, out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outproof.contract.run import Stage
from outproof.decide.expression import holds
from outproof.decide.parser import parse
from outproof.ports import Transaction
from outproof.prove.outcome import Verdict
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.delivery import DeliveryState
from outproof.respond.incident import Incident, IncidentState
from outproof.scenario.happening import Happening, Impossible, is_about
from outproof.scenario.parser import VERDICT_COUNTS
from outproof.scenario.statement import (
    AlertIs,
    DrillIs,
    Expectation,
    Firing,
    IncidentCount,
    IncidentIs,
    Limit,
    NoIncident,
    RunIs,
    Standing,
    Told,
)
from outproof.scenario.world import World

INCIDENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Unmet:
    """What was expected, and what was seen instead."""

    expected: str
    seen: str


def unmet(expectation: Expectation, world: World, happening: Happening, limits: Iterable[Limit]) -> Unmet | None:
    """What is not as it must be; None: it is.

    Raises:
        Impossible: the expectation is about something that is not there to be asked.
    """
    with world.state.look() as tx:
        match expectation:
            case RunIs():
                return _run(tx, expectation, happening)
            case IncidentIs():
                return _incident(tx, expectation, world)
            case NoIncident(subject):
                return _none(tx, subject, world)
            case IncidentCount(count, subject):
                found = _incidents(tx, subject, world)
                return _counted(count, found)
            case Told():
                return _told(tx, expectation, world)
            case DrillIs(promise, state):
                drills = tx.drills.newest(promise, 1)
                if not drills:
                    return Unmet(f"a drill of {promise} that is {state}", "none was begun")
                bad = [
                    f"{check.name}: expected {check.expected}, saw {check.seen}"
                    for check in drills[0].checks
                    if not check.passed
                ]
                said = "; ".join([str(drills[0].state), *bad])
                return None if drills[0].state is state else Unmet(f"the drill of {promise} {state}", said)
            case AlertIs(policy, state):
                return _alert(tx, policy, state, world, limits)


def _run(tx: Transaction, wanted: RunIs, happening: Happening) -> Unmet | None:
    run = tx.runs.load(happening.run(wanted.run))
    expected = f"run {wanted.run} {_at(wanted.verdict, wanted.stage)}"
    if run is None:
        return Unmet(expected, "nobody said anything about this run")
    if run.verdict is wanted.verdict and wanted.stage in (None, run.first_stage):
        return None
    return Unmet(expected, f"{_at(run.verdict, run.first_stage)}: {run.reason}")


def _incident(tx: Transaction, wanted: IncidentIs, world: World) -> Unmet | None:
    words = [
        wanted.standing.value,
        *([f"by {wanted.by}"] if wanted.by else []),
        *([wanted.kind] if wanted.kind else []),
    ]
    pairs = [f"{key}={value}" for key, value in wanted.values.items()]
    expected = f"an incident of {wanted.subject} that is {' '.join([_at(' '.join(words), wanted.stage), *pairs])}"
    found = _incidents(tx, wanted.subject, world)
    if not found:
        return Unmet(expected, "there is none")
    newest = found[0]
    finding = newest.finding
    facts = {fact.key: fact.value for fact in finding.evidence}
    facts |= {"owner": finding.owner, "runbook": finding.runbook, "first_check": finding.first_check}
    other = {key: facts.get(key) for key, value in wanted.values.items() if facts.get(key) != value}
    stage = _blamed(finding.stages)
    as_wanted = (
        _stands(newest, wanted) and wanted.kind in (None, finding.kind) and wanted.stage in (None, stage) and not other
    )
    if as_wanted:
        return None
    shown = [_at(f"{_standing(newest)} {finding.kind}", stage), *(f"{key}={value}" for key, value in other.items())]
    return Unmet(expected, f"{' '.join(shown)}: {finding.title} ({finding.reason})")


def _stands(incident: Incident, wanted: IncidentIs) -> bool:
    if incident.state is IncidentState.RESOLVED:
        return wanted.standing is Standing.RESOLVED
    match wanted.standing:
        case Standing.OPEN:
            return True
        case Standing.RESOLVED:
            return False
        case Standing.ACKNOWLEDGED:
            return incident.state is IncidentState.ACKNOWLEDGED
        case Standing.REOPENED:
            return bool(incident.reopened)
        case Standing.FLAPPING:
            return incident.flapping
        case Standing.HELD_BACK:
            return incident.suppression is not None and wanted.by in (None, incident.suppression.kind)


def _standing(incident: Incident) -> str:
    """How an incident stands, in words: `open reopened held_back by silence`."""
    words = [incident.state.value, *(["reopened"] if incident.reopened else [])]
    words += ["flapping"] if incident.flapping else []
    words += [f"held_back by {incident.suppression.kind}"] if incident.suppression else []
    return " ".join(words)


def _none(tx: Transaction, subject: str | None, world: World) -> Unmet | None:
    active = [each for each in _incidents(tx, subject, world) if each.state is not IncidentState.RESOLVED]
    if not active:
        return None
    return Unmet("no open incident", "; ".join(f"{each.finding.kind}: {each.finding.title}" for each in active))


def _counted(count: int, found: list[Incident]) -> Unmet | None:
    if len(found) == count:
        return None
    named = "; ".join(f"{each.state} {each.finding.kind}: {each.finding.title}" for each in reversed(found))
    return Unmet(f"{count} incidents", f"{len(found)}" + (f" ({named})" if named else ""))


def _told(tx: Transaction, wanted: Told, world: World) -> Unmet | None:
    if wanted.channel not in world.channels:
        raise Impossible(f"expected a channel of {', '.join(sorted(world.channels))}, got {wanted.channel}")
    incidents = tx.incidents.newest(list(IncidentState), INCIDENTS_MAX, drills=True)
    accepted = [
        delivery.kind
        for incident in incidents
        for delivery in tx.outbox.deliveries(incident.id)
        if delivery.channel == wanted.channel and delivery.state is DeliveryState.ACCEPTED
    ]
    if wanted.kind is None:
        seen = ", ".join(accepted)
        return Unmet(f"{wanted.channel} told nothing", f"it accepted {seen}") if accepted else None
    count = accepted.count(wanted.kind)
    if count == wanted.times:
        return None
    return Unmet(f"{wanted.channel} told {wanted.kind} {wanted.times} times", f"{count} times")


def _alert(tx: Transaction, policy: str, state: Firing, world: World, limits: Iterable[Limit]) -> Unmet | None:
    declared = next((each for each in world.policies if each.name == policy), None)
    limit = next((each for each in limits if each.name == policy), None)
    if declared is not None:
        memory = tx.alerts.load(declared.key)
        seen = "inactive" if memory is None else f"{memory.state}: {memory.reason}"
        firing = memory is not None and memory.state.value == Firing.FIRING.value
    elif limit is not None:
        counts = dict.fromkeys(VERDICT_COUNTS, 0)
        for verdicts in tx.runs.verdict_counts().values():
            for verdict in Verdict:
                counts[verdict.value] += verdicts.get(verdict, 0)
        firing = holds(parse(limit.condition, VERDICT_COUNTS), counts) is False
        seen = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no run"
    else:
        known = [*(each.name for each in world.policies), *(each.name for each in limits)]
        raise Impossible(f"no policy {policy!r} is declared; declared are: {', '.join(known) or 'none'}")
    if firing == (state is Firing.FIRING):
        return None
    return Unmet(f"alert {policy} {state}", f"{'firing' if firing else 'not firing'} ({seen})")


def _incidents(tx: Transaction, subject: str | None, world: World) -> list[Incident]:
    """Those of a promise or a policy, or of all, the newest first; drills are asked for by `drill of`."""
    known = [*world.promises, *(policy.name for policy in world.policies)]
    if subject is not None and subject not in known:
        raise Impossible(f"no promise or policy {subject!r} is declared; declared are: {', '.join(known) or 'none'}")
    newest = tx.incidents.newest(list(IncidentState), INCIDENTS_MAX)
    return [incident for incident in newest if subject is None or is_about(incident, subject)]


def _blamed(stages: Iterable[StageReport]) -> Stage | None:
    return next((each.stage for each in stages if each.state in (StageState.MISSING, StageState.FAILED)), None)


def _at(what: str, stage: Stage | None) -> str:
    return what if stage is None else f"{what} at {stage}"
