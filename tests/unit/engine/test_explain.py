"""Alerts that fired are explained, the worst first; what is judged on runs is not explained by answers."""

from dataclasses import replace
from typing import Any

import pytest

from outproof.core.errors import Transient
from outproof.core.time import after
from outproof.decide.alert import AlertState, Cause, Change, Sight, first_memory
from outproof.decide.evaluate import Moved
from outproof.decide.invariant import exemplar
from outproof.decide.policy import Policy
from outproof.decide.question import Seen, Span
from outproof.engine.explain import EXPLAINED_MAX, Explained, Explainer
from outproof.measure.dimension import Dimension
from tests.contract.state.opened import NOON, GivenMeasures
from tests.integration.test_decide import a_batch, unsafe
from tests.unit.decide.policies import a_threshold

FIRING = replace(first_memory(NOON), state=AlertState.FIRING, cause=Cause.BREACH, fired_at=NOON)
CUT = a_threshold(when="unsafe_rate > 1%", by=Dimension.TEMPLATE, for_s=0.0)


class Breaking(GivenMeasures):
    """Measures that cannot explain one template."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure

    def changes(self, where: Any, span: Any, before: Any, fault: Any) -> Any:
        if dict(where).get(Dimension.TEMPLATE) == "v1":
            raise self.failure
        return super().changes(where, span, before, fault)


def fired(policy: Policy, segment: str | None = None, **measured: float) -> Moved:
    seen = Seen(span=Span(after(NOON, -300), NOON), measured=measured)
    key = policy.alert_key(segment) if policy.by else policy.key
    return Moved(
        policy=policy,
        key=key,
        segment=segment,
        memory=FIRING,
        change=Change.FIRED,
        sight=Sight.BREACHED,
        seen=seen,
        is_changed=True,
    )


def explain(measures: GivenMeasures, *moved: Moved) -> dict[str, Explained]:
    return Explainer(measures).explain(moved, [], {}, {}, NOON)


def test_answers_neither_show_nor_explain_that_a_promise_is_not_kept() -> None:
    measures = GivenMeasures()
    measures.shown = (exemplar(a_batch(unsafe(7)), 0),)
    promise = a_threshold(promise="nightly", when="kept_rate < 99%", window_s=86_400.0, for_s=0.0, min_answers=5)
    [found] = explain(measures, fired(promise, runs=20, kept=17, kept_rate=0.85)).values()
    assert (found.exemplars, found.changes, found.facts) == ((), None, ())
    [other] = explain(measures, fired(a_threshold(), ttft_p95=0.9)).values()
    assert [shown.request_id for shown in other.exemplars] == ["req_7"]


def test_of_many_segments_those_furthest_beyond_their_limit_are_explained() -> None:
    moved = [fired(CUT, f"v{n}", unsafe_rate=0.02 + n / 100) for n in range(10)]
    assert list(explain(GivenMeasures(), *moved)) == [CUT.alert_key(f"v{n}") for n in (9, 8, 7, 6)]
    assert EXPLAINED_MAX == 4


def test_an_explanation_that_fails_by_a_bug_keeps_no_other_from_its_turn_and_is_not_tried_again() -> None:
    moved = [fired(CUT, f"v{n}", unsafe_rate=0.1) for n in range(3)]
    found = explain(Breaking(ZeroDivisionError()), *moved)
    assert [found[CUT.alert_key(f"v{n}")].changes is None for n in range(3)] == [False, True, False]


@pytest.mark.parametrize("failure", [Transient("the event store is away")])
def test_while_the_event_store_is_away_nothing_more_is_tried(failure: Exception) -> None:
    moved = [fired(CUT, f"v{n}", unsafe_rate=0.1) for n in range(3)]
    assert list(explain(Breaking(failure), *moved)) == [CUT.alert_key("v0")]
