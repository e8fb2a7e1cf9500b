"""Plain HTTP pings, as cron-ping services take them: a path, a query and a body in; who is meant and what is said out.

Two dialects: Healthchecks (`/ping/{uuid}`, `/ping/{key}/{slug}`, `/start`, `/fail`, `/log`, `/{exit status}`, `?rid=`)
and Cronitor (`/p/{key}/{monitor}?state=…&series=…&metric=…`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs
from uuid import UUID

PARAMETERS_MAX = 50
RUN_NAME_CHARS_MAX = 512
MESSAGE_CHARS_MAX = 2_000
COUNT_MAX = 10**12
DURATION_S_MAX = 86_400.0
"""As far back as a sender's own time is believed."""

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_BARE = re.compile(rf"/{_UUID.pattern}(?:/[a-z0-9]*)?", re.IGNORECASE)
_SLUG_GAPS = re.compile(r"[^a-z0-9_-]+")


class Act(StrEnum):
    """What a ping says of a job."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"
    LOG = "log"


class PingRefusal(StrEnum):
    """Why a ping was not taken, or could change nothing."""

    UNKNOWN = "unknown_address"
    AMBIGUOUS = "ambiguous_slug"
    BAD_ADDRESS = "bad_address"
    BAD_RUN_ID = "bad_run_id"
    BAD_VALUE = "bad_value"
    CREATE = "create_is_not_possible"
    NOT_A_BEAT = "not_a_beat"
    NO_OPEN_RUN = "no_open_run"
    FRESHNESS = "freshness_needs_no_ping"
    CONFLICT = "conflict"


class BadPing(Exception):
    """A ping cannot be meant; the message says what was expected."""

    def __init__(self, refusal: PingRefusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Whom a ping is for: the promise with this `uuid`, or the one that a holder of `key` calls `slug`."""

    uuid: str | None = None
    key: str = ""
    slug: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """What is said. `run` names the run it is about; None: the one that is under way.

    `exit_status` None: not told. `duration_s` is how long the job ran by its own clock. `message` and `details` are raw
    text of the sender's. `create` asks to make what is not declared. `unread` are numbers that were none.
    """

    act: Act
    run: str | None = None
    exit_status: int | None = None
    message: str | None = None
    details: str | None = None
    valid: int | None = None
    invalid: int | None = None
    duration_s: float | None = None
    create: bool = False
    unread: int = 0


def full_path(path: str) -> str | None:
    """The path of a ping as it is routed, with `/ping` before a bare UUID; None: the path is not a ping's."""
    if path.startswith(("/ping/", "/p/")):
        return path
    return f"/ping{path}" if _BARE.fullmatch(path) else None


def slug(name: str) -> str:
    """A promise's name as it stands in an address: small letters, digits, `-` and `_`."""
    return _SLUG_GAPS.sub("-", name.lower()).strip("-")


def read(path: str, query: str) -> tuple[Address, Ping]:
    """A ping in either dialect, by its path, which has no percent signs any more.

    Raises:
        BadPing: it is none.
    """
    cronitor = path.startswith("/p/")
    parts = path.removesuffix("/").split("/")[2:]
    asked = _asked(query)
    return _cronitor(parts, asked) if cronitor else _healthchecks(parts, asked)


def _asked(query: str) -> Mapping[str, Sequence[str]]:
    try:
        return parse_qs(query, keep_blank_values=True, max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise BadPing(PingRefusal.BAD_VALUE, f"expected at most {PARAMETERS_MAX} parameters, got more") from None


def _healthchecks(parts: Sequence[str], asked: Mapping[str, Sequence[str]]) -> tuple[Address, Ping]:
    if parts and _UUID.fullmatch(parts[0]):
        address, rest = Address(uuid=parts[0].lower()), parts[1:]
    elif len(parts) >= 2:
        address, rest = Address(key=parts[0], slug=parts[1]), parts[2:]
    else:
        raise BadPing(PingRefusal.UNKNOWN, "not found")
    run = _last(asked, "rid")
    if run is not None and not _UUID.fullmatch(run):
        raise BadPing(PingRefusal.BAD_RUN_ID, f"expected a UUID as rid (`uuidgen` makes one), got {run[:64]!r}")
    act, exit_status = _suffix(rest, address)
    run = None if run is None else str(UUID(run))
    return address, Ping(act=act, run=run, exit_status=exit_status, create=_last(asked, "create") == "1")


def _suffix(rest: Sequence[str], address: Address) -> tuple[Act, int | None]:
    match rest:
        case []:
            return Act.SUCCESS, None
        case ["start" | "fail" | "log" as act]:
            return Act(act), None
        case [status] if status.isascii() and status.isdigit():
            if len(status) > 3 or int(status) > 255:
                raise BadPing(PingRefusal.BAD_ADDRESS, f"expected an exit status from 0 to 255, got {status[:64]}")
            return (Act.FAIL if int(status) else Act.SUCCESS), int(status)
    if address.uuid is None or len(rest) > 1:
        raise BadPing(PingRefusal.UNKNOWN, "not found")
    raise BadPing(PingRefusal.BAD_ADDRESS, "expected /start, /fail, /log or an exit status after the UUID")


_STATES = {
    None: Act.SUCCESS,
    "": Act.SUCCESS,
    "run": Act.START,
    "complete": Act.SUCCESS,
    "fail": Act.FAIL,
    "ok": Act.LOG,  # a reset by hand proves nothing
}


@dataclass(frozen=True, slots=True)
class _Metric:
    """How a number is written, and the largest that can be meant."""

    pattern: re.Pattern[str]
    most: float


_METRICS = {
    "count": _Metric(re.compile(r"[0-9]{1,13}"), COUNT_MAX),
    "error_count": _Metric(re.compile(r"[0-9]{1,13}"), COUNT_MAX),
    "duration": _Metric(re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?"), DURATION_S_MAX),
}


def _cronitor(parts: Sequence[str], asked: Mapping[str, Sequence[str]]) -> tuple[Address, Ping]:
    if len(parts) == 3 and parts[2] in _STATES:
        parts, asked = parts[:2], {**asked, "state": [parts[2]]}
    if len(parts) != 2:
        raise BadPing(PingRefusal.UNKNOWN, "not found")
    state = _last(asked, "state")
    if state not in _STATES:
        raise BadPing(PingRefusal.BAD_VALUE, f"expected state run, complete, fail or ok, got {(state or '')[:64]!r}")
    run = _last(asked, "series") or None
    if run is not None and (len(run) > RUN_NAME_CHARS_MAX or not run.isprintable()):
        expected = f"expected a series of at most {RUN_NAME_CHARS_MAX} printable characters"
        raise BadPing(PingRefusal.BAD_RUN_ID, f"{expected}, got {len(run)}")
    texts = asked.get("metric", ())
    metrics = {name: number for name, number in map(_metric, texts) if number is not None}
    ping = Ping(
        act=_STATES[state],
        run=run,
        exit_status=_exit_status(_last(asked, "status_code")),
        message=(_last(asked, "message") or _last(asked, "msg") or "")[:MESSAGE_CHARS_MAX] or None,
        details=", ".join(f"{key} {value[:128]}" for key in ("host", "env") if (value := _last(asked, key))) or None,
        valid=_whole(metrics.get("count")),
        invalid=_whole(metrics.get("error_count")),
        duration_s=metrics.get("duration"),
        unread=sum(number is None for _, number in map(_metric, texts)),
    )
    return Address(key=parts[0], slug=parts[1]), ping


def _metric(text: str) -> tuple[str, float | None]:
    """A metric that was sent as `name:number`. None: the number is none; that is no reason to refuse the ping."""
    name, _, written = text.partition(":")
    known = _METRICS.get(name)
    if known is None or not known.pattern.fullmatch(written):
        return name, None
    return name, float(written) if float(written) <= known.most else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _exit_status(text: str | None) -> int | None:
    """The exit status; None when it is none of a process, such as one of HTTP."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 3:
        return None
    return int(text) if int(text) <= 255 else None


def _last(asked: Mapping[str, Sequence[str]], key: str) -> str | None:
    values = asked.get(key)
    return values[-1] if values else None
