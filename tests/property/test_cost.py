"""The algebra of money: sums are exact, order and grouping change nothing, and more tokens never cost less."""

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outproof.core.time import Instant
from outproof.measure.cost import Unknown, Usage, attos_of, cost, costs
from outproof.measure.rate_book import RateBook, always
from outproof.measure.rate_card import LongContext, Price, RateCard, Rates, TierPrice

MODELS, TIERS = ("a", "b"), ("batch", "flex")
amounts = st.decimals(min_value=0, max_value=1_000, places=12, allow_nan=False)


@st.composite
def rates(draw: st.DrawFn) -> dict[str, Any]:
    cached, written = draw(st.none() | amounts), draw(st.none() | amounts)
    return {"input": draw(amounts), "output": draw(amounts), "cached_input": cached, "cache_write": written}


@st.composite
def steps(draw: st.DrawFn) -> tuple[LongContext, ...]:
    limits = sorted(draw(st.sets(st.integers(1, 300_000), max_size=3)))
    return tuple(LongContext(above_tokens=limit, **draw(rates())) for limit in limits)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    tiers = {tier: TierPrice(**draw(rates()), long_context=draw(steps())) for tier in TIERS}
    return Price(**draw(rates()), long_context=draw(steps()), tiers=tiers)


@st.composite
def calls(draw: st.DrawFn) -> Usage:
    tokens = draw(st.integers(0, 400_000))
    cached = draw(st.integers(0, tokens))
    return Usage(
        model=draw(st.sampled_from(MODELS)),
        calls=1,
        input_tokens=tokens,
        cached_input_tokens=cached,
        cache_write_tokens=draw(st.integers(0, tokens - cached)),
        output_tokens=draw(st.integers(0, 100_000)),
        tier=draw(st.sampled_from((None, *TIERS))),
        at=Instant(draw(st.integers(0, 10**18))),
    )


books = st.builds(
    lambda models: always(RateCard(version="v", models=models)),
    st.fixed_dictionaries({model: prices() for model in MODELS}),
)


def exactly(usage: Usage, book: RateBook) -> Fraction:
    """The price as a fraction of a dollar, by the definition and nothing else."""
    assert book.newest is not None
    price = book.newest.models[usage.model or ""]
    plain = price.tiers[usage.tier] if usage.tier else price
    applied = max(
        (step for step in plain.long_context if (usage.input_tokens or 0) > step.above_tokens),
        key=lambda step: step.above_tokens,
        default=plain,
    )
    cached, written = usage.cached_input_tokens or 0, usage.cache_write_tokens or 0
    parts = (
        ((usage.input_tokens or 0) - cached - written, applied.input),
        (cached, applied.input if applied.cached_input is None else applied.cached_input),
        (written, applied.input if applied.cache_write is None else applied.cache_write),
        (usage.output_tokens or 0, applied.output),
    )
    return sum((Fraction(tokens) * Fraction(amount) / 1_000_000 for tokens, amount in parts), Fraction(0))


@given(st.lists(calls(), min_size=1, max_size=20), books)
def test_a_sum_is_exact_and_rounded_once_half_to_even(usages: list[Usage], book: RateBook) -> None:
    exact = sum((exactly(usage, book) for usage in usages), Fraction(0))
    assert cost(usages, book).nano_usd == round(exact * 10**9)  # Python rounds a Fraction half to even


@given(st.lists(calls(), max_size=20), books, st.randoms())
def test_the_order_of_calls_changes_nothing(usages: list[Usage], book: RateBook, random: Random) -> None:
    shuffled = list(usages)
    random.shuffle(shuffled)
    assert cost(shuffled, book) == cost(usages, book)


@given(st.lists(st.tuples(st.sampled_from("xyz"), calls()), max_size=30), books)
def test_parts_add_up_to_the_whole_and_none_is_off_by_a_nano_dollar(
    named: list[tuple[str, Usage]], book: RateBook
) -> None:
    groups: dict[str, list[Usage]] = {}
    for name, usage in named:
        groups.setdefault(name, []).append(usage)
    whole, parts = costs(groups, book)
    assert whole == cost([usage for _, usage in named], book)
    assert sum(part.nano_usd or 0 for part in parts.values()) == (whole.nano_usd or 0)
    for name, part in parts.items():
        exact = sum((exactly(usage, book) for usage in groups[name]), Fraction(0)) * 10**9
        assert abs((part.nano_usd or 0) - exact) < 1


@given(st.lists(calls(), min_size=2, max_size=10), books)
def test_calls_that_are_priced_alike_may_be_summed_first(usages: list[Usage], book: RateBook) -> None:
    alike: dict[tuple[object, ...], list[Usage]] = {}
    for usage in usages:
        step = sum((usage.input_tokens or 0) > limit for limit in book.contexts)
        alike.setdefault((usage.model, usage.tier, step), []).append(usage)
    summed = [
        Usage(
            model=group[0].model,
            tier=group[0].tier,
            calls=len(group),
            input_tokens=sum(each.input_tokens or 0 for each in group),
            cached_input_tokens=sum(each.cached_input_tokens or 0 for each in group),
            cache_write_tokens=sum(each.cache_write_tokens or 0 for each in group),
            output_tokens=sum(each.output_tokens or 0 for each in group),
            at=group[0].at,
            context_tokens=max(each.input_tokens or 0 for each in group),
        )
        for group in alike.values()
    ]
    assert cost(summed, book).nano_usd == cost(usages, book).nano_usd


@given(calls(), books, st.integers(1, 50_000))
def test_more_output_never_costs_less(usage: Usage, book: RateBook, more: int) -> None:
    longer = Usage(**{**facts(usage), "output_tokens": (usage.output_tokens or 0) + more})
    assert attos(longer, book) >= attos(usage, book)


@given(calls(), books, st.integers(0, 12))
def test_a_tier_that_is_dearer_in_every_class_never_costs_less(usage: Usage, book: RateBook, factor: int) -> None:
    assert book.newest is not None
    price = book.newest.models[usage.model or ""]
    dearer = raised(price, factor)
    steps_up = tuple(
        LongContext(
            above_tokens=step.above_tokens,
            **raised(step, factor),
        )
        for step in price.long_context
    )
    tiered = Price(
        **{name: getattr(price, name) for name in (*RATES, "long_context")},
        tiers={"priority": TierPrice(**dearer, long_context=steps_up)},
    )
    card = always(RateCard(version="v", models={usage.model or "": tiered}))
    plain, urgent = (Usage(**{**facts(usage), "tier": tier}) for tier in (None, "priority"))
    assert attos(urgent, card) == (1 + factor) * attos(plain, card)


@given(calls(), books, st.sampled_from(("input_tokens", "output_tokens", "model")))
def test_what_a_call_does_not_say_is_unknown_and_never_nothing(usage: Usage, book: RateBook, missing: str) -> None:
    found = cost([Usage(**{**facts(usage), missing: None})], book)
    assert found.nano_usd is None or (missing == "output_tokens" and not applied_output(usage, book))
    assert found.nano_usd is not None or sum(each.calls for each in found.unpriced) == 1


RATES = ("input", "output", "cached_input", "cache_write")


def raised(rates: Rates, factor: int) -> dict[str, Any]:
    return {name: None if (own := getattr(rates, name)) is None else own * (1 + factor) for name in RATES}


def facts(usage: Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in Usage.__slots__}


def attos(usage: Usage, book: RateBook) -> int:
    found = attos_of(usage, book.newest)
    assert not isinstance(found, Unknown)
    return found


def applied_output(usage: Usage, book: RateBook) -> Decimal:
    assert book.newest is not None
    applied = book.newest.models[usage.model or ""].rates(usage.tier or "", usage.input_tokens or 0)
    assert applied is not None
    return applied.output
