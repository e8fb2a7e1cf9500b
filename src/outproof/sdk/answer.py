"""An answer while it is made: facts of the decision contract in, one buffer entry out when it ends."""

from __future__ import annotations

from contextvars import Token
from time import perf_counter_ns, time_ns
from types import TracebackType
from typing import Never

from outproof.core.attributes import Decision, GenAi
from outproof.sdk.buffer import Buffer
from outproof.sdk.context import Place, enter, leave, surroundings
from outproof.sdk.guard import faults
from outproof.sdk.ids import random_bits

# Plain strings: a member of an enum costs several times as much to look up, and this is the hot path.
_REQUEST = Decision.REQUEST_ID.value
_CASE = Decision.CASE_ID.value
_SEGMENT = Decision.SEGMENT.value
_EVIDENCE = Decision.EVIDENCE_VERSION.value
_TEMPLATE = Decision.TEMPLATE_ID.value
_ROUTE = Decision.ROUTE.value
_STAGE = Decision.FIRST_FAILED_STAGE.value
_UNSAFE = Decision.UNSAFE_CLAIM_SERVED.value
_TTFT = Decision.TIME_TO_FIRST_TOKEN_S.value
_OPERATION = GenAi.OPERATION.value
_PROVIDER = GenAi.PROVIDER.value
_MODEL = GenAi.REQUEST_MODEL.value
_FINISH = GenAi.FINISH_REASONS.value
_INPUT = GenAi.INPUT_TOKENS.value
_CACHED = GenAi.CACHED_INPUT_TOKENS.value
_OUTPUT = GenAi.OUTPUT_TOKENS.value
_REASONING = GenAi.REASONING_TOKENS.value
_CACHE_WRITE = GenAi.CACHE_WRITE_TOKENS.value

_SPAN_MASK = (1 << 64) - 1


def _misspelt() -> None:
    """Count an argument that no method has; the type checker refuses it, the running host is not stopped by it."""
    faults.count("unknown_argument")


class _TooLate(dict[str, object]):
    """Where facts go that come after the end: nowhere, but counted."""

    def __setitem__(self, attribute: str, fact: object) -> None:
        faults.count("late_fact")


_too_late = _TooLate()


class Answer:
    """One served answer. It starts when it is made and ends when its `with` block does, or by `end()`.

    Every method is safe to call at any time and never raises: it stores what it is given, unseen, and the courier looks
    at it later. That is also why no method needs a guard, which would double its cost. None means "not known" and
    writes nothing. Unknown arguments are refused by type checkers (`Never`) and only counted when they come anyway.
    An exception in the block passes through; of it, only the type is recorded.
    """

    __slots__ = (
        "_buffer",
        "_facts",
        "_name",
        "_parent",
        "_perf_ns",
        "_span",
        "_start_ns",
        "_stated_s",
        "_token",
        "_trace",
    )

    def __init__(self, buffer: Buffer, name: object, request_id: object = None, segment: object = None) -> None:
        self._buffer = buffer
        self._name = name
        self._stated_s: object = None
        self._token: Token[Place | None] | None = None
        self._facts: dict[str, object] = {}
        if request_id is not None:
            self._facts[_REQUEST] = request_id
        if segment is not None:
            self._facts[_SEGMENT] = segment
        around = surroundings()
        if around is None:
            bits = random_bits(192)
            self._trace, self._span, self._parent = bits >> 64, bits & _SPAN_MASK, 0
        else:
            self._trace, self._parent = around
            self._span = random_bits(64)
        self._start_ns = time_ns()
        self._perf_ns = perf_counter_ns()

    @property
    def id(self) -> str:
        """The answer's name for feedback: trace id, colon, span id, in hexadecimal."""
        return f"{self._trace:032x}:{self._span:016x}"

    def request(self, request_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the application's own id of the request; never a customer's."""
        if request_id is not None:
            self._facts[_REQUEST] = request_id
        if more or other:
            _misspelt()

    def case(self, case_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the kind of question."""
        if case_id is not None:
            self._facts[_CASE] = case_id
        if more or other:
            _misspelt()

    def segment(self, segment: str | None = None, *more: Never, **other: Never) -> None:
        """Name the group of traffic."""
        if segment is not None:
            self._facts[_SEGMENT] = segment
        if more or other:
            _misspelt()

    def evidence(self, version: str | None = None, *more: Never, **other: Never) -> None:
        """Name the version of the record the answer may draw on."""
        if version is not None:
            self._facts[_EVIDENCE] = version
        if more or other:
            _misspelt()

    def template(self, template_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the prompt template."""
        if template_id is not None:
            self._facts[_TEMPLATE] = template_id
        if more or other:
            _misspelt()

    def model(
        self,
        name: str | None = None,
        provider: str | None = None,
        operation: str | None = "chat",
        *more: Never,
        **other: Never,
    ) -> None:
        """Name the model that was asked, who serves it, and for what: this makes the answer a model call too."""
        facts = self._facts
        if name is not None:
            facts[_MODEL] = name
            if operation is not None:
                facts[_OPERATION] = operation
        if provider is not None:
            facts[_PROVIDER] = provider
        if more or other:
            _misspelt()

    def first_token(self, *more: Never, **other: Never) -> None:
        """Mark the first visible token as seen now. Only the first call counts, so it may stand in the loop."""
        if _TTFT not in self._facts:
            self._facts[_TTFT] = (perf_counter_ns() - self._perf_ns) / 1e9
        if more or other:
            _misspelt()

    def timing(
        self, ttft_s: float | None = None, duration_s: float | None = None, *more: Never, **other: Never
    ) -> None:
        """State what was measured elsewhere: seconds to the first token, seconds in all. Replaces our measurement."""
        if ttft_s is not None:
            self._facts[_TTFT] = ttft_s
        if duration_s is not None:
            self._stated_s = duration_s
        if more or other:
            _misspelt()

    def usage(
        self,
        input_tokens: int | None = None,
        cached_input_tokens: int | None = None,
        output_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        *more: Never,
        **other: Never,
    ) -> None:
        """State token counts as the provider reported them: input includes cached, output includes reasoning."""
        facts = self._facts
        if input_tokens is not None:
            facts[_INPUT] = input_tokens
        if cached_input_tokens is not None:
            facts[_CACHED] = cached_input_tokens
        if output_tokens is not None:
            facts[_OUTPUT] = output_tokens
        if reasoning_tokens is not None:
            facts[_REASONING] = reasoning_tokens
        if cache_write_tokens is not None:
            facts[_CACHE_WRITE] = cache_write_tokens
        if more or other:
            _misspelt()

    def route(
        self, route: str | None = None, first_failed_stage: str | None = None, *more: Never, **other: Never
    ) -> None:
        """State what the gate did (serve, shorten, abstain) and the first stage that failed (`passed`: none did)."""
        if route is not None:
            self._facts[_ROUTE] = route
        if first_failed_stage is not None:
            self._facts[_STAGE] = first_failed_stage
        if more or other:
            _misspelt()

    def unsafe_claim_served(self, served: bool | None = None, *more: Never, **other: Never) -> None:
        """State whether a claim that no record supports reached the reader. Unsaid means unverified, never safe."""
        if served is not None:
            self._facts[_UNSAFE] = served
        if more or other:
            _misspelt()

    def finish(self, reason: str | None = None, *more: Never, **other: Never) -> None:
        """State why the model stopped, such as `stop` or `length`."""
        if reason is not None:
            self._facts[_FINISH] = reason
        if more or other:
            _misspelt()

    def end(self, error_type: str | type[BaseException] | None = None, *more: Never, **other: Never) -> None:
        """End the answer and hand it on; a second call does nothing. `error_type` names the class of a failure."""
        facts = self._facts
        if facts is _too_late:
            return
        duration_ns = perf_counter_ns() - self._perf_ns
        self._facts = _too_late
        self._buffer.put(
            (
                self._name,
                self._trace,
                self._span,
                self._parent,
                self._start_ns,
                duration_ns,
                self._stated_s,
                facts,
                error_type,
            )
        )
        if more or other:
            _misspelt()

    def __enter__(self) -> Answer:
        self._token = enter((self._trace, self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.end(kind)
        token, self._token = self._token, None
        if token is not None:
            leave(token)

    async def __aenter__(self) -> Answer:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
