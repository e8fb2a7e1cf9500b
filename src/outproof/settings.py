"""Settings of one server: read once, checked, frozen."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

PORT = 4318


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the server keeps its data, where it listens, and what it is told to watch.

    `config` None means that nothing is declared, `grpc_port` None that there is none. `state_url` and `events_dsn` None
    mean the embedded stores.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = PORT
    grpc_port: int | None = None
    config: Path | None = None
    state_url: str | None = None
    events_dsn: str | None = None
    public_url: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether only this host can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """Where a browser finds the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
