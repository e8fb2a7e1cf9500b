"""Log records in, JSON lines out that name request and trace; ended answers in, a record of each out.

For the standard library's logging and for structlog. Texts are scrubbed by the same rules as everything else, and an
exception is told by its class and its places in the code: what it says may quote a prompt.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import traceback
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from outproof.core.attributes import Decision, GenAi, Work
from outproof.sdk.buffer import Entry
from outproof.sdk.context import answer_here, surroundings
from outproof.sdk.facts import readable_id
from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.host import Host, this_process
from outproof.sdk.readings import duration, duration_of, ended_at_s, error_of, label, name_of, number, truth
from outproof.sdk.safe import safe_text

LOGGER = "outproof.answers"
MESSAGE = "answer"
UNREADABLE = "unreadable"  # what is left of a record that could not be written down
FRAMES_MAX = 20
DEPTH_MAX = 4  # of lists and mappings in a field
ITEMS_MAX = 64

_REQUEST, _STEP = Decision.REQUEST_ID.value, Work.STEP.value
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_READERS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "request_id": (_REQUEST, readable_id),
    "case_id": (Decision.CASE_ID.value, label),
    "segment": (Decision.SEGMENT.value, label),
    "evidence_version": (Decision.EVIDENCE_VERSION.value, label),
    "template_id": (Decision.TEMPLATE_ID.value, label),
    "route": (Decision.ROUTE.value, label),
    "first_failed_stage": (Decision.FIRST_FAILED_STAGE.value, label),
    "unsafe_claim_served": (Decision.UNSAFE_CLAIM_SERVED.value, truth),
    "model": (GenAi.REQUEST_MODEL.value, label),
    "provider": (GenAi.PROVIDER.value, label),
    "finish_reason": (GenAi.FINISH_REASONS.value, label),
    "ttft_s": (Decision.TIME_TO_FIRST_TOKEN_S.value, duration),
    "first_chunk_s": (GenAi.TIME_TO_FIRST_CHUNK_S.value, duration),
    "input_tokens": (GenAi.INPUT_TOKENS.value, number),
    "cached_input_tokens": (GenAi.CACHED_INPUT_TOKENS.value, number),
    "output_tokens": (GenAi.OUTPUT_TOKENS.value, number),
}


def _no_ids(*_: object) -> dict[str, str]:
    return {}


@never_raises(_no_ids)
def ids_here() -> dict[str, str]:
    """The names a line can be found by: `trace_id`, `span_id`, and `request_id` where the answer has one."""
    place = surroundings()
    if place is None:
        return {}
    ids = {"trace_id": f"{place[0]:032x}", "span_id": f"{place[1]:016x}"}
    answer = answer_here()
    request = None if answer is None else readable_id(answer.request_id)
    return ids if request is None else {**ids, "request_id": request}


def _as_it_was(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event


@never_raises(_as_it_was)
def with_ids(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: adds the ids to an event; what stands there already stays."""
    for name, value in ids_here().items():
        event.setdefault(name, value)
    return event


def _nothing_known(*_: object) -> dict[str, Any]:
    return {"event": UNREADABLE}


@never_raises(_nothing_known)
def without_texts(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor for just before the renderer: fields scrubbed, an exception without what it says."""
    raised = event.pop("exc_info", None)
    return {**safe_fields(event), **_raised_fields(sys.exc_info() if raised is True else raised)}


class WithIds(logging.Filter):
    """Stamps records with the ids of where they were written. A handler that passes records on to a thread needs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        self._stamp(record)
        return True

    @never_raises(nothing)
    def _stamp(self, record: logging.LogRecord) -> None:
        for name, value in ids_here().items():
            if not hasattr(record, name):
                setattr(record, name, value)


def _unreadable(_: object, record: logging.LogRecord) -> str:
    return json.dumps({"level": str(record.levelname).lower(), "logger": str(record.name), "message": UNREADABLE})


class JsonLines(logging.Formatter):
    """One JSON object per record: time, level, logger, message, the ids, and whatever was given as `extra`."""

    @never_raises(_unreadable)
    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        line = {
            "time": _iso(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": safe_text(record.getMessage()),
            **ids_here(),
            **safe_fields(extra),
            **_raised_fields(record.exc_info),
        }
        return json.dumps(line, ensure_ascii=False)


@never_raises(nothing)
def log_answers(logger: Any = LOGGER, *, host: Host = this_process) -> None:
    """Write a record of each answer that ends from now on: `info`, or `warning` when an error ended it.

    `logger` is the name of a standard logger, a logger, or one of structlog's. Records are written in a thread of the
    SDK's, half a second later at most.
    """
    named = logging.getLogger(logger) if isinstance(logger, str) else logger
    host.show(partial(_write, named))


def _write(logger: Any, entry: Entry) -> None:
    if _STEP in entry[7]:
        return
    fields = answer_fields(entry)
    failed = fields["status"] == "error"
    if isinstance(logger, logging.Logger | logging.LoggerAdapter):
        logger.log(logging.WARNING if failed else logging.INFO, MESSAGE, extra=fields)
    else:
        (logger.warning if failed else logger.info)(MESSAGE, **fields)


def answer_fields(entry: Entry) -> dict[str, Any]:
    """What a record says of an ended answer. What is unknown is left out."""
    error, took_s = error_of(entry), duration_of(entry)
    fields: dict[str, Any] = {
        "endpoint": name_of(entry),
        "status": "success" if error is None else "error",
        "error_type": error,
        "trace_id": f"{entry[1]:032x}",
        "span_id": f"{entry[2]:016x}",
        "ended_at": _iso(ended_at_s(entry)),
        "duration_s": took_s,
    }
    for name, (attribute, read) in _READERS.items():
        if attribute in entry[7]:
            fields[name] = read(entry[7][attribute])
    return {name: value for name, value in fields.items() if value is not None}


def safe_fields(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """Fields that can be written as JSON, their texts scrubbed; beyond ITEMS_MAX they are left out."""
    return {safe_text(str(name)): _safe(value, 0) for name, value in islice(fields.items(), ITEMS_MAX)}


def _unsayable(value: object, *_: object) -> str:
    return f"[{type(value).__name__}]"


@never_raises(_unsayable)
def _safe(value: object, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, float) or math.isfinite(value) else str(value)
    if depth >= DEPTH_MAX:
        return _unsayable(value)
    if isinstance(value, Mapping):
        return {safe_text(str(name)): _safe(each, depth + 1) for name, each in islice(value.items(), ITEMS_MAX)}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(each, depth + 1) for each in islice(value, ITEMS_MAX)]
    return _raised_fields(value) if isinstance(value, BaseException) else safe_text(str(value))


def _raised_fields(raised: object) -> dict[str, Any]:
    """The class of an exception, its causes' classes, and where it came from; never what it says."""
    error = raised[1] if isinstance(raised, tuple) else raised
    if not isinstance(error, BaseException):
        return {}
    frames = deque(traceback.walk_tb(error.__traceback__), FRAMES_MAX)
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < DEPTH_MAX:
        causes.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    return {
        "error_type": type(error).__qualname__,
        "error_causes": causes,
        "error_at": [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in frames],
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
