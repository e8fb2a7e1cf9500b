"""How many data points a metrics request holds: they are counted, and not kept."""

from __future__ import annotations

from typing import Any

import msgspec
from google.protobuf.message import DecodeError

from outproof.wire.otlp_schema import MetricsRequest
from outproof.wire.spans import Undecodable

_POINT_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_JSON_POINT_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


def data_points(body: bytes, *, json: bool) -> int:
    """The data points of an ExportMetricsServiceRequest.

    Raises:
        Undecodable: the bytes are no such request.
    """
    if json:
        metrics = _json_items(body, "resourceMetrics", "scopeMetrics", "metrics")
        points = [(metric.get(kind) or {}).get("dataPoints") or () for metric in metrics for kind in _JSON_POINT_KINDS]
        return sum(map(len, points))
    return sum(
        len(getattr(metric, kind).data_points)
        for resource in _parsed(MetricsRequest, body).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for kind in _POINT_KINDS
    )


def _parsed(message: Any, body: bytes) -> Any:
    request = message()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise Undecodable(f"expected an OTLP request in protobuf, got {len(body)} bytes that are not one") from error
    return request


def _json_items(body: bytes, *path: str) -> list[dict[str, Any]]:
    try:
        level: list[dict[str, Any]] = [msgspec.json.decode(body or b"{}", type=dict[str, Any])]
        for key in path:
            level = [item for parent in level for item in parent.get(key) or ()]
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise Undecodable(f"expected an OTLP request in JSON: {error}") from error
    return level
