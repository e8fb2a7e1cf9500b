from typing import Any

import pytest

from outproof.decide.fault import Fault, fault
from outproof.decide.policy import Policy
from tests.unit.decide.policies import a_burn_rate, a_drift, a_threshold, an_absence, an_invariant


@pytest.mark.parametrize(
    ("policy", "measured", "found"),
    [
        (an_invariant(), {}, Fault(broken=an_invariant().condition)),
        (a_threshold(), {}, Fault(time="ttft", longer_than_s=0.5)),
        (a_threshold(when="lower_95(duration_p95) > 2s"), {}, Fault(time="duration", longer_than_s=2.0)),
        (a_threshold(when="unsafe_rate > 1%"), {}, Fault(share="unsafe_rate")),
        (a_threshold(when="safe_route_rate < 95%"), {}, Fault(share="safe_route_rate", is_low=True)),
        (a_threshold(when="unsafe_rate > 1% or error_rate > 2%"), {"error_rate": 0.03}, Fault(share="error_rate")),
        (a_burn_rate(), {}, Fault(share="error_rate")),
        (a_burn_rate(min_answers=1), {"burn_rate(3d)": 2.0}, Fault(share="error_rate")),
        (a_drift(), {"ttft_p95": 0.6, "rise(ttft_p95)": 0.5}, Fault(time="ttft", longer_than_s=0.4)),
        (a_drift(), {}, None),
        (a_drift(drift="fall(safe_route_rate) > 10%"), {}, Fault(share="safe_route_rate", is_low=True)),
        (a_threshold(when="cost > $5"), {}, None),
        (an_absence(), {}, None),
    ],
)
def test_what_makes_single_answers_bad_follows_from_the_condition(
    policy: Policy, measured: dict[str, Any], found: Fault | None
) -> None:
    seen = fault(policy, measured)
    if found is not None and seen is not None:
        assert seen.longer_than_s == pytest.approx(found.longer_than_s)
        assert (seen.broken, seen.share, seen.is_low, seen.time) == (
            found.broken,
            found.share,
            found.is_low,
            found.time,
        )
    else:
        assert seen is found
