"""The tree of routes: labels and a time in; the ways an incident takes, with all that they have from above, out."""

from typing import Any

import pytest

from outproof.contract.severity import Severity
from outproof.core.time import instant_from_rfc3339
from outproof.decide.matcher import matcher
from outproof.respond.escalation import Step
from outproof.respond.manners import Manners
from outproof.respond.quiet_hours import Hours
from outproof.respond.route import Canary, Route, Routes, Way

NOON = instant_from_rfc3339("2026-11-20T12:00:00Z")
MIDNIGHT = instant_from_rfc3339("2026-11-21T00:00:00Z")
LEAD = Step(after_s=900.0, channels=("lead",))


def a_route(name: str, *matchers: str, **said: Any) -> Route:
    return Route(name=name, matchers=tuple(map(matcher, matchers)), **said)


def ways(routes: Routes, **labels: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(way.name, way.channels) for way in routes.ways([{"severity": "critical", **labels}], NOON)]


def only(routes: Routes, **labels: str) -> Way:
    (way,) = routes.ways([{"severity": "critical", **labels}], NOON)
    return way


def test_what_no_route_takes_is_told_by_severity_and_else_by_default() -> None:
    routes = Routes(("ops", "ops"), {Severity.CRITICAL: ("pager",)}, routes=(a_route("shop", 'service="shop"'),))
    assert ways(routes, service="other") == [("critical", ("pager",))]
    assert ways(routes, severity="info") == [("default", ("ops",))]


def test_of_each_level_the_first_route_that_matches_is_taken_and_with_continue_the_next_too() -> None:
    first = a_route("first", 'team="a"', channels=("a",))
    goes_on = a_route("log", 'severity=~"critical|warning"', channels=("log",), continue_=True)
    last = a_route("last", channels=("z",))
    assert ways(Routes(routes=(first, last)), team="a") == [("first", ("a",))]
    assert ways(Routes(routes=(goes_on, first, last)), team="a") == [("log", ("log",)), ("first", ("a",))]
    assert ways(Routes(routes=(goes_on, first, last)), severity="info") == [("last", ("z",))]
    assert ways(Routes(("ops",), routes=(goes_on,))) == [("log", ("log",))]


def test_a_route_whose_own_routes_do_not_match_is_taken_itself() -> None:
    eu = a_route("eu", 'region="eu"', channels=("eu",))
    routes = Routes(routes=(a_route("shop", 'service="shop"', channels=("shop",), routes=(eu,)),))
    assert ways(routes, service="shop", region="eu") == [("shop / eu", ("eu",))]
    assert ways(routes, service="shop", region="us") == [("shop", ("shop",))]


def test_what_a_route_does_not_say_it_has_from_those_above_it_and_nothing_is_something() -> None:
    inner = a_route("inner", 'region="eu"', repeat_s=600.0)
    alone = a_route("alone", 'service="shop"', escalate=(), fail_over=(), routes=(inner,))
    routes = Routes(("ops",), {}, (alone, a_route("rest")), (LEAD,), ("sms",), repeat_s=3600.0)
    rest = only(routes, service="other")
    assert (rest.channels, rest.escalate, rest.fail_over, rest.repeat_s) == (("ops",), (LEAD,), ("sms",), 3600.0)
    way = only(routes, service="shop", region="eu")
    assert (way.channels, way.escalate, way.fail_over, way.repeat_s) == (("ops",), (), (), 600.0)
    assert way.why == 'service="shop" and region="eu"'


def test_a_route_with_hours_is_taken_only_within_them_and_everything_below_it_is_timed() -> None:
    inner = a_route("inner")
    day = a_route("day", channels=("desk",), hours=Hours(from_="08:00", until="18:00"), routes=(inner,))
    routes = Routes(("pager",), routes=(day,))
    (by_day,) = routes.ways([{"severity": "critical"}], NOON)
    (by_night,) = routes.ways([{"severity": "critical"}], MIDNIGHT)
    assert (by_day.name, by_day.channels, by_day.timed) == ("day / inner", ("desk",), True)
    assert (by_night.name, by_night.channels, by_night.timed) == ("default", ("pager",), False)
    assert routes.is_timed
    assert not Routes(("pager",)).is_timed


def test_an_incident_of_several_parts_takes_each_way_once() -> None:
    routes = Routes(("ops",), routes=(a_route("eu", 'region="eu"', channels=("eu",)),))
    labels = [{"severity": "critical", "region": region} for region in ("eu", "us", "eu", "asia")]
    assert [way.name for way in routes.ways(labels, NOON)] == ["eu", "default"]


def test_channels_that_a_file_names_are_told_instead_of_the_tree_with_the_deadlines_of_the_root() -> None:
    routes = Routes(("ops",), {}, (a_route("all", channels=("z",), escalate=()),), (LEAD,), ("sms",))
    (way,) = routes.ways([{"severity": "critical"}], NOON, ("own", "own"))
    assert (way.name, way.channels, way.escalate, way.fail_over) == ("named", ("own",), (LEAD,), ("sms",))
    (nobody,) = routes.ways([{"severity": "critical"}], NOON, ())
    assert nobody.channels == ()


def test_every_channel_that_some_route_names_is_known() -> None:
    inner = a_route("inner", fail_over=("c",), escalate=(Step(after_s=1.0, channels=("d",)),))
    outer = a_route("outer", channels=("b",), routes=(inner,))
    routes = Routes(("a",), {Severity.INFO: ("e",)}, (outer,), (LEAD,), ("f",))
    assert routes.named == {"a", "b", "c", "d", "e", "f", "lead"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Step(after_s=0.0, channels=("a",)), "expected `after` longer than nothing"),
        (lambda: Step(after_s=1.0, channels=()), "expected at least one channel"),
        (lambda: Routes(repeat_s=1.0), "expected `repeat` from 1 min to 7 d, got 1 s"),
        (lambda: a_route("r", repeat_s=1e9), "expected `repeat`"),
        (lambda: Routes(fail_over_after_s=61.0), "expected `fail_over_after` up to 1 min"),
        (lambda: Canary(every_s=1.0), "expected `every` from 1 min"),
        (lambda: Canary(every_s=600.0, proof_s=600.0), "expected `proof` longer than `every`"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_tree_that_is_too_deep_to_be_understood_is_refused() -> None:
    route = a_route("leaf")
    for number in range(10):
        route = a_route(f"r{number}", routes=(route,))
    with pytest.raises(ValueError, match="at most 10 deep"):
        Routes(routes=(route,))


def test_a_channel_is_tested_as_often_as_it_wants_unless_the_files_say_how_often() -> None:
    manners = {"quick": Manners(), "seen": Manners(canary_s=86_400.0)}
    as_wanted = Routes(manners=manners)
    assert as_wanted.canary_of("quick") == Canary(every_s=900.0, proof_s=4_500.0)
    assert as_wanted.canary_of("seen") == Canary(every_s=86_400.0, proof_s=90_000.0)
    said = Routes(manners=manners, canary=Canary(every_s=7_200.0, proof_s=86_400.0))
    assert said.canary_of("seen") == Canary(every_s=7_200.0, proof_s=86_400.0)
    assert Routes(manners=manners, canary=None).canary_of("quick") is None
