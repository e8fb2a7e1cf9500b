"""Whether a channel can be reached, by what it accepted and refused."""

from typing import Any

import pytest

from outproof.core.time import after
from outproof.respond.delivery import Proof
from outproof.respond.reach import ReachState, canary_due, proof_age_s, reach
from outproof.respond.route import Canary
from tests.unit.respond.findings import NOON

CANARY = Canary(every_s=900.0, proof_s=4_500.0)


def a_proof(**said: Any) -> Proof:
    return Proof(channel="pager", since=NOON, **said)


@pytest.mark.parametrize(
    ("said", "seconds", "state", "reason"),
    [
        ({}, 0, ReachState.WAITING, "it accepted nothing yet, and was sent nothing"),
        ({}, 4_500, ReachState.DEAD, "it accepted nothing yet, and nothing in 1 h 15 min since"),
        ({"accepted_at": NOON}, 4_499, ReachState.PROVEN, "it accepted at 2027-01-15 08:00 UTC"),
        (
            {"accepted_at": NOON, "failed_at": after(NOON, 60), "failed_detail": "500 Internal Server Error"},
            120,
            ReachState.FAILING,
            "it accepted at 2027-01-15 08:00 UTC, and failed at 2027-01-15 08:01 UTC: 500 Internal Server Error",
        ),
        (
            {"accepted_at": NOON, "failed_at": after(NOON, 60), "failed_detail": "500 Internal Server Error"},
            4_500,
            ReachState.DEAD,
            "it accepted at 2027-01-15 08:00 UTC, and nothing in 1 h 15 min since; "
            "the last attempt: 500 Internal Server Error",
        ),
        (
            {"accepted_at": NOON, "failed_at": after(NOON, 60), "failed_detail": "410 Gone", "refused": True},
            61,
            ReachState.DEAD,
            "it refused a notice at 2027-01-15 08:01 UTC: 410 Gone",
        ),
    ],
)
def test_a_channel_is_as_good_as_what_it_last_accepted(
    said: dict[str, Any], seconds: float, state: ReachState, reason: str
) -> None:
    found = reach(a_proof(**said), CANARY, after(NOON, seconds))
    assert (found.state, found.reason) == (state, reason)


def test_without_canaries_silence_means_nothing_and_a_refusal_still_does() -> None:
    assert reach(a_proof(), None, after(NOON, 1e6)).state is ReachState.WAITING
    refused = a_proof(failed_at=NOON, failed_detail="410 Gone", refused=True)
    assert reach(refused, None, NOON).state is ReachState.DEAD


def test_a_test_is_due_when_nothing_was_accepted_and_none_was_sent_for_so_long() -> None:
    assert not canary_due(a_proof(), CANARY, after(NOON, 899))
    assert canary_due(a_proof(), CANARY, after(NOON, 900))
    assert not canary_due(a_proof(accepted_at=after(NOON, 100)), CANARY, after(NOON, 900))
    assert not canary_due(a_proof(tested_at=after(NOON, 100)), CANARY, after(NOON, 900))
    assert canary_due(a_proof(accepted_at=after(NOON, 50), tested_at=after(NOON, 100)), CANARY, after(NOON, 1_000))
    assert not canary_due(a_proof(), None, after(NOON, 1e9))


def test_what_was_never_proven_has_no_age() -> None:
    assert proof_age_s(a_proof(), NOON) is None
    assert proof_age_s(a_proof(accepted_at=NOON), after(NOON, 7)) == 7.0
