import json
from pathlib import Path
from typing import Any

import pytest

from outproof.contract.run import Observer, Signal, Stage
from outproof.prove.outcome import Verdict, outcome
from outproof.prove.run_state import fold
from tests.builders import a_promise, at, closed, counts, opened, proved, seen

DUE_S = 3_600.0


@pytest.fixture(scope="module")
def cases(realcases: Path) -> list[dict[str, Any]]:
    seeds = json.loads((realcases / "seed_cases.json").read_text())
    found: list[dict[str, Any]] = seeds["generated_output_proof"]["cases"]
    return found


def told(case: dict[str, Any]) -> list[Signal]:
    """What a worker that drains its queue and exits 0 would say, and what our probe would see."""
    calls = case.get("model_calls")
    if calls is None:
        return []
    validated, saved, visible = case["validated"], case["saved"], case["visible"]
    tally = counts(input=calls, valid=validated, invalid=calls - validated)
    signals = [opened(0), proved(Stage.GENERATED, 1), proved(Stage.VALIDATED, 2, counts=tally), closed(4)]
    if saved == validated:
        signals.append(proved(Stage.PERSISTED, 3))
    signals.append(seen(Stage.VISIBLE, 5, passed=visible == validated))
    return signals


def test_every_seed_case_with_numbers_comes_out_as_the_lesson_says(cases: list[dict[str, Any]]) -> None:
    judged = {}
    for case in cases:
        if signals := told(case):
            verdict = outcome(fold(signals), a_promise(due_s=DUE_S), at(60)).verdict
            judged[case["name"]] = "closed as success" if verdict is Verdict.KEPT else "incident"
    assert len(judged) == 4
    for case in cases:
        if case["name"] in judged:
            assert case["expected"].startswith(judged[case["name"]]), case["name"]


def test_silence_is_a_failure_when_the_deadline_passes(cases: list[dict[str, Any]]) -> None:
    assert any(case["name"] == "run opened, never closed" for case in cases)
    state = fold([opened(0)])
    assert outcome(state, a_promise(due_s=DUE_S), at(DUE_S - 1)).verdict is Verdict.PENDING
    assert outcome(state, a_promise(due_s=DUE_S), at(DUE_S)).verdict is Verdict.OVERDUE


def test_a_surface_that_still_shows_yesterdays_output_is_an_incident(cases: list[dict[str, Any]]) -> None:
    assert any(case["name"].startswith("stale output") for case in cases)
    proven = [
        opened(0, evidence={"output_id": "out-today"}),
        proved(Stage.VALIDATED, 1),
        proved(Stage.PERSISTED, 2),
        seen(Stage.VISIBLE, 3),
        closed(5),
    ]
    stale = proved(Stage.VISIBLE, 4, observer=Observer.INDEPENDENT, output_id="out-yesterday")
    assert outcome(fold(proven), a_promise(), at(60)).verdict is Verdict.KEPT
    assert outcome(fold([*proven, stale]), a_promise(), at(60)).verdict is Verdict.BROKEN
