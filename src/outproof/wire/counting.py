"""Columns of a request in; the same with each call counted once, and attempts of one request linked, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from outproof.contract.answer import SLOT
from outproof.wire.twins import COPIED, GATEWAY, Call, Found, Name, found

READ = tuple(name for name in Call.__dataclass_fields__ if name not in ("key", "is_stored"))
"""The columns that a call is told by."""
COMPLETED = (*COPIED, "failed", "provenance")
"""The columns in which the call that counts may learn from its twins."""
_TRACE, _SPAN, _PARENT = SLOT["trace_id"], SLOT["span_id"], SLOT["parent_span_id"]
_IS_CALL, _RESPONSE_ID, _PROVENANCE = SLOT["is_call"], SLOT["response_id"], SLOT["provenance"]
_IS_DUPLICATE, _CALL_ID, _IS_GATEWAY = SLOT["is_duplicate"], SLOT["call_id"], SLOT["is_gateway"]
_RETRY_OF, _ATTEMPT = SLOT["retry_of"], SLOT["attempt"]
_SERVICE, _DIALECT = SLOT["service"], SLOT["dialect"]
_FAILED, _ERROR_TYPE, _STREAM_END = SLOT["failed"], SLOT["error_type"], SLOT["stream_end"]
_FINISH, _OUTPUT = SLOT["finish_reason"], SLOT["output_tokens"]
_COPIED = tuple((name, SLOT[name]) for name in COPIED)

Columns = list[list[Any]]
"""By slot. Columns of which nothing is known may be one and the same list until something is put into them."""


def count_once(columns: Columns) -> None:
    """Mark the spans that tell of a call which another span counts, and give that one what it lacked."""
    is_call = columns[_IS_CALL]
    if True not in is_call:
        return
    calls = [index for index, each in enumerate(is_call) if each]
    suspects = _suspects(columns, calls)
    if not suspects:
        return
    _apply(columns, found([_call(columns, index) for index in suspects], _parents(columns, suspects)))


def count_beside(columns: Columns, stored: int) -> set[int]:
    """The same for rows of which those from index `stored` on were told of before. Gives the indexes of what changed.

    A row that tells of a call counted before is its twin, unless it knows the usage and the counted one does not: then
    the counted one gives way, and all twins are named after the new one.
    """
    counted = [index for index, each in enumerate(columns[_IS_CALL]) if each]
    keys = {columns[_SPAN][index]: index for index in counted}
    named = enumerate(zip(columns[_IS_DUPLICATE], columns[_CALL_ID], strict=True))
    twins = ((index, keys.get(int(call, 16))) for index, (is_twin, call) in named if is_twin and call)
    before = {index: key for index, key in twins if key is not None}
    calls = [_call(columns, index, is_stored=index >= stored) for index in (*counted, *before)]
    result = found(calls, _parents(columns, [*counted, *before]), before)
    _apply(columns, result)
    moved = {twin for twin, key in result.counts_as.items() if before.get(twin) != key}
    return moved | {result.counts_as[twin] for twin in moved} | result.attempts.keys()


def _suspects(columns: Columns, calls: Sequence[int]) -> list[int]:
    """Calls that share a trace or a response with another, and all of a service where several emitters write."""
    traces = [columns[_TRACE][index] for index in calls]
    responses = [columns[_RESPONSE_ID][index] for index in calls]
    writers = {(columns[_SERVICE][index], columns[_DIALECT][index]) for index in calls}
    known = len(responses) - responses.count(None)
    if len(set(traces)) == len(calls) and len(set(responses) - {None}) == known and len(writers) == 1:
        return []
    in_trace, of_response = Counter(traces), Counter(responses)
    of_service = Counter(service for service, _ in writers)
    return [
        index
        for index, trace, response in zip(calls, traces, responses, strict=True)
        if in_trace[trace] > 1
        or (response is not None and of_response[response] > 1)
        or of_service[columns[_SERVICE][index]] > 1
    ]


def _call(columns: Columns, index: int, *, is_stored: bool = False) -> Call:
    return Call(key=index, is_stored=is_stored, **{name: columns[SLOT[name]][index] for name in READ})


def _parents(columns: Columns, suspects: Sequence[int]) -> Mapping[Name, int]:
    traces = columns[_TRACE]
    wanted = {traces[index] for index in suspects}
    spans = zip(traces, columns[_SPAN], columns[_PARENT], strict=True)
    return {(trace, span): parent for trace, span, parent in spans if trace in wanted}


def _apply(columns: Columns, result: Found) -> None:
    for twin, counted in result.counts_as.items():
        name = f"{columns[_SPAN][counted]:016x}"
        _put(columns, _IS_CALL, twin, False)
        _put(columns, _IS_DUPLICATE, twin, True)
        _put(columns, _CALL_ID, twin, name)
        if columns[_DIALECT][twin] == GATEWAY:
            _put(columns, _IS_GATEWAY, twin, True)
        _put(columns, _CALL_ID, counted, name)
        _complete(columns, counted, twin)
    for index, (first, number) in result.attempts.items():
        _put(columns, _RETRY_OF, index, f"{columns[_SPAN][first]:016x}")
        if columns[_ATTEMPT][index] is None:
            _put(columns, _ATTEMPT, index, number)


def _complete(columns: Columns, counted: int, twin: int) -> None:
    """Give the call that counts what only its twin knows."""
    taken = []
    if columns[_FAILED][twin] and not columns[_FAILED][counted] and not _has_ended(columns, counted):
        _put(columns, _FAILED, counted, True)  # the outer one saw the error that ended it
        taken.append("failed")
    for name, slot in _COPIED:
        if slot == _ERROR_TYPE and not columns[_FAILED][counted]:
            continue
        if columns[slot][counted] is None and columns[slot][twin] is not None:
            _put(columns, slot, counted, columns[slot][twin])
            taken.append(name)
    if columns[_STREAM_END][counted] in ("abandoned", "unknown") and taken:
        if columns[_FAILED][counted]:
            _put(columns, _STREAM_END, counted, "broken")
        elif _has_ended(columns, counted):
            _put(columns, _STREAM_END, counted, "finished")
    if taken:
        origin = "".join(f"; {name}@{columns[_DIALECT][twin]}" for name in sorted(taken))
        _put(columns, _PROVENANCE, counted, f"{columns[_PROVENANCE][counted]}{origin}")


def _has_ended(columns: Columns, index: int) -> bool:
    """Whether something came that only the end of a response brings."""
    return columns[_FINISH][index] is not None or columns[_OUTPUT][index] is not None


def _put(columns: Columns, slot: int, index: int, fact: object) -> None:
    if sum(column is columns[slot] for column in columns) > 1:
        columns[slot] = list(columns[slot])
    columns[slot][index] = fact
