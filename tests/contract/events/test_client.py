"""The client itself: what a failed query leaves behind belongs to nobody."""

import threading

import pytest

from outproof.core.errors import Transient
from outproof.store.events.client import Client

FAILS_LATE = "SELECT number, toInt16(log(number % 200000)) AS t FROM numbers(200000)"
"""It puts out what it has, and then fails."""


def test_a_query_after_one_that_failed_late_shows_its_own_rows(client: Client) -> None:
    for _ in range(3):
        with pytest.raises(Transient, match="refused a query"):
            client.rows(FAILS_LATE)
        assert client.rows("SELECT number AS a FROM numbers({n:UInt8})", n=2) == [{"a": 0}, {"a": 1}]


def test_queries_of_other_threads_are_not_touched_by_one_that_fails(client: Client) -> None:
    begin, done = threading.Barrier(3), threading.Event()
    wrong: list[object] = []

    def ask(size: int) -> None:
        begin.wait()
        while not done.is_set():
            try:
                if len(rows := client.rows("SELECT number AS a FROM numbers({n:UInt32})", n=size)) != size:
                    wrong.append(rows[:3])
            except Transient as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask, args=(size,)) for size in (1, 500)]
    for thread in threads:
        thread.start()
    begin.wait()
    for _ in range(30):
        with pytest.raises(Transient):
            client.rows(FAILS_LATE)
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong
