import json
import logging
import queue
from logging.handlers import QueueHandler
from typing import Any

import pytest
import structlog

import outproof
from outproof.core.attributes import Decision, GenAi, Work
from outproof.sdk.buffer import Entry
from outproof.sdk.host import Host
from outproof.sdk.logs import FRAMES_MAX, JsonLines, WithIds, ids_here, log_answers, with_ids, without_texts


class Kept(logging.Handler):
    """Keeps lines as a file would."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def handler() -> Kept:
    handler = Kept()
    handler.setFormatter(JsonLines())
    return handler


@pytest.fixture
def logger(handler: Kept) -> logging.Logger:
    logger = logging.Logger("shop", logging.INFO)
    logger.addHandler(handler)
    return logger


def the_line(handler: Kept) -> dict[str, Any]:
    [line] = handler.lines
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def an_entry(error: object = None, **facts: object) -> Entry:
    return ("answer", 0xABC, 0x7, 0, 1_800_000_000_000_000_000, 1_500_000_000, None, dict(facts), error)


def test_a_line_written_in_an_answer_names_its_request_and_its_trace(logger: logging.Logger, handler: Kept) -> None:
    with outproof.answer("answer", request_id="req_206") as a:
        logger.info("looking up %s", "parcel", extra={"attempt": 2})
        trace_id, _, span_id = a.id.partition(":")
    line = the_line(handler)
    assert (line["request_id"], line["trace_id"], line["span_id"]) == ("req_206", trace_id, span_id)
    assert (line["message"], line["level"], line["logger"], line["attempt"]) == ("looking up parcel", "info", "shop", 2)
    assert line["time"].endswith("Z")


def test_a_line_written_outside_of_any_answer_has_no_ids(logger: logging.Logger, handler: Kept) -> None:
    logger.info("started")
    assert not {"request_id", "trace_id", "span_id"} & set(the_line(handler))
    assert ids_here() == {}


def test_what_must_not_be_kept_is_in_no_line(logger: logging.Logger, handler: Kept) -> None:
    secret = "jane.doe@example.com"
    logger.info("mail to %s", secret, extra={"to": secret, "deep": [{"to": secret}]})
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(f"no answer for {secret}") from error
    except ValueError:
        logger.exception("failed")
    assert secret not in "".join(handler.lines)
    failed = json.loads(handler.lines[1])
    assert (failed["error_type"], failed["error_causes"]) == ("ValueError", ["KeyError"])
    assert failed["error_at"][0].endswith("test_what_must_not_be_kept_is_in_no_line")
    assert "no answer" not in handler.lines[1]


def test_a_deep_traceback_is_bounded(logger: logging.Logger, handler: Kept) -> None:
    def deeper(levels: int) -> None:
        if not levels:
            raise ValueError
        deeper(levels - 1)

    try:
        deeper(100)
    except ValueError:
        logger.exception("failed")
    assert len(the_line(handler)["error_at"]) == FRAMES_MAX


@pytest.mark.parametrize("odd", [object(), float("nan"), {1: {2: {3: {4: {5: 6}}}}}, b"x", {"k": 1}.items(), "\ud800"])
def test_a_line_is_json_whatever_it_is_given(logger: logging.Logger, handler: Kept, odd: object) -> None:
    logger.info("odd", extra={"odd": odd})
    assert the_line(handler)["message"] == "odd"


def test_a_record_that_cannot_be_formatted_is_still_a_line(logger: logging.Logger, handler: Kept) -> None:
    logger.info("%d items", "many")
    assert the_line(handler) == {"level": "info", "logger": "shop", "message": "unreadable"}


def test_a_handler_that_writes_elsewhere_stamps_the_ids_where_the_line_was_written(handler: Kept) -> None:
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    passing_on = QueueHandler(records)
    passing_on.addFilter(WithIds())
    logger = logging.Logger("shop", logging.INFO)
    logger.addHandler(passing_on)
    with outproof.answer("answer", request_id="req_206") as a:
        logger.info("inside")
    with outproof.answer("another"):
        handler.handle(records.get())
    assert (the_line(handler)["request_id"], the_line(handler)["trace_id"]) == ("req_206", a.id.partition(":")[0])


def test_structlog_gets_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.wrap_logger(
        structlog.PrintLogger(), processors=[with_ids, without_texts, structlog.processors.JSONRenderer()]
    )
    with outproof.answer("answer", request_id="req_206") as a:
        try:
            raise ValueError("for jane.doe@example.com")
        except ValueError:
            log.info("failed for jane.doe@example.com", exc_info=True, trace_id="its own")
    out = capsys.readouterr().out
    line = json.loads(out)
    assert "jane" not in out
    assert (line["request_id"], line["trace_id"], line["error_type"]) == ("req_206", "its own", "ValueError")
    assert line["span_id"] == a.id.partition(":")[2]


def test_each_answer_is_a_record_of_what_is_known_and_nothing_else(logger: logging.Logger, handler: Kept) -> None:
    host = Host()
    log_answers(logger, host=host)
    said = {
        Decision.REQUEST_ID.value: "req_206",
        Decision.ROUTE.value: "serve",
        Decision.UNSAFE_CLAIM_SERVED.value: False,
        GenAi.REQUEST_MODEL.value: "m1",
        GenAi.OUTPUT_TOKENS.value: 30,
        GenAi.INPUT_TOKENS.value: "unreadable",
    }
    host.buffer.put(an_entry(**said))
    assert host.onlookers.catch_up(60)
    line = the_line(handler)
    del line["time"]
    assert line == {
        "level": "info",
        "logger": "shop",
        "message": "answer",
        "endpoint": "answer",
        "status": "success",
        "trace_id": f"{0xABC:032x}",
        "span_id": f"{7:016x}",
        "ended_at": "2027-01-15T08:00:01.500Z",
        "duration_s": 1.5,
        "request_id": "req_206",
        "route": "serve",
        "unsafe_claim_served": False,
        "model": "m1",
        "output_tokens": 30,
    }


def test_a_failed_answer_is_a_warning_with_the_class_of_its_error(logger: logging.Logger, handler: Kept) -> None:
    host = Host()
    log_answers(logger, host=host)
    host.buffer.put(an_entry(ValueError))
    host.buffer.put(an_entry(**{Work.STEP.value: "look up"}))
    host.onlookers.catch_up(60)
    line = the_line(handler)  # the step is none
    assert (line["level"], line["status"], line["error_type"]) == ("warning", "error", "ValueError")


def test_records_of_answers_go_to_structlog_as_well() -> None:
    host, log = Host(), structlog.testing.CapturingLogger()
    log_answers(log, host=host)
    host.buffer.put(an_entry(ValueError, **{Decision.REQUEST_ID.value: "req_206"}))
    host.onlookers.catch_up(60)
    [call] = log.calls
    assert (call.method_name, call.args, call.kwargs["request_id"]) == ("warning", ("answer",), "req_206")
