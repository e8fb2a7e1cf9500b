"""How trials look in a terminal: every figure with its unit, estimates called estimates."""

from io import StringIO
from typing import Any

from rich.console import Console

from outproof.cli.trial_card import calibration_card


def shown(**changes: Any) -> str:
    found = {
        "compare": "ttft_p95 > 500ms",
        "allowed_per_week": 1.0,
        "baseline": {"shares": [{"ratio": 0.99, "value": 0.4, "text": "400 ms"}]},
        "limits": [],
        "proposed": "ttft_p95 > 620ms",
        "lacking": None,
        "remarks": [],
    }
    out = StringIO()
    Console(file=out, width=200).print(calibration_card({"policy": "slow", "calibration": {**found, **changes}}))
    return out.getvalue()


def test_a_proposal_is_called_an_estimate() -> None:
    said = shown()
    assert "99.0% of looks ≤ 400 ms" in said
    assert "Proposed: ttft_p95 > 620ms (an estimate of at most 1 false alarms a week). Nothing was changed." in said


def test_too_little_history_is_told_from_no_limit_that_would_do() -> None:
    assert "No limit is proposed: too little." in shown(proposed=None, lacking="too little")
    assert "No limit that was tried keeps to an estimate of at most 1 false alarms a week" in shown(proposed=None)


def test_of_a_least_the_sign_is_turned() -> None:
    assert "99.0% of looks ≥ 400 ms" in shown(compare="answers < 5")
