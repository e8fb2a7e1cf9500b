from dataclasses import replace
from typing import Any

import pytest

from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.decide.alert import AlertState, Cause, first_memory
from outproof.decide.breach import beyond, finding
from outproof.decide.finding import FindingKind
from outproof.decide.labels import labels_of
from outproof.decide.policy import Policy
from outproof.decide.question import Seen, Span
from outproof.measure.attribution import NOTHING, Bad, ByValue, changes
from outproof.measure.dimension import Dimension
from tests.unit.decide.policies import a_burn_rate, a_threshold, an_invariant

NOW = Instant(1_800_000_000_000_000_000)
SPAN = Span(after(NOW, -900), NOW)
FIRING = replace(first_memory(NOW), state=AlertState.FIRING, cause=Cause.BREACH, reason="because")


def seen(**measured: Any) -> Seen:
    return Seen(span=SPAN, measured=measured)


@pytest.mark.parametrize(
    ("policy", "measured", "breaches", "headline"),
    [
        (an_invariant(), {"decided": 6, "answers": 9}, 2, "unsafe_claim_served 2/6"),
        (an_invariant(), {}, 2, "unsafe_claim_served 2"),
        (an_invariant(), {"decided": 1}, 2, "unsafe_claim_served 2"),
        (an_invariant(invariant='route == "serve"'), {"answers": 9}, 2, "route 2/9"),
        (a_threshold(), {"ttft_p95": 0.612, "calls": 40}, 0, "ttft_p95 612 ms (limit > 500ms)"),
        (a_threshold(when="cost > $0.002"), {"cost": 2_000_100}, 0, "cost $0.002000 (limit > $0.002)"),
        (a_threshold(when="unsafe_rate > 1%"), {"unsafe_rate": 0.0412}, 0, "unsafe_rate 4.12% (limit > 1%)"),
        (a_threshold(when="answers < 5"), {"answers": 3}, 0, "answers 3 (limit < 5)"),
        (a_threshold(), {}, 0, "ttft_p95 unknown (limit > 500ms)"),
        (a_threshold(), {"ttft_p95": 1.2}, 0, "ttft_p95 1.2 s (limit > 500ms)"),
        (a_threshold(when="ttft_p95 > 1s"), {"ttft_p95": 1.0004}, 0, "ttft_p95 1.0004 s (limit > 1s)"),
        (a_threshold(when="unsafe_rate > 1%"), {"unsafe_rate": 0.010002}, 0, "unsafe_rate 1.0002% (limit > 1%)"),
    ],
)
def test_the_headline_is_the_measure_and_its_denominator(
    policy: Policy, measured: dict[str, Any], breaches: int, headline: str
) -> None:
    found = finding(policy, FIRING, key=policy.key, seen=seen(**measured, breaches=breaches))
    assert found.headline == headline


def test_a_finding_names_owner_first_check_subject_and_version() -> None:
    policy = an_invariant(over={Dimension.SERVICE: "tracking-answerer"}, runbook="https://runbooks.example/unsafe")
    found = finding(policy, FIRING, key=policy.key, seen=seen(decided=6, breaches=2), occurrences=5)
    assert found.firing
    assert (found.kind, found.key, found.occurrences) == (FindingKind.INVARIANT, policy.key, 5)
    assert (found.owner, found.subject.name) == ("delivery-answers", "tracking-answerer")
    assert (found.first_check, found.runbook) == (policy.first_check, policy.runbook)
    assert found.policy_version == policy.version
    assert found.measure is not None
    assert (found.measure.numerator, found.measure.denominator, found.measure.limit) == (2, 6, 0.0)


def test_silence_is_unverified_and_shows_no_number() -> None:
    blind = replace(FIRING, cause=Cause.NO_DATA, reason="no data for 15 min")
    found = finding(an_invariant(), blind, key="k", seen=seen())
    assert (found.kind, found.headline, found.measure) == (FindingKind.UNVERIFIED, "no data for 15 min", None)
    assert found.title.startswith("Nothing is known: ")


def test_an_alert_that_no_longer_fires_is_a_finding_that_it_is_over() -> None:
    assert not finding(a_threshold(), first_memory(NOW), key="k", seen=seen()).firing


def test_a_segment_is_a_part_of_the_incident_of_its_policy_and_carries_its_label() -> None:
    policy = a_threshold(by=Dimension.TEMPLATE, labels={"team": "delivery"})
    found = finding(policy, FIRING, key=policy.alert_key("v2"), seen=seen(calls=40, ttft_p95=0.6), segment="v2")
    assert (found.key, found.title) == (policy.key, f"{policy.title} (template_id v2)")
    assert found.labels == {"team": "delivery", "template_id": "v2"}
    assert found.about is not None
    assert (found.about.id, found.about.name, found.about.makes_up) == (
        "policy:slow-first-token|template_id=v2",
        "template_id v2",
        False,
    )


@pytest.mark.parametrize(
    ("policy", "measured", "far"),
    [
        (a_threshold(), {"ttft_p95": 1.5}, 2.0),
        (a_threshold(), {"ttft_p95": 0.4}, 0.0),
        (a_threshold(), {}, 0.0),
        (a_threshold(when="answers < 4"), {"answers": 1}, 0.75),
        (a_threshold(when="unsafe_rate > 0%"), {"unsafe_rate": 0.25}, 0.25),
        (an_invariant(), {"breaches": 3}, 3.0),
    ],
)
def test_how_far_beyond_its_limit_a_window_is_orders_segments(
    policy: Policy, measured: dict[str, Any], far: float
) -> None:
    assert beyond(policy, seen(**measured)) == pytest.approx(far)


def test_one_service_of_many_is_labelled_as_itself_and_not_as_all_of_them() -> None:
    policy = a_threshold(by=Dimension.SERVICE)
    cut = finding(policy, FIRING, key=policy.alert_key("search"), seen=seen(ttft_p95=0.6), segment="search")
    assert labels_of(cut, ProjectId("shop"))["service"] == "search"
    whole = finding(a_threshold(), FIRING, key="k", seen=seen(ttft_p95=0.6))
    assert labels_of(whole, ProjectId("shop"))["service"] == "all services"


def test_a_policy_of_a_group_is_a_part_of_the_incident_of_the_group() -> None:
    policy = a_threshold(group="latency", over={Dimension.SERVICE: "answers"})
    found = finding(policy, FIRING, key=policy.key, seen=seen(calls=40, ttft_p95=0.6))
    assert found.key == "group:latency:answers"
    assert found.about is not None
    assert (found.about.id, found.about.name) == (policy.key, "slow-first-token")


def test_of_several_burn_rates_the_headline_shows_the_one_that_is_too_fast() -> None:
    policy = a_burn_rate()
    rates = {name: 0.5 for window in policy.burn.windows for name in policy.burn.names(window)} if policy.burn else {}
    last = policy.burn.windows[-1] if policy.burn else None
    assert last is not None
    long, short = (f"burn_rate({hours})" for hours in ("3d", "6h"))
    found = finding(policy, FIRING, key="k", seen=seen(calls=900, **{**rates, long: 4.0, short: 4.0}))
    assert found.headline == f"{long} 4 (limit > {last.burn:g})"
    assert found.measure is not None
    assert found.measure.window_start == after(NOW, -last.long_s)


def test_what_changed_is_told_in_words_and_raised_on_partial_data_is_kept() -> None:
    now: ByValue = {Dimension.TEMPLATE: {"v1": Bad(0, 4), "v2-regression": Bad(2, 2)}}
    before: ByValue = {Dimension.TEMPLATE: {"v1": Bad(0, 600)}}
    why = changes(now, before, Bad(2, 6), Bad(0, 600))
    partial = replace(FIRING, partial=True)
    found = finding(an_invariant(), partial, key="k", seen=seen(decided=6, breaches=2), changes=why)
    (said,) = (fact.text for fact in found.evidence if fact.key == "what_changed")
    assert said == "template_id v2-regression explains 100 % (34–100 %): 2 of 2 bad, not there before"
    assert found.partial
    nothing = changes({}, {}, NOTHING, NOTHING)
    quiet = finding(an_invariant(), FIRING, key="k", seen=seen(decided=6, breaches=2), changes=nothing)
    assert "what_changed" not in {fact.key for fact in quiet.evidence}


def test_that_nothing_stands_out_is_told_too() -> None:
    now: ByValue = {Dimension.TEMPLATE: {"v1": Bad(50, 100), "v2": Bad(50, 100)}}
    alike = changes(now, {}, Bad(100, 200), Bad(0, 600))
    found = finding(an_invariant(), FIRING, key="k", seen=seen(decided=200, breaches=100), changes=alike)
    (said,) = (fact.text for fact in found.evidence if fact.key == "what_changed")
    assert said == "nothing stands out: what is too many is spread as the traffic is"


def test_a_promise_says_how_many_of_its_runs_were_not_kept() -> None:
    policy = a_threshold(promise="nightly", when="kept_rate < 99%", window_s=86_400.0, for_s=0.0, min_answers=5)
    found = finding(policy, FIRING, key=policy.key, seen=seen(runs=20, kept=17, kept_rate=0.85))
    assert [fact.text for fact in found.evidence if fact.key == "not_kept"] == ["3 of 20 runs"]
    assert "not_kept" not in {fact.key for fact in finding(a_threshold(), FIRING, key="k", seen=seen()).evidence}
