"""OTLP/gRPC beside OTLP/HTTP: the same requests on another port, to the same receiver, under the same keys.

gRPC itself is an extra (`outproof[grpc]`): without it there is no such port, and nothing else is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from outproof.core.errors import OutproofError, Permanent, Transient
from outproof.server.access import Access, Refused, Request
from outproof.server.body import BODY_BYTES_MAX, TooLarge
from outproof.server.otlp import Receiver

try:
    import grpc
except ImportError:
    grpc = None

GRPC_PORT = 4317
THREADS = 4
CALLS_MAX = 64
"""Under way at once, waiting ones included; more are turned away, which an exporter answers by trying again."""
STOP_S = 5.0

_SERVICES = {
    "/v1/traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "/v1/metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
    "/v1/logs": "opentelemetry.proto.collector.logs.v1.LogsService",
}
_HEADERS = frozenset({"authorization", "x-api-key", "cookie", "origin", "host"})


def available() -> bool:
    """Whether gRPC is installed."""
    return grpc is not None


class GrpcServer:
    """A port for OTLP/gRPC. It is open from `start` to `stop`."""

    def __init__(self, receiver: Receiver, access: Access, host: str, port: int) -> None:
        if grpc is None:
            raise Permanent("expected gRPC to be installed: pip install 'outproof[grpc]', or leave the port out")
        self._receiver = receiver
        self._access = access
        options = [
            ("grpc.max_receive_message_length", BODY_BYTES_MAX),
            ("grpc.so_reuseport", 0),
        ]
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="grpc")
        self._server = grpc.server(self._threads, options=options, maximum_concurrent_rpcs=CALLS_MAX)
        for path, service in _SERVICES.items():
            self._server.add_generic_rpc_handlers((self._handler(path, service),))
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self.port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise Permanent(f"cannot listen for gRPC on {address}: is it in use? pass --grpc-port") from error

    def start(self) -> None:
        """Begin to take requests."""
        self._server.start()

    def stop(self) -> None:
        """Take no more requests, and wait for those under way."""
        self._server.stop(STOP_S).wait()
        self._threads.shutdown()

    def _handler(self, path: str, service: str) -> Any:
        export = grpc.unary_unary_rpc_method_handler(self._exporting(path))  # bytes in, bytes out: decoded by us
        return grpc.method_handlers_generic_handler(service, {"Export": export})

    def _exporting(self, path: str) -> Callable[[bytes, Any], bytes]:
        def export(body: bytes, context: Any) -> bytes:
            try:
                metadata = dict(context.invocation_metadata())
                self._access.check(Request("POST", path, {k: str(v) for k, v in metadata.items() if k in _HEADERS}))
                return self._receiver.take(path, body).body
            except OutproofError as error:
                return self._refuse(context, error)

        return export

    def _refuse(self, context: Any, error: OutproofError) -> bytes:
        code = _code(error)
        if isinstance(error, Transient):
            context.set_trailing_metadata((("retry-after", str(error.retry_after_s)),))
        context.abort(code, str(error))  # raises: gRPC ends the call there
        return b""


def _code(error: OutproofError) -> Any:
    """What to tell the client. It tries again on UNAVAILABLE, and drops the batch on the others."""
    match error:
        case Transient():
            return grpc.StatusCode.UNAVAILABLE
        case Refused(status=401):
            return grpc.StatusCode.UNAUTHENTICATED
        case Refused():
            return grpc.StatusCode.PERMISSION_DENIED
        case TooLarge():
            return grpc.StatusCode.OUT_OF_RANGE
    return grpc.StatusCode.INVALID_ARGUMENT
