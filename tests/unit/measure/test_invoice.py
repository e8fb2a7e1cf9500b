from datetime import date
from decimal import Decimal

import pytest

from outproof.core.money import NanoUsd
from outproof.measure.invoice import LINES_MAX, InvoiceLine, InvoiceMistakes, invoice_lines


def lines(text: str, **columns: str) -> tuple[InvoiceLine, ...]:
    return invoice_lines(text, "march.csv", columns)


def mistakes(text: str, **columns: str) -> list[str]:
    with pytest.raises(InvoiceMistakes) as raised:
        lines(text, **columns)
    return raised.value.mistakes


def test_a_line_says_what_its_headers_say() -> None:
    [line] = lines(
        "Date,Model,Service Tier,Requests,Input Tokens,Input Cached Tokens,Output Tokens,Amount (USD)\n"
        '2026-10-31,gpt-5,batch,"1,200",3000000,1000000,500000,"$1,234.56"\n'
    )
    assert line == InvoiceLine(
        number=2,
        amount=NanoUsd(1_234_560_000_000),
        decimals=2,
        model="gpt-5",
        tier="batch",
        on=date(2026, 10, 31),
        calls=1_200,
        input_tokens=3_000_000,
        cached_input_tokens=1_000_000,
        output_tokens=500_000,
    )


def test_input_that_is_billed_in_classes_is_added_up() -> None:
    [line] = lines(
        "model,usage_input_tokens_no_cache,usage_input_tokens_cache_read,usage_input_tokens_cache_write_5m,cost_usd\n"
        "claude-sonnet-4-5,100,20,3,0.5\n"
    )
    assert (line.input_tokens, line.cached_input_tokens, line.cache_write_tokens) == (123, 20, 3)


def test_a_line_for_one_class_of_a_models_tokens_is_a_line_of_the_model() -> None:
    found = lines('line_item,amount_value\n"gpt-4o-2024-08-06, input",1.5\n"gpt-4o-2024-08-06, cached input",0.25\n')
    assert [line.model for line in found] == ["gpt-4o-2024-08-06"] * 2


@pytest.mark.parametrize(
    ("text", "nanos", "decimals"),
    [
        ("12", 12 * 10**9, 2),
        ("-0.50", -500_000_000, 2),
        ("-$0.50", -500_000_000, 2),
        ("(12.00)", -12 * 10**9, 2),
        ("1.5e-05", 15_000, 6),
        ("0.0000000015", 2, 10),
        ("0", 0, 2),
    ],
)
def test_amounts_are_exact_and_know_how_exact_they_are(text: str, nanos: int, decimals: int) -> None:
    [line] = lines(f"amount\n{text}\n")
    assert (line.amount, line.decimals) == (nanos, decimals)


def test_a_month_stands_for_its_first_day() -> None:
    [line] = lines("month,cost\n2026-10,1\n")
    assert line.on == date(2026, 10, 1)


def test_a_header_of_their_own_can_be_named() -> None:
    [line] = lines("Ware,Preis\ngpt-5,1.00\n", model="Ware", amount="Preis")
    assert (line.model, line.amount) == ("gpt-5", 10**9)


def test_every_mistake_is_told_with_its_line() -> None:
    assert mistakes(
        "date,model,currency,amount,input_tokens\n"
        "2026-13-01,a,USD,1,\n"
        "2026-10-01,a,EUR,1,\n"
        "\n"
        "2026-10-01,a,USD,one,\n"
        "2026-10-01,a,USD,,\n"
        "2026-10-01,a,USD,1,1.5\n"
    ) == [
        "march.csv:2: expected a date such as 2026-10-31, got '2026-13-01'",
        "march.csv:3: expected amounts in USD, got 'EUR': rate cards are in dollars, so convert it first",
        "march.csv:5: expected an amount in dollars such as 12.34, got 'one'",
        "march.csv:6: expected an amount, got nothing: a line without a charge is written as 0",
        "march.csv:7: expected a whole number of input tokens, got '1.5'",
    ]


def test_an_invoice_without_amounts_is_refused_with_what_it_has() -> None:
    [said] = mistakes("model,price\na,1\n")
    assert said.startswith("march.csv:1: expected a header such as amount, ")
    assert "got 'model', 'price'" in said


def test_an_empty_file_is_refused() -> None:
    assert mistakes("")[0].startswith("march.csv:1: expected a header")
    assert mistakes("amount\n") == ["march.csv:2: expected a line below the headers, found none"]


def test_a_header_that_is_not_there_is_refused() -> None:
    assert mistakes("amount\n1\n", model="Ware") == ["march.csv:1: expected the header 'Ware' for model, got 'amount'"]


def test_a_file_without_end_is_refused() -> None:
    [said] = mistakes("amount\n" + "1\n" * (LINES_MAX + 1))
    assert "split the invoice" in said


def test_amounts_never_touch_a_float() -> None:
    [line] = lines("amount\n0.1\n")
    assert line.amount == int(Decimal("0.1") * 10**9)
