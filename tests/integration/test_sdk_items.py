"""Items, signs of life and heartbeats on their way from the disk to a server that answers as told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outproof.sdk.host import Host
from outproof.sdk.run_letters import beat_letter
from outproof.sdk.run_name import name_from
from tests.integration.sdk_receiver import Got, Receiver, Told, a_port, balanced, serving, the_settings, until
from tests.unit.sdk.outbox import a_resumed_run, a_run


@contextmanager
def a_host(endpoint: str, spool: Path) -> Iterator[Host]:
    host = Host()
    host.open(the_settings(endpoint, spool))
    try:
        yield host
    finally:
        host.close(5.0)


def lines_of(receiver: Receiver) -> list[dict[str, Any]]:
    letters = [got for got in receiver.signals() if "/items" in got.path]
    assert {got.headers["content-type"] for got in letters} <= {"application/x-ndjson"}
    return [json.loads(line) for got in letters for line in got.body.splitlines()]


def test_ten_thousand_items_travel_in_few_letters_and_before_the_close(tmp_path: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            for _, item in run.items(range(10_000)):
                item.validated()
        assert host.flush(60.0)
        stats = host.stats()
        assert balanced(host.stats())
    letters = [got.path.partition("?")[0].rpartition("/")[2] for got in receiver.signals()]
    assert (letters[0], letters[-1]) == ("runs", "close")
    assert letters.count("items") < 4 + 30  # 5,000 lines each, or a second's worth
    assert (stats["rejected"], stats["dropped"], stats["in_spool"]) == (0, {}, 0)
    lines = lines_of(receiver)
    assert len(lines) == 20_000
    assert {line["item_id"] for line in lines if line.get("stage")} == {str(number) for number in range(10_000)}


def test_a_single_item_arrives_without_anybody_closing_the_run(tmp_path: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        run = a_run(host, "nightly-digests", "batch-7").open()
        run.item("c-1").persisted()
        until(lambda: lines_of(receiver))
        until(lambda: balanced(host.stats()) and host.stats()["in_spool"] == 0)


def test_items_that_the_server_refuses_are_put_aside_and_each_is_counted(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answer = lambda got: Told(422 if "/items" in got.path else 202)
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.expect(range(7))
        assert host.flush(60.0)
        assert (host.stats()["sent"], host.stats()["rejected"]) == (2, 7)
        assert balanced(host.stats())
    [aside] = tmp_path.glob("*/refused/*.ndjson")
    assert len(aside.read_bytes().splitlines()) == 1 + 7


def test_items_wait_while_the_server_is_away_and_then_arrive(tmp_path: Path) -> None:
    receiver = Receiver()
    with a_port() as port, a_host(f"http://127.0.0.1:{port}", tmp_path) as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.expect(range(12_000))
        assert not host.flush(0.5)
        assert (host.stats()["in_spool"], balanced(host.stats())) == (12_002, True)
        with serving(receiver, port):
            until(lambda: host.flush(5.0))
    assert [line["item_id"] for line in lines_of(receiver)] == [str(number) for number in range(12_000)]


def test_items_survive_a_disk_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path / "file") as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.expect(range(6_000))
        assert host.flush(60.0)
        assert (host.stats()["sent"], balanced(host.stats())) == (6_002, True)
    assert len(lines_of(receiver)) == 6_000


def test_without_server_and_disk_items_stay_bounded_and_losses_are_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with a_port() as port, a_host(f"http://127.0.0.1:{port}", tmp_path / "file") as host:
        run = a_run(host, "nightly-digests", "batch-7").open()
        run.expect(f"{number:0500d}" for number in range(30_000))
        run.close()
        until(lambda: balanced(host.stats()))
        stats = host.stats()
    assert stats["dropped"]["spool_unwritable"] > 0
    assert stats["in_buffer"] * 520 < 9 * 1024 * 1024


def notes_of(receiver: Receiver) -> list[str]:
    return [got.fields["note"] for got in receiver.signals() if got.path.endswith("/notes")]


def test_of_many_signs_of_life_the_first_and_the_last_arrive_at_once(tmp_path: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.note("rendering", done=1, total=100_000)
            until(lambda: notes_of(receiver))  # or a newer one may take its place
            for number in range(2, 100_001):
                run.note("rendering", done=number, total=100_000)
        assert host.flush(60.0)
    assert notes_of(receiver)[0] == "rendering: 1 of 100000 (0 %)"
    assert notes_of(receiver)[-1] == "rendering: 100000 of 100000 (100 %)"
    assert len(notes_of(receiver)) < 10


def test_what_a_run_said_last_before_it_hangs_arrives_all_the_same(tmp_path: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        run = a_run(host, "nightly-digests", "batch-7").open()
        run.note("rendering")
        until(lambda: notes_of(receiver) == ["rendering"])  # or the newer one may take its place
        run.note("uploading")
        until(lambda: notes_of(receiver) == ["rendering", "uploading"])


def test_while_the_server_is_away_only_the_newest_beat_waits(tmp_path: Path) -> None:
    receiver = Receiver()
    with a_port() as port, a_host(f"http://127.0.0.1:{port}", tmp_path) as host:
        for _ in range(5):
            host.send(beat_letter("nightly digests/7"), synced=False)
        host.send(beat_letter("other"), synced=False)
        until(lambda: host.stats()["in_spool"] == 2)
        assert (host.stats()["dropped"], balanced(host.stats())) == ({"superseded": 4}, True)
        with serving(receiver, port):
            until(lambda: host.flush(5.0))
    paths = [got.path for got in receiver.signals()]
    assert paths == ["/v1/promises/nightly%20digests%2F7/heartbeat", "/v1/promises/other/heartbeat"]


def test_a_run_that_the_server_does_not_know_by_its_bare_id_yet_waits_for_it(tmp_path: Path) -> None:
    known = False
    receiver = Receiver()

    def answer(got: Got) -> Told:
        nonlocal known
        known = known or got.path == "/v1/runs"
        return Told(202 if known else 404)

    receiver.answer = answer
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        opened_later = a_run(host, "nightly-digests", "batch-7")
        from_elsewhere = opened_later.id
        assert from_elsewhere is not None
        carried_on = a_resumed_run(host, name_from(from_elsewhere))
        carried_on.persisted()
        until(lambda: len(receiver.requests) >= 1)
        opened_later.open()
        until(lambda: host.stats()["sent"] == 2)
