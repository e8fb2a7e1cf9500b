"""Arguments and environment in, the SDK's settings out. First wins: argument, OUTPROOF_*, OTEL_*, default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.sampling.policy import Sampling

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"
UNKNOWN_SERVICE = "unknown_service"  # what OpenTelemetry calls a service without a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where to send, as whom, and where to keep what cannot be sent yet. `spools` are tried in order."""

    tls: bool
    host: str
    port: int
    base_path: str
    headers: tuple[tuple[str, str], ...]
    pseudonym_secret: str = field(repr=False)
    service: str
    project: ProjectId
    deploy: str | None
    environment: str | None
    spools: tuple[Path, ...]
    sampling: Sampling | None = None


def settings_from(
    env: Mapping[str, str],
    *,
    service: str | None,
    endpoint: str | None,
    key: str | None,
    project: str | None,
    deploy: str | None,
    environment: str | None,
    spool_dir: str | os.PathLike[str] | None,
    sampling: Sampling | float | None = None,
) -> Settings:
    """The settings that arguments and environment add up to.

    Raises:
        ValueError: the endpoint is not an http or https address, or the share to sample is none.
    """
    address = endpoint or env.get("OUTPROOF_ENDPOINT") or env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            f"expected an endpoint such as {DEFAULT_ENDPOINT}, got {address[:200]!r}; set OUTPROOF_ENDPOINT"
        )
    headers = _otel_headers(env.get("OTEL_EXPORTER_OTLP_HEADERS", ""))
    key = key or env.get("OUTPROOF_API_KEY")
    if key:
        headers["authorization"] = f"Bearer {key}"
    project = project or env.get("OUTPROOF_PROJECT") or DEFAULT_PROJECT
    place = sha256(f"{parts.scheme}://{parts.netloc}{parts.path}\n{project}".encode()).hexdigest()[:16]
    return Settings(
        tls=parts.scheme == "https",
        host=parts.hostname,
        port=parts.port or (443 if parts.scheme == "https" else 80),
        base_path=parts.path.rstrip("/").removesuffix("/v1/traces"),
        headers=tuple(headers.items()),
        pseudonym_secret=env.get("OUTPROOF_PSEUDONYM_KEY") or key or "",
        service=service or env.get("OTEL_SERVICE_NAME") or UNKNOWN_SERVICE,
        project=ProjectId(project),
        deploy=deploy or env.get("OUTPROOF_DEPLOY") or None,
        environment=environment or None,
        spools=tuple(_spools(env, spool_dir, place)),
        sampling=_sampling(env.get("OUTPROOF_SAMPLE_RATIO") if sampling is None else sampling),
    )


def _sampling(asked: Sampling | float | str | None) -> Sampling | None:
    """What is sent of ordinary answers: by a policy, or by its share alone. None: all of them."""
    if isinstance(asked, Sampling):
        return asked
    return None if asked in (None, "") else Sampling(nominal_ratio=float(asked))


def _otel_headers(text: str) -> dict[str, str]:
    """`k=v,k2=v2` with percent-encoded values, as OTEL_EXPORTER_OTLP_HEADERS has it."""
    pairs = (item.partition("=") for item in text.split(",") if "=" in item)
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}


def _spools(env: Mapping[str, str], spool_dir: str | os.PathLike[str] | None, place: str) -> list[Path]:
    """The folder that was asked for, and no other; else one in the user's state, else a temporary one."""
    asked = spool_dir or env.get("OUTPROOF_SPOOL")
    if asked:
        return [Path(asked).absolute() / place]
    user = os.getuid() if hasattr(os, "getuid") else "user"
    # What `tempfile.gettempdir()` looks at; importing it would cost more than all other settings.
    temporary = Path(env.get("TMPDIR") or env.get("TEMP") or "/tmp") / f"outproof-spool-{user}-{place}"  # noqa: S108  # each user's own folder, and no other's is used
    if env.get("XDG_STATE_HOME"):
        return [Path(env["XDG_STATE_HOME"]) / "outproof" / "spool" / place, temporary]
    if env.get("HOME"):
        return [Path(env["HOME"]) / ".local" / "state" / "outproof" / "spool" / place, temporary]
    return [temporary]
