from dataclasses import replace
from typing import Any

import pytest

from outproof.contract.severity import Severity
from outproof.decide.declared_policy import DeclaredBurnRate
from outproof.decide.lint_advice import remarks, same
from outproof.decide.policy import NoData, Policy
from outproof.measure.dimension import Dimension
from tests.unit.decide.policies import a_threshold, an_invariant


def told(found: Policy) -> list[str]:
    return [f"{remark.field}: {remark.message}" for remark in remarks(found)]


def test_nothing_is_said_of_a_policy_that_says_it_all() -> None:
    assert told(a_threshold(when="lower_95(unsafe_rate) > 1%", recover="unsafe_rate < 0.5%")) == []
    assert told(an_invariant(no_data=NoData.INCIDENT, runbook="https://runbooks.example/unsafe")) == []


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        (
            {"when": "unsafe_rate > 1%"},
            "when: 1 bad of 20 already break unsafe_rate > 1%: write lower_95(unsafe_rate), or min_answers: 300",
        ),
        ({"when": "ttft_p99 > 1s"}, "when: ttft_p99 of 20 calls is their slowest one: write min_answers: 100"),
        (
            {"when": "upper_95(unsafe_rate) > 1%"},
            "when: the fewer answers, the sooner upper_95(unsafe_rate) > 1% is reached: lower_95(unsafe_rate) is "
            "reached when it is certain",
        ),
        (
            {"when": None, "coverage": "lower_95(route) >= 95%"},
            "coverage: the fewer answers, the sooner lower_95(coverage(route)) < 95% is reached: upper_95(…) is "
            "reached when it is certain",
        ),
        (
            {"for_s": 0},
            "when: it fires at the first look beyond the limit: add for, n_of_m, or lower_95(…)",
        ),
        (
            {"for_s": 0, "when": "lower_95(unsafe_rate) > 1%"},
            "when: it fires and is over again around its limit: add recover, a little inside of it",
        ),
        (
            {"by": Dimension.TEMPLATE},
            "by: it judges many segments, and one in so many is beyond a limit by chance: compare a single rate, which "
            "is tested, or lower_95(…)",
        ),
        (
            {"severity": Severity.CRITICAL, "no_data": NoData.OK},
            "no_data: silence ends its incident: a service that is down would close its own page",
        ),
        (
            {"severity": Severity.CRITICAL, "for_s": 3_600},
            "for: a critical break may go on for 1 h 5 min before anybody hears of it",
        ),
        (
            {"severity": Severity.CRITICAL},
            ": it has no runbook: who is woken at 03:00 does not know what to do after the first check",
        ),
        (
            {"over": {Dimension.TOOL: "search"}, "window_s": 7_200},
            "over: roll-ups do not keep tool, so each look counts every answer of 2 h: write a window of at most an "
            "hour",
        ),
        (
            {
                "when": None,
                "window_s": None,
                "for_s": 0,
                "burn_rate": DeclaredBurnRate(of="error_rate", objective="99%"),
            },
            "summary: its title is its condition, which is long: add a summary in words of its users",
        ),
    ],
)
def test_what_goes_wrong_at_night_is_said_before(changes: dict[str, Any], remark: str) -> None:
    assert remark in told(a_threshold(**changes))


def test_an_invariant_that_hears_no_silence_is_told_so() -> None:
    [remark] = told(an_invariant(severity=Severity.WARNING))
    assert remark.startswith("no_data: nobody hears when no answers come")


def test_two_policies_that_say_the_same_page_twice() -> None:
    policies = [a_threshold(), replace(a_threshold(), name="again"), a_threshold(name="other", window_s=600)]
    [(again, remark)] = same(policies)
    assert again.name == "again"
    assert remark.message.startswith("it says the same as slow-first-token of the same traffic")
