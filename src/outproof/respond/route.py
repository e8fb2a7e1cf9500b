"""Who is told: the labels of an incident and the time in; the ways it takes, with their channels and deadlines, out.

A tree as in Alertmanager: of each level the first route that matches is taken, and with `continue` the next one too; a
route whose own routes do not match is taken itself. What a route does not say it has from the one above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from outproof.contract.severity import Severity
from outproof.core.time import Instant, duration_text
from outproof.decide.matcher import Labels, Matcher, all_match
from outproof.decide.monitoring import Monitoring
from outproof.respond.escalation import FAIL_OVER_S, FAIL_OVER_S_MAX, Step
from outproof.respond.flapping import Reopening
from outproof.respond.manners import Manners
from outproof.respond.quiet_hours import Hours, QuietHours
from outproof.respond.suppression import Suppressors

DEPTH_MAX = 10
REPEAT_S_MIN = 60.0
REPEAT_S_MAX = 7 * 86_400.0
CANARY_S_MIN = 60.0
CANARY_S_MAX = 7 * 86_400.0
CANARY_PATIENCE_S = 3_600.0

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route that an incident takes, with all that it has from those above it. `timed`: only at some hours.

    `name` is the path to it; `why` says what made the incident take it. `is_root`: no route of the tree took it.
    """

    name: str
    why: str
    channels: tuple[str, ...]
    escalate: tuple[Step, ...] = ()
    fail_over: tuple[str, ...] = ()
    repeat_s: float | None = None
    timed: bool = False
    is_root: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One branch of the tree: what takes it, and what is different on it. It is taken only within its `hours`."""

    name: str
    matchers: tuple[Matcher, ...] = ()
    hours: Hours | None = None
    channels: tuple[str, ...] | None = None
    escalate: tuple[Step, ...] | None = None
    fail_over: tuple[str, ...] | None = None
    repeat_s: float | None = None
    continue_: bool = False
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        _check_repeat(self.repeat_s)

    def way(self, above: Way) -> Way:
        """The way that takes this route, from the one above it."""
        return Way(
            name=self.name if above.is_root else f"{above.name} / {self.name}",
            why=" and ".join(([] if above.is_root else [above.why]) + self._said()) or "it takes everything",
            channels=above.channels if self.channels is None else tuple(dict.fromkeys(self.channels)),
            escalate=above.escalate if self.escalate is None else self.escalate,
            fail_over=above.fail_over if self.fail_over is None else self.fail_over,
            repeat_s=above.repeat_s if self.repeat_s is None else self.repeat_s,
            timed=above.timed or self.hours is not None,
            is_root=False,
        )

    def takes(self, labels: Labels, now: Instant) -> bool:
        """Whether what has these labels goes along here at this time."""
        return all_match(self.matchers, labels) and (self.hours is None or self.hours.contains(now))

    def _said(self) -> list[str]:
        return [*map(str, self.matchers), *([] if self.hours is None else [str(self.hours)])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """How it is known that channels can be reached: a test to each that nothing else reached for `every_s`.

    A channel that has accepted nothing for `proof_s` is a dead route: an incident on the others. None: as often as the
    channel wants, and an hour for the test to arrive.
    """

    every_s: float | None = None
    proof_s: float | None = None

    def __post_init__(self) -> None:
        if self.every_s is not None and not CANARY_S_MIN <= self.every_s <= CANARY_S_MAX:
            raise ValueError(f"expected `every` from 1 min to 7 d, got {duration_text(self.every_s)}")
        if self.proof_s is not None and not (self.every_s or 0) < self.proof_s <= 2 * CANARY_S_MAX:
            raise ValueError(
                f"expected `proof` longer than `every` and up to 14 d, so that a test has time to arrive, got "
                f"{duration_text(self.proof_s)}"
            )

    def of(self, manners: Manners) -> Canary:
        """The rule for one channel, with both times."""
        every_s = manners.canary_s if self.every_s is None else self.every_s
        is_enough = self.proof_s is not None and self.proof_s > every_s
        return Canary(every_s=every_s, proof_s=self.proof_s if is_enough else every_s + CANARY_PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Routes:
    """The tree. Its root: channels by severity; a severity that is not listed takes the default.

    What is not written in the section comes from other sections: how channels want to be told, what holds notices
    back, when what breaks again is the same incident, and whose incidents about the monitor itself are.
    """

    default: tuple[str, ...] = ()
    by_severity: Mapping[Severity, tuple[str, ...]] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    escalate: tuple[Step, ...] = ()
    fail_over: tuple[str, ...] = ()
    fail_over_after_s: float = FAIL_OVER_S
    repeat_s: float | None = None
    quiet_hours: tuple[QuietHours, ...] = ()
    canary: Canary | None = field(default_factory=Canary)
    manners: Mapping[str, Manners] = field(default_factory=dict, metadata={"written": False})
    suppressors: Suppressors = field(default_factory=Suppressors, metadata={"written": False})
    reopening: Reopening = field(default_factory=Reopening, metadata={"written": False})
    monitoring: Monitoring = field(default_factory=Monitoring, metadata={"written": False})

    def __post_init__(self) -> None:
        _check_repeat(self.repeat_s)
        if not 0 < self.fail_over_after_s <= FAIL_OVER_S_MAX:
            raise ValueError(f"expected `fail_over_after` up to 1 min, got {duration_text(self.fail_over_after_s)}")
        if _depth(self.routes) > DEPTH_MAX:
            raise ValueError(f"expected routes at most {DEPTH_MAX} deep")

    @property
    def named(self) -> frozenset[str]:
        """Every channel that some route names."""
        return frozenset(name for _, names in self.named_at() for name in names)

    def named_at(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Where routes name channels, as a path of the keys of the section, and which."""
        yield "default", self.default
        for severity, names in self.by_severity.items():
            yield f"by_severity.{severity}", names
        yield from _named_at("", None, self.fail_over, self.escalate, self.routes)

    @property
    def is_timed(self) -> bool:
        """Whether some route is taken at some hours only."""
        return any(route.hours is not None for route in _all(self.routes))

    def canary_of(self, channel: str) -> Canary | None:
        """How a channel is tested; None: it is not."""
        return None if self.canary is None else self.canary.of(self.manners.get(channel, Manners()))

    def channels(self, severity: Severity, override: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The channels that the root tells, each once, in the order they were written."""
        named = self.by_severity.get(severity, self.default) if override is None else override
        return tuple(dict.fromkeys(named))

    def may_tell(self, severity: Severity, override: tuple[str, ...] | None = None) -> bool:
        """Whether somebody may be told. Whom a tree tells depends on labels that are known only when it happens."""
        return bool(self.channels(severity, override)) or (override is None and bool(self.routes))

    def ways(self, labels: Iterable[Labels], now: Instant, override: tuple[str, ...] | None = None) -> tuple[Way, ...]:
        """The ways that an incident takes, each once: one set of labels for each of its parts.

        `override`: its file names the channels, so the tree is not asked.
        """
        found: dict[str, Way] = {}
        for each in labels:
            severity = Severity(each["severity"])
            root = Way(
                name=severity.value if severity in self.by_severity else DEFAULT,
                why="no other route takes it",
                channels=self.channels(severity, override),
                escalate=self.escalate,
                fail_over=self.fail_over,
                repeat_s=self.repeat_s,
            )
            if override is not None:
                ways = [replace(root, name="named", why="what declares it names its channels")]
            else:
                ways = list(_taken(self.routes, root, each, now)) or [root]
            for way in ways:
                found.setdefault(way.name, way)
        return tuple(found.values())


def _taken(routes: tuple[Route, ...], above: Way, labels: Labels, now: Instant) -> Iterator[Way]:
    for route in routes:
        if route.takes(labels, now):
            way = route.way(above)
            yield from list(_taken(route.routes, way, labels, now)) or [way]
            if not route.continue_:
                return


def _all(routes: Iterable[Route]) -> Iterator[Route]:
    for route in routes:
        yield route
        yield from _all(route.routes)


def _named_at(
    path: str,
    channels: tuple[str, ...] | None,
    fail_over: tuple[str, ...] | None,
    escalate: tuple[Step, ...] | None,
    routes: tuple[Route, ...],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield f"{path}channels", channels or ()
    yield f"{path}fail_over", fail_over or ()
    for number, step in enumerate(escalate or ()):
        yield f"{path}escalate.{number}.channels", step.channels
    for number, route in enumerate(routes):
        below = f"{path}routes.{number}."
        yield from _named_at(below, route.channels, route.fail_over, route.escalate, route.routes)


def _depth(routes: Iterable[Route]) -> int:
    return max((1 + _depth(route.routes) for route in routes), default=0)


def _check_repeat(repeat_s: float | None) -> None:
    if repeat_s is not None and not REPEAT_S_MIN <= repeat_s <= REPEAT_S_MAX:
        raise ValueError(f"expected `repeat` from 1 min to 7 d, got {duration_text(repeat_s)}")
