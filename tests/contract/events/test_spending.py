"""Usage comes apart exactly where prices differ, in both homes of the event store, and windows say the same cost."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from outproof.core.errors import Permanent
from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.core.time import Instant, after
from outproof.measure.cost import Unknown, Usage, cost, costs
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import LongContext, Price, RateCard, TierPrice
from outproof.measure.spending import By
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.events.spending import Spending
from tests.contract.events.store import a_body, windows_of
from tests.unit.wire.spans import NOW, a_span, read

DAY_S = 86_400
MIDNIGHT = Instant(NOW // (DAY_S * 10**9) * DAY_S * 10**9 + DAY_S * 10**9)
TOMORROW = date.fromordinal(date(1970, 1, 1).toordinal() + MIDNIGHT // (DAY_S * 10**9))
END = after(MIDNIGHT, DAY_S)


def a_price(input: str, output: str) -> Price:
    step = LongContext(above_tokens=1_000, input=Decimal(input) * 2, output=Decimal(output) * 2)
    batch = TierPrice(input=Decimal(input) / 2, output=Decimal(output) / 2)
    return Price(input=Decimal(input), output=Decimal(output), long_context=(step,), tiers={"batch": batch})


BOOK = RateBook(
    (
        RateCard(version="old", models={"m": a_price("1", "10"), "azure/m": a_price("3", "30")}),
        RateCard(version="new", starts=TOMORROW, models={"m": a_price("2", "20")}),
    )
)


def a_call(number: int, at: Instant = NOW, **facts: Any) -> dict[str, Any]:
    names = {
        "model": "gen_ai.request.model",
        "provider": "gen_ai.provider.name",
        "tier": "openai.response.service_tier",
        "input": "gen_ai.usage.input_tokens",
        "cached": "gen_ai.usage.cache_read.input_tokens",
        "output": "gen_ai.usage.output_tokens",
    }
    said = {"model": "m", "provider": "openai", "input": 100, "output": 10, **facts}
    values = {names[name]: value for name, value in said.items() if value is not None}
    begun, ended = str(at + number), str(at + number + 10**9)
    return a_span(
        {"gen_ai.operation.name": "chat", **values},
        spanId=f"{number:016x}",
        traceId=f"{number:032x}",
        startTimeUnixNano=begun,
        endTimeUnixNano=ended,
    )


CALLS = (
    a_call(1),
    a_call(2, input=1_000),
    a_call(3, input=1_001),
    a_call(4, tier="batch"),
    a_call(5, tier="scale"),
    a_call(6, provider="azure.ai.openai", cached=50),
    a_call(7, Instant(MIDNIGHT - 10)),
    a_call(8, MIDNIGHT),
    a_call(9, output=None),
    a_call(10, input=None),
    a_call(11, model="unheard-of"),
    a_call(12, input=1_001, tier="batch"),
)


def loaded(client: Client, *calls: dict[str, Any], project: ProjectId = DEFAULT_PROJECT) -> Spending:
    now = after(END, 0)
    load(client, [(1, a_body(read(*calls, now=now), project=project, now=now))])
    return Spending(client, DEFAULT_PROJECT)


def all_of(found: Spending, book: RateBook = BOOK, by: By = By.MODEL) -> list[Usage]:
    return [usage for usages in found.usages(NOW, END, book, by).values() for usage in usages]


def test_calls_are_apart_where_their_prices_differ_and_together_where_not(client: Client) -> None:
    usages = all_of(loaded(client, *CALLS))
    plain = [usage for usage in usages if usage.provider == "openai" and usage.calls == 3]
    assert [(usage.input_tokens, usage.output_tokens) for usage in plain] == [(1_200, 30)]
    assert sum(usage.calls for usage in usages) == len(CALLS)


def test_the_cost_is_that_of_every_call_by_itself(client: Client) -> None:
    found = cost(all_of(loaded(client, *CALLS)), BOOK)
    old = (100 + 1_000 + 100) * 1_000 + 30 * 10_000 + 1_001 * 2_000 + 10 * 20_000
    batch = (100 + 1_001) * 500 + 20 * 5_000
    azure, new = 100 * 3_000 + 10 * 30_000, 100 * 2_000 + 10 * 20_000
    assert found.nano_usd == old + batch + azure + new
    assert found.rate_cards == ("new", "old")
    reasons = {(each.model, each.tier, each.reason): each.calls for each in found.unpriced}
    assert reasons == {
        ("m", "scale", Unknown.TIER): 1,
        ("m", None, Unknown.USAGE): 2,
        ("unheard-of", None, Unknown.MODEL): 1,
    }


def test_a_window_says_the_same_cost(client: Client) -> None:
    found = cost(all_of(loaded(client, *CALLS)), BOOK)
    window = windows_of(client, book=BOOK).window({}, NOW, END)
    assert (window.cost.nano_usd, window.cost.rate_cards) == (found.nano_usd, found.rate_cards)
    assert sum(each.calls for each in window.cost.unpriced) == sum(each.calls for each in found.unpriced)


@pytest.mark.parametrize("by", list(By))
def test_by_whatever_fact_the_parts_add_up_to_the_same_whole(client: Client, by: By) -> None:
    found = loaded(client, *CALLS)
    whole, parts = costs(found.usages(NOW, END, BOOK, by), BOOK)
    assert whole == cost(all_of(found), BOOK)
    assert sum(part.nano_usd or 0 for part in parts.values()) == whole.nano_usd


def test_only_the_time_the_service_and_the_project_that_were_asked_for_count(client: Client) -> None:
    loaded(client, *CALLS, project=ProjectId("other"))
    found = loaded(client, a_call(1), a_call(8, MIDNIGHT))
    assert [usage.calls for usage in all_of(found)] == [1, 1]
    until_midnight = found.usages(NOW, MIDNIGHT, BOOK, By.DAY)
    assert _calls(until_midnight.values()) == 1
    assert found.usages(NOW, END, BOOK, By.DAY, "another-service") == {}


def test_more_parts_than_can_be_told_apart_are_refused(client: Client) -> None:
    loaded(client, *CALLS)
    found = Spending(client, DEFAULT_PROJECT, groups_max=2)
    with pytest.raises(Permanent, match="expected at most 2 differently priced parts by model"):
        found.usages(NOW, END, BOOK, By.MODEL)


def _calls(groups: Any) -> int:
    found: Sequence[Usage] = [usage for group in groups for usage in group]
    return sum(usage.calls for usage in found)
