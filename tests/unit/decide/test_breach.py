from dataclasses import replace
from typing import Any

import pytest

from outproof.core.time import Instant, after
from outproof.decide.alert import AlertState, Cause, first_memory
from outproof.decide.breach import Span, finding
from outproof.decide.finding import FindingKind
from outproof.decide.policy import Policy, Scope
from tests.unit.decide.policies import a_threshold, an_invariant

NOW = Instant(1_800_000_000_000_000_000)
SPAN = Span(after(NOW, -900), NOW)
FIRING = replace(first_memory(NOW), state=AlertState.FIRING, cause=Cause.BREACH, reason="because")


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
    ],
)
def test_the_headline_is_the_measure_and_its_denominator(
    policy: Policy, measured: dict[str, Any], breaches: int, headline: str
) -> None:
    found = finding(policy, FIRING, span=SPAN, measured=measured, breaches=breaches)
    assert found.headline == headline


def test_a_finding_names_owner_first_check_subject_and_version() -> None:
    policy = an_invariant(over=Scope("tracking-answerer"), runbook="https://runbooks.example/unsafe")
    found = finding(policy, FIRING, span=SPAN, measured={"decided": 6}, breaches=2, occurrences=5)
    assert found.firing
    assert (found.kind, found.key, found.occurrences) == (FindingKind.INVARIANT, policy.key, 5)
    assert (found.owner, found.subject.name) == ("delivery-answers", "tracking-answerer")
    assert (found.first_check, found.runbook) == (policy.first_check, policy.runbook)
    assert found.policy_version == policy.version
    assert found.measure is not None
    assert (found.measure.numerator, found.measure.denominator, found.measure.limit) == (2, 6, 0.0)


def test_silence_is_unverified_and_shows_no_number() -> None:
    blind = replace(FIRING, cause=Cause.NO_DATA, reason="no data for 15 min")
    found = finding(an_invariant(), blind, span=SPAN, measured={})
    assert (found.kind, found.headline, found.measure) == (FindingKind.UNVERIFIED, "no data for 15 min", None)
    assert found.title.startswith("Nothing is known: ")


def test_an_alert_that_no_longer_fires_is_a_finding_that_it_is_over() -> None:
    assert not finding(a_threshold(), first_memory(NOW), span=SPAN, measured={}).firing
