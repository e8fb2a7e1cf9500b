"""`outproof serve`: settings from the command line in, a server until SIGTERM or Ctrl-C out."""

from __future__ import annotations

import fcntl
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, NoReturn

import structlog
import typer
import uvicorn
from rich.console import Console

from outproof.bootstrap import build
from outproof.core.errors import OutproofError
from outproof.server.log_lines import scrubbed_event
from outproof.server.otlp_grpc import GRPC_PORT, available
from outproof.settings import PORT, Settings

_CONFIG_NAME = Path("outproof.yaml")
_GRACE_S = 5

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


class _Announced(uvicorn.Server):
    """Says when it is ready, not before."""

    announcement: str = ""

    def __init__(self, config: uvicorn.Config, reload: Callable[[], None]) -> None:
        super().__init__(config)
        self._reload = reload

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _out.print(self.announcement)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and Ctrl-C and end with 0: a server that was asked to stop has not failed.

        SIGHUP has the configuration read again, as it does everywhere.
        """
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: self._reload())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    data: Annotated[Path, typer.Option(help="Directory for everything the server keeps.")] = Path("outproof-data"),
    port: Annotated[int, typer.Option(help="Port for OTLP, the API and the pages; 0 picks a free one.")] = PORT,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Anything but loopback needs API keys.")
    ] = "127.0.0.1",
    grpc_port: Annotated[
        int | None,
        typer.Option(help="Port for OTLP/gRPC; 0 picks a free one. Default: 4317 beside port 4318, otherwise none."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="What to watch: a YAML file, or a directory of them. Default: ./outproof.yaml, if there."),
    ] = None,
    state_url: Annotated[
        str | None, typer.Option(envvar="OUTPROOF_STATE_URL", help="PostgreSQL instead of the embedded state store.")
    ] = None,
    events_dsn: Annotated[
        str | None, typer.Option(envvar="OUTPROOF_EVENTS_DSN", help="ClickHouse instead of the embedded event store.")
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(envvar="OUTPROOF_PUBLIC_URL", help="How people reach the pages; used in notifications."),
    ] = None,
) -> None:
    """Run the server: OTLP, API and pages on one port, all data under one directory."""
    _log_to_stderr()
    listening = _listen(host, port)
    _run(
        Settings(
            data=data,
            host=host,
            port=listening.getsockname()[1],
            grpc_port=_grpc_port(grpc_port, host, port),
            config=config or (_CONFIG_NAME if _CONFIG_NAME.is_file() else None),
            state_url=state_url,
            events_dsn=events_dsn,
            public_url=public_url,
        ),
        listening,
    )


def _run(settings: Settings, listening: socket.socket) -> None:
    """Serve until told to stop; refuse, with a sentence, what cannot be served."""
    lock = _lock(settings.data)
    try:
        built = build(settings)
    except OutproofError as error:
        _refuse(str(error))
    if built.first_key:
        _out.print(
            f"First key of this server, shown only now:\n\n    {built.first_key}\n\n"
            "Send it as `Authorization: Bearer …`, or sign in to the pages with it."
        )
    server = _Announced(
        uvicorn.Config(
            built.app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who asks is decided by keys, never by an address
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GRACE_S,
        ),
        built.reload,
    )
    server.announcement = _announcement(settings, built.grpc_port)
    _collect_rarely()
    server.run(sockets=[listening])
    lock.close()


def _collect_rarely() -> None:
    """What was made to serve stays, so no collection goes through it: that held up every acknowledgement by 0.2 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _grpc_port(asked: int | None, host: str, port: int) -> int | None:
    """Where OTLP/gRPC listens: where it is asked to; else at its own port beside ours, if it is installed and free."""
    if asked is not None or port != PORT or not available():
        return asked
    try:
        with socket.create_server((host, GRPC_PORT), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return GRPC_PORT
    except OSError:
        _err.print(f"port {GRPC_PORT} is in use: no OTLP/gRPC; pass --grpc-port for another", markup=False)
        return None


def _announcement(settings: Settings, grpc_port: int | None) -> str:
    watching = f"watching what {settings.config} declares" if settings.config else "nothing declared: pass --config"
    otlp = f"OTLP at {settings.url}/v1/traces" + (f", over gRPC at {settings.host}:{grpc_port}" if grpc_port else "")
    return f"Outproof is ready: {settings.url}  (data in {settings.data}, {watching}; {otlp})"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        _refuse(f"cannot listen on {host}:{port} ({error.strerror or error}): is another server running? pass --port")
    return listening


def _lock(data: Path) -> IO[str]:
    """Hold the data directory: two servers on one would corrupt it. The lock goes with the process."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _refuse(f"another server works on {data}: stop it, or pass another directory with --data")
    return lock


def _refuse(message: str) -> NoReturn:
    _err.print(message, markup=False)
    raise typer.Exit(2)


def _log_to_stderr() -> None:
    """One line per event: for people on a terminal, as JSON everywhere else."""
    pretty = sys.stderr.isatty()
    structlog.configure(
        processors=[
            scrubbed_event,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
