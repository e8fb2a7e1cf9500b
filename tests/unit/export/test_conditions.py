"""What policies are in PromQL, and what is left to Outproof itself."""

import re

import pytest

from outproof.core.attributes import ServerMetric as M
from outproof.decide.declared_policy import DeclaredBurnRate
from outproof.decide.policy import Policy
from outproof.export.conditions import breach, silence
from outproof.export.promql import Inexpressible
from outproof.export.rules import policy_rules, rule_files
from outproof.measure.dimension import Dimension
from tests.unit.export.exports import a_policy, declared, written

NAMES = frozenset(M) | {f"{metric}{part}" for metric in M for part in ("_bucket", "_count", "_sum")}


def promql(policy: Policy) -> str:
    return breach(policy, policy.name)


def test_a_share_is_summed_first_and_divided_after() -> None:
    expr = promql(written(when="error_rate > 2%"))
    part, whole = (f"sum(increase(outproof_requests{of}_total{{}}[10m]))" for of in ("_failed", ""))
    assert expr.startswith(f"({part} / {whole}) > 0.02\n")


def test_too_few_answers_say_nothing() -> None:
    assert promql(written(when="unsafe_rate > 2%")).endswith("and sum(increase(outproof_answers_total{}[10m])) >= 10")
    assert promql(written(when="error_rate > 2%")).endswith("and sum(increase(outproof_calls_total{}[10m])) >= 10")


def test_only_what_a_policy_is_about_is_counted() -> None:
    expr = promql(written(when="error_rate > 2%", over={Dimension.SERVICE: 'a "b"', Dimension.MODEL: None}))
    assert 'increase(outproof_requests_failed_total{model="", service="a \\"b\\""}[10m])' in expr


def test_segments_are_apart_on_both_sides_of_every_sign() -> None:
    burning = written(
        burn_rate=DeclaredBurnRate(of="lower_95(unsafe_rate)", objective="99%"), by=Dimension.SEGMENT, window_s=None
    )
    expr = promql(burning)
    assert "sum(" not in expr
    assert expr.count("sum by (segment)(") == expr.count("increase(") > 0


def test_a_percentile_is_taken_over_all_servers_together() -> None:
    expr = promql(written(when="ttft_p95 > 500ms"))
    assert "histogram_quantile(0.95, sum by (le)(increase(outproof_time_to_first_token_seconds_bucket{}[10m])))" in expr


def test_money_is_in_dollars() -> None:
    assert "outproof_cost_usd_total{}[10m]))) > 12.5\n" in promql(written(when="cost > $12.5"))


def test_a_firing_alert_stays_until_it_is_recovered() -> None:
    expr = promql(written(when="ttft_p95 > 500ms", recover="ttft_p95 < 400ms"))
    assert ">= 0.4\n" in expr
    assert 'and on () ALERTS{alertname="p", alertstate="firing"}' in expr


def test_what_never_came_is_not_missed_before_it_could_have_been_seen() -> None:
    expr = promql(written(absence="answers", min_answers=None, no_data=None))
    assert expr == (
        "(sum(increase(outproof_answers_total{}[10m])) or vector(0)) < 1\n"
        "and on () count(outproof_build_info offset 10m)"
    )
    assert "offset 10m" in silence(written(when="error_rate > 2%"))


def test_runs_are_the_same_on_every_server_and_are_not_added_up_over_them() -> None:
    expr = promql(a_policy("digests-kept"))
    assert expr.count("sum(max by (promise, verdict)(increase(") == expr.count("increase(") > 0


def test_an_invariant_counts_the_answers_that_break_it() -> None:
    assert promql(a_policy("no-unsafe-serve")) == (
        'sum(increase(outproof_answers_unsafe_total{route="serve"}[15m])) > 0'
    )
    different = promql(written(invariant='route != "abstain"', window_s=None, min_answers=None))
    assert different == 'sum(increase(outproof_answers_total{route="abstain"}[15m])) > 0'
    equal = promql(written(invariant='route == "serve"', window_s=None, min_answers=None))
    assert equal == 'sum(increase(outproof_answers_total{route!="serve", route!=""}[15m])) > 0'


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"when": "unsafe_rate > 2%", "by": Dimension.SEGMENT}, "false-discovery"),
        ({"when": "lower_95(ttft_p95) > 1s"}, "how certain"),
        ({"when": "ttft_p95 > 90s"}, "buckets"),
        ({"when": "duration_p95 > 10ms"}, "buckets"),
        ({"invariant": "ttft <= 5s", "window_s": None, "min_answers": None}, "no metric counts"),
        ({"invariant": "unsafe_claim_served == 1", "window_s": None, "min_answers": None}, "no metric counts"),
        ({"invariant": 'model == "a"', "window_s": None, "min_answers": None}, "no metric counts"),
    ],
)
def test_what_metrics_do_not_tell_is_refused_with_the_reason(fields: dict[str, object], why: str) -> None:
    with pytest.raises(Inexpressible, match=why):
        promql(written(**fields))


def test_what_metrics_do_not_tell_repeats_our_own_verdict() -> None:
    [rule] = policy_rules(a_policy("fast-enough"))
    assert rule.expr == 'max by (policy) (outproof_policy_alerts{policy="fast-enough", state=~"firing|resolving"}) > 0'
    assert rule.annotations["judged_by"].startswith("Outproof, because no metric counts")


def test_every_policy_has_a_rule_and_every_rule_says_whose_it_is() -> None:
    rules = [rule for file in rule_files(declared()) for rule in file.rules]
    assert {each.name for each in declared().policies} <= {rule.alert for rule in rules}
    assert all(rule.labels["owner"] and rule.labels["severity"] and rule.annotations["summary"] for rule in rules)


def test_no_data_is_an_alert_of_its_own_where_it_is_an_incident() -> None:
    assert [rule.alert for rule in policy_rules(a_policy("surely-unsafe"))] == [
        "surely-unsafe",
        "surely-unsafe-no-data",
    ]
    assert [rule.alert for rule in policy_rules(a_policy("slow-first-token"))] == ["slow-first-token"]


def test_text_of_a_policy_is_no_template() -> None:
    [rule] = policy_rules(a_policy("slow-first-token"))
    assert rule.labels["team"] == '{{ "{{" }} platform }}'


def test_every_metric_in_a_rule_is_one_we_export() -> None:
    exprs = [rule.expr for file in rule_files(declared()) for rule in file.rules]
    named = {name for expr in exprs for name in re.findall(r"outproof_\w+", expr)}
    assert named
    assert named <= NAMES
