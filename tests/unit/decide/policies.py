"""Policies in a line, for tests."""

from dataclasses import replace
from typing import Any

from outproof.contract.severity import Severity
from outproof.decide.declared_policy import DeclaredBurnRate, DeclaredPolicy, policy
from outproof.decide.policy import NoData, Policy

UNSAFE = DeclaredPolicy(
    name="delivery-grounding-slo-v1",
    severity=Severity.CRITICAL,
    owner="delivery-answers",
    invariant="unsafe_claim_served == 0",
    first_check="Compare serving-gate template with tracking-answerer-v1.",
    summary="Unsupported delivery claim reached customer response.",
)
SLOW = DeclaredPolicy(
    name="slow-first-token",
    severity=Severity.WARNING,
    owner="platform",
    when="ttft_p95 > 500ms",
    window_s=300.0,
    for_s=600.0,
    min_answers=20,
    no_data=NoData.KEEP,
    first_check="Look at the queue of the model server.",
)

ABSENT = replace(SLOW, name="nothing-answers", when=None, for_s=0, min_answers=None, no_data=None, absence="answers")
BURNING = replace(
    SLOW,
    name="errors-burn",
    when=None,
    window_s=None,
    for_s=0,
    burn_rate=DeclaredBurnRate(of="error_rate", objective="99.9%"),
)
DRIFTING = replace(SLOW, name="latency-drifts", when=None, drift="rise(ttft_p95) > 30%", for_s=0)


def an_invariant(**changes: Any) -> Policy:
    return policy(replace(UNSAFE, **changes))


def a_threshold(**changes: Any) -> Policy:
    return policy(replace(SLOW, **changes))


def an_absence(**changes: Any) -> Policy:
    return policy(replace(ABSENT, **changes))


def a_burn_rate(**changes: Any) -> Policy:
    return policy(replace(BURNING, **changes))


def a_drift(**changes: Any) -> Policy:
    return policy(replace(DRIFTING, **changes))
