import os
import threading
import time
from collections.abc import Callable

import pytest

from outproof.sdk.buffer import Entry
from outproof.sdk.guard import faults
from outproof.sdk.onlookers import UNSEEN, WAITING_MAX, Onlookers


def an_entry(number: int) -> Entry:
    return (number, 1, number, 0, 0, 0, None, {}, None)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_everybody_sees_every_answer_in_order_and_in_a_thread_of_its_own() -> None:
    onlookers = Onlookers()
    one: list[object] = []
    other: list[object] = []
    threads: set[str] = set()
    onlookers.add(lambda entry: threads.add(threading.current_thread().name))
    onlookers.add(lambda entry: one.append(entry[0]))
    onlookers.add(lambda entry: other.append(entry[0]))
    for number in range(200):
        onlookers.see(an_entry(number))
    until(lambda: len(other) == 200)
    assert one == other == list(range(200))
    assert threads == {"outproof-onlookers"}


def test_one_that_fails_hides_nothing_from_the_others() -> None:
    def fails(_: Entry) -> None:
        raise ZeroDivisionError

    onlookers = Onlookers()
    seen: list[object] = []
    onlookers.add(fails)
    onlookers.add(lambda entry: seen.append(entry[0]))
    onlookers.see(an_entry(1))
    assert onlookers.catch_up(60)
    assert seen == [1]
    assert "internal:ZeroDivisionError" in faults.by_kind()


def test_one_that_hangs_holds_up_nobody_else() -> None:
    onlookers, hung, let_go, over = Onlookers(), threading.Event(), threading.Event(), threading.Event()

    def hangs(_: Entry) -> None:
        hung.set()
        let_go.wait(120)
        over.set()

    onlookers.add(hangs)
    onlookers.see(an_entry(0))
    try:
        onlookers.finish(0.1)
        assert hung.wait(60)
        assert not onlookers.catch_up(0.05)
        for number in range(1_000):
            onlookers.see(an_entry(number))
        assert not over.is_set()
    finally:
        let_go.set()


def test_what_finds_no_place_is_counted() -> None:
    onlookers, let_go = Onlookers(), threading.Event()

    def hangs(_: Entry) -> None:
        let_go.wait(60)

    onlookers.add(hangs)
    before = faults.by_kind().get(UNSEEN, 0)
    for number in range(WAITING_MAX + 3):
        onlookers.see(an_entry(number))
    let_go.set()
    assert 2 <= faults.by_kind()[UNSEEN] - before <= 3  # one may be in the onlooker's hands


def test_the_end_of_a_process_waits_only_as_long_as_there_is_something_to_show() -> None:
    onlookers = Onlookers()
    seen: list[object] = []
    onlookers.add(lambda entry: seen.append(entry[0]))
    began = time.monotonic()
    for number in range(100):
        onlookers.see(an_entry(number))
    onlookers.finish(60)
    assert len(seen) == 100
    onlookers.finish(60)
    assert time.monotonic() - began < 60


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_never_happens_while_somebody_looks() -> None:
    onlookers, lock = Onlookers(fork_waits_s=120), threading.Lock()

    def look(entry: Entry) -> None:
        with lock:
            time.sleep(0.0005)

    onlookers.add(look)
    os.register_at_fork(before=onlookers.pause, after_in_parent=onlookers.go_on)
    stuck = []
    for number in range(300):
        onlookers.see(an_entry(number))
    for _ in range(20):
        child = os.fork()
        if child == 0:
            os._exit(0 if lock.acquire(timeout=0) else 1)
        stuck.append(os.waitpid(child, 0)[1])
        time.sleep(0.003)
    assert stuck == [0] * 20
