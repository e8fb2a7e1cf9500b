"""Server sampling on the real stores: what stays, with what label, and that everything is counted all the same."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outproof.contract.answer import Columns
from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant, after
from outproof.engine.intake import LOAD
from outproof.engine.thin import SAMPLED, Thinner
from outproof.measure.window import Window
from outproof.sampling.draw import lot
from outproof.sampling.policy import Bound, Edge, Op, Sampling
from outproof.store.events.client import Client
from outproof.store.events.load import load
from outproof.store.journal.codec import Body
from outproof.store.state.state import SqlState
from tests.contract.events.store import windows_of
from tests.contract.state.opened import SetClock, a_state

MINUTE = 60 * 10**9
START = Instant(1_795_219_980 * 10**9)
POLICY = Sampling(
    nominal_ratio=0.1,
    floor=5,
    period_s=60.0,
    after_s=60.0,
    edge=(Edge((Bound("ttft_us", Op.GT, 5_000_000),)),),
)


class Shop:
    """A store that fills, a clock, and the thinner."""

    def __init__(self, client: Client, state: SqlState) -> None:
        self.client = client
        self.state = state
        self.clock = SetClock(START)
        self.policy: Sampling | None = POLICY
        self.position = 0
        self.begin()
        self.thinner.tick()  # sampling begins

    def begin(self) -> None:
        """Start as a server does, without memory."""
        self.thinner = Thinner(self.client, self.state, self.clock, DEFAULT_PROJECT, lambda: self.policy)

    def load(self, *rows: dict[str, Any]) -> None:
        old, self.position = self.position, self.position + 1
        columns: Columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(n for r in rows for n in r)}
        body = Body(DEFAULT_PROJECT, START, {name: list(values) for name, values in columns.items()}, [], {}, {})
        load(self.client, [(self.position, body)])
        with self.state.begin() as tx:
            assert tx.alerts.move_cursor(LOAD, self.position, START, expected=old)

    def pass_minutes(self, minutes: float) -> None:
        self.clock.forward(minutes * 60)
        while self.thinner.tick():
            pass

    def rows(self) -> list[dict[str, Any]]:
        return self.client.rows(
            "SELECT trace_id, span_id, service, segment, failed, sampled_ppm, sample_reason, sample_policy FROM answers"
        )

    def counted(self) -> Window:
        """What a window says of all traffic."""
        return windows_of(self.client).window({}, START, after(START, 3_600))


@pytest.fixture
def shop(client: Client, tmp_path: Path) -> Iterator[Shop]:
    client.command("TRUNCATE TABLE answer_minutes")
    client.remembered.minutes.clear()
    with a_state(tmp_path, DEFAULT_PROJECT) as state:
        yield Shop(client, state)


def trace(number: int) -> bytes:
    return number.to_bytes(8, "big") * 2


def a_row(number: int, span: int = 1, *, minute: float = 0.5, **facts: Any) -> dict[str, Any]:
    return {
        "trace_id": trace(number),
        "span_id": number * 100 + span,
        "parent_span_id": 0,
        "started_at": START + round(minute * MINUTE),
        "duration_us": 1_000,
        "service": "shop",
        "segment": "retail",
        "case_id": "eta",
        "is_answer": True,
        "is_call": True,
        "failed": False,
        "unsafe_claim_served": False,
        "sampled_ppm": None,
        "sample_policy": None,
        "sample_reason": None,
        "ttft_us": 1_000,
        **facts,
    }


def test_errors_flagged_and_edge_cases_stay_and_of_the_rest_a_share_with_its_probability(shop: Shop) -> None:
    ordinary = [a_row(n) for n in range(1, 2_001)]
    errors = [a_row(n, failed=True) for n in range(3_001, 3_021)]
    flagged = [a_row(n, unsafe_claim_served=True) for n in range(4_001, 4_011)]
    slow = [a_row(n, ttft_us=6_000_000) for n in range(5_001, 5_006)]
    shop.load(*ordinary, *errors, *flagged, *slow)
    shop.pass_minutes(2)
    kept = shop.rows()
    why = Counter(row["sample_reason"] for row in kept)
    assert (why["error"], why["flagged"], why["edge"]) == (20, 10, 5)
    assert 150 < why["nominal"] < 250
    assert {row["sampled_ppm"] for row in kept if row["sample_reason"] == "nominal"} == {100_000}
    assert {row["sampled_ppm"] for row in kept if row["sample_reason"] != "nominal"} == {None}
    assert {row["sample_policy"] for row in kept} == {POLICY.version}
    assert shop.counted().answers == 2_035


def test_until_it_is_old_enough_everything_is_there(shop: Shop) -> None:
    shop.load(*(a_row(n) for n in range(1, 501)))
    shop.pass_minutes(1.9)
    assert len(shop.rows()) == 500
    assert shop.counted().answers == 500


def test_a_trace_is_kept_whole_for_the_sake_of_one_of_its_spans(shop: Shop) -> None:
    shop.load(*(a_row(n, span) for n in range(1, 301) for span in (1, 2)))
    shop.load(a_row(7, 3, minute=1.5, failed=True))  # in the next period, but known in time
    shop.pass_minutes(2.6)
    spans = Counter(row["trace_id"] for row in shop.rows())
    assert spans[trace(7)] == 3
    assert {count for each, count in spans.items() if each != trace(7)} == {2}


def test_each_stratum_keeps_its_floor_and_a_rare_one_all_of_it(shop: Shop) -> None:
    shop.load(
        *(a_row(n, segment="retail") for n in range(1, 1_001)),
        *(a_row(n, segment="trade") for n in range(2_001, 2_021)),
        *(a_row(n, segment="press") for n in range(3_001, 3_005)),
    )
    shop.pass_minutes(2)
    kept = shop.rows()
    sizes = Counter(row["segment"] for row in kept)
    assert sizes["press"] == 4
    assert 5 <= sizes["trade"] < 20
    assert {row["sample_reason"] for row in kept if row["segment"] == "press"} == {"rare"}
    assert {row["sampled_ppm"] for row in kept if row["segment"] == "press"} == {None}


def test_what_a_sampler_before_us_left_is_multiplied_in(shop: Shop) -> None:
    shop.load(*(a_row(n, sampled_ppm=250_000) for n in range(1, 501)), a_row(900, failed=True, sampled_ppm=250_000))
    shop.pass_minutes(2)
    chances = {(row["sample_reason"], row["sampled_ppm"]) for row in shop.rows()}
    assert chances == {("nominal", 25_000), ("error", 250_000)}


def test_what_the_sdk_sampled_is_not_sampled_again(shop: Shop) -> None:
    said: dict[str, Any] = {"sampled_ppm": 50_000, "sample_policy": "smp_of_the_sdk", "sample_reason": "nominal"}
    shop.load(*(a_row(n, **said) for n in range(1, 301)))
    shop.pass_minutes(2)
    assert len(shop.rows()) == 300
    assert {row["sample_policy"] for row in shop.rows()} == {"smp_of_the_sdk"}


def test_the_next_spans_of_a_trace_go_the_way_of_the_first(shop: Shop) -> None:
    shop.load(*(a_row(n) for n in range(1, 301)))
    shop.load(*(a_row(n, 9, minute=1.1) for n in range(1, 301)))
    shop.pass_minutes(2)
    kept = {row["trace_id"] for row in shop.rows() if row["sample_policy"]}
    assert 10 < len(kept) < 60
    shop.pass_minutes(1)
    assert {row["trace_id"] for row in shop.rows()} == kept
    assert set(Counter(row["trace_id"] for row in shop.rows()).values()) == {2}


def test_what_comes_late_stays_and_is_counted(shop: Shop) -> None:
    shop.load(*(a_row(n) for n in range(1, 301)))
    shop.pass_minutes(2)
    kept = len(shop.rows())
    shop.load(*(a_row(n, minute=0.6) for n in range(401, 431)))
    shop.pass_minutes(5)
    assert len(shop.rows()) == kept + 30
    assert shop.counted().answers == 330


@pytest.mark.parametrize("crash_after", ["freeze", "thin"])
def test_a_crash_at_any_point_repeats_work_and_no_count(shop: Shop, crash_after: str) -> None:
    shop.pass_minutes(1)
    shop.load(*(a_row(n) for n in range(1, 301)))
    shop.clock.forward(60)
    broken = Breaking(shop.client, crash_after)
    thinner = Thinner(broken, shop.state, shop.clock, DEFAULT_PROJECT, lambda: POLICY)
    with pytest.raises(CrashError):
        thinner.tick()
    shop.begin()
    shop.pass_minutes(0)
    kept = {row["trace_id"] for row in shop.rows()}
    assert {row["sample_policy"] for row in shop.rows()} == {POLICY.version}
    assert kept == {trace(n) for n in range(1, 301) if lot(trace(n), POLICY.version) < 100_000}
    assert shop.counted().answers == 300


def test_windows_say_the_same_of_all_traffic_before_and_after(shop: Shop) -> None:
    shop.load(*(a_row(n, failed=n % 50 == 0, route="abstain" if n % 4 == 0 else "serve") for n in range(1, 1_001)))
    before = shop.counted()
    shop.pass_minutes(2)
    assert len(shop.rows()) < 250
    after_all = shop.counted()
    assert (after_all.answers, after_all.abstention, after_all.errors) == (
        before.answers,
        before.abstention,
        before.errors,
    )


def test_without_a_policy_nothing_is_taken_out(shop: Shop) -> None:
    shop.policy = None
    shop.load(*(a_row(n) for n in range(1, 101)))
    shop.pass_minutes(10)
    assert len(shop.rows()) == 100


def test_what_was_there_before_sampling_began_stays_whole(shop: Shop) -> None:
    shop.load(*(a_row(n, minute=-30) for n in range(1, 101)))
    shop.pass_minutes(5)
    assert len(shop.rows()) == 100
    with shop.state.begin() as tx:
        assert tx.alerts.cursor(SAMPLED) > START


class CrashError(Exception):
    """The end of a process in the middle of its work."""


class Breaking(Client):
    """The store of a process that dies before or right after it takes spans out."""

    def __init__(self, client: Client, crash_after: str) -> None:
        self._connection, self._turn = client._connection, client._turn
        self.remembered = client.remembered
        self._crash_after = crash_after

    def command(self, statement: str, **parameters: Any) -> None:
        is_ours = "sample_policy" in statement
        if is_ours and self._crash_after == "freeze":
            raise CrashError
        super().command(statement, **parameters)
        if is_ours:
            raise CrashError


def test_calls_without_a_first_token_are_frozen_like_others(shop: Shop) -> None:
    shop.load(*(a_row(n, ttft_us=None) for n in range(1, 101)), *(a_row(n) for n in range(201, 211)))
    shop.pass_minutes(2)
    assert shop.counted().answers == 110
