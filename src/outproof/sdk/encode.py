"""Ended answers in, one OTLP trace request out. Facts are looked at here, on the courier's time, not on the host's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from outproof.core.attributes import Common, Decision, GenAi, Sampled, Work
from outproof.sdk.buffer import Entry
from outproof.sdk.facts import TEXT_CHARS_MAX, BadFactError, count, flag, own_id, seconds, text, usable
from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.settings import Settings
from outproof.wire.otlp_schema import AnyValue, TraceRequest

DEFAULT_NAME = "answer"
ANSWERS_A_BREATH = 16  # about 0.3 ms of work; the interpreter itself would only switch threads after 5 ms

_INTERNAL, _CLIENT = 1, 3  # SpanKind
_ERROR = 2  # StatusCode
_FIXED64 = 1 << 64
_MODEL, _OPERATION = GenAi.REQUEST_MODEL.value, GenAi.OPERATION.value
_INSIDE = ("execute_tool", "invoke_agent")  # operations of the application itself
_ERROR_TYPE = Common.ERROR_TYPE.value

T = TypeVar("T")


# Templates, models and token counts recur: encoded once, they cost a look-up.
@lru_cache(maxsize=4096)
def _label(value: str) -> bytes:
    return bytes(AnyValue(string_value=text(value)).SerializeToString())


@lru_cache(maxsize=4096)
def _number(value: int) -> bytes:
    return bytes(AnyValue(int_value=count(value)).SerializeToString())


_FLAGS = {value: bytes(AnyValue(bool_value=value).SerializeToString()) for value in (False, True)}


def _as_label(value: object) -> bytes:
    return _label(value if type(value) is str and len(value) <= TEXT_CHARS_MAX else text(value))


def _as_name(value: object) -> bytes:
    return bytes(AnyValue(string_value=own_id(value)).SerializeToString())


def _as_count(value: object) -> bytes:
    return _number(value if type(value) is int else count(value))


def _as_seconds(value: object) -> bytes:
    return bytes(AnyValue(double_value=seconds(value)).SerializeToString())


def _as_flag(value: object) -> bytes:
    return _FLAGS[flag(value)]


@lru_cache(maxsize=256)
def _list_of(value: str) -> bytes:
    return bytes(AnyValue(array_value={"values": [{"string_value": text(value)}]}).SerializeToString())


def _as_list(value: object) -> bytes:
    return _list_of(text(value))


def _as_error_type(error: object) -> bytes:
    return _as_label(error.__qualname__ if isinstance(error, type) else error)


_WRITERS: Mapping[str, Callable[[object], bytes]] = {
    Decision.REQUEST_ID.value: _as_name,
    Decision.CASE_ID.value: _as_label,
    Decision.SEGMENT.value: _as_label,
    Decision.EVIDENCE_VERSION.value: _as_label,
    Decision.TEMPLATE_ID.value: _as_label,
    Decision.ROUTE.value: _as_label,
    Decision.FIRST_FAILED_STAGE.value: _as_label,
    Decision.UNSAFE_CLAIM_SERVED.value: _as_flag,
    Decision.TIME_TO_FIRST_TOKEN_S.value: _as_seconds,
    GenAi.OPERATION.value: _as_label,
    GenAi.PROVIDER.value: _as_label,
    GenAi.REQUEST_MODEL.value: _as_label,
    GenAi.FINISH_REASONS.value: _as_list,
    GenAi.INPUT_TOKENS.value: _as_count,
    GenAi.CACHED_INPUT_TOKENS.value: _as_count,
    GenAi.OUTPUT_TOKENS.value: _as_count,
    GenAi.REASONING_TOKENS.value: _as_count,
    GenAi.CACHE_WRITE_TOKENS.value: _as_count,
    GenAi.RESPONSE_MODEL.value: _as_label,
    GenAi.RESPONSE_ID.value: _as_name,
    GenAi.SERVICE_TIER.value: _as_label,
    GenAi.STREAM.value: _as_flag,
    GenAi.TIME_TO_FIRST_CHUNK_S.value: _as_seconds,
    GenAi.CONVERSATION.value: _as_name,
    GenAi.AGENT.value: _as_label,
    GenAi.TOOL.value: _as_label,
    GenAi.TOOL_CALL.value: _as_name,
    Work.STREAM_END.value: _as_label,
    Work.STEP.value: _as_label,
    Work.PROGRESS.value: _as_name,
    Work.TOOL_STATUS.value: _as_label,
    Work.TOOL_INPUT_HASH.value: _as_name,
    Work.ATTEMPT.value: _as_count,
    Sampled.PPM.value: _as_count,
    Sampled.POLICY.value: _as_label,
    Sampled.REASON.value: _as_label,
}


def trace_request(
    entries: Iterable[Entry], settings: Settings, breathe: Callable[[], None] = nothing
) -> tuple[bytes, int]:
    """The OTLP request that carries these answers, and how many it carries.

    A fact that cannot be written is left out and counted; so is, should it ever happen, a whole answer. `breathe` is
    called every few answers, so that the interpreter's lock can go to whoever waits for it.
    """
    request = TraceRequest()
    resource_spans = request.resource_spans.add()
    resource = resource_spans.resource.attributes
    for attribute, value in (
        (Common.SERVICE_NAME, settings.service),
        (Common.DEPLOY_SHA, settings.deploy),
        (Common.ENVIRONMENT, settings.environment),
    ):
        encoded = None if value is None else usable(_as_label, value)
        if encoded is not None:
            resource[attribute.value] = encoded
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "outproof.sdk"
    spans = scope_spans.spans
    for number, entry in enumerate(entries, 1):
        if number % ANSWERS_A_BREATH == 0:
            breathe()
        if not _filled(spans.add(), entry, _plainly):
            # Something in it is odd: once more, with every fact in gloves.
            del spans[-1]
            if not _filled(spans.add(), entry, usable):
                del spans[-1]
    return bytes(request.SerializeToString()), len(spans)


def _plainly(read: Callable[[object], T], fact: object) -> T | None:
    return read(fact)


def _no(*_: object) -> bool:
    return False


@never_raises(_no)
def _filled(span: Any, entry: Entry, read: Callable[[Callable[[object], Any], object], Any]) -> bool:
    """Whether the answer could be written into the span. `read` reads one fact; None leaves it out."""
    try:
        _fill(span, entry, read)
    except BadFactError:
        return False
    return True


def _calls_a_model(facts: Mapping[str, object]) -> bool:
    return _MODEL in facts or (_OPERATION in facts and facts[_OPERATION] not in _INSIDE)


def _fill(span: Any, entry: Entry, read: Callable[[Callable[[object], Any], object], Any]) -> None:
    name, trace, own, parent, start_ns, duration_ns, stated_s, facts, error = entry
    span.trace_id = trace.to_bytes(16, "big")
    span.span_id = own.to_bytes(8, "big")
    if parent:
        span.parent_span_id = parent.to_bytes(8, "big")
    span.name = read(text, name) or DEFAULT_NAME
    span.kind = _CLIENT if _calls_a_model(facts) else _INTERNAL
    span.start_time_unix_nano = start_ns
    stated = None if stated_s is None else read(seconds, stated_s)
    duration_ns = duration_ns if stated is None else round(stated * 1e9)
    span.end_time_unix_nano = min(max(start_ns + duration_ns, 0), _FIXED64 - 1)
    attributes = span.attributes
    for attribute, fact in tuple(facts.items()):
        encoded = read(_WRITERS[attribute], fact)
        if encoded is not None:
            attributes[attribute] = encoded
    if error is not None:
        span.status.code = _ERROR
        attributes[_ERROR_TYPE] = read(_as_error_type, error) or _label("_OTHER")
