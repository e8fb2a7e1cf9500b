"""OTLP trace requests in protobuf: bytes in, scopes of spans out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError

from outproof.wire.otlp_schema import TraceRequest
from outproof.wire.otlp_values import value_of
from outproof.wire.spans import Scope, Undecodable


def scopes_of_protobuf(body: bytes) -> Iterator[Scope]:
    """The scopes of an ExportTraceServiceRequest in protobuf.

    Raises:
        Undecodable: at once, before the first scope.
    """
    request = TraceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise Undecodable(
            f"expected an ExportTraceServiceRequest in protobuf, got {len(body)} bytes that are not one ({error}); "
            "check that the exporter's protocol and its Content-Type agree"
        ) from error
    return _walk_protobuf(request)


def _walk_protobuf(request: Any) -> Iterator[Scope]:
    for resource_spans in request.resource_spans:
        attributes = resource_spans.resource.attributes
        resource = {key: value_of(attributes[key]) for key in attributes}  # its items() is slow Python
        for scope_spans in resource_spans.scope_spans:
            yield Scope(resource, scope_spans.spans, scope_spans.scope.name)
