from outproof.core.ids import ProjectId
from outproof.core.time import Instant, after
from outproof.store.events.client import Client
from outproof.store.events.load import load
from tests.contract.events.store import SERVICE, a_body, windows_of
from tests.unit.wire.spans import NOW, a_span, read

DAY_NS = 86_400 * 10**9
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5}


def spans(n: int, *, first: int = 1, trace: str = "0af7651916cd43dd8448eb211c80319c", at: int = NOW) -> list[dict]:
    return [
        a_span(
            CHAT,
            traceId=trace,
            spanId=f"{first + i:016x}",
            startTimeUnixNano=str(at + i),
            endTimeUnixNano=str(at + i + 1_000_000),
        )
        for i in range(n)
    ]


def count(client: Client) -> int:
    return windows_of(client).total_spans()


def test_spans_are_stored_once_however_often_they_are_delivered(client: Client) -> None:
    body = a_body(read(*spans(10)))
    assert load(client, [(1, body)]).stored == {"default": 10}
    again = load(client, [(2, body), (3, body)])
    assert again.stored["default"] == 0
    assert again.duplicate["default"] == 20
    assert count(client) == 10


def test_a_duplicate_inside_one_batch_is_stored_once(client: Client) -> None:
    loaded = load(client, [(1, a_body(read(*spans(3), *spans(3))))])
    assert (loaded.stored["default"], loaded.duplicate["default"]) == (3, 3)
    assert count(client) == 3


def test_the_same_span_id_in_another_trace_is_another_span(client: Client) -> None:
    load(client, [(1, a_body(read(*spans(2))))])
    loaded = load(client, [(2, a_body(read(*spans(2, trace="f" * 32), *spans(2, trace="e" * 32))))])
    assert loaded.stored["default"] == 4
    assert count(client) == 6


def test_a_replayed_entry_counts_as_stored_and_not_as_a_duplicate(client: Client) -> None:
    body = a_body(read(*spans(5)))
    load(client, [(7, body)])
    replay = load(client, [(7, body)])
    assert (replay.stored["default"], replay.duplicate["default"]) == (5, 0)
    assert count(client) == 5


def test_a_batch_cut_short_between_two_days_is_completed_by_its_replay(client: Client) -> None:
    today, yesterday = spans(3), spans(3, first=100, at=NOW - DAY_NS)
    load(client, [(7, a_body(read(*today)))])  # what a kill after the first of two days leaves
    replay = load(client, [(7, a_body(read(*today, *yesterday)))])
    assert (replay.stored["default"], replay.duplicate["default"]) == (6, 0)
    assert count(client) == 6


def test_projects_do_not_see_each_other_even_with_equal_ids(client: Client) -> None:
    reading = read(*spans(4))
    load(client, [(1, a_body(reading)), (2, a_body(reading, project=ProjectId("other")))])
    assert count(client) == 4
    assert windows_of(client, ProjectId("other")).total_spans() == 4
    third = windows_of(client, ProjectId("third"))
    window = third.window(SERVICE, Instant(NOW - 1), after(NOW, 60))
    assert window.empty


def test_what_is_on_disk_does_not_hold_a_name_that_was_never_admitted(client: Client) -> None:
    load(client, [(1, a_body(read(a_span({**CHAT, "gen_ai.input.messages": "where is my parcel"}))))])
    names = client.rows("SELECT name FROM system.columns WHERE table = 'answers'")
    assert not any("message" in row["name"] or "prompt_text" in row["name"] for row in names)


def test_facts_set_aside_twice_are_one_contradiction(client: Client) -> None:
    body = a_body(read(a_span({**CHAT, "gen_ai.response.time_to_first_chunk": 99.0})))
    load(client, [(1, body)])
    load(client, [(1, body), (2, body)])  # replayed after a crash, and delivered again
    ours = windows_of(client)
    window = ours.window(SERVICE, Instant(NOW - 1), after(NOW, 60))
    assert window.quarantined == {"first_token_after_end": 1}
