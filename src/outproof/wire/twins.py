"""Calls that several spans tell of, and attempts of one request: calls of a trace in, what each of them is out.

Two instrumentors on one client, a framework around a client, a gateway behind one: each writes a span of the same call
with the same usage. The innermost counts, with what only the others knew; the others are its twins. Nothing is taken
for a twin that contradicts: another response id, other token counts, another model.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SLACK_NS = 50_000_000
"""Clocks of one host, read one after the other; and what an outer span needs to close after an inner one."""
NEAR_NS = 20_000_000
"""How long after an outer span an inner one of another trace begins at most: what one library does before the next.
Later ones must say the same of usage, failure or model: before its first request a library may load half of itself."""
OTHERS_MAX = 128
"""A call is compared with so many of those before it, the nearest ones."""
ATTEMPT_GAP_NS = 120 * 10**9
GATEWAY = "litellm"
_ANCESTORS_MAX = 64
_FINAL = ("badrequest", "authentication", "permission", "notfound", "invalidrequest", "unprocessable")
"""Parts of the names of errors that the same request would meet again: nobody sends it a second time."""
_FINAL_STATUS = frozenset({"400", "401", "403", "404", "413", "422"})

COPIED = (
    *("model_request", "model", "response_id", "finish_reason", "streaming", "input_tokens", "cached_input_tokens"),
    *("cache_write_tokens", "reasoning_tokens", "output_tokens", "usage_basis", "ttft_us", "ttft_kind", "stream_end"),
    *("service_tier", "conversation_id", "agent", "template_id", "error_type"),
)
"""Facts of a call that the span that counts takes from its twins where it has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A span that tells of a call. `key` is the caller's own; `is_stored`: it came before."""

    key: int
    trace_id: bytes
    span_id: int
    parent_span_id: int
    started_at: int
    duration_us: int | None
    service: str
    dialect: str
    operation: str | None
    model_request: str | None
    model: str | None
    response_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    failed: bool
    error_type: str | None
    is_stored: bool = False

    @property
    def ended_at(self) -> int:
        return self.started_at + (self.duration_us or 0) * 1_000


@dataclass(slots=True)
class Found:
    """Of a call by its key: the key of the one that counts for it; its request's first attempt, and which it is."""

    counts_as: dict[int, int] = field(default_factory=dict)
    attempts: dict[int, tuple[int, int]] = field(default_factory=dict)


Name = tuple[bytes, int]
"""Trace and span."""


def found(calls: Sequence[Call], parents: Mapping[Name, int], counts_as: Mapping[int, int] | None = None) -> Found:
    """What the calls are to each other. `parents` names the parent of spans in between.

    `counts_as` is what was found before: of twins among the calls by their key, the key of the one that counts.
    """
    pairs = _Pairs(calls, dict(counts_as or {}))
    counted = frozenset(call.key for call in calls if call.is_stored and call.key not in pairs.counts_as)
    groups = defaultdict(list)
    for call in sorted(calls, key=lambda call: (call.started_at, call.span_id)):
        groups[call.trace_id].append(call)
    for group in groups.values():
        if len(group) > 1:
            _pair_nested(group, parents, pairs)
            _pair_alongside(group, pairs)
    _pair_across_traces(calls, pairs)
    if counted:
        _keep_counted(calls, counted, pairs)
    result = Found({key: pairs.root(key) for key in pairs.counts_as})
    for group in groups.values():
        if len(group) > 1:
            _link_attempts(group, result)
    return result


class _Pairs:
    """Calls that were found to be one, in trees: each twin points to another, at last to the one that counts."""

    def __init__(self, calls: Sequence[Call], counts_as: dict[int, int]) -> None:
        self.counts_as = counts_as
        self._calls = {call.key: call for call in calls}

    def root(self, key: int) -> int:
        while key in self.counts_as:
            key = self.counts_as[key]
        return key

    def join(self, twin: Call, counted: Call) -> None:
        """Let the second stand for both. A twin brings along what it was found with, if that is no contradiction."""
        ours, theirs = self.root(twin.key), self.root(counted.key)
        if ours == theirs or (ours != twin.key and not _agree(self._calls[ours], self._calls[theirs])):
            return
        self.counts_as[ours] = theirs

    def crown(self, key: int) -> None:
        """Let one of a tree stand for all of it."""
        root = self.root(key)
        if root != key:
            del self.counts_as[key]
            self.counts_as[root] = key

    def emitters(self, calls: Sequence[Call]) -> Mapping[int, frozenset[str]]:
        """Who has told of each call that counts, by its key."""
        told: dict[int, set[str]] = defaultdict(set)
        for call in calls:
            told[self.root(call.key)].add(call.dialect)
        return {key: frozenset(dialects) for key, dialects in told.items()}


def _keep_counted(calls: Sequence[Call], counted: frozenset[int], pairs: _Pairs) -> None:
    """What was counted before stays counted, unless it does not know the usage and something new does."""
    trees: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        trees[pairs.root(call.key)].append(call)
    for root, members in trees.items():
        before = [call for call in members if call.key in counted]
        if not before:
            continue
        kept = min(before, key=_preference)
        heirs = [call for call in members if not call.is_stored and call.output_tokens is not None]
        if kept.output_tokens is None and heirs:
            kept = min(heirs, key=lambda call: (call.key != root, _preference(call)))
        pairs.crown(kept.key)


def _pair_nested(group: Sequence[Call], parents: Mapping[Name, int], pairs: _Pairs) -> None:
    """An outer span is the twin of the call inside it; of several inside, of the last that came through."""
    by_id = {call.span_id: call for call in group}
    inside: dict[int, list[Call]] = defaultdict(list)
    for call in group:
        parent = call.parent_span_id
        for _ in range(_ANCESTORS_MAX):
            if parent == 0 or parent == call.span_id:
                break
            outer = by_id.get(parent)
            if outer is not None:
                inside[outer.span_id].append(call)
                break
            parent = parents.get((call.trace_id, parent), 0)
    for outer in group:
        within = [call for call in inside[outer.span_id] if _begins_inside(outer, call)]
        if outer.key in pairs.counts_as and pairs.root(outer.key) in {pairs.root(call.key) for call in within}:
            continue  # which of them it tells of was found before
        inner = within if len(within) > 1 and _is_sum(outer, within) else [c for c in within if _agree(outer, c)]
        if inner:
            answered = [call for call in inner if not call.failed] or inner
            pairs.join(outer, answered[-1])


def _pair_alongside(group: Sequence[Call], pairs: _Pairs) -> None:
    """Twins that are not nested: the same response at the same time, or equal usage seen by another emitter."""
    counted = [call for call in group if call.key not in pairs.counts_as]
    for index, later in enumerate(counted):
        for earlier in counted[max(0, index - OTHERS_MAX) : index]:
            if earlier.key in pairs.counts_as or not _at_once(earlier, later):
                continue
            same_response = earlier.response_id is not None and earlier.response_id == later.response_id
            if same_response or (_same_usage_elsewhere(earlier, later) and _agree(earlier, later)):
                first, second = sorted((earlier, later), key=_preference)
                pairs.join(second, first)
                if later.key in pairs.counts_as:
                    break


def _pair_across_traces(calls: Sequence[Call], pairs: _Pairs) -> None:
    """Twins in other traces, where an emitter starts a trace of its own.

    The same response at the same time: of one service, or by way of a gateway. The id alone is not enough: caches
    replay it, and test doubles count from one. Without ids on both: two emitters of one service who saw one call begin
    and end inside the other, and say nothing that differs.
    """
    left = [call for call in calls if call.key not in pairs.counts_as]
    by_response: dict[str, list[Call]] = defaultdict(list)
    by_service: dict[str, list[Call]] = defaultdict(list)
    for call in left:
        by_service[call.service].append(call)
        if call.response_id is not None:
            by_response[call.response_id].append(call)
    for group in by_response.values():
        first, *others = sorted(group, key=_preference)
        for call in others:
            related = call.service == first.service or GATEWAY in (call.dialect, first.dialect)
            if call.trace_id != first.trace_id and related and _at_once(first, call) and _agree(first, call):
                pairs.join(call, first)
    emitters = pairs.emitters(calls)
    for group in by_service.values():
        if len({call.dialect for call in group}) > 1:
            _pair_emitters([call for call in group if call.key not in pairs.counts_as], emitters, pairs)


def _pair_emitters(group: Sequence[Call], emitters: Mapping[int, frozenset[str]], pairs: _Pairs) -> None:
    """Each call with the nearest one that it lies inside of and that others have told of, one to one."""
    near: list[_Outer] = []
    alike: dict[_Told, list[_Outer]] = defaultdict(list)
    for call in sorted(group, key=lambda call: (call.started_at, -call.ended_at)):
        near = [outer for outer in near if call.started_at - outer.call.started_at <= NEAR_NS][-OTHERS_MAX:]
        told = _told(call)
        same = alike[told][-OTHERS_MAX:] if told is not None else []
        far = (outer for outer in reversed(same) if _one_failure(outer.call, call))
        told_by = emitters[call.key]
        around = next((outer for outer in (*reversed(near), *far) if outer.is_around(call, told_by)), None)
        if around is not None:
            around.is_taken = True
            told_by |= around.emitters
            pairs.join(around.call, call)
        here = _Outer(call, told_by)
        near.append(here)
        if told is not None:
            alike[told] = [*(outer for outer in same if not outer.is_taken), here]


@dataclass(slots=True)
class _Outer:
    """A call that may lie around another. `emitters` are those that have told of it, it and the ones around it."""

    call: Call
    emitters: frozenset[str]
    is_taken: bool = False

    def is_around(self, inner: Call, emitters: frozenset[str]) -> bool:
        free = not self.is_taken and emitters.isdisjoint(self.emitters)
        return free and _lies_inside(self.call, inner) and _agree(self.call, inner)


_Told = tuple[object, ...]


def _told(call: Call) -> _Told | None:
    """What tells a call from most others: its usage, or at least which model it asked, and whether it failed."""
    if call.input_tokens is not None and call.output_tokens is not None:
        return call.input_tokens, call.output_tokens
    return (call.failed, call.model_request.lower().rpartition("/")[2]) if call.model_request else None


def _one_failure(one: Call, other: Call) -> bool:
    """Whether the classes of two errors may be one: `server_error` is what others call `InternalServerError`."""
    ours, theirs = ((call.error_type or "").rpartition(".")[2].replace("_", "").lower() for call in (one, other))
    return ours in theirs or theirs in ours


def _link_attempts(group: Sequence[Call], result: Found) -> None:
    """A call after a failed one of the same asker and for the same model is its next attempt."""
    counted = [call for call in group if call.key not in result.counts_as]
    asked = Counter(call.parent_span_id for call in counted)
    spans = {call.span_id: call for call in group}
    latest: dict[tuple[object, ...], tuple[Call, int, int]] = {}
    for call in counted:
        asker = call.parent_span_id
        for _ in range(_ANCESTORS_MAX):
            if asked[asker] > 1:  # it asked twice: whatever it tells of the calls, it wanted them
                break
            above = _above(call, asker, spans, result)
            if above is None:
                break
            asker = above
        request = (asker, call.service, call.operation, call.model_request or call.model)
        before = latest.get(request)
        first, number = call.key, 1
        if before is not None and asker:
            failed, first_of_all, attempt = before
            gap = call.started_at - failed.ended_at
            if failed.failed and not _is_final(failed) and -SLACK_NS <= gap <= ATTEMPT_GAP_NS:
                first, number = first_of_all, attempt + 1
                result.attempts[call.key] = first, number
        latest[request] = call, first, number


def _above(call: Call, span: int, spans: Mapping[int, Call], result: Found) -> int | None:
    """The parent of a span that only tells of the call once more; None of one that does not."""
    outer = spans.get(span)
    return outer.parent_span_id if outer is not None and result.counts_as.get(outer.key) == call.key else None


def _preference(call: Call) -> tuple[bool, int, int, int]:
    """The one that counts comes first: of several that are not nested the shortest is the innermost."""
    duration = 2**63 if call.duration_us is None else call.duration_us
    return call.output_tokens is None, duration, call.started_at, call.span_id


def _begins_inside(outer: Call, inner: Call) -> bool:
    return outer.started_at - SLACK_NS <= inner.started_at <= outer.ended_at + SLACK_NS


def _lies_inside(outer: Call, inner: Call) -> bool:
    return outer.started_at <= inner.started_at and inner.ended_at <= outer.ended_at


def _at_once(one: Call, other: Call) -> bool:
    """Whether one lies inside the other."""
    first, second = sorted((one, other), key=lambda call: (call.started_at, -call.ended_at))
    return second.ended_at <= first.ended_at + SLACK_NS or second.started_at - first.started_at <= SLACK_NS


def _agree(one: Call, other: Call) -> bool:
    """Whether nothing that both say contradicts that they are one call."""
    if (one.operation == "embeddings") != (other.operation == "embeddings"):
        return False
    if one.response_id is not None and other.response_id is not None:
        return one.response_id == other.response_id
    return (
        _same_if_known(one.input_tokens, other.input_tokens)
        and _same_if_known(one.output_tokens, other.output_tokens)
        and _one_model(one, other)
    )


def _same_if_known(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _one_model(one: Call, other: Call) -> bool:
    """Whether a name of the one is a name of the other, dated or with its provider in front."""
    ours, theirs = _names(one), _names(other)
    if not ours or not theirs:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in ours for b in theirs)


def _names(call: Call) -> list[str]:
    return [name.lower().rpartition("/")[2] for name in (call.model_request, call.model) if name]


def _same_usage_elsewhere(one: Call, other: Call) -> bool:
    if one.dialect == other.dialect or one.input_tokens is None or one.output_tokens is None:
        return False
    return (one.input_tokens, one.output_tokens) == (other.input_tokens, other.output_tokens)


def _is_sum(outer: Call, inner: Sequence[Call]) -> bool:
    if outer.input_tokens is None or outer.output_tokens is None or outer.response_id is not None:
        return False
    given = sum(call.input_tokens or 0 for call in inner)
    return (outer.input_tokens, outer.output_tokens) == (given, sum(call.output_tokens or 0 for call in inner))


def _is_final(call: Call) -> bool:
    """Whether the same request would fail the same way."""
    name = (call.error_type or "").lower()
    return name in _FINAL_STATUS or any(part in name.replace("_", "") for part in _FINAL)
