"""Windows over a sample: every number stands for all traffic, and says what it rests on."""

from typing import Any

import pytest

from outproof.core.time import after
from outproof.measure.dimension import Dimension
from outproof.measure.rate_book import RateBook
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.journal.codec import Body
from tests.contract.events.store import SERVICE, a_body, windows_of
from tests.contract.events.test_windows import CARD
from tests.unit.wire.spans import NOW, a_span, read

HOUR = (NOW, after(NOW, 3_600))


def answer(number: int, *, kept: str | None = None, unsafe: bool = False, ttft_s: float = 0.1) -> dict[str, Any]:
    """An answer; `kept` is the threshold that an upstream sampler wrote: `c` keeps a quarter."""
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": "support-model-prod",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
        "gen_ai.response.time_to_first_chunk": ttft_s,
        "app.answer.route": "serve",
        "app.answer.unsafe_claim_served": unsafe,
    }
    state = {"traceState": f"ot=th:{kept}"} if kept else {}
    return a_span(values, traceId=f"{number:032x}", spanId=f"{number:016x}", **state)


def a_batch(*spans: dict[str, Any]) -> Body:
    return a_body(read(*spans, namespaces=("app",)))


def test_what_an_upstream_sampler_kept_counts_for_what_it_did_not(client: Client) -> None:
    load(client, [(1, a_batch(*(answer(n, kept="c") for n in range(1, 101))))])
    found = windows_of(client, book=RateBook((CARD,))).window(SERVICE, *HOUR)
    assert (found.answers, found.calls, found.tokens.input) == (400, 400, 40_000)
    assert found.cost.nano_usd == 15_000_000
    assert found.cost.estimated_nano_usd == found.measures["cost"] == 60_000_000
    assert found.sample is not None
    assert (found.sample.kept, found.sample.effective, found.sample.policies) == (100, 100, (None,))


def test_a_mixed_sample_is_weighted_and_its_plain_mean_is_nowhere(client: Client) -> None:
    flagged = [answer(n, unsafe=True, ttft_s=0.3) for n in range(1, 11)]
    nominal = [answer(n, kept="c") for n in range(11, 101)]
    load(client, [(1, a_batch(*flagged, *nominal))])
    found = windows_of(client).window(SERVICE, *HOUR)
    assert found.unsafe.ratio == pytest.approx(10 / 370)  # the plain mean of what was kept says 10 of 100
    assert (found.unsafe.count, found.unsafe.of, found.unsafe.kept) == (10, 370, 100)
    assert found.unsafe.interval is not None
    assert found.unsafe.interval[0] < 10 / 370 < found.unsafe.interval[1]
    assert found.ttft.p95_s == 0.1  # of all traffic less than 3 % was slow
    assert found.ttft.p99_s == 0.3
    assert found.measures["unsafe_rate"] == found.unsafe.ratio


def test_a_window_without_a_sample_says_so_and_is_exact(client: Client) -> None:
    load(client, [(1, a_batch(answer(1), answer(2, unsafe=True)))])
    found = windows_of(client).window(SERVICE, *HOUR)
    assert found.sample is None
    assert (found.unsafe.count, found.unsafe.of, found.unsafe.parts) == (1, 2, ())


def test_the_parts_of_a_sampled_window_are_estimated_each_from_its_own(client: Client) -> None:
    load(client, [(1, a_batch(*(answer(n, kept="c", unsafe=n % 2 == 0) for n in range(1, 11)), answer(11)))])
    groups = windows_of(client).groups(Dimension.ROUTE, SERVICE, *HOUR)
    ((name, found),) = groups.windows
    assert (name, found.answers) == ("serve", 41)
    series = windows_of(client).series(SERVICE, *HOUR, 600)
    assert [point.answers for point in series] == [41, 0, 0, 0, 0, 0]
