"""Policies over REST: what is declared, how its alerts stand, and every version that was in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from outproof.config.advice import of_policies
from outproof.config.declared import Declared
from outproof.config.rendering import yaml_text
from outproof.core.ids import IncidentId
from outproof.decide.policy import Policy
from outproof.engine.declare import POLICY
from outproof.ports import Transaction
from outproof.respond.incident import IncidentState
from outproof.server import given
from outproof.server.policy_views import PolicyDetail, PolicyList, alert_views, detail, summary
from outproof.server.versions import LIMIT_MAX, VersionList, versions_of

_ACTIVE_MAX = 1_000
_ACTIVE = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


@get("/v1/policies", sync_to_thread=True)
def list_policies(store: given.Store, declared: given.Declared) -> PolicyList:
    """Every declared policy, in the order of the files."""
    with store.look() as tx:
        memories, incidents = tx.alerts.memories(), _incidents(tx)
    remarks = _remarks(declared)
    return PolicyList(
        [
            summary(
                policy,
                memories.get(policy.name, {}),
                incidents.get(policy.incident_key),
                remarks.get(policy.name, []),
            )
            for policy in declared.policies
        ]
    )


@get("/v1/policies/{name:str}", sync_to_thread=True)
def get_policy(name: FromPath[str], store: given.Store, declared: given.Declared) -> PolicyDetail:
    """One declared policy with its alerts, the worst first, and what its file says."""
    policy = _declared(declared, name)
    with store.look() as tx:
        memories = tx.alerts.memories().get(name, {})
        incident = _incidents(tx).get(policy.incident_key)
        history = tx.declarations.history(POLICY, name, 1)
    shown = summary(policy, memories, incident, _remarks(declared).get(name, []))
    written = yaml_text(history[0].body) if history and history[0].version == policy.version else None
    return detail(shown, policy, written, alert_views(policy, memories))


@get("/v1/policies/{name:str}/versions", sync_to_thread=True)
def list_policy_versions(
    name: FromPath[str], store: given.Store, limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 50
) -> VersionList:
    """Every version of a policy that was ever in force, and what each changed."""
    return versions_of(store, POLICY, name, limit)


def _declared(declared: Declared, name: str) -> Policy:
    for policy in declared.policies:
        if policy.name == name:
            return policy
    raise NotFoundException(f"no policy {name!r} is declared; GET /v1/policies lists those that are")


def _incidents(tx: Transaction) -> Mapping[str, IncidentId]:
    """Incidents that are not over, by key."""
    return {incident.finding.key: incident.id for incident in tx.incidents.newest(_ACTIVE, _ACTIVE_MAX)}


def _remarks(declared: Declared) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for policy, remark in of_policies(declared):
        found.setdefault(policy.name, []).append(remark.message)
    return found


HANDLERS = [list_policies, get_policy, list_policy_versions]
