import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider

from outproof.sdk.answer import Answer
from outproof.sdk.host import Host
from outproof.sdk.letter import Letter
from tests.integration.sdk_receiver import (
    Got,
    Receiver,
    Told,
    a_port,
    attributes,
    balanced,
    serving,
    the_settings,
    until,
)
from tests.unit.sdk.outbox import a_run


@contextmanager
def a_host(endpoint: str, spool: Path, **given: str) -> Iterator[Host]:
    host = Host()
    host.open(the_settings(endpoint, spool, **given))
    try:
        yield host
    finally:
        host.close(5.0)


def emit(host: Host, *names: str) -> list[str]:
    answers = [Answer(host.buffer, name) for name in names]
    for answer in answers:
        answer.end()
    return [answer.id.partition(":")[2] for answer in answers]


def test_answers_arrive_without_asking(tmp_path: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path, key="secret") as host:
        emit(host, "first")
        until(lambda: len(receiver.spans()) == 1)
        emit(host, "second")
        until(lambda: len(receiver.spans()) == 2)
        (headers, *_) = (got.headers for got in receiver.to("/v1/traces"))
    assert headers["authorization"] == "Bearer secret"
    assert headers["content-type"] == "application/x-protobuf"
    assert headers["content-encoding"] == "gzip"


def test_many_answers_travel_in_batches_of_512(tmp_path: Path) -> None:
    receiver, emitted = Receiver(), Event()
    receiver.answer = lambda _: Told() if emitted.wait(60) else Told(503)
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        sent = emit(host, *["answer"] * 3_000)
        emitted.set()
        assert host.flush(60.0)
        assert balanced(host.stats())
        assert host.stats()["sent"] == 3_000
    assert receiver.span_ids() == sent
    assert len(receiver.to("/v1/traces")) <= 10


def test_signals_arrive_in_the_order_they_were_given(tmp_path: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.validated(valid=980, invalid=20, input=1_000)
            run.visible(url="https://app.example/7")
        assert host.flush(60.0)
        assert (host.stats()["sent"], host.stats()["in_spool"]) == (4, 0)
    runs = f"/v1/runs/{run.id}"
    assert [got.path for got in receiver.signals()] == ["/v1/runs", f"{runs}/proofs", f"{runs}/proofs", f"{runs}/close"]
    assert receiver.signals()[1].fields["counts"] == {"valid": 980, "invalid": 20, "input": 1_000}


def test_while_the_server_is_away_all_waits_on_disk_and_then_arrives_in_order(tmp_path: Path) -> None:
    receiver = Receiver()
    with a_port() as port, a_host(f"http://127.0.0.1:{port}", tmp_path) as host:
        sent = emit(host, *["answer"] * 1_200)
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.validated(valid=3)
        assert not host.flush(1.0)
        until(lambda: host.stats()["in_spool"] >= 1_024 + 3)
        until(lambda: balanced(host.stats()))
        stats = host.stats()
        assert "no reply" in str(stats["last_problem"])
        with serving(receiver, port):
            until(lambda: host.flush(5.0))
            stats = host.stats()
    assert balanced(stats)
    assert (stats["sent"], stats["dropped"], stats["last_problem"]) == (1_203, {}, None)
    assert sorted(receiver.span_ids()) == sorted(sent)
    assert [got.path.rpartition("/")[2] for got in receiver.signals()] == ["runs", "proofs", "close"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_refusal_keeps_the_batch(tmp_path: Path, status: int) -> None:
    receiver = Receiver()
    receiver.answer = lambda got: Told(status) if len(receiver.requests) < 2 else Told()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        (span_id,) = emit(host, "answer")
        until(lambda: host.stats()["sent"] == 1)
        assert balanced(host.stats())
    assert receiver.span_ids() == [span_id] * 3


def test_a_time_the_server_asks_for_is_waited_out(tmp_path: Path) -> None:
    receiver = Receiver()
    asked_s: list[float] = []

    def answer(_: Got) -> Told:
        asked_s.append(time.monotonic())
        return Told(503, {"Retry-After": "2"}) if len(asked_s) == 1 else Told()

    receiver.answer = answer
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        emit(host, "answer")
        until(lambda: receiver.requests)
        host.flush(0.5)  # somebody who waits does not hurry it
        until(lambda: host.stats()["sent"] == 1)
    assert asked_s[1] - asked_s[0] >= 2.0


@pytest.mark.parametrize("status", [400, 401, 413, 500])
def test_a_lasting_refusal_of_answers_is_counted_and_not_repeated(tmp_path: Path, status: int) -> None:
    receiver = Receiver()
    receiver.answer = lambda _: Told(status)
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        emit(host, "one", "two")
        assert host.flush(60.0)
        stats = host.stats()
    assert (stats["rejected"], stats["sent"], stats["in_spool"]) == (2, 0, 0)
    assert str(status) in str(stats["last_problem"])
    assert balanced(stats)


def test_what_the_server_turns_away_within_a_batch_is_counted(tmp_path: Path) -> None:
    reply = ExportTraceServiceResponse()
    reply.partial_success.rejected_spans = 2
    receiver = Receiver()
    receiver.answer = lambda _: Told(200, body=reply.SerializeToString())
    host = Host()
    with serving(receiver) as endpoint:
        emit_to = the_settings(endpoint, tmp_path)
        host.open(emit_to)
        host.buffer.attended = True  # so that the three travel together
        emit(host, *["answer"] * 3)
        assert host.flush(60.0)
        assert (host.stats()["sent"], host.stats()["rejected"]) == (1, 2)
        host.close(2.0)


def test_a_conflict_is_settled_and_a_signal_nobody_will_take_is_put_aside(tmp_path: Path) -> None:
    def answer(got: Got) -> Told:
        return Told({"close": 409, "proofs": 422}.get(got.path.rpartition("/")[2], 201))

    receiver = Receiver()
    receiver.answer = answer
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        with a_run(host, "nightly-digests", "batch-7") as run:
            run.visible()
        assert host.flush(60.0)
        stats = host.stats()
    assert len(receiver.signals()) == 3
    assert (stats["sent"], stats["rejected"], stats["in_spool"]) == (1, 2, 0)
    assert balanced(stats)
    assert len(list(tmp_path.glob("*/refused/*.json"))) == 1


def test_a_signal_the_server_does_not_know_yet_waits_without_holding_up_others(tmp_path: Path) -> None:
    known: set[str] = {"known"}
    receiver = Receiver()
    receiver.answer = lambda got: Told(201 if got.fields["promise"] in known else 404)
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        a_run(host, "not declared yet", "1").open()
        a_run(host, "known", "1").open()
        until(lambda: host.stats()["sent"] == 1)
        assert host.stats()["in_spool"] == 1
        known.add("not declared yet")
        until(lambda: host.stats()["sent"] == 2)
        assert balanced(host.stats())


def test_a_wrong_key_keeps_every_signal(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answer = lambda _: Told(401)
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path) as host:
        a_run(host, "one", "1").open()
        a_run(host, "two", "1").open()
        assert not host.flush(1.0)
        until(lambda: "OUTPROOF_API_KEY" in str(host.stats()["last_problem"]))
        assert host.stats()["in_spool"] == 2
        receiver.answer = lambda _: Told(201)
        until(lambda: host.stats()["sent"] == 2)


def test_what_another_process_left_is_delivered(tmp_path: Path) -> None:
    receiver = Receiver()
    earlier = Host()
    with a_port() as port:
        earlier.open(the_settings(f"http://127.0.0.1:{port}", tmp_path))
        (span_id,) = emit(earlier, "answer")
        a_run(earlier, "nightly-digests", "batch-7").open()
        assert not earlier.close(2.0)
        assert (earlier.stats()["in_spool"], earlier.stats()["in_buffer"]) == (2, 0)
        with serving(receiver, port) as endpoint, a_host(endpoint, tmp_path) as host:
            until(lambda: host.stats()["in_spool"] == 0)
    assert receiver.span_ids() == [span_id]
    assert [got.path for got in receiver.signals()] == ["/v1/runs"]


def test_signals_survive_a_disk_that_refuses_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    receiver = Receiver()
    with serving(receiver) as endpoint, a_host(endpoint, tmp_path / "file") as host:
        a_run(host, "nightly-digests", "batch-7").open()
        emit(host, "answer")
        assert host.flush(60.0)
        stats = host.stats()
    assert stats["sent"] == 2
    assert stats["faults"]["signal_not_on_disk"] >= 1
    assert balanced(stats)


def test_without_server_and_disk_memory_stays_bounded_and_drops_are_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with a_port() as port, a_host(f"http://127.0.0.1:{port}", tmp_path / "file") as host:
        emit(host, *["answer"] * 25_000)
        for number in range(1_003):
            host.send(Letter(str(number), "/v1/feedback", {}), synced=False)
        until(lambda: balanced(host.stats()))
        stats = host.stats()
        assert stats["dropped"]["spool_unwritable"] == 3
        assert stats["dropped"]["buffer_full"] > 0
        assert stats["in_buffer"] <= 20_000 + 512 + 1_000
        host.close(1.0)
        until(lambda: balanced(host.stats()))


def test_an_answer_joins_the_trace_that_opentelemetry_has_open(tmp_path: Path) -> None:
    tracer = TracerProvider().get_tracer("the application's own")
    host = Host()
    with tracer.start_as_current_span("request") as span:
        answer = Answer(host.buffer, "answer")
    assert answer.id.partition(":")[0] == f"{span.get_span_context().trace_id:032x}"
    assert trace.get_current_span().get_span_context().is_valid is False
    assert Answer(host.buffer, "answer").id.partition(":")[0] != answer.id.partition(":")[0]


def test_new_settings_take_over_and_the_old_ones_still_deliver(tmp_path: Path) -> None:
    old, new = Receiver(), Receiver()
    with serving(old) as first, serving(new) as second, a_host(first, tmp_path) as host:
        emit(host, "old")
        host.open(the_settings(second, tmp_path, service="renamed"))
        emit(host, "new")
        assert host.flush(60.0)
        until(lambda: len(old.spans()) == 1)
    assert [span.name for span in new.spans()] == ["new"]
    resource = attributes(new.to("/v1/traces")[0].request.resource_spans[0].resource)
    assert resource["service.name"] == "renamed"
