"""Who is told, over REST: the routes and whether their channels can be reached; labels in, who would be told out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from litestar import get, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, QueryParameter

from outproof.contract.severity import Severity
from outproof.core.time import Instant, instant_from_rfc3339, rfc3339
from outproof.engine.canary import queue_test
from outproof.engine.record import Around
from outproof.respond.delivery import Proof
from outproof.respond.escalation import Step
from outproof.respond.notification import NoticeKind
from outproof.respond.quiet_hours import quiet
from outproof.respond.reach import Reach, ReachState, proof_age_s, reach
from outproof.respond.route import DEFAULT, Route, Routes, Way
from outproof.respond.suppressing import suppressed_labels
from outproof.respond.suppression import Suppression, SuppressionKind
from outproof.server import given

LABELS_MAX = 50
LABEL_CHARS_MAX = 400


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Who else is told once nobody has taken it for so long."""

    after_s: float
    channels: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """One route. `path` names it and those above it; what it does not say itself it has from them.

    `proof_age_s` is how long ago the least lately proven of its channels accepted anything; null: one never did.
    """

    path: list[str]
    matchers: list[str]
    hours: str | None
    channels: list[str]
    escalate: list[EscalationStep]
    fail_over: list[str]
    repeat_s: float | None
    goes_on: bool
    state: ReachState
    proof_age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReach:
    """Whether a channel can be reached, why that is known, and how often it is tested."""

    channel: str
    state: ReachState
    reason: str
    accepted_at: str | None
    accepted_kind: NoticeKind | None
    proof_age_s: float | None
    failed_at: str | None
    failed_detail: str | None
    tested_at: str | None
    canary_every_s: float | None
    proof_limit_s: float | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nobody is told of incidents of these severities."""

    severities: list[Severity]
    hours: str
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTree:
    """The routes in the order in which they are tried; the ones that take what no other route takes are last."""

    routes: list[RouteLine]
    channels: list[ChannelReach]
    quiet_hours: list[Quiet]
    fail_over_after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenWay:
    """A route that is taken, and why."""

    path: str
    why: str
    channels: list[str]
    escalate: list[EscalationStep]
    fail_over: list[str]
    repeat_s: float | None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Why nobody is told now."""

    kind: SuppressionKind
    by: str
    reason: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePreview:
    """Who would be told, at that time, of an incident with these labels. `told` is empty while it is held back."""

    at: str
    labels: dict[str, str]
    told: list[str]
    ways: list[TakenWay]
    held_back: HeldBack | None


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """A test that is on its way. `queued` false: another one was begun at this moment."""

    channel: str
    queued: bool


@get("/v1/routes", sync_to_thread=True)
def get_routes(store: given.Store, clock: given.Clock, declared: given.Declared) -> RouteTree:
    """Who is told of what, and when each channel last proved that it can be reached."""
    routes, now = declared.routes, clock.now()
    with store.look() as tx:
        proofs = tx.outbox.proofs()
    seen = {name: _reach(proofs.get(name), routes, name, now) for name in routes.manners}
    return RouteTree(
        routes=list(_lines(routes, seen, proofs, now)),
        channels=[_channel(name, seen[name], proofs.get(name), routes, now) for name in seen],
        quiet_hours=[Quiet(list(each.severities), str(each), each.contains(now)) for each in routes.quiet_hours],
        fail_over_after_s=routes.fail_over_after_s,
    )


@get("/v1/routes/preview", sync_to_thread=True)
def preview_routes(
    store: given.Store,
    clock: given.Clock,
    declared: given.Declared,
    project: given.Project,
    label: Annotated[list[str], QueryParameter(max_items=LABELS_MAX)],
    at: Annotated[str | None, QueryParameter()] = None,
) -> RoutePreview:
    """Who would be told of an incident, and why: `?label=severity=critical&label=service=checkout&at=` a time."""
    labels = {"project": project, **_labels(label)}
    now = clock.now() if at is None else _instant(at)
    with store.look() as tx:
        return _preview(labels, declared.routes, Around(tx, declared.routes, project, now), now)


@post("/v1/routes/channels/{channel:str}/test", status_code=202, sync_to_thread=True)
def send_test(
    channel: FromPath[str], store: given.Store, clock: given.Clock, declared: given.Declared, project: given.Project
) -> ChannelTest:
    """Send a plain test to a channel, the way that pages go. What came of it stands in `GET /v1/routes`."""
    if channel not in declared.routes.manners:
        known = ", ".join(sorted(declared.routes.manners)) or "none"
        raise NotFoundException(f"no channel {channel!r} is declared; there are: {known}")
    with store.begin() as tx:
        now = clock.now()
        tx.outbox.expect_proof(channel, now)
        queued = queue_test(tx, channel, project=project, now=now, owner=declared.routes.monitoring.owner)
    return ChannelTest(channel, queued)


def _preview(labels: Mapping[str, str], routes: Routes, around: Around, now: Instant) -> RoutePreview:
    ways = routes.ways([labels], now)
    held = suppressed_labels(labels, around.held, around.others, now)
    held = held or quiet(routes.quiet_hours, Severity(labels["severity"]), now)
    told = dict.fromkeys(channel for way in ways for channel in way.channels)
    return RoutePreview(
        at=rfc3339(now),
        labels=dict(labels),
        told=[] if held else list(told),
        ways=[_way(way) for way in ways],
        held_back=None if held is None else _held_back(held),
    )


def _labels(given_labels: Sequence[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for text in given_labels:
        name, equals, value = text.partition("=")
        if not name or not equals or len(text) > LABEL_CHARS_MAX:
            raise ClientException(f"expected each label as name=value, such as severity=critical, got {text[:80]!r}")
        labels[name] = value
    if labels.get("severity") not in tuple(Severity):
        came = repr(labels["severity"]) if "severity" in labels else f"only {', '.join(labels)}"
        raise ClientException(f"expected a label severity=critical, severity=warning or severity=info, got {came}")
    return labels


def _instant(text: str) -> Instant:
    try:
        return instant_from_rfc3339(text)
    except ValueError as error:
        raise ClientException(f"expected `at` as a time such as 2026-11-21T03:00:00Z: {error}") from error


def _reach(proof: Proof | None, routes: Routes, channel: str, now: Instant) -> Reach:
    if proof is None:
        return Reach(ReachState.WAITING, "it is declared since a moment ago")
    return reach(proof, routes.canary_of(channel), now)


def _lines(routes: Routes, seen: Mapping[str, Reach], proofs: Mapping[str, Proof], now: Instant) -> Iterator[RouteLine]:
    """The tree as lines, depth first, with what each route has from those above it; the root's last."""
    root = Way(
        name=DEFAULT,
        why="",
        channels=routes.default,
        escalate=routes.escalate,
        fail_over=routes.fail_over,
        repeat_s=routes.repeat_s,
    )

    def line(path: list[str], route: Route | None, way: Way) -> RouteLine:
        states = [seen[name].state for name in way.channels if name in seen]
        ages = [None if name not in proofs else proof_age_s(proofs[name], now) for name in way.channels]
        known = [age for age in ages if age is not None]
        return RouteLine(
            path=path,
            matchers=[] if route is None else [str(matcher) for matcher in route.matchers],
            hours=None if route is None or route.hours is None else str(route.hours),
            channels=list(way.channels),
            escalate=_steps(way.escalate),
            fail_over=list(way.fail_over),
            repeat_s=way.repeat_s,
            goes_on=route is not None and route.continue_,
            state=max(states, key=list(ReachState).index, default=ReachState.WAITING),
            proof_age_s=max(known) if known and len(known) == len(ages) else None,
        )

    def below(branch: Sequence[Route], path: list[str], above: Way) -> Iterator[RouteLine]:
        for route in branch:
            way = route.way(above)
            yield line([*path, route.name], route, way)
            yield from below(route.routes, [*path, route.name], way)

    yield from below(routes.routes, [], root)
    for severity in routes.by_severity:
        severe = Way(
            name=severity.value,
            why="",
            channels=routes.channels(severity),
            escalate=root.escalate,
            fail_over=root.fail_over,
            repeat_s=root.repeat_s,
        )
        yield line([severity.value], None, severe)
    yield line([DEFAULT], None, root)


def _channel(name: str, found: Reach, proof: Proof | None, routes: Routes, now: Instant) -> ChannelReach:
    canary = routes.canary_of(name)
    return ChannelReach(
        channel=name,
        state=found.state,
        reason=found.reason,
        accepted_at=_when(proof.accepted_at) if proof else None,
        accepted_kind=proof.accepted_kind if proof else None,
        proof_age_s=proof_age_s(proof, now) if proof else None,
        failed_at=_when(proof.failed_at) if proof else None,
        failed_detail=proof.failed_detail if proof else None,
        tested_at=_when(proof.tested_at) if proof else None,
        canary_every_s=canary.every_s if canary else None,
        proof_limit_s=canary.proof_s if canary else None,
    )


def _way(way: Way) -> TakenWay:
    return TakenWay(
        path=way.name,
        why=way.why,
        channels=list(way.channels),
        escalate=_steps(way.escalate),
        fail_over=list(way.fail_over),
        repeat_s=way.repeat_s,
    )


def _steps(steps: Sequence[Step]) -> list[EscalationStep]:
    return [EscalationStep(step.after_s, list(step.channels)) for step in steps]


def _held_back(held: Suppression) -> HeldBack:
    return HeldBack(held.kind, held.by, held.reason, _when(held.until))


def _when(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)


HANDLERS = [get_routes, preview_routes, send_test]
