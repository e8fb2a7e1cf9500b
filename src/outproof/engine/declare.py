"""Puts what the files declare into force: versions in; the record of what changed, and incidents left behind, out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from outproof.contract.promise import Promise
from outproof.core.time import Instant
from outproof.ports import Transaction, Version
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import OURSELVES, Entry, EntryKind, Incident, IncidentState

PROMISE = "promise"
POLICY = "policy"
_APPLIED = {PROMISE: Verb.PROMISE_APPLIED, POLICY: Verb.POLICY_APPLIED}
_REMOVED = {PROMISE: Verb.PROMISE_REMOVED, POLICY: Verb.POLICY_REMOVED}
OPEN_MAX = 1_000
"""Open incidents that are looked through for promises which nobody declares any more."""


def put_in_force(tx: Transaction, versions: Sequence[Version], now: Instant) -> None:
    """Put on record which versions came into force and which names went; open incidents of those say so."""
    before = tx.declarations.in_force()
    wanted = {(version.kind, version.name): version for version in versions}
    came = [version for key, version in wanted.items() if before.get(key) != version.version]
    went = [key for key in before if key not in wanted]
    for version in came:
        tx.declarations.apply(version, now)
    for kind, name in went:
        tx.declarations.remove(kind, name, now)
    _audit(tx, came, went, now)
    gone = [name for kind, name in went if kind == PROMISE]
    back = [version.name for version in came if version.kind == PROMISE and (PROMISE, version.name) not in before]
    if gone or back:
        _tell(tx, gone, back, now)


def orphans(tx: Transaction, declared: Collection[str]) -> Mapping[str, int]:
    """Promises that nobody declares and that have open incidents, with how many."""
    return Counter(
        incident.finding.promise
        for incident in _open(tx)
        if incident.finding.promise is not None and incident.finding.promise not in declared
    )


def last_declared(tx: Transaction, name: str, read: Callable[[str], Promise | None]) -> Promise | None:
    """A promise as it was last declared, expecting nothing new: only the runs that come are judged by it.

    `read` makes a promise of a stored body, or None where it cannot.
    """
    last = tx.declarations.history(PROMISE, name, 1)
    promise = read(last[0].body) if last else None
    if promise is None:
        return None
    if promise.schedule is None:
        return replace(promise, drill=None)
    return replace(promise, schedule=None, due_s=promise.limit_s, later_run_repairs=promise.is_grouped, drill=None)


def _audit(tx: Transaction, came: Sequence[Version], went: Sequence[tuple[str, str]], now: Instant) -> None:
    """Put on record which promises and policies changed, and which let customer content in: alerting is not changed
    without a trace."""
    for version in came:
        if version.kind in _APPLIED:
            tx.audit.add(AuditEntry(now, OURSELVES, _APPLIED[version.kind], version.name, version.version))
        if version.kind != PROMISE:
            continue
        if keys := json.loads(version.body).get("safe_evidence"):
            detail = f"values that may hold customer content: {', '.join(keys)}"
            tx.audit.add(AuditEntry(now, OURSELVES, Verb.SAFE_EVIDENCE_DECLARED, version.name, detail))
    for kind, name in went:
        if kind in _REMOVED:
            tx.audit.add(AuditEntry(now, OURSELVES, _REMOVED[kind], name))


def _tell(tx: Transaction, gone: Collection[str], back: Collection[str], now: Instant) -> None:
    for incident in _open(tx):
        promise = incident.finding.promise
        if promise in gone:
            text = f"promise {promise} is no longer declared: close this incident by hand, or declare the promise again"
        elif promise in back:
            text = f"promise {promise} is declared again"
        else:
            continue
        tx.incidents.add_entries(incident.id, (Entry(now, EntryKind.DECLARED, text),))


def _open(tx: Transaction) -> Sequence[Incident]:
    return tx.incidents.newest((IncidentState.OPEN, IncidentState.ACKNOWLEDGED), OPEN_MAX)
