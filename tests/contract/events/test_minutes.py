"""Roll-ups say what the answers say: under duplicates, late spans, replays, restarts, and when they are lost."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from outproof.core.ids import DEFAULT_PROJECT
from outproof.core.time import Instant, after
from outproof.engine.roll import AGAIN_S, SETTLE_S, Roller
from outproof.measure.dimension import Dimension
from outproof.measure.minutes import MINUTE_NS, Minutes, minute_of, minute_start
from outproof.measure.rate_book import RateBook
from outproof.measure.window import Method, Window
from outproof.store.events import minutes
from outproof.store.events.client import Client, Remembered
from outproof.store.events.load import load
from outproof.store.events.windows import Windows
from tests.contract.events.store import SERVICE, a_body, windows_of
from tests.contract.state.opened import SetClock
from tests.unit.wire.records import a_record, read_records
from tests.unit.wire.spans import NOW, a_span, read

FIRST = minute_of(NOW) + 1
START = minute_start(FIRST)
HOUR = (START, after(START, 3_600))
ALL = Minutes(FIRST, FIRST + 60)


def call(number: int, at_s: float = 0.0, **more: Any) -> dict[str, Any]:
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": f"model-{number % 3}",
        "gen_ai.usage.input_tokens": 10 + number,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.time_to_first_chunk": 0.1 + number / 1_000,
        "shopflow.answer.route": "serve" if number % 4 else "abstain",
        "shopflow.answer.unsafe_claim_served": number % 5 == 0,
        "shopflow.failure.stage": "passed" if number % 4 else "serving_gate",
        **more,
    }
    start = after(START, at_s)
    end = str(start + 2_000_000_000)
    values = {name: value for name, value in values.items() if value is not None}
    return a_span(
        values, spanId=f"{number:016x}", traceId=f"{number:032x}", startTimeUnixNano=str(start), endTimeUnixNano=end
    )


class Shop:
    """A store that fills, and the roller that counts its minutes."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.clock = SetClock(after(HOUR[1], SETTLE_S))
        self.position = 0
        self.restart()

    def restart(self) -> None:
        self.client.remembered = Remembered(waiting=True)
        self.roller = Roller(self.client, self.clock, DEFAULT_PROJECT, self.clock.now)

    def load(self, *spans: dict[str, Any], position: int | None = None) -> None:
        self.position += 1
        load(self.client, [(position or self.position, a_body(read(*spans, namespaces=("shopflow",), now=HOUR[1])))])

    def roll(self, forward_s: float = 0.0) -> None:
        self.clock.forward(forward_s)
        while self.roller.tick():
            pass

    def window(self) -> Window:
        return windows_of(self.client).window(SERVICE, *HOUR)

    def counted_anew(self) -> Window:
        """The window without any roll-up."""
        kept = self.client.arrow("SELECT * FROM answer_minutes")
        self.client.command("TRUNCATE TABLE answer_minutes")
        found = self.window()
        if kept.num_rows:
            self.client.insert("answer_minutes", kept)
        return found

    def sealed(self) -> tuple[int, ...]:
        return minutes.heads(self.client, DEFAULT_PROJECT, ALL).sealed


@pytest.fixture
def shop(client: Client) -> Shop:
    return Shop(client)


def measured(window: Window) -> dict[str, Any]:
    return {
        **window.measures,
        "stages": window.failure_stages,
        "cost": window.cost,
        "ttft": window.ttft,
        "streams": window.stream_ends,
        "coverage": window.coverage,
    }


def test_a_window_of_sealed_minutes_says_what_the_answers_say(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 300)))
    plain = measured(shop.window())
    shop.roll()
    assert len(shop.sealed()) == 60
    assert measured(shop.window()) == plain == measured(shop.counted_anew())
    shop.client.command("TRUNCATE TABLE answers")
    assert shop.window().calls == 299  # so they were read from roll-ups


def test_a_window_that_begins_and_ends_within_minutes_counts_every_instant_once(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 300)))
    shop.roll()
    for since_s, until_s in ((0.5, 700.0), (61.0, 62.0), (59.999, 120.001), (7.0, 14.0), (0.0, 3_600.0)):
        inside = [n for n in range(1, 300) if since_s <= n * 7.0 < until_s]
        found = windows_of(shop.client).window(SERVICE, after(START, since_s), after(START, until_s))
        assert found.calls == len(inside), (since_s, until_s)
        assert found.unsafe.count == sum(n % 5 == 0 for n in inside)


def test_duplicates_change_nothing(shop: Shop) -> None:
    spans = [call(n, at_s=n * 7.0) for n in range(1, 50)]
    shop.load(*spans)
    shop.roll()
    before = shop.window()
    shop.load(*spans)
    assert shop.sealed() == tuple(range(ALL.first, ALL.last))
    assert shop.window() == before


def test_a_late_span_counts_at_once_and_raises_the_revision(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 50)))
    shop.roll()
    before = shop.window()
    assert (before.partial, before.settling.revision, before.settling.late_spans) == (False, 0, 0)
    shop.load(call(1_000, at_s=30.0), call(1_001, at_s=31.0))
    late = shop.window()
    assert (late.calls, late.settling.revision) == (51, 1)
    assert FIRST not in shop.sealed()
    shop.roll(AGAIN_S / 2)  # more may come: it waits a while
    assert FIRST not in shop.sealed()
    shop.roll(AGAIN_S)
    again = shop.window()
    assert FIRST in shop.sealed()
    assert (again.calls, again.settling.revision, again.settling.late_spans) == (51, 1, 2)
    assert measured(again) == measured(late) == measured(shop.counted_anew())


def test_a_window_is_partial_until_what_happened_in_it_must_have_arrived(shop: Shop) -> None:
    assert shop.window().partial  # nothing is known of the loading yet
    shop.clock.at = after(HOUR[1], SETTLE_S - 1)
    shop.roll()
    assert shop.window().partial
    shop.roll(1)
    assert not shop.window().partial
    assert shop.window().settling.until == HOUR[1]


def test_what_waits_in_the_journal_keeps_its_minutes_open(client: Client) -> None:
    shop = Shop(client)
    shop.load(call(1), call(2, at_s=300.0))
    shop.roller = Roller(client, shop.clock, DEFAULT_PROJECT, lambda: after(START, 130 + SETTLE_S))
    shop.roll()
    assert shop.sealed() == (FIRST, FIRST + 1)
    assert shop.window().calls == 2


def test_a_replay_after_a_crash_before_the_rows_were_written_counts_once(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 50)))
    shop.roll()
    late = call(1_000, at_s=30.0)
    with shop.client.remembered.changing:  # the minute is opened, and the process dies
        minutes.opened(shop.client, DEFAULT_PROJECT, _instants(30.0))
    shop.restart()
    assert shop.window().calls == 49
    for _ in range(2):
        shop.load(late, position=7)
        assert shop.window().calls == 50
    shop.roll(AGAIN_S)
    shop.roll(AGAIN_S)
    assert shop.window().calls == 50
    assert len(shop.sealed()) == 60


def test_a_crash_between_counts_and_their_head_leaves_a_minute_that_is_counted_anew(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n) for n in range(1, 50)))
    broken = _Breaking(shop.client, lambda table: "spans" in table.column_names and table.num_columns < 10)
    with pytest.raises(_CrashError):
        minutes.seal(broken, DEFAULT_PROJECT, ALL)
    assert shop.client.rows("SELECT count() > 0 AS some FROM answer_minutes WHERE kind = 0") == [{"some": True}]
    shop.restart()
    assert shop.sealed() == ()
    assert shop.window().calls == 49
    shop.roll()
    assert shop.window().calls == 49
    assert len(shop.sealed()) == 60


def test_lost_roll_ups_are_made_again_after_a_restart(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 300)))
    shop.roll()
    before = measured(shop.window())
    shop.client.command("TRUNCATE TABLE answer_minutes")
    shop.restart()
    assert measured(shop.window()) == before
    shop.roll()
    assert len(shop.sealed()) == 60
    assert measured(shop.window()) == before


def test_answers_that_were_restored_behind_the_roll_ups_are_found_after_a_restart(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 100)))
    shop.roll()
    shop.client.command("ALTER TABLE answers DELETE WHERE span_id = 5 SETTINGS mutations_sync = 1")
    shop.restart()
    shop.roll()
    assert shop.window().calls == 98


def test_a_fact_that_comes_beside_a_span_of_a_sealed_minute_is_counted(shop: Shop) -> None:
    shop.load(call(1, at_s=5.0, **{"gen_ai.usage.output_tokens": None}))
    shop.roll()
    assert shop.window().tokens.output is None
    facts = {"gen_ai.usage.output_tokens": 9}
    record = a_record(
        "gen_ai.client.inference.operation.details",
        facts,
        traceId=f"{1:032x}",
        spanId=f"{1:016x}",
        timeUnixNano=str(after(START, 6.0)),
    )
    load(shop.client, [(9, a_body(read_records(record, now=HOUR[1]).facts))])
    assert shop.window().tokens.output == 9


def test_by_a_dimension_that_roll_ups_do_not_keep_a_window_is_counted_from_the_answers(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n, **{"gen_ai.agent.name": f"agent-{n % 2}"}) for n in range(1, 50)))
    shop.roll()
    found = windows_of(shop.client).window({**SERVICE, Dimension.AGENT: "agent-1"}, *HOUR)
    assert found.calls == 25


def test_the_parts_of_a_window_add_up_to_it_and_are_the_windows_of_their_values(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 300)))
    shop.roll()
    windows = windows_of(shop.client)
    whole = shop.window()
    groups = windows.groups(Dimension.MODEL, SERVICE, *HOUR)
    assert [name for name, _ in groups.windows] == ["model-1", "model-2", "model-0"] or len(groups.windows) == 3
    assert sum(each.calls for _, each in groups.windows) == whole.calls
    assert sum(each.unsafe.count for _, each in groups.windows) == whole.unsafe.count
    for name, each in groups.windows:
        assert each == windows.window({**SERVICE, Dimension.MODEL: name}, *HOUR)
    agents = windows.groups(Dimension.AGENT, SERVICE, *HOUR)
    assert [(name, each.calls) for name, each in agents.windows] == [(None, 299)]


def test_a_large_window_reads_percentiles_from_sketches_and_says_so(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n * 7.0) for n in range(1, 300)))
    shop.roll()
    exact = shop.window()
    assert exact.ttft.method is Method.EXACT
    rough = Windows(shop.client, DEFAULT_PROJECT, RateBook, exact_values_max=100).window(SERVICE, *HOUR)
    assert rough.ttft.method is Method.SKETCH
    assert rough.ttft.p95_s == pytest.approx(exact.ttft.p95_s, rel=0.01)
    assert rough.duration.p50_s == pytest.approx(2.0, rel=0.01)


def test_a_frozen_minute_keeps_the_counts_of_all_traffic_and_counts_what_comes_late_beside_them(shop: Shop) -> None:
    shop.load(*(call(n, at_s=n) for n in range(1, 50)))
    shop.roll()
    with shop.client.remembered.changing:
        minutes.freeze(shop.client, DEFAULT_PROJECT, Minutes(FIRST, FIRST + 1))
        shop.client.command("ALTER TABLE answers DELETE WHERE span_id > 3 SETTINGS mutations_sync = 1")
    for again in (False, True):
        if again:
            shop.restart()
        shop.roll(AGAIN_S)
        assert shop.window().calls == 49
        assert shop.window().ttft.p95_s == pytest.approx(0.147, rel=0.01)
    shop.load(call(1_000, at_s=30.0))
    shop.roll(AGAIN_S)
    assert (shop.window().calls, shop.window().settling.revision) == (50, 1)


def _instants(*at_s: float) -> np.ndarray:
    return np.array([after(START, each) for each in at_s], dtype=np.int64)


class _CrashError(RuntimeError):
    """The process died here."""


class _Breaking(Client):
    """A client that dies before an insert."""

    def __init__(self, client: Client, dies_at: Callable[[Any], bool]) -> None:
        self._connection, self._turn = client._connection, client._turn
        self.remembered = client.remembered
        self._dies_at = dies_at

    def insert(self, table: str, rows: Any) -> None:
        if self._dies_at(rows):
            raise _CrashError
        super().insert(table, rows)


def test_a_sealed_minute_takes_no_time_of_the_future(shop: Shop) -> None:
    shop.clock.at = Instant(START + MINUTE_NS)
    shop.load(call(1))
    shop.roll()
    assert shop.sealed() == ()
