"""History shows at each minute what the windows of that minute show: whatever is rolled up, late, sampled or cut."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from outproof.core.errors import Permanent
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant, after
from outproof.decide.evaluate import BREACHES
from outproof.decide.policy import Policy
from outproof.decide.question import Seen, Span
from outproof.engine.roll import SETTLE_S, Roller
from outproof.learn.history import History, Lookout
from outproof.measure.dimension import Dimension
from outproof.measure.minutes import MINUTE_NS, Minutes, minute_of, minute_start
from outproof.measure.rate_book import RateBook
from outproof.measure.rate_card import Price, RateCard
from outproof.store.events import minutes
from outproof.store.events.client import Client
from outproof.store.events.history import DAY, Histories
from outproof.store.events.load import load
from tests.contract.events.store import a_body, windows_of
from tests.contract.state.opened import SetClock
from tests.unit.decide.policies import a_threshold, an_invariant
from tests.unit.wire.spans import NOW, a_span, read

FIRST = minute_of(NOW) + 1
START = minute_start(FIRST)
END = after(START, 1_800)
SERVICE = ((Dimension.SERVICE, "tracking-answerer"),)


def call(number: int, at_s: float, **more: Any) -> dict[str, Any]:
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": f"model-{number % 3}",
        "gen_ai.usage.input_tokens": 10 + number,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.time_to_first_chunk": 0.1 + number / 1_000,
        "shopflow.answer.route": "serve" if number % 4 else "abstain",
        "shopflow.answer.unsafe_claim_served": number % 5 == 0,
        **more,
    }
    start = after(START, at_s)
    stop = str(start + 500_000_000)
    return a_span(
        {name: value for name, value in values.items() if value is not None},
        spanId=f"{number + 1:016x}",
        traceId=f"{number + 1:032x}",
        startTimeUnixNano=str(start),
        endTimeUnixNano=stop,
    )


class Shop:
    """A store that fills: spans, and when they came."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.position = 0

    def load(self, *spans: dict[str, Any], came_s: float) -> None:
        self.load_all([(spans, came_s)])

    def load_all(self, batches: Sequence[tuple[Sequence[dict[str, Any]], float]]) -> None:
        """Batches of spans, each with when it came, in one insert."""
        bodies = [
            a_body(read(*spans, namespaces=("shopflow",), now=after(END, 86_400)), now=after(START, came_s))
            for spans, came_s in batches
        ]
        first, self.position = self.position + 1, self.position + len(bodies)
        load(self.client, list(enumerate(bodies, first)))

    def busy(self) -> None:
        """Half an hour of calls, of which some come five minutes late, and some forty."""
        batches = []
        for late_s, chosen in ((0.0, (1, 2, 4, 5, 7, 8)), (300.0, (0, 3)), (2_400.0, (6,))):
            for minute in range(30):
                numbers = [n for n in range(minute * 12, minute * 12 + 12) if n % 9 in chosen]
                batches.append(([call(n, minute * 60 + n % 12 * 4) for n in numbers], minute * 60 + 59 + late_s))
        self.load_all(batches)

    def roll(self, until: Instant) -> None:
        clock = SetClock(after(until, SETTLE_S))
        roller = Roller(self.client, clock, DEFAULT_PROJECT, clock.now)
        while roller.tick():
            pass

    def history(self, policy: Policy, rates: RateBook | None = None, end: Instant = END) -> History:
        reading = Histories(self.client, DEFAULT_PROJECT, lambda: rates or RateBook()).open(policy, Span(START, end))
        while reading.read() < 1.0:
            pass
        return reading.history


@pytest.fixture
def shop(client: Client) -> Shop:
    return Shop(client)


def looks(history: History, policy: Policy, *, then: bool, at: Sequence[int]) -> list[dict[str | None, Seen]]:
    """What the first window shows at some minutes after the start."""
    lookout = Lookout(history, policy.asks, then=then)
    return [dict(lookout.looks(minute_start(FIRST + minute))[policy.asks[0]]) for minute in at]


def seen_at(shop: Shop, minute: int, *, book: RateBook | None = None, then: bool = False, **declared: Any) -> Any:
    """What a policy sees by segment at a minute, and the instants of its window."""
    policy = a_threshold(over=dict(SERVICE), **declared)
    (shown,) = looks(shop.history(policy, book), policy, then=then, at=[minute])
    at = minute_start(FIRST + minute)
    return shown, after(at, -declared["window_s"]), at


@pytest.mark.parametrize("rolled_s", [0, 900])
def test_a_look_at_history_shows_what_the_window_shows(shop: Shop, rolled_s: int) -> None:
    """Shares, percentiles, costs and segments, half of them from roll-ups in the one case and none in the other."""
    shop.busy()
    shop.load(call(900, 1_000, **{"gen_ai.request.model": None}), came_s=1_001)
    shop.roll(after(START, rolled_s))
    price = Price(input=Decimal(1), output=Decimal(3))
    book = RateBook((RateCard(version="v1", models={"model-0": price, "model-1": price}),))
    windows = windows_of(shop.client, book=book)

    shown, start, end = seen_at(shop, 20, when="unsafe_rate > 5% or error_rate > 50%", window_s=600.0)
    window = windows.window(dict(SERVICE), start, end)
    seen = shown[None]
    assert seen.span == Span(start, end)
    assert window.answers > 60
    assert seen.measured["unsafe_rate"] == window.unsafe.ratio
    assert seen.measured["error_rate"] == window.errors.ratio
    assert seen.measured["answers"] == window.answers

    slow: dict[str, Any] = {"when": "ttft_p95 > 1s or lower_95(ttft_p95) > 1s", "window_s": 600.0}
    shown, *_ = seen_at(shop, 20, **slow)
    now = shown[None].measured
    assert now["ttft_p95"] == pytest.approx(window.ttft.p95_s, rel=0.01)
    assert now["lower_95(ttft_p95)"] == pytest.approx(window.ttft.p95_interval_s[0], rel=0.01)
    shown, *_ = seen_at(shop, 20, then=True, **slow)
    assert 0 < shown[None].measured["calls"] < now["calls"]
    assert shown[None].measured["ttft_p95"] is not None

    shown, *_ = seen_at(shop, 20, when="error_rate > 5%", window_s=600.0, by=Dimension.MODEL)
    groups = windows.groups(Dimension.MODEL, dict(SERVICE), start, end)
    assert {segment: each.measured["calls"] for segment, each in shown.items()} == {
        name: group.calls for name, group in groups.windows
    }
    assert None in shown

    shown, *_ = seen_at(shop, 20, when="cost > $1", window_s=600.0, book=book)
    assert shown[None].measured["cost"] == window.cost.estimated_nano_usd
    assert window.cost.unpriced


def test_a_look_then_shows_what_had_come_by_then(shop: Shop) -> None:
    shop.load(call(1, 30), came_s=31)
    shop.load(call(2, 40), came_s=200)  # seen from the fourth minute on
    shop.load(call(3, 50), came_s=4_000)  # when its window is long gone
    policy = a_threshold(when="answers > 5", window_s=300.0, over=dict(SERVICE))
    history = shop.history(policy)
    then = [seen[None] for seen in looks(history, policy, then=True, at=range(1, 8))]
    assert [seen.measured["answers"] for seen in then] == [1, 1, 1, 2, 2, 0, 0]
    now = [seen[None].measured["answers"] for seen in looks(history, policy, then=False, at=range(1, 8))]
    assert now == [3, 3, 3, 3, 3, 0, 0]
    assert history.known_ratio == 1.0


def test_a_segment_without_traffic_is_not_there_and_an_empty_window_is_no_data(shop: Shop) -> None:
    shop.load(call(1, 30), came_s=31)
    cut = a_threshold(when="error_rate > 5%", window_s=60.0, over=dict(SERVICE), by=Dimension.MODEL)
    assert looks(shop.history(cut), cut, then=True, at=[1, 2])[1] == {}
    whole = a_threshold(when="unsafe_rate > 5%", window_s=60.0, over=dict(SERVICE))
    measured = looks(shop.history(whole), whole, then=True, at=[2])[0][None].measured
    assert (measured["answers"], measured["unsafe_rate"]) == (0, None)


def test_an_invariant_is_judged_answer_by_answer(shop: Shop) -> None:
    shop.busy()
    policy = an_invariant(over=dict(SERVICE), window_s=300.0)
    history = shop.history(policy)
    for then in (False, True):
        lookout = Lookout(history, policy.asks, then=then)
        seen = lookout.looks(minute_start(FIRST + 10))[policy.asks[0]][None]
        window = windows_of(shop.client).window(dict(SERVICE), minute_start(FIRST + 5), minute_start(FIRST + 10))
        assert window.unsafe.count
        breaches = seen.measured[BREACHES]
        assert breaches is not None
        assert breaches == window.unsafe.count if not then else 0 < breaches < window.unsafe.count


def test_of_frozen_minutes_it_is_not_known_when_their_answers_came(shop: Shop) -> None:
    shop.load(call(1, 30), came_s=400)
    shop.load(call(2, 90), came_s=400)
    with shop.client.remembered.changing:
        minutes.freeze(shop.client, DEFAULT_PROJECT, Minutes(FIRST, FIRST + 1))
    policy = a_threshold(when="answers > 5", window_s=600.0, over=dict(SERVICE))
    history = shop.history(policy)
    assert history.known_ratio == 0.5
    assert looks(history, policy, then=True, at=[2])[0][None].measured["answers"] == 1


def test_rows_from_before_the_time_of_coming_was_written_down_count_as_in_time(shop: Shop) -> None:
    shop.load(call(1, 30), came_s=400)
    shop.client.command("ALTER TABLE answers UPDATE received_at = NULL WHERE 1 SETTINGS mutations_sync = 1")
    policy = a_threshold(when="answers > 5", window_s=600.0, over=dict(SERVICE))
    history = shop.history(policy)
    assert history.known_ratio == 0.0
    assert looks(history, policy, then=True, at=[1])[0][None].measured["answers"] == 1


def test_long_ranges_are_read_a_day_at_a_time(shop: Shop) -> None:
    shop.load(call(1, 30), came_s=31)
    shop.load(call(2, DAY * 60 + 30), came_s=DAY * 60 + 31)
    policy = a_threshold(when="answers > 5", window_s=600.0, over=dict(SERVICE))
    reading = Histories(shop.client, DEFAULT_PROJECT, RateBook).open(policy, Span(START, after(START, 2 * DAY * 60)))
    ratios = [reading.read(), reading.read(), reading.read()]
    assert ratios[0] < ratios[1] < ratios[2] == 1.0
    lookout = Lookout(reading.history, policy.asks, then=True)
    assert lookout.looks(minute_start(FIRST + 1))[policy.asks[0]][None].measured["answers"] == 1
    assert lookout.looks(minute_start(FIRST + DAY + 1))[policy.asks[0]][None].measured["answers"] == 1


@pytest.mark.parametrize(
    ("changes", "days", "said"),
    [
        ({}, 40, "expected a history of at most 35 d"),
        ({"window_s": 90.0}, 1, "looks at 1 min 30 s: expected windows of whole minutes"),
    ],
)
def test_what_cannot_be_tried_is_refused(client: Client, changes: dict[str, Any], days: int, said: str) -> None:
    histories = Histories(client, DEFAULT_PROJECT, RateBook)
    with pytest.raises(Permanent, match=said):
        histories.open(a_threshold(**changes), Span(START, Instant(START + days * DAY * MINUTE_NS)))


def test_a_promise_is_not_tried_on_answers(client: Client) -> None:
    policy = a_threshold(promise="digest", when="kept_rate < 99%", over={})
    with pytest.raises(Permanent, match="judged on the runs of a promise"):
        Histories(client, DEFAULT_PROJECT, RateBook).open(policy, Span(START, END))
