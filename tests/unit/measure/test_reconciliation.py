from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outproof.core.money import NanoUsd
from outproof.measure.cost import Usage
from outproof.measure.invoice import InvoiceLine
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import Price, RateCard
from outproof.measure.reconciliation import Because, Compared, Reconciliation, reconciled
from outproof.measure.restatement import restated
from outproof.measure.spending import month

START, END = month("2026-10")
CARD = RateCard(
    version="2026-q4",
    models={
        "gpt-5": Price(input=Decimal(1), output=Decimal(10), also=("gpt-5-####-##-##",)),
        "m": Price(input=Decimal(2), output=Decimal(2)),
    },
)
BOOK = RateBook((CARD,))
DOLLAR = 10**9


def billed(dollars: str, model: str | None = "gpt-5", **more: Any) -> InvoiceLine:
    return InvoiceLine(number=2, amount=NanoUsd(int(Decimal(dollars) * DOLLAR)), decimals=2, model=model, **more)


def used(model: str | None = "gpt-5", millions: int | None = 3, calls: int = 1, **more: Any) -> Usage:
    tokens = None if millions is None else millions * 1_000_000
    return Usage(
        model=model,
        calls=calls,
        input_tokens=tokens,
        cached_input_tokens=None,
        cache_write_tokens=None,
        output_tokens=0 if tokens is not None else None,
        at=START,
        context_tokens=0,
        **more,
    )


def report(lines: list[InvoiceLine], usages: list[Usage], book: RateBook = BOOK) -> Reconciliation:
    found = reconciled(lines, usages, book, START, END)
    for line in found.lines:
        assert sum(each.nano_usd for each in line.differences) == line.difference_nano_usd
    assert sum(line.difference_nano_usd for line in found.lines) == found.difference_nano_usd
    return found


def only(found: Reconciliation) -> Compared:
    [line] = found.lines
    return line


def because(line: Compared) -> dict[Because, int]:
    return {each.because: each.nano_usd for each in line.differences}


def test_an_invoice_that_agrees_says_so() -> None:
    line = only(report([billed("3.00")], [used()]))
    assert (line.difference_nano_usd, line.differences) == (0, ())


def test_less_than_the_last_place_of_the_invoice_is_rounding() -> None:
    assert because(only(report([billed("3.004")], [used()]))) == {Because.ROUNDING: 4_000_000}


def test_tokens_we_did_not_see_and_another_price_are_told_apart() -> None:
    line = only(report([billed("5.00", input_tokens=4_000_000, output_tokens=0)], [used()]))
    assert because(line) == {Because.TOKENS: DOLLAR, Because.PRICE: DOLLAR}


def test_a_dated_name_is_the_same_model() -> None:
    assert because(only(report([billed("3.00", "gpt-5-2025-08-07")], [used()]))) == {}


def test_what_only_one_side_knows_is_told_as_that() -> None:
    found = report([billed("1.00", "dall-e-3"), billed("-2.00", None)], [used("m", 1)])
    assert {line.model: because(line) for line in found.lines} == {
        "dall-e-3": {Because.NOT_SEEN: DOLLAR},
        None: {Because.OTHER_CHARGE: -2 * DOLLAR},
        "m": {Because.NOT_INVOICED: -2 * DOLLAR},
    }


def test_calls_without_a_price_are_named_as_what_is_missing_here() -> None:
    line = only(report([billed("9.00", "new-model")], [used("new-model")]))
    assert (line.ours_nano_usd, because(line)) == (None, {Because.UNPRICED: 9 * DOLLAR})


def test_what_nothing_explains_is_called_unexplained() -> None:
    found = report([billed("4.00")], [used()])
    assert because(only(found)) == {Because.UNEXPLAINED: DOLLAR}
    assert found.unexplained_nano_usd == DOLLAR


def test_calls_that_sampling_dropped_are_estimated_first() -> None:
    line = only(report([billed("31.00")], [used(sampled_ppm=100_000)]))
    assert because(line) == {Because.SAMPLING: 27 * DOLLAR, Because.UNEXPLAINED: DOLLAR}


def test_charges_for_other_days_are_in_no_sum() -> None:
    found = report([billed("3.00", on=date(2026, 10, 31)), billed("7.00", on=date(2026, 11, 1))], [used()])
    assert found.invoiced_nano_usd == 3 * DOLLAR
    assert [line.on for line in found.outside] == [date(2026, 11, 1)]


some_lines = st.lists(
    st.builds(
        InvoiceLine,
        number=st.just(2),
        amount=st.integers(-(10**12), 10**12),
        decimals=st.sampled_from((2, 6)),
        model=st.sampled_from(("gpt-5", "gpt-5-2025-08-07", "m", "new", None)),
        input_tokens=st.none() | st.integers(0, 10**7),
        output_tokens=st.none() | st.integers(0, 10**6),
    ),
    max_size=8,
)
some_usages = st.lists(
    st.builds(
        used,
        st.sampled_from(("gpt-5", "m", "new", None)),
        st.none() | st.integers(0, 9),
        sampled_ppm=st.none() | st.integers(1, 999_999),
    ),
    max_size=8,
)


@given(some_lines, some_usages)
def test_the_causes_always_add_up_to_the_difference(lines: list[InvoiceLine], usages: list[Usage]) -> None:
    found = report(lines, usages)
    assert sum(each.nano_usd for each in found.differences) == found.difference_nano_usd


def test_a_restatement_keeps_both_figures_and_its_lines_add_up_to_them() -> None:
    dearer = RateBook((RateCard(version="corrected", models={"gpt-5": Price(input=Decimal(2), output=Decimal(20))}),))
    found = restated({"gpt-5": [used()], "m": [used("m", 1)]}, BOOK, dearer)
    assert (found.before.nano_usd, found.before.rate_cards, found.before.unpriced_calls) == (
        5 * DOLLAR,
        ("2026-q4",),
        0,
    )
    assert (found.after.nano_usd, found.after.rate_cards, found.after.unpriced_calls) == (6 * DOLLAR, ("corrected",), 1)
    assert [(line.model, line.before_nano_usd, line.after_nano_usd) for line in found.lines] == [
        ("gpt-5", 3 * DOLLAR, 6 * DOLLAR),
        ("m", 2 * DOLLAR, None),
    ]
