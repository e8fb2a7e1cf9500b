"""What Healthchecks exports, as promises: an answer of its Management API in; an entry for each check out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from outproof.config.foreign_entry import (
    PROVEN_BY_A_PING,
    BadExport,
    Imported,
    line,
    other_tags,
    others,
    promise_name,
    runbook,
    seconds,
)
from outproof.config.foreign_schedules import schedule_of
from outproof.contract.promise import Promise
from outproof.contract.schedule import Schedule

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_READ = frozenset("name slug tags desc grace timeout schedule tz status ping_url uuid unique_key".split())
_STATE = frozenset(
    "n_pings last_ping next_ping started last_duration badge_url update_url pause_url resume_url channels".split()
)
_KEYWORDS = (
    "start_kw success_kw failure_kw subject subject_fail filter_subject filter_body filter_http_body "
    "filter_default_fail"
).split()
_LOST = {
    "manual_resume": "that a ping does not resume it while it is paused: `paused: true` is taken back in the file",
    "methods": "that only POST counts: here GET and HEAD count too",
}


def checks(data: object) -> list[Mapping[str, Any]]:
    """The checks of an answer of the Management API."""
    checks = data.get("checks") if isinstance(data, Mapping) else None
    if not isinstance(checks, list) or not all(isinstance(check, Mapping) for check in checks):
        raise BadExport('expected {"checks": […]}, as GET /api/v3/checks/ answers it')
    return checks


def of_check(check: Mapping[str, Any], owner: str) -> Imported:
    """A check: success in time, `grace` after each instant of its schedule at the latest, as it was."""
    uuid = _UUID.search(f"{check.get('uuid') or ''} {check.get('ping_url') or ''}")
    title = line(check.get("name")) or line(check.get("slug")) or (f"check-{uuid[0][:8]}" if uuid else "check")
    lost = other_tags(check)
    if words := [f"{key}: {line(check[key])}" for key in _KEYWORDS if check.get(key)]:
        lost.append(f"that what is written decides ({', '.join(words)}): here only the address of a ping does")
    lost += [_LOST[key] for key in _LOST if check.get(key)]
    lost += others(check, _READ | _STATE | _LOST.keys() | set(_KEYWORDS))
    if uuid is None:
        lost.append("its ping address, because the export was made with a read-only key: ping it by its name")
    grace_s = seconds(check.get("grace"), 3_600.0)
    try:
        if check.get("schedule"):
            schedule, assumed = schedule_of(line(check["schedule"]), line(check.get("tz")) or "UTC", grace_s)
        else:
            schedule, assumed = Schedule(every_s=seconds(check.get("timeout"), 86_400.0), grace_s=grace_s), []
        promise = Promise(
            name=promise_name(line(check.get("slug")) or title),
            outcome=f"{title} ran to its end",
            owner=owner,
            due_s=grace_s,
            proofs=PROVEN_BY_A_PING,
            schedule=schedule,
            paused=check.get("status") == "paused",
            ping=uuid[0] if uuid else None,
            first_check=line(check.get("desc")) or None,
            runbook=runbook(line(check.get("desc"))),
        )
    except ValueError as error:
        return Imported(title=title, promise=None, lost=(line(error),))
    return Imported(title=title, promise=promise, lost=tuple(lost), assumed=tuple(assumed))
