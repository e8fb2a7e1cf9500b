"""What follows from other facts of a span, from its events and from its status: columns in, columns completed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from outproof.contract.answer import SLOT
from outproof.wire.dialects import DIALECTS, FINISH_EVENTS, FIRST_TOKEN_EVENTS
from outproof.wire.folding import finish_reason
from outproof.wire.otlp_values import value_of
from outproof.wire.readers import first, text
from outproof.wire.shapes import Facts
from outproof.wire.spans import WireEvent, WireSpan
from outproof.wire.twins import GATEWAY

CALLS = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
"""Operations that are one call of a model. All others wrap calls, or are none."""

_STATUS_ERROR = 2
_EXCEPTION_EVENT, _EXCEPTION_TYPE = "exception", "exception.type"
_SAYS_END = frozenset(each.name for each in DIALECTS if each.says_end)
_ECHOES_MODEL = frozenset(each.name for each in DIALECTS if each.echoes_model)
_OPENS_STREAMS = frozenset(each.name for each in DIALECTS if each.opens_streams)
_STANDS_IN = frozenset({"otel_genai"})
"""Of a choice that never ended they write `error` as its reason, as the draft has it; a failure has a status too."""
_PLACEHOLDER_PROVIDER = "anthropic"
_THRESHOLD_HEX_MAX = 14
_THRESHOLD_END = 2**56
_MILLION = 1_000_000

_STARTED, _DURATION, _OPERATION, _DIALECT = (SLOT[n] for n in ("started_at", "duration_us", "operation", "dialect"))
_IS_CALL, _IS_ANSWER, _IS_GATEWAY, _FAILED = SLOT["is_call"], SLOT["is_answer"], SLOT["is_gateway"], SLOT["failed"]
_MODEL_REQUEST, _MODEL, _RESPONSE_ID = SLOT["model_request"], SLOT["model"], SLOT["response_id"]
_PROVIDER = SLOT["provider"]
_FINISH, _ERROR_TYPE, _STREAMING = SLOT["finish_reason"], SLOT["error_type"], SLOT["streaming"]
_TTFT, _TTFT_KIND, _STREAM_END = SLOT["ttft_us"], SLOT["ttft_kind"], SLOT["stream_end"]
_INPUT, _OUTPUT = SLOT["input_tokens"], SLOT["output_tokens"]
_COUNTS = tuple(SLOT[f"{name}_tokens"] for name in ("input", "output", "cached_input", "cache_write", "reasoning"))
_TOOL_STATUS, _SAMPLED = SLOT["tool_status"], SLOT["sampled_ppm"]


def complete(columns: Facts, spans: Sequence[WireSpan], emitter: str | None) -> None:
    """Fill what follows from other facts of spans alike. `emitter` is the dialect that their scope's name tells."""
    count = len(spans)
    failed = columns[_FAILED] = [span.status.code == _STATUS_ERROR for span in spans]
    if emitter in _OPENS_STREAMS and columns[_OPERATION] is not None:
        _name_openings(columns, spans, failed)
    operations = columns[_OPERATION]
    is_call = columns[_IS_CALL] = [False] * count if operations is None else [each in CALLS for each in operations]
    if emitter is not None:
        columns[_DIALECT] = [emitter] * count
    if operations is None and emitter == GATEWAY:
        columns[_IS_GATEWAY] = [True] * count
    _read_events(columns, spans)
    if operations is not None:
        if True in is_call:
            _complete_calls(columns, is_call, failed)
        if "embeddings" in operations:
            _name_embedding_models(columns, operations, failed)
        if "execute_tool" in operations:
            said = columns[_TOOL_STATUS] or [None] * count
            columns[_TOOL_STATUS] = [
                status or (("error" if bad else "ok") if operation == "execute_tool" else None)
                for status, bad, operation in zip(said, failed, operations, strict=True)
            ]
    states = [span.trace_state for span in spans]
    if any(states):
        ours = columns[_SAMPLED] or [None] * count
        columns[_SAMPLED] = [_both(one, sampled_ppm(state)) for one, state in zip(ours, states, strict=True)]


def stretch(columns: Facts, told_us: Sequence[int | None]) -> None:
    """Give spans without a length that tell of a stream which is over its length and its start."""
    starts, durations = columns[_STARTED], columns[_DURATION]
    operations = columns[_OPERATION]
    if starts is None or durations is None or operations is None:
        return
    for index, (told, operation) in enumerate(zip(told_us, operations, strict=True)):
        if told and told > 0 and not durations[index] and operation in CALLS:
            starts[index] -= told * 1_000
            durations[index] = told


def _name_openings(columns: Facts, spans: Sequence[WireSpan], failed: Sequence[bool]) -> None:
    """A span that ended well and knows of no response only opened a stream; one without a length tells how it went."""
    operations = list(columns[_OPERATION] or ())
    known = [column for slot in (_FINISH, _OUTPUT, _INPUT, _RESPONSE_ID) if (column := columns[slot]) is not None]
    for index, (operation, span) in enumerate(zip(operations, spans, strict=True)):
        has_length = span.end_time_unix_nano > span.start_time_unix_nano
        if operation in CALLS and has_length and not failed[index] and all(each[index] is None for each in known):
            operations[index] = "open_stream"
    columns[_OPERATION] = operations


def _complete_calls(columns: Facts, is_call: Sequence[bool], failed: Sequence[bool]) -> None:
    dialects = columns[_DIALECT]
    assert dialects is not None
    _forget_zeros(columns, is_call)
    _forget_placeholders(columns)
    if True in failed and columns[_MODEL] is not None and not _ECHOES_MODEL.isdisjoint(dialects):
        _move_echoed_models(columns, dialects, failed)
    streaming, ttft = columns[_STREAMING], columns[_TTFT]
    if streaming is None and ttft is None:
        return
    nothing = [None] * len(is_call)
    columns[_STREAM_END] = [
        said or (_stream_end(stream, first_at, bad, finish, output, dialect) if call else None)
        for said, call, stream, first_at, bad, finish, output, dialect in zip(
            columns[_STREAM_END] or nothing,
            is_call,
            streaming or nothing,
            ttft or nothing,
            failed,
            columns[_FINISH] or nothing,
            columns[_OUTPUT] or nothing,
            dialects,
            strict=True,
        )
    ]


def _stream_end(
    streaming: bool | None, ttft_us: int | None, failed: bool, finish: str | None, output: int | None, dialect: str
) -> str | None:
    """How a stream ended. One that was left and one that was cut without an error look alike: both are abandoned."""
    if streaming is False or (streaming is None and ttft_us is None):
        return None
    if failed:
        return "broken"
    if finish == "error":
        return "abandoned" if output is None and dialect in _STANDS_IN else "broken"
    if finish is not None or output is not None:  # usage comes with the last chunk
        return "finished"
    return "abandoned" if dialect in _SAYS_END else "unknown"


def _forget_zeros(columns: Facts, is_call: Sequence[bool]) -> None:
    """A call without any input does not exist: the emitter wrote 0 for what it did not know."""
    given = columns[_INPUT]
    if given is None or 0 not in given:
        return
    unknown = [call and tokens == 0 for call, tokens in zip(is_call, given, strict=True)]
    for slot in _COUNTS:
        values = columns[slot]
        if values is not None:
            columns[slot] = [
                None if zero and value == 0 else value for zero, value in zip(unknown, values, strict=True)
            ]


def _forget_placeholders(columns: Facts) -> None:
    """Anthropic's first chunk counts one token of output; of a stream that got no further nobody knows how many."""
    provider, output = columns[_PROVIDER], columns[_OUTPUT]
    if output is None or provider is None or _PLACEHOLDER_PROVIDER not in provider:
        return
    nothing = [None] * len(output)
    streamed = (columns[_STREAMING] or nothing, columns[_TTFT] or nothing, columns[_FINISH] or nothing)
    columns[_OUTPUT] = [
        None
        if who == _PLACEHOLDER_PROVIDER and count is not None and count <= 1 and finish is None and (stream or ttft)
        else count
        for who, count, stream, ttft, finish in zip(provider, output, *streamed, strict=True)
    ]


def _move_echoed_models(columns: Facts, dialects: Sequence[str], failed: Sequence[bool]) -> None:
    """Until a response names its own model, some emitters repeat the requested one as if it had answered."""
    nothing = [None] * len(failed)
    asked, answered = list(columns[_MODEL_REQUEST] or nothing), list(columns[_MODEL] or nothing)
    finish = columns[_FINISH] or nothing
    for index, dialect in enumerate(dialects):
        if failed[index] and finish[index] is None and dialect in _ECHOES_MODEL:
            asked[index], answered[index] = asked[index] or answered[index], None
    columns[_MODEL_REQUEST], columns[_MODEL] = asked, answered


def _name_embedding_models(columns: Facts, operations: Sequence[Any], failed: Sequence[bool]) -> None:
    """Embedding models have no aliases, and some emitters name them once."""
    nothing = [None] * len(failed)
    asked, answered = columns[_MODEL_REQUEST] or nothing, columns[_MODEL] or nothing
    columns[_MODEL] = [
        request if model is None and operation == "embeddings" and not bad else model
        for model, request, operation, bad in zip(answered, asked, operations, failed, strict=True)
    ]


def _read_events(columns: Facts, spans: Sequence[WireSpan]) -> None:
    """What only events say: the first token, why the response ended, the class of an error."""
    failed, is_call, starts = columns[_FAILED] or [], columns[_IS_CALL] or [], columns[_STARTED] or []
    ttft, finish = columns[_TTFT], columns[_FINISH]
    if True not in failed and (True not in is_call or (_full(ttft) and _full(finish))):
        return
    nothing = [None] * len(spans)
    streaming = columns[_STREAMING] or nothing
    for index, span in enumerate(spans):
        events = span.events if is_call[index] or failed[index] else ()
        for event in events:
            if event.name == _EXCEPTION_EVENT:
                _read_exception(columns, index, event)
            elif not is_call[index]:
                continue
            elif event.name in FIRST_TOKEN_EVENTS and streaming[index] is not False:
                if _put(columns, _TTFT, index, (event.time_unix_nano - starts[index]) // 1_000):
                    _put(columns, _TTFT_KIND, index, FIRST_TOKEN_EVENTS[event.name])
            elif event.name in FINISH_EVENTS and FINISH_EVENTS[event.name] in event.attributes:
                reason = first(value_of(event.attributes[FINISH_EVENTS[event.name]]))
                if reason is not None:
                    _put(columns, _FINISH, index, finish_reason(reason))


def _read_exception(columns: Facts, index: int, event: WireEvent) -> None:
    """The class of an error. A call without any response that met one has failed, whatever its status says."""
    failed = columns[_FAILED] or []
    answered = (columns[slot] for slot in (_FINISH, _OUTPUT, _RESPONSE_ID))
    if not failed[index] and all(column is None or column[index] is None for column in answered):
        failed[index] = True
    if failed[index] and _EXCEPTION_TYPE in event.attributes:
        _put(columns, _ERROR_TYPE, index, text(value_of(event.attributes[_EXCEPTION_TYPE])))


def _put(columns: Facts, slot: int, index: int, fact: object) -> bool:
    """Put a fact where none is; whether it was put."""
    column = columns[slot]
    if column is None:
        columns[slot] = column = [None] * len(columns[_STARTED] or ())
    if column[index] is None and fact is not None:
        column[index] = fact
        return True
    return False


def _full(column: Sequence[Any] | None) -> bool:
    return column is not None and None not in column


def _both(ppm: int | None, other_ppm: int | None) -> int | None:
    """The chance to be kept by two samplers that draw by different lots."""
    if ppm is None or other_ppm is None:
        return other_ppm if ppm is None else ppm
    return max(1, round(ppm * other_ppm / _MILLION))


def sampled_ppm(trace_state: str) -> int | None:
    """The chance of being kept that an upstream sampler wrote into `tracestate` (`ot=th:…`), in millionths.

    The threshold is in hex, up to 14 digits with trailing zeros left out: what is below it was rejected. `th:c` keeps
    a quarter: 250000. None without one.
    """
    for member in trace_state.split(","):
        vendor, _, fields = member.strip().partition("=")
        if vendor != "ot":
            continue
        for field in fields.split(";"):
            key, _, digits = field.partition(":")
            if key == "th" and 0 < len(digits) <= _THRESHOLD_HEX_MAX:
                try:
                    rejected = int(digits.ljust(_THRESHOLD_HEX_MAX, "0"), 16)
                except ValueError:
                    return None
                return max(1, round((1 - rejected / _THRESHOLD_END) * _MILLION))
    return None
