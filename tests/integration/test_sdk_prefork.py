"""A forking server, its workers recycled, reloaded, stopped and killed: every answer arrives once, or is counted."""

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.sdk_prefork import Prefork, gunicorn
from tests.integration.sdk_programs import deliver_leftovers
from tests.integration.sdk_receiver import Receiver, Told, attributes, serving, until

REQUESTS = 200


@pytest.fixture
def receiver() -> Receiver:
    receiver = Receiver()
    receiver.answer = lambda got: Told(200 if got.path == "/v1/traces" else 201)
    return receiver


@pytest.fixture
def endpoint(receiver: Receiver) -> Iterator[str]:
    with serving(receiver) as endpoint:
        yield endpoint


def names(receiver: Receiver) -> list[str]:
    """The request ids of the answers that arrived. What a worker was stopped over comes again, as the same span."""
    answers = {span.span_id: attributes(span)["outproof.request.id"] for span in receiver.spans()}
    return sorted(answers.values())


def said(receiver: Receiver) -> set[str]:
    """The answers that feedback arrived for."""
    return {got.fields["answer_id"] for got in receiver.signals()}


def ask(server: Prefork, first: int = 0, last: int = REQUESTS) -> set[str]:
    """Ask so many times, four at once; the process ids that answered."""
    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(lambda number: server.get(f"/?req_{number:04}"), range(first, last)))


ALL = [f"req_{number:04}" for number in range(REQUESTS)]


@pytest.mark.parametrize("options", [[], ["--preload"], ["--worker-class", "gthread", "--threads", "4"]])
def test_recycled_workers_and_a_stop_lose_nothing_and_send_nothing_twice(
    tmp_path: Path, receiver: Receiver, endpoint: str, options: list[str]
) -> None:
    with gunicorn(tmp_path, endpoint, "--max-requests", "20", *options) as server:
        assert len(ask(server) - {""}) > 3  # more processes than workers: they were recycled
        assert server.stop() == 0
    deliver_leftovers(endpoint, tmp_path / "spool")
    assert names(receiver) == ALL
    assert said(receiver) == set(ALL)


def test_a_reload_and_a_quick_stop_lose_nothing(tmp_path: Path, receiver: Receiver, endpoint: str) -> None:
    with gunicorn(tmp_path, endpoint) as server:
        ask(server, 0, 100)
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        ask(server, 100, REQUESTS)
        server.stop(signal.SIGINT)
    deliver_leftovers(endpoint, tmp_path / "spool")
    assert names(receiver) == ALL


def test_with_the_server_away_workers_stop_in_time_and_the_next_start_delivers(
    tmp_path: Path, receiver: Receiver, endpoint: str
) -> None:
    # They must stop of themselves: gunicorn would wait for ten minutes before it kills one, and this test does not.
    with gunicorn(tmp_path, "http://127.0.0.1:9", "--graceful-timeout", "600") as server:
        ask(server)
        assert server.stop() == 0
    spool = next((tmp_path / "spool").iterdir())
    assert sum(int(path.name.split("~")[2].split(".")[0]) for path in spool.glob("answers/*")) == REQUESTS


def test_workers_that_die_without_a_word_lose_no_feedback_and_their_answers_are_counted(
    tmp_path: Path, receiver: Receiver, endpoint: str
) -> None:
    with gunicorn(tmp_path, endpoint) as server:
        ask(server, 0, 30)
        for number in range(30, 33):
            server.get(f"/die?req_{number:04}")
        for worker in ask(server, 33, 42):
            os.kill(int(worker), signal.SIGKILL)
        time.sleep(1.1)  # a file that young may belong to a process that is just starting
        server.process.send_signal(signal.SIGHUP)  # the next workers find what the dead ones left

        def accounted_for() -> bool:
            server.get("/?poll")  # how many exactly: `test_life` and `test_sdk_exits`
            return re.search(r'shop_telemetry_dropped_total{reason="died"} [1-9]', server.get("/metrics")) is not None

        until(accounted_for, within_s=60)
        server.stop()
    deliver_leftovers(endpoint, tmp_path / "spool")
    assert said(receiver) == {*ALL[:42], "poll"}


def test_metrics_of_all_workers_add_up_across_recycling(tmp_path: Path, receiver: Receiver, endpoint: str) -> None:
    with gunicorn(tmp_path, endpoint, "--max-requests", "20") as server:
        ask(server)

        text = ""

        def counted() -> bool:
            nonlocal text
            text = server.get("/metrics")
            return f'shop_requests_total{{endpoint="answer",status="success"}} {REQUESTS}.0' in text

        until(counted)
    assert f'shop_input_tokens_total{{endpoint="answer",model="unknown"}} {REQUESTS}0.0' in text
    assert 'shop_model_loaded{model="m1"} 1.0' in text
    assert re.search(r'shop_last_success_timestamp_seconds\{endpoint="answer"\} 1\.\d+e\+09', text)
