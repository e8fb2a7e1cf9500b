from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from outproof.wire.dialects import aliases
from outproof.wire.logs import read_logs
from outproof.wire.otlp_records import records_of_json, records_of_protobuf
from outproof.wire.spans import Undecodable
from tests.unit.wire.records import a_body_of, a_logs_request, a_record, read_records
from tests.unit.wire.spans import NOW

DETAILS = "gen_ai.client.inference.operation.details"


def row(*records: dict[str, Any]) -> dict[str, Any]:
    reading = read_records(*records)
    assert reading.not_kept == {}
    return {name: column[0] for name, column in reading.facts.columns.items()}


def test_usage_and_finish_reason_are_read_from_the_event_of_an_inference() -> None:
    found = row(a_record(DETAILS, {"gen_ai.usage.input_tokens": 9, "gen_ai.response.finish_reasons": ["end_turn"]}))
    assert (found["input_tokens"], found["finish_reason"]) == (9, "stop")
    assert (found["came_as"], found["is_call"], found["is_answer"]) == ("log", False, False)


def test_the_finish_reason_of_a_choice_is_read_from_its_body_and_the_message_is_not() -> None:
    message = {"index": 0, "finish_reason": "length", "message": "my card is 4111 1111 1111 1111"}
    reading = read_records(a_record("gen_ai.choice", body=a_body_of(message)))
    assert reading.facts.columns["finish_reason"] == ("length",)
    assert "4111" not in repr(reading)


def test_an_event_named_by_an_attribute_is_the_same_event() -> None:
    values = {"event.name": "gen_ai.choice", "finish_reason": "stop"}
    assert row({**a_record("", values)})["finish_reason"] == "stop"


def test_the_class_of_an_exception_is_read_and_its_text_is_not() -> None:
    values = {"exception.type": "APITimeoutError", "exception.message": "maya.lopez@example.com"}
    reading = read_records(a_record("gen_ai.client.operation.exception", values))
    assert reading.facts.columns["error_type"] == ("APITimeoutError",)
    assert "maya" not in repr(reading)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (a_record("user.login", {"gen_ai.usage.input_tokens": 3}), "no_event_of_a_model_call"),
        (a_record("gen_ai.user.message", body=a_body_of({"content": "hi"})), "says_nothing_a_span_lacks"),
        (a_record("gen_ai.choice", {"finish_reason": "stop"}, spanId=""), "names_no_span"),
        (a_record("gen_ai.choice", {"finish_reason": "stop"}, timeUnixNano="5"), "too_old_or_in_the_future"),
    ],
)
def test_a_record_that_says_nothing_of_a_span_is_not_kept_and_the_reason_is_counted(
    record: dict[str, Any], reason: str
) -> None:
    reading = read_records(record)
    assert reading.not_kept == {reason: 1}
    assert reading.facts.spans == 0


def test_a_record_without_a_time_has_the_time_it_was_observed() -> None:
    record = a_record("gen_ai.choice", {"finish_reason": "stop"}, timeUnixNano="0", observedTimeUnixNano=str(NOW - 7))
    assert row(record)["started_at"] == NOW - 7


def test_protobuf_and_json_of_the_same_records_read_alike() -> None:
    wire = a_logs_request(a_record(DETAILS, {"gen_ai.usage.output_tokens": 4}))
    official = ExportLogsServiceRequest()
    group = official.resource_logs.add()
    group.resource.attributes.add(key="service.name").value.string_value = "tracking-answerer"
    record = group.scope_logs.add().log_records.add(
        time_unix_nano=NOW + 500_000_000,
        trace_id=bytes.fromhex("0af7651916cd43dd8448eb211c80319c"),
        span_id=bytes.fromhex("b7ad6b7169203331"),
        event_name=DETAILS,
    )
    record.body.string_value = "said"
    record.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = 4
    ours = read_logs(records_of_protobuf(official.SerializeToString()), aliases(), now=NOW)
    assert ours == read_logs(records_of_json(wire), aliases(), now=NOW)
    assert ours.facts.columns["output_tokens"] == (4,)


@pytest.mark.parametrize("body", [b"[]", b'{"resourceLogs": 3}', b'{"resourceLogs":' + b"[" * 5_000])
def test_json_that_is_no_logs_request_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        records_of_json(body)
