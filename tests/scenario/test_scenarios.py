"""Every scenario of this folder comes true; and turned into its opposite, each of its expectations fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outproof.contract.drill import Fault
from outproof.decide.finding import FindingKind
from outproof.learn.drill import DrillState
from outproof.prove.outcome import Verdict
from outproof.respond.notification import NoticeKind
from outproof.scenario.running import Runner, Story, stories
from outproof.scenario.statement import (
    AlertIs,
    DrillIs,
    Drills,
    Event,
    Expectation,
    Firing,
    IncidentCount,
    IncidentIs,
    NoIncident,
    RunIs,
    Standing,
    Step,
    Told,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted((ROOT / "tests" / "scenario").glob("*.scenario")), *sorted((ROOT / "examples").rglob("*.scenario"))]
STORIES = [story for path in FILES for story in stories(path)]
each_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.scenario.name)


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as runner:
        yield runner


def opposite(what: Event | Expectation) -> Event | Expectation | None:
    """An expectation that cannot be true where the given one is; None for what is none."""
    match what:
        case RunIs():
            return replace(what, verdict=Verdict.PENDING if what.verdict is not Verdict.PENDING else Verdict.KEPT)
        case IncidentIs():
            other = Standing.OPEN if what.standing is Standing.RESOLVED else Standing.RESOLVED
            return replace(what, standing=other)
        case NoIncident(promise):
            return IncidentCount(99, promise)
        case IncidentCount(count, promise):
            return IncidentCount(count + 1, promise)
        case Told():
            return replace(what, kind=what.kind or NoticeKind.OPENED, times=what.times + 1)
        case DrillIs(promise, state):
            return DrillIs(promise, DrillState.FAILED if state is DrillState.PASSED else DrillState.PASSED)
        case AlertIs(policy, state):
            return AlertIs(policy, Firing.INACTIVE if state is Firing.FIRING else Firing.FIRING)
    return None


@each_story
def test_the_scenario_comes_true(story: Story, runner: Runner) -> None:
    result = runner.run(story)
    assert [f"{story.path}:{bad.place.line}: expected {bad.expected}, saw {bad.seen}" for bad in result.failures] == []


@each_story
def test_each_of_its_expectations_can_fail(story: Story, runner: Runner) -> None:
    steps = tuple(
        step if (other := opposite(step.what)) is None else Step(step.at_ms, other, step.place)
        for step in story.scenario.steps
    )
    flipped = [step.place for step in story.scenario.steps if opposite(step.what) is not None]
    assert flipped, "a scenario that expects nothing tests nothing"
    result = runner.run(replace(story, scenario=replace(story.scenario, steps=steps)))
    assert [failure.place for failure in result.failures] == flipped


@each_story
def test_each_kind_that_it_expects_can_fail(story: Story, runner: Runner) -> None:
    """The kind, the stage and the evidence of an incident are compared, not only whether there is one."""
    steps = []
    expected = []
    for step in story.scenario.steps:
        if isinstance(step.what, IncidentIs) and step.what.kind is not None:
            expected.append(step.place)
            other = FindingKind.INVARIANT if step.what.kind is not FindingKind.INVARIANT else FindingKind.LATE
            steps.append(Step(step.at_ms, replace(step.what, kind=other), step.place))
        else:
            steps.append(step)
    result = runner.run(replace(story, scenario=replace(story.scenario, steps=tuple(steps))))
    assert [failure.place for failure in result.failures] == expected


def test_there_is_a_scenario_for_each_kind_of_incident_of_a_promise_and_for_each_fault() -> None:
    steps = [step.what for story in STORIES for step in story.scenario.steps]
    of_promises = {
        FindingKind.NEVER_STARTED,
        FindingKind.LATE,
        FindingKind.STUCK,
        FindingKind.SLOW,
        FindingKind.FAILED,
        FindingKind.BROKEN,
        FindingKind.UNVERIFIED,
        FindingKind.CONSERVATION,
        FindingKind.STALE,
        FindingKind.DRILL_OVERDUE,
    }
    assert {step.kind for step in steps if isinstance(step, IncidentIs)} >= of_promises
    assert {step.fault for step in steps if isinstance(step, Drills)} >= set(Fault)
