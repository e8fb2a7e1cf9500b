"""What policies look at is what pages show, however many ask; what is bad is found with what explains it."""

from typing import Any

import pytest

from outproof.core.time import Instant, after
from outproof.decide.fault import Fault
from outproof.decide.policy import ExemplarOrder, ExemplarRule
from outproof.decide.question import Ask, Span
from outproof.measure.dimension import Dimension
from outproof.measure.window import Window
from outproof.store.events.client import Client
from tests.contract.events.store import SERVICE, windows_of
from tests.contract.events.test_minutes import HOUR, START, Shop, call
from tests.unit.decide.policies import an_invariant

TRACKING = ((Dimension.SERVICE, "tracking-answerer"),)
SPAN = Span(*HOUR)
RATES = frozenset({"answers", "calls", "unsafe_rate", "lower_95(unsafe_rate)", "observations(unsafe_rate)"})
TIMES = frozenset({"calls", "ttft_p95", "upper_95(ttft_p95)", "duration_p50"})


@pytest.fixture
def shop(client: Client) -> Shop:
    return Shop(client)


def an_ask(*names: str, **more: Any) -> Ask:
    return Ask(**{"where": TRACKING, "span_s": 3_600.0, "measures": frozenset(names), **more})


def shown(shop: Shop, *asks: Ask, at: Instant = HOUR[1]) -> Any:
    return windows_of(shop.client).look(asks, at)


def filled(shop: Shop) -> None:
    shop.load(
        *(
            call(n, at_s=n * 11.0, **{"shopflow.prompt.template_id": f"template-{n % 4}" if n % 4 else None})
            for n in range(1, 300)
        )
    )


def test_a_look_shows_what_the_window_of_a_page_shows(shop: Shop) -> None:
    filled(shop)
    shop.roll()
    ask = an_ask()
    window = shop.window()
    seen = shown(shop, ask)[ask][None]
    assert {name: seen.measured[name] for name in window.measures} == window.measures
    assert seen.span == SPAN


@pytest.mark.parametrize("rolled", [False, True])
def test_segments_are_the_windows_of_their_values_the_busiest_first(shop: Shop, rolled: bool) -> None:
    filled(shop)
    if rolled:
        shop.roll()
    rates, times = an_ask(*RATES, by=Dimension.TEMPLATE), an_ask(*TIMES, by=Dimension.TEMPLATE)
    looks = shown(shop, rates, times)
    assert list(looks[rates]) == ["template-1", "template-2", "template-3", None]
    for segment, seen in looks[rates].items():
        window = page(shop, {**SERVICE, Dimension.TEMPLATE: segment})
        assert seen.measured["unsafe_rate"] == window.unsafe.ratio
        assert window.unsafe.interval is not None
        assert seen.measured["lower_95(unsafe_rate)"] == window.unsafe.interval[0]
        assert seen.measured["observations(unsafe_rate)"] == window.unsafe.of
        measured = looks[times][segment].measured
        assert measured["ttft_p95"] == window.ttft.p95_s
        assert measured["upper_95(ttft_p95)"] == window.ttft.p95_interval_s[1]
        assert measured["duration_p50"] == window.duration.p50_s


def page(shop: Shop, where: dict[Dimension, str | None]) -> Window:
    return windows_of(shop.client).window(where, *HOUR)


def test_one_reading_serves_policies_of_many_services_and_none_sees_another(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n) for n in range(1, 21)))
    ours = an_ask("calls", "cost")
    theirs = an_ask("calls", where=((Dimension.SERVICE, "rival"),))
    by_model = an_ask("calls", by=Dimension.MODEL, where=())
    one_model = an_ask("calls", where=((Dimension.MODEL, "model-1"), *TRACKING))
    looks = shown(shop, ours, theirs, by_model, one_model, ours)
    assert looks[ours][None].measured["calls"] == 20
    assert looks[theirs][None].measured["calls"] == 0
    assert {name: seen.measured["calls"] for name, seen in looks[by_model].items()} == {
        "model-1": 7,
        "model-2": 7,
        "model-0": 6,
    }
    assert looks[one_model][None].measured["calls"] == 7


def test_windows_that_follow_each_other_share_no_answer(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 60.0) for n in range(60)))
    asks = [an_ask("calls", span_s=600.0, back_s=back_s) for back_s in (0.0, 600.0, 1_200.0)]
    looks = shown(shop, *asks)
    assert [looks[ask][None].measured["calls"] for ask in asks] == [10, 10, 10]
    assert [looks[ask][None].span.end for ask in asks] == [after(HOUR[1], -ask.back_s) for ask in asks]


def test_a_window_is_partial_until_the_watermark_comes_near_its_end(shop: Shop) -> None:
    ask = an_ask("calls")
    assert shown(shop, ask)[ask][None].partial
    shop.client.remembered.settled = after(HOUR[1], -90)
    assert not shown(shop, ask)[ask][None].partial
    assert shown(shop, ask, at=after(HOUR[1], 1))[ask][None].partial


def test_the_revision_grows_when_something_comes_late(shop: Shop) -> None:
    ask = an_ask("calls")
    shop.load(call(1, at_s=5))
    shop.roll()
    before = shown(shop, ask)[ask][None].revision
    shop.load(call(2, at_s=6))
    seen = shown(shop, ask)[ask][None]
    assert (seen.measured["calls"], seen.revision) == (2, before + 1)


def test_the_cost_of_a_segment_is_that_of_its_window(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n) for n in range(1, 21)))
    ask = an_ask("cost", by=Dimension.TEMPLATE)
    (seen,) = shown(shop, ask)[ask].values()
    assert seen.measured["cost"] == shop.window().measures["cost"]


def a_regression(shop: Shop) -> None:
    """Six answers now, of which the two of one new template are unsafe, and six hundred safe ones before."""
    safe = {"shopflow.answer.unsafe_claim_served": False, "shopflow.prompt.template_id": "answerer-v1"}
    shop.load(*(call(n, at_s=n, **safe) for n in range(1, 601)))
    shop.load(*(call(n, at_s=2_400 + n, **safe) for n in range(701, 705)))
    new = {"shopflow.answer.unsafe_claim_served": True, "shopflow.prompt.template_id": "answerer-v2-regression"}
    shop.load(*(call(n, at_s=2_400 + n, **new) for n in (711, 712)))


BEFORE = Span(START, after(START, 1_000))
NOW = Span(after(START, 3_000), HOUR[1])


@pytest.mark.parametrize("fault", [Fault(broken=an_invariant().condition), Fault(share="unsafe_rate")])
def test_the_template_that_regressed_explains_the_whole_breach(shop: Shop, fault: Fault) -> None:
    a_regression(shop)
    windows = windows_of(shop.client)
    found = windows.changes(TRACKING, NOW, BEFORE, fault)
    assert (found.now.bad, found.now.of, found.before.bad, found.before.of) == (2, 6, 0, 600)
    first = found.first
    assert first is not None
    assert (first.dimension, first.value, first.explains_ratio) == (Dimension.TEMPLATE, "answerer-v2-regression", 1.0)
    assert (first.lift, first.is_new) == (3.0, True)
    exemplars = windows.exemplars(TRACKING, NOW, ExemplarRule(order=ExemplarOrder.OLDEST, limit=3), fault, first)
    assert [shown.span_id for shown in exemplars] == [f"{n:016x}" for n in (711, 712)]


def test_slow_answers_are_bad_where_a_percentile_breached(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n, **{"gen_ai.response.time_to_first_chunk": 0.2}) for n in range(1, 101)))
    shop.load(*(call(n, at_s=3_001 + n / 100, **{"gen_ai.response.time_to_first_chunk": 0.2}) for n in range(200, 210)))
    slow = {"gen_ai.response.time_to_first_chunk": 0.9, "gen_ai.request.model": "slow-model"}
    shop.load(*(call(n, at_s=3_001 + n / 100, **slow) for n in range(300, 305)))
    fault = Fault(time="ttft", longer_than_s=0.5)
    found = windows_of(shop.client).changes(TRACKING, NOW, BEFORE, fault)
    assert found.first is not None
    assert (found.first.dimension, found.first.value) == (Dimension.MODEL, "slow-model")
    assert (found.first.now.bad, found.first.now.of) == (5, 5)


def test_where_a_share_is_too_low_those_that_are_not_in_it_are_bad(shop: Shop) -> None:
    a_regression(shop)
    fault = Fault(share="coverage(template_id)", is_low=True)
    assert windows_of(shop.client).changes(TRACKING, NOW, BEFORE, fault).now.bad == 0
    shop.load(call(900, at_s=3_500, **{"shopflow.prompt.template_id": None}))
    found = windows_of(shop.client).changes(TRACKING, NOW, BEFORE, fault)
    assert (found.now.bad, found.now.of) == (1, 7)


def test_values_that_look_like_sql_are_only_values(shop: Shop) -> None:
    shop.load(call(1, at_s=1))
    hostile = ((Dimension.SERVICE, "' OR 1=1 --"),)
    ask = an_ask("calls", where=hostile)
    assert shown(shop, ask)[ask][None].measured["calls"] == 0
    fault = Fault(broken=an_invariant(invariant='template_id != "\') OR 1=1 --"').condition)
    assert windows_of(shop.client).changes(hostile, SPAN, SPAN, fault).now.of == 0
