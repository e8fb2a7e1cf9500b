from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from outproof.contract.severity import Severity
from outproof.core.attributes import ServerMetric as M
from outproof.core.time import after
from outproof.decide.names import ANSWER_FACTS, MEASURES
from outproof.decide.parser import parse
from outproof.decide.policy import Policy, PolicyKind
from outproof.engine.meter import (
    BORN_FOR_S,
    COMBINATIONS_MAX,
    OTHER,
    SERVICES_MAX,
    TOGETHER_ROWS,
    Meter,
    Series,
    Traffic,
    dimensions_of,
)
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook
from outproof.store.events.schema import ARROW_ANSWERS
from tests.contract.state.opened import NOON

TRACE = bytes(range(16))


def answers(*rows: Mapping[str, Any]) -> pa.Table:
    plain = {"service": "shop", "is_answer": True, "trace_id": TRACE, "started_at": NOON}
    return pa.Table.from_pylist([{**plain, **row} for row in rows], schema=ARROW_ANSWERS)


def a_policy(**changes: Any) -> Policy:
    condition = parse("unsafe_rate > 1%", MEASURES, "measure")
    plain = {"name": "p", "kind": PolicyKind.THRESHOLD, "severity": Severity.WARNING, "condition": condition}
    return Policy(**{**plain, **changes})


def meter(*policies: Policy) -> Meter:
    return Meter(lambda: policies, RateBook)


def settled(own: Meter) -> Traffic:
    """What it shows once everything it has now was shown as zero long enough."""
    own.read(NOON)
    return own.read(after(NOON, BORN_FOR_S))


def only(traffic: Traffic) -> Series:
    [series] = traffic.series.values()
    return series


def test_a_new_series_is_zero_before_it_has_a_value() -> None:
    own = meter()
    own.count(answers({"unsafe_claim_served": True}))
    first, later = only(own.read(NOON)), only(own.read(after(NOON, BORN_FOR_S)))
    assert (first.sums[M.ANSWERS_UNSAFE], later.sums[M.ANSWERS_UNSAFE]) == (0, 1)


def test_a_series_that_was_shown_long_enough_shows_its_value_at_once() -> None:
    own = meter()
    own.count(answers({}))
    settled(own)
    own.count(answers({}, {}))
    assert only(own.read(after(NOON, BORN_FOR_S + 1))).sums[M.ANSWERS] == 3


def test_what_a_policy_is_about_is_there_before_the_first_answer() -> None:
    traffic = settled(meter(a_policy(over=((Dimension.SERVICE, "shop"),))))
    assert list(traffic.series) == [("shop", "", "", "")]


def test_a_dimension_that_a_policy_is_cut_by_becomes_a_label() -> None:
    own = meter(a_policy(by=Dimension.SEGMENT))
    own.count(answers({"segment": "eu"}, {"segment": None}))
    traffic = settled(own)
    assert traffic.dimensions[-1] is Dimension.SEGMENT
    assert {labels[-1] for labels in traffic.series} == {"eu", ""}
    assert dimensions_of([a_policy(over=((Dimension.ROUTE, "serve"),))])[-1] is Dimension.ROUTE


def test_what_an_invariant_judges_by_becomes_a_label() -> None:
    condition = parse('not (unsafe_claim_served == 1 and route == "serve")', ANSWER_FACTS, "fact")
    assert dimensions_of([a_policy(kind=PolicyKind.INVARIANT, condition=condition)])[-1] is Dimension.ROUTE


def test_counts_begin_anew_when_other_labels_are_asked_for() -> None:
    policies: Sequence[Policy] = ()
    own = Meter(lambda: policies, RateBook)
    own.count(answers({}))
    assert only(settled(own)).sums[M.ANSWERS] == 1
    policies = [a_policy(by=Dimension.SEGMENT)]
    assert all(series.sums[M.ANSWERS] == 0 for series in settled(own).series.values())


def test_the_number_of_combinations_is_bounded_and_nothing_is_lost() -> None:
    own = meter()
    own.count(answers(*({"template_id": f"t{number}"} for number in range(COMBINATIONS_MAX + 50))))
    traffic = settled(own)
    assert len(traffic.series) == COMBINATIONS_MAX + 1
    assert sum(series.sums[M.ANSWERS] for series in traffic.series.values()) == COMBINATIONS_MAX + 50
    assert traffic.series["shop", OTHER, OTHER, OTHER].sums[M.ANSWERS] == 50


def test_the_number_of_services_is_bounded() -> None:
    own = meter()
    own.count(answers(*({"service": f"s{number}"} for number in range(SERVICES_MAX + 7))))
    assert settled(own).series[(OTHER,) * 4].sums[M.ANSWERS] == 7


def test_buckets_are_cumulative_and_the_last_holds_everything() -> None:
    own = meter()
    call = {"is_answer": False, "is_call": True}
    own.count(answers(*({**call, "duration_us": micros} for micros in (100_000, 100_001, 10**12))))
    buckets = only(settled(own)).buckets[M.CALL_DURATION_S]
    assert (buckets[0], buckets[1], buckets[-2], buckets[-1]) == (1, 2, 2, 3)


def test_the_last_unsafe_answer_and_the_last_call_of_each_bucket_are_shown() -> None:
    own = meter()
    own.count(answers({"unsafe_claim_served": True, "trace_id": b"\1" * 16}, {"unsafe_claim_served": True}))
    own.count(answers({"is_call": True, "duration_us": 200_000}))
    shown = only(settled(own)).shown
    assert shown[M.ANSWERS_UNSAFE, 0].trace_id == TRACE.hex()
    assert [(metric, bucket) for metric, bucket in shown if metric is M.CALL_DURATION_S] == [(M.CALL_DURATION_S, 1)]


def test_tables_that_came_one_after_the_other_are_counted_together() -> None:
    own = meter()
    for service in ("shop", None, "desk"):
        own.count(answers() if service is None else answers({"service": service}))
    own.count(answers({"service": "shop", "unsafe_claim_served": True}))
    counted = {labels[0]: series.sums[M.ANSWERS] for labels, series in settled(own).series.items()}
    assert counted == {"shop": 2, "desk": 1}


def test_what_waits_is_bounded() -> None:
    own = meter()
    own.count(answers(*({} for _ in range(TOGETHER_ROWS))))
    own.count(answers({}))
    assert only(settled(own)).sums[M.ANSWERS] == TOGETHER_ROWS + 1
