from typing import Any

import pytest

from outproof.core.time import Instant, after, instant_from_rfc3339
from outproof.decide.finding import About
from outproof.decide.matcher import Matcher, matcher
from outproof.respond.coverage import coverage
from outproof.respond.maintenance import Maintenance
from outproof.respond.silence import Silence, SilenceState, a_silence, ended, extended
from tests.unit.respond.findings import NOON, PROJECT, a_finding, an_incident, answer_to

HOUR_S = 3_600.0


def matchers(*texts: str) -> tuple[Matcher, ...]:
    return tuple(map(matcher, texts))


def silenced(*texts: str, **changes: Any) -> Silence:
    said: dict[str, Any] = {"by": "ada", "reason": "a known break", "starts_at": NOON, "ends_at": after(NOON, HOUR_S)}
    return a_silence(PROJECT, matchers(*texts), now=NOON, **{**said, **changes})


def test_a_silence_covers_what_fulfils_every_matcher_from_its_start_up_to_its_end() -> None:
    silence = silenced('service="answers"', 'severity=~"warning|info"')
    mild = {"service": "answers", "severity": "warning"}
    assert silence.covers(mild, NOON)
    assert not silence.covers(mild, after(NOON, -1))
    assert not silence.covers(mild, silence.ends_at)
    assert not silence.covers({**mild, "severity": "critical"}, NOON)


def test_a_silence_is_pending_active_and_expired() -> None:
    silence = silenced('service="answers"', starts_at=after(NOON, 60))
    states = [silence.state(after(NOON, seconds)) for seconds in (0, 60, HOUR_S)]
    assert states == [SilenceState.PENDING, SilenceState.ACTIVE, SilenceState.EXPIRED]


@pytest.mark.parametrize("texts", [(), ('service!="answers"',), ('a=""', 'b!="x"')])
def test_what_covers_nearly_everything_is_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected .*matcher"):
        silenced(*texts)


def test_a_matcher_that_picks_something_out_may_stand_beside_one_that_does_not() -> None:
    assert len(silenced('service="answers"', 'severity!="critical"').matchers) == 2


@pytest.mark.parametrize(
    "wrong", [{"reason": " "}, {"by": ""}, {"ends_at": NOON}, {"ends_at": after(NOON, 91 * 86_400)}]
)
def test_a_silence_without_reason_author_or_a_near_end_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        silenced('service="answers"', **wrong)


def test_a_silence_that_somebody_ends_says_who_and_what_is_over_stays_so() -> None:
    silence = silenced('service="answers"')
    over = ended(silence, "bob", after(NOON, 60))
    assert over is not None
    assert (over.ends_at, over.ended_by, over.generation) == (after(NOON, 60), "bob", 2)
    assert ended(over, "eve", after(NOON, 90)) is None
    assert extended(over, after(NOON, HOUR_S), after(NOON, 90)) is None


def test_a_silence_that_has_not_begun_can_be_ended() -> None:
    over = ended(silenced('service="answers"', starts_at=after(NOON, 60)), "bob", NOON)
    assert over is not None
    assert over.state(NOON) is SilenceState.EXPIRED


def test_a_silence_can_be_given_another_end() -> None:
    silence = silenced('service="answers"')
    longer = extended(silence, after(NOON, 2 * HOUR_S), NOON)
    assert longer is not None
    assert (longer.ends_at, longer.generation) == (after(NOON, 2 * HOUR_S), 2)
    with pytest.raises(ValueError, match="after now"):
        extended(silence, NOON, NOON)


# --- maintenance ----------------------------------------------------------------------------------------------------

BERLIN = "Europe/Berlin"


def a_window(**changes: Any) -> Maintenance:
    said: dict[str, Any] = {
        "name": "deploys",
        "matchers": matchers('service="answers"'),
        "owner": "platform",
        "reason": "Deploys each Tuesday night.",
        "cron": "0 2 * * 2",
        "tz": BERLIN,
        "lasts_s": 2 * HOUR_S,
    }
    return Maintenance(**{**said, **changes})


def at(text: str) -> Instant:
    return instant_from_rfc3339(text)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-06T00:59:59Z", None),  # a Tuesday; in winter Berlin is one hour ahead
        ("2026-01-06T01:00:00Z", "2026-01-06T03:00:00Z"),
        ("2026-01-06T02:59:59Z", "2026-01-06T03:00:00Z"),
        ("2026-01-06T03:00:00Z", None),
        ("2026-01-07T01:30:00Z", None),
        ("2026-07-07T00:00:00Z", "2026-07-07T02:00:00Z"),  # in summer two
    ],
)
def test_a_recurring_window_is_open_in_its_own_time_zone(now: str, until: str | None) -> None:
    assert a_window().until(at(now)) == (None if until is None else at(until))


def test_a_window_covers_what_it_matches_while_it_is_open() -> None:
    window, now = a_window(), at("2026-01-06T02:00:00Z")
    assert window.covers({"service": "answers"}, now)
    assert not window.covers({"service": "digests"}, now)
    assert not window.covers({"service": "answers"}, at("2026-01-06T04:00:00Z"))
    assert window.next_at(now) == at("2026-01-13T01:00:00Z")


def test_a_window_may_be_open_once() -> None:
    window = a_window(cron=None, starts="2026-01-06T01:00:00Z")
    assert window.until(at("2026-01-06T02:59:59Z")) == at("2026-01-06T03:00:00Z")
    assert window.until(at("2026-01-06T03:00:00Z")) is None
    assert window.next_at(at("2026-01-06T00:00:00Z")) == at("2026-01-06T01:00:00Z")
    assert window.next_at(at("2026-01-06T01:00:00Z")) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cron": None}, "either `cron` or `starts`"),
        ({"starts": "2026-01-06T01:00:00Z"}, "either `cron` or `starts`"),
        ({"cron": "0 25 * * *"}, "cron line"),
        ({"tz": "Berlin"}, "time zone"),
        ({"cron": None, "starts": "tonight"}, "tonight"),
        ({"lasts_s": 8 * 86_400.0}, "at most 7 d"),
        ({"cron": "0 * * * *"}, "before the next begins"),
        ({"reason": ""}, "reason"),
        ({"matchers": matchers('service!="answers"')}, "everything"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        a_window(**wrong)


# --- what a silence covers ------------------------------------------------------------------------------------------


def test_a_preview_tells_whole_incidents_from_parts_and_leaves_drills_out() -> None:
    eu = answer_to(a_finding(about=about("eu"), labels={"route": "eu"})).incident
    both = answer_to(a_finding(about=about("us"), labels={"route": "us"}), eu, after(NOON, 1)).incident
    assert eu is not None
    assert both is not None
    found = coverage(matchers('route="eu"'), [eu, both, an_incident(), an_incident(drill=True)], PROJECT)
    assert [(each.incident, each.whole) for each in found] == [(eu, True), (both, False)]
    everything = coverage(matchers('project="shop"'), [an_incident(drill=True), an_incident()], PROJECT)
    assert len(everything) == 1


def about(route: str) -> About:
    return About(f"policy:unsafe|route={route}", NOON, f"route {route}", makes_up=False)
