"""Which rules get tests, and why some get none."""

import pytest

from outproof.decide.policy import NoData
from outproof.export.rule_tests import rule_tests
from outproof.export.rules import RuleFile, policy_rules
from tests.unit.export.exports import written


def untested(**fields: object) -> str:
    [reason] = rule_tests(RuleFile("p", policy_rules(written(**fields)))).untested.values()
    return reason


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"when": "error_rate > 1% or error_rate < 50%"}, "no even traffic"),
        ({"when": "error_rate > 50% and error_rate < 1%"}, "no even traffic"),
        ({"when": "calls < 5", "min_answers": 10}, "less than its min_answers"),
        ({"when": "cost > $10", "recover": "cost < $0.01"}, "does not recover"),
        ({"when": "calls == 5"}, "exactly"),
        ({"drift": "rise(error_rate) > 900%"}, "cannot rise"),
    ],
)
def test_a_condition_for_which_no_traffic_is_found_has_no_test_and_the_reason_is_said(
    fields: dict[str, object], why: str
) -> None:
    assert why in untested(**fields)


def test_every_rule_is_tested_both_ways() -> None:
    rules = policy_rules(written(when="error_rate > 1%", no_data=NoData.INCIDENT))
    names = [test["name"] for test in rule_tests(RuleFile("p", rules)).tests]
    assert names == [f"{alert} {does}" for alert in ("p", "p-no-data") for does in ("fires", "stays silent")]
