"""What is kept, why and with what chance: rules first, then what must hold of every draw."""

import random
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outproof.sampling.decide import Decision, Trace, decided, head
from outproof.sampling.draw import lot
from outproof.sampling.interest import interest
from outproof.sampling.policy import CERTAIN_PPM, Bound, Edge, Op, Reason, Sampling

POLICY = Sampling(nominal_ratio=0.05, floor=5)


def trace_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def traces(count: int, *stratum: object, start: int = 0, reason: Reason | None = None) -> list[Trace]:
    return [Trace(trace_id(start + n), stratum or ("retail",), reason) for n in range(count)]


def drawn(population: Sequence[Trace], policy: Sampling = POLICY) -> dict[bytes, Decision]:
    return decided(population, policy)


def salted(seed: int, policy: Sampling = POLICY) -> Sampling:
    """The same policy with another lot: a case that nothing ever meets."""
    edge = Edge((Bound("environment", Op.EQ, f"of test {seed}"),))
    return Sampling(nominal_ratio=policy.nominal_ratio, floor=policy.floor, by=policy.by, edge=(edge,))


def test_what_went_wrong_is_kept_for_certain_and_says_why() -> None:
    population = traces(2_000) + traces(20, start=10_000, reason=Reason.ERROR)
    kept = drawn(population)
    wrong = [kept[trace_id(10_000 + n)] for n in range(20)]
    assert set(wrong) == {Decision(Reason.ERROR, CERTAIN_PPM)}


def test_ordinary_traces_have_the_nominal_chance_and_are_drawn_with_it() -> None:
    kept = drawn(traces(20_000))
    assert set(kept.values()) == {Decision(Reason.NOMINAL, 50_000)}
    assert abs(len(kept) / 20_000 - 0.05) < 0.005


def test_a_stratum_with_no_more_than_the_floor_is_kept_whole() -> None:
    for count in range(1, 6):
        assert set(drawn(traces(count)).values()) == {Decision(Reason.RARE, CERTAIN_PPM)}
        assert len(drawn(traces(count))) == count


def test_a_decision_once_made_stands() -> None:
    before = Decision(Reason.NOMINAL, 200_000)
    kept = drawn([Trace(trace_id(1), ("retail",), before=before), *traces(1_000, start=10)])
    assert kept[trace_id(1)] == before


def test_an_error_that_comes_later_outweighs_what_was_decided() -> None:
    trace = Trace(trace_id(1), ("retail",), Reason.ERROR, before=Decision(Reason.NOMINAL, 50_000))
    assert drawn([trace])[trace_id(1)] == Decision(Reason.ERROR, CERTAIN_PPM)


def test_without_a_floor_nobody_is_kept_for_being_rare() -> None:
    policy = Sampling(nominal_ratio=0.05, floor=0)
    kept = drawn([trace for n in range(400) for trace in traces(5, n, start=n * 10)], policy)
    assert set(kept.values()) == {Decision(Reason.NOMINAL, 50_000)}
    assert abs(len(kept) / 2_000 - 0.05) < 0.02


def test_everything_is_kept_where_the_share_is_one() -> None:
    assert set(drawn(traces(50), Sampling(nominal_ratio=1.0)).values()) == {Decision(Reason.NOMINAL, CERTAIN_PPM)}


def test_the_sdk_and_the_server_draw_alike() -> None:
    """Of large strata the server keeps just what the SDK would have sent."""
    population = traces(5_000)
    sent = {trace.trace_id for trace in population if head(trace.trace_id, None, POLICY) is not None}
    assert set(drawn(population)) == sent


@given(st.integers(0, 2**128 - 1), st.integers(1, 999_999), st.integers(1, 999_999))
def test_what_is_kept_at_a_small_chance_is_kept_at_every_greater_one(number: int, one: int, other: int) -> None:
    small, great = sorted((one, other))
    if lot(trace_id(number), "smp") < small:
        assert lot(trace_id(number), "smp") < great


@given(st.integers(0, 2**128 - 1))
def test_the_lot_is_a_function_of_trace_and_version(number: int) -> None:
    assert 0 <= lot(trace_id(number), "smp_a") == lot(trace_id(number), "smp_a") < CERTAIN_PPM


def test_lots_of_two_versions_and_of_upstream_samplers_are_independent() -> None:
    """So that chances multiply: a tenth of what either keeps is kept by the other as well."""
    ids = [random.Random(n).randbytes(16) for n in range(20_000)]
    one = [lot(each, "smp_a") < 100_000 for each in ids]
    other = [lot(each, "smp_b") < 100_000 for each in ids]
    upstream = [int.from_bytes(each[-7:], "big") >= 0.9 * 2**56 for each in ids]
    for first, second in ((one, other), (one, upstream)):
        both = sum(a and b for a, b in zip(first, second, strict=True))
        assert abs(both / len(ids) - 0.01) < 0.003


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=6),
    st.integers(0, 20),
    st.floats(0.001, 1.0),
    st.integers(0, 10_000),
)
def test_floors_hold_and_order_does_not_matter(sizes: list[int], floor: int, ratio: float, seed: int) -> None:
    policy = Sampling(nominal_ratio=ratio, floor=floor)
    population = [
        Trace(random.Random(seed * 1_000 + n * 200 + m).randbytes(16), (n,))
        for n, size in enumerate(sizes)
        for m in range(size)
    ]
    kept = decided(population, policy)
    shuffled = list(population)
    random.Random(seed).shuffle(shuffled)
    assert decided(shuffled, policy) == kept
    counts = Counter(trace.stratum[0] for trace in population if trace.trace_id in kept)
    for n, size in enumerate(sizes):
        assert counts[n] >= min(floor, size)
    assert all(0 < decision.ppm <= CERTAIN_PPM for decision in kept.values())


@pytest.mark.parametrize("size", [6, 9, 20, 60, 150, 400])
def test_the_chance_that_is_stored_is_the_chance_that_was_used(size: int) -> None:
    """Kept traces, each counted as often as its chance says, make up the stratum: floors and steps change nothing."""
    rounds = 1_500
    estimates = []
    for seed in range(rounds):
        kept = drawn(traces(size, start=seed * 1_000), POLICY)
        estimates.append(sum(CERTAIN_PPM / decision.ppm for decision in kept.values()))
    spread = (fmean((each - size) ** 2 for each in estimates) / rounds) ** 0.5
    assert abs(fmean(estimates) - size) < max(4 * spread, 1e-9)


def test_each_trace_has_the_chance_that_is_stored_with_it() -> None:
    """One and the same trace over many lots: counted as often as its chance says, it is there once on average."""
    weights = []
    for seed in range(3_000):
        decision = drawn(traces(40), salted(seed)).get(trace_id(7))
        weights.append(0.0 if decision is None else CERTAIN_PPM / decision.ppm)
    spread = (fmean((each - 1) ** 2 for each in weights) / len(weights)) ** 0.5
    assert abs(fmean(weights) - 1) < 4 * spread


def test_interest_is_that_of_the_strongest_reason() -> None:
    policy = Sampling(edge=(Edge((Bound("ttft_us", Op.GT, 5_000_000), Bound("route", Op.EQ, "serve"))),))
    columns: dict[str, list[object]] = {
        "failed": [True, False, False, False, False, None],
        "unsafe_claim_served": [True, True, None, False, None, None],
        "ttft_us": [9_000_000, None, 9_000_000, 9_000_000, 5_000_000, None],
        "route": ["serve", "serve", "serve", "abstain", "serve", None],
    }
    assert interest(columns, policy) == [Reason.ERROR, Reason.FLAGGED, Reason.EDGE, None, None, None]
    assert interest({"stream_end": ["broken", "abandoned", "finished"]}, policy) == [Reason.ERROR, Reason.ERROR, None]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nominal_ratio": 0.0}, "above 0 and at most 1, got 0"),
        ({"nominal_ratio": 1.5}, "above 0 and at most 1, got 1.5"),
        ({"floor": -1}, "from 0 to 10000, got -1"),
        ({"by": ("colour",)}, "under `by`, got 'colour'"),
        ({"by": ("route", "segment", "model", "service", "agent")}, "at most 4 columns"),
        ({"period_s": 90.0}, "whole minutes up to 1d, got 90s"),
        ({"after_s": -1.0}, "`after` up to 7d, got -1s"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Sampling(**fields)  # type: ignore[arg-type]  # what a file may hold


def test_what_changes_what_is_kept_changes_the_version_and_nothing_else_does() -> None:
    assert Sampling().version == Sampling(after_s=60.0, period_s=120.0).version
    edge = (Edge((Bound("failed", Op.EQ, True),)),)
    others = [Sampling(nominal_ratio=0.1), Sampling(floor=9), Sampling(by=("route",)), Sampling(edge=edge)]
    assert len({policy.version for policy in (Sampling(), *others)}) == 5
