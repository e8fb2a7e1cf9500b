"""Policies in a line, for tests."""

from dataclasses import replace
from typing import Any

from outproof.contract.severity import Severity
from outproof.decide.declared_policy import DeclaredPolicy, policy
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
    window_s=300,
    for_s=600,
    min_answers=20,
    no_data=NoData.KEEP,
    first_check="Look at the queue of the model server.",
)


def an_invariant(**changes: Any) -> Policy:
    return policy(replace(UNSAFE, **changes))


def a_threshold(**changes: Any) -> Policy:
    return policy(replace(SLOW, **changes))
