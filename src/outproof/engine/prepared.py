"""Prepares an act: an incident, a declared action and a responder's values in; the call, its key and what speaks
against it out. Nothing is changed and nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from outproof.contract.action import Action, ActionKind, ParameterType
from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId, RunId
from outproof.core.time import Instant, rfc3339
from outproof.engine.knowledge import Handoff, handoff, item_ids
from outproof.engine.settle import Terms
from outproof.ports import Transaction
from outproof.prove.items import Mark
from outproof.respond.action import (
    ITEMS_MAX,
    ActionRecord,
    ActionState,
    Call,
    Unacceptable,
    Value,
    Values,
    action_key,
    call,
    checked,
)
from outproof.respond.incident import Incident
from outproof.respond.retry_safety import RetryVerdict

ACTS_MAX = 100
"""Acts that are looked through for the one to take back, and turns of doing and taking back."""

_ITEMS_AT_ONCE = 5_000
_NAMED_MAX = 5
_REPEATED = (ActionKind.RETRY, ActionKind.REVALIDATE)
"""What may be asked for once more when the run has ended again."""

_MAY_BE_UNDONE = (ActionState.SUCCEEDED, ActionState.UNKNOWN)


class NotDeclared(Permanent):
    """The incident's promise declares no such action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An act that may be asked for. `before` is the act of the same key, if there is one.

    `refused` says what speaks against it; None: nothing does. `forceable`: somebody who knows better may have it done
    all the same.
    """

    action: Action
    values: Values
    key: str
    call: Call
    does: str
    run_id: RunId | None
    undo_of: str | None
    before: ActionRecord | None
    refused: str | None
    forceable: bool = True

    @property
    def already(self) -> ActionRecord | None:
        """The act of the same key that is done, or being done: asking again changes nothing."""
        repeatable = (ActionState.FAILED, ActionState.UNKNOWN)
        return self.before if self.before is not None and self.before.state not in repeatable else None


def prepared(
    tx: Transaction,
    incident: Incident,
    name: str,
    given: Mapping[str, Any],
    terms: Terms,
    *,
    project: ProjectId,
    now: Instant,
) -> Prepared:
    """What would be done.

    Raises:
        NotDeclared: the promise of the incident declares no such action.
        Unacceptable: the values are not those that the action takes.
    """
    action, found = _declared(tx, incident, name, terms, now)
    run_id = found.run_id
    scope = run_id or incident.id
    actions = terms.promises[incident.finding.promise or ""].actions
    original = _original(tx, incident, run_id, action, given, actions)
    values = checked(action, _filled(tx, action, given, original, found))
    undo_of = original.id if original else None
    attempts = len(found.known.state.claims) if action.kind in _REPEATED and found.known.state else 0
    key_of = partial(action_key, project, scope, action, values, undo_of=undo_of, attempts=attempts)
    key, before = _turn(tx, key_of, action)
    facts: dict[str, Value | float] = {
        **_evidence(found),
        "promise": incident.finding.promise or "",
        "incident_id": incident.id,
        "idempotency_key": key,
    }
    refused = _speaks_against(tx, action, values, found, before)
    drilled = incident.finding.drill
    return Prepared(
        action=action,
        values=values,
        key=key,
        call=call(action, values, facts),
        does=_does(action, values, found, original),
        run_id=run_id,
        undo_of=undo_of,
        before=before,
        refused="it was broken on purpose, by a drill: nothing is done about it" if drilled else refused,
        forceable=not drilled,
    )


def _declared(tx: Transaction, incident: Incident, name: str, terms: Terms, now: Instant) -> tuple[Action, Handoff]:
    promise = terms.promises.get(incident.finding.promise or "")
    actions = {} if promise is None else {action.name: action for action in promise.actions}
    found = handoff(tx, incident, promise, terms.holds, now)
    if name not in actions or found is None:
        known = ", ".join(actions) or "none"
        raise NotDeclared(f"no action {name!r} is declared for this incident; declared are: {known}")
    return actions[name], found


def _original(
    tx: Transaction,
    incident: Incident,
    run_id: RunId | None,
    action: Action,
    given: Mapping[str, Any],
    actions: Sequence[Action],
) -> ActionRecord | None:
    """The newest act that this one takes back: of an action that names it as its undo, with the same values."""
    undone = {each.name for each in actions if each.undo == action.name}
    acts: list[ActionRecord] = []
    for name in undone:
        acts += tx.actions.of_run(run_id, name, ACTS_MAX) if run_id else []
    if run_id is None:
        acts = [act for act in tx.actions.of_incident(incident.id, ACTS_MAX) if act.action in undone]
    for act in sorted(acts, key=lambda act: act.at, reverse=True):
        if act.undone_by is None and act.state in _MAY_BE_UNDONE and _agrees(act, given):
            return act
    return None


def _agrees(act: ActionRecord, given: Mapping[str, Any]) -> bool:
    known = {name: value for name, value in act.parameters.items() if name not in act.withheld}
    return all(
        known[name] == (tuple(value) if isinstance(value, list) else value)
        for name, value in given.items()
        if name in known
    )


def _filled(
    tx: Transaction, action: Action, given: Mapping[str, Any], original: ActionRecord | None, found: Handoff
) -> dict[str, Any]:
    """What was given, and for what was left out: the values of the act that is taken back, the items to retry."""
    filled = dict(given)
    for name, parameter in action.parameters.items():
        if filled.get(name) is not None:
            continue
        if original is not None and name in original.parameters and name not in original.withheld:
            filled[name] = original.parameters[name]
        elif parameter.type is ParameterType.ITEMS and action.kind is ActionKind.RETRY:
            filled[name] = item_ids(tx, found.run_id, found.retry.marks, ITEMS_MAX) or None
    return filled


def _turn(tx: Transaction, key_of: Callable[..., str], action: Action) -> tuple[str, ActionRecord | None]:
    """The key of the act, and the act that has it. What was taken back may be done again, under a key of its own."""
    for turn in range(ACTS_MAX):
        key = key_of(turn=turn)
        before = tx.actions.of_key(key)
        if before is None or before.undone_by is None:
            return key, before
    raise Unacceptable(f"{action.name} was done and taken back {ACTS_MAX} times: that is enough")


def _evidence(found: Handoff) -> dict[str, Value | float]:
    state = found.known.state
    if state is None:
        return {}
    evidence = {name: value for name, value in state.evidence.items() if value is not None}
    return {**evidence, "run_id": state.run_id, "external_id": state.external_id}


def _speaks_against(
    tx: Transaction, action: Action, values: Values, found: Handoff, before: ActionRecord | None
) -> str | None:
    if before is not None and before.state is ActionState.UNKNOWN:
        return (
            f"{before.by} asked for it at {rfc3339(before.at)[:19]}Z, and nobody can tell whether it was done "
            f"({before.result}): look before you have it done again"
        )
    items = [name for name, parameter in action.parameters.items() if parameter.type is ParameterType.ITEMS]
    chosen = tuple(item for name in items for item in _items(values.get(name)))
    if action.kind is not ActionKind.RETRY:
        groups = found.known.state.items.groups if found.known.state else ()
        return _not_among(tx, found, [known for known, _ in groups], chosen, "no items of this run")
    if found.retry.verdict is RetryVerdict.UNSAFE:
        return f"not safe to do again: {found.retry.reason}"
    if found.retry.verdict is RetryVerdict.SAFE_FOR_ITEMS and not chosen:
        return f"safe only for {found.retry.item_count} items, and it takes no items: {found.retry.reason}"
    if found.retry.marks:
        return _not_among(tx, found, found.retry.marks, chosen, "not left to be done")
    return None


def _items(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _not_among(tx: Transaction, found: Handoff, marks: Sequence[Mark], chosen: Sequence[str], what: str) -> str | None:
    """Which of the chosen items have none of these marks, said in a sentence; None: each has."""
    left = set(chosen)
    last, end = "", max(chosen, default="")
    while left and found.run_id is not None:
        some = tx.items.some(found.run_id, marks, last, _ITEMS_AT_ONCE)
        left.difference_update(item_id for item_id, _ in some)
        if len(some) < _ITEMS_AT_ONCE or some[-1][0] >= end:
            break
        last = some[-1][0]
    if not left:
        return None
    named = ", ".join(sorted(left)[:_NAMED_MAX]) + (", …" if len(left) > _NAMED_MAX else "")
    return f"{len(left)} of the {len(chosen)} items are {what}: {named}"


def _does(action: Action, values: Values, found: Handoff, original: ActionRecord | None) -> str:
    """What it does, in sentences for whoever is about to do it."""
    said = [action.describes.rstrip(".") + "."]
    chosen = sum(len(_items(value)) for value in values.values())
    if chosen:
        said.append(f"It is done for {chosen} item{'' if chosen == 1 else 's'}.")
    if action.kind is ActionKind.RETRY and found.retry.verdict is RetryVerdict.UNKNOWN:
        check = f" {found.retry.check_first}" if found.retry.check_first else ""
        said.append(f"Whether that repeats anything is not known: {found.retry.reason}.{check}")
    if original is not None:
        said.append(f"It takes back {original.action} of {rfc3339(original.at)[:19]}Z by {original.by}.")
    said.append(f"{action.undo} takes it back." if action.undo else "It cannot be taken back.")
    return " ".join(said)
