"""What Cronitor exports, as promises: a cronitor.yaml or the answer of its API in; an entry for each monitor out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
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
from outproof.config.foreign_schedules import interval_s, schedule_of
from outproof.contract.promise import Promise
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.core.time import duration_written

_DURATION_ASSERTION = re.compile(r"metric\.duration\s*<=?\s*(.+)")
_UNTIL_PROVEN_S = 3_600.0
_GRACE_S = 60.0
"""Cronitor's own for a job."""

_SECTIONS = {"jobs": "job", "heartbeats": "heartbeat", "checks": "check", "sites": "site"}
_READ = frozenset(
    "key name type schedule schedules timezone grace_seconds paused note tags assertions defaultName "
    "default_name code".split()
)
_STATE = frozenset(
    "created initialized disabled passing running status statuses latest_event latest_events latest_issue "
    "latest_incident latest_invocations next_expected_at notify realert_interval type_label metrics links".split()
)
_LOST = {
    "schedule_tolerance": "how many missed runs are tolerated: each is a break here, and all of them one incident",
    "failure_tolerance": "how many failures are tolerated: each is a break here, and all of them one incident",
}


def monitors(data: object) -> list[Mapping[str, Any]]:
    """The monitors of an API's answer, or of a cronitor.yaml."""
    if isinstance(data, Mapping) and isinstance(data.get("monitors"), list):
        total, here = data.get("total_monitor_count"), len(data["monitors"])
        if isinstance(total, int) and total > here:
            raise BadExport(f"expected all {total} monitors, got {here}: export every page, and import each")
        found: list[Any] = data["monitors"]
    elif isinstance(data, Mapping) and data.keys() & _SECTIONS.keys():
        found = []
        for section, kind in _SECTIONS.items():
            entries = data.get(section) or {}
            if not isinstance(entries, Mapping):
                raise BadExport(f"expected keys and values under `{section}`, as a cronitor.yaml has them")
            found += [
                {"type": kind, **(entry if isinstance(entry, Mapping) else {}), "key": key}
                for key, entry in entries.items()
            ]
    else:
        raise BadExport('expected a cronitor.yaml with `jobs` or `heartbeats`, or {"monitors": […]} as the API answers')
    if not all(isinstance(monitor, Mapping) for monitor in found):
        raise BadExport("expected each monitor as keys and values")
    return found


def of_monitor(monitor: Mapping[str, Any], owner: str) -> Imported:
    """A job, or a heartbeat, under its own key: it is part of the address it pings."""
    key = line(monitor.get("key")) or line(monitor.get("code"))
    title = line(monitor.get("name")) or key or "monitor"
    kind = line(monitor.get("type")) or "job"
    if kind not in ("job", "heartbeat", "event"):
        reason = f"a {kind} looks at a page of yours, which here is a probe: prove `visible` of the run that makes it"
        return Imported(title=title, promise=None, lost=(reason,))
    name = promise_name(key or title)
    limits = _assertions(monitor)
    lost = other_tags(monitor)
    lost += [f"the assertion {text}" for text in limits if _duration_limit_s(text) is None]
    lost += [_LOST[each] for each in _LOST if monitor.get(each)]
    lost += others(monitor, _READ | _STATE | _LOST.keys())
    if name != key:
        lost.append(f"its key {key!r}, which cannot be a name here: its pings must say {name}")
    try:
        promise, assumed = _heart(monitor, name, title, owner) or _runs(monitor, name, title, owner)
    except ValueError as error:
        return Imported(title=title, promise=None, lost=(line(error),))
    told = line(monitor.get("note"))
    promise = replace(promise, paused=bool(monitor.get("paused")), first_check=told or None, runbook=runbook(told))
    return Imported(title=title, promise=promise, lost=tuple(lost), assumed=tuple(assumed))


def _heart(monitor: Mapping[str, Any], name: str, title: str, owner: str) -> tuple[Promise, list[str]] | None:
    """A heartbeat, where a sign of life at intervals is all that is asked for."""
    texts = _schedules(monitor)
    every_s = interval_s(texts[0]) if texts else None
    if monitor.get("type") not in ("heartbeat", "event") or every_s is None:
        return None
    heartbeat = Heartbeat(every_s=every_s, grace_s=seconds(monitor.get("grace_seconds"), 0.0))
    return Promise(name=name, outcome=f"{title} is alive", owner=owner, heartbeat=heartbeat), []


def _runs(monitor: Mapping[str, Any], name: str, title: str, owner: str) -> tuple[Promise, list[str]]:
    """Runs, expected by a schedule where there is one; and what the export does not say of them."""
    grace_s = seconds(monitor.get("grace_seconds"), _GRACE_S)
    tz = line(monitor.get("timezone"))
    schedule: Schedule | None = None
    assumed: list[str] = []
    for text in _schedules(monitor):
        schedule, assumed = schedule_of(text, tz or "UTC", grace_s)
    if schedule is not None and schedule.cron is not None and not tz:
        assumed.append("tz: UTC, because the export names no time zone: Cronitor takes that of the account")
    max_duration_s = next((limit for text in _assertions(monitor) if (limit := _duration_limit_s(text))), None)
    due_s = grace_s + (max_duration_s or _UNTIL_PROVEN_S)
    if max_duration_s is None:
        assumed.append(
            f"due: {duration_written(due_s)}, because no assertion on metric.duration says how long it takes"
        )
    promise = Promise(
        name=name,
        outcome=f"{title} ran to its end",
        owner=owner,
        due_s=due_s,
        proofs=PROVEN_BY_A_PING,
        schedule=schedule,
        max_duration_s=max_duration_s,
    )
    return promise, assumed


def _assertions(monitor: Mapping[str, Any]) -> list[str]:
    written = monitor.get("assertions")
    return [line(text) for text in written] if isinstance(written, list) else []


def _schedules(monitor: Mapping[str, Any]) -> list[str]:
    several = monitor.get("schedules")
    texts = [line(text) for text in several] if isinstance(several, list) else []
    texts = texts or ([line(monitor["schedule"])] if monitor.get("schedule") else [])
    if len(texts) > 1:
        raise ValueError(f"expected one schedule, got {len(texts)} ({'; '.join(texts)}): a promise has one")
    return texts


def _duration_limit_s(assertion: str) -> float | None:
    match = _DURATION_ASSERTION.fullmatch(assertion)
    return None if match is None else interval_s(match[1])
