"""A span as the wire gave it, whatever its encoding: the one shape that the dialects read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from outproof.core.errors import Permanent
from outproof.wire.otlp_values import Value


class Undecodable(Permanent):
    """The bytes are not an OTLP request of the stated encoding."""


Attributes = Mapping[str, bytes]
"""Values as the bytes of an AnyValue; see `otlp_values.value_of`. Only what somebody asks for is ever decoded."""


class WireEvent(Protocol):
    """An event inside a span."""

    @property
    def name(self) -> str: ...
    @property
    def time_unix_nano(self) -> int: ...
    @property
    def attributes(self) -> Attributes: ...


class WireStatus(Protocol):
    @property
    def code(self) -> int: ...


class WireSpan(Protocol):
    """What the dialects need of a span; protobuf messages and decoded JSON both have it."""

    @property
    def name(self) -> str: ...
    @property
    def trace_id(self) -> bytes: ...
    @property
    def span_id(self) -> bytes: ...
    @property
    def parent_span_id(self) -> bytes: ...
    @property
    def trace_state(self) -> str: ...
    @property
    def start_time_unix_nano(self) -> int: ...
    @property
    def end_time_unix_nano(self) -> int: ...
    @property
    def attributes(self) -> Attributes: ...
    @property
    def events(self) -> Sequence[WireEvent]: ...
    @property
    def status(self) -> WireStatus: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Spans of one resource and one instrumentation scope."""

    resource: dict[str, Value]
    spans: Collection[WireSpan]
    name: str = ""
    """The instrumentation scope's: who wrote the spans."""
