"""Declared actions: an action and a responder's values in; one checked request or command, and its record, out.

The same run, action and values have the same key, so that asking twice is one act.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from outproof.contract.action import Action, ActionKind, Parameter, ParameterType
from outproof.core.canonical import canonical
from outproof.core.ids import IncidentId, ProjectId, RunId, digest_id
from outproof.core.time import Instant
from outproof.scrub.text import preview

ITEMS_MAX = 1_000
"""Items of one call. More are done with several calls, each with items of its own."""

ITEM_CHARS_MAX = 256
RESULT_CHARS_MAX = 2_000
SHOWN_CHARS_MAX = 2_000

Value = str | int | bool | tuple[str, ...]
Values = Mapping[str, Value]

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Unacceptable(ValueError):
    """The values are not those that the action takes. The message says which, and what was expected."""


class ActionState(StrEnum):
    INTENDED = "intended"
    """Written down; nothing was done yet."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It was not done: whoever was asked refused, or was never asked."""
    UNKNOWN = "unknown"
    """It may have been done: nobody can tell, and nobody repeats it unasked."""


UNFINISHED = (ActionState.INTENDED, ActionState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """What a webhook is sent. `secret_env` names the variable that holds its signing secret."""

    method: str
    url: str
    body: bytes
    key: str
    timeout_s: float
    secret_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program and its arguments, which no shell reads, and what it finds in its environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    timeout_s: float


Call = WebRequest | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a call. `result` is safe: a status, or the scrubbed end of what a command wrote."""

    state: ActionState
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """One act on record. `generation` grows with every change; `tries` counts how often it was begun.

    `parameters` are scrubbed; `withheld` names those in which something was replaced. After `give_up_at` an act that
    nobody finished is given up. `undo_of` is the act that this one took back, `undone_by` the one that took it back.
    """

    id: str
    key: str
    incident_id: IncidentId
    run_id: RunId | None
    action: str
    kind: ActionKind
    state: ActionState
    does: str
    by: str
    at: Instant
    give_up_at: Instant
    parameters: dict[str, Value] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    forced: bool = False
    tries: int = 1
    finished_at: Instant | None = None
    result: str | None = None
    undo: str | None = None
    undo_of: str | None = None
    undone_by: str | None = None
    generation: int = 1


def checked(action: Action, given: Mapping[str, Any]) -> dict[str, Value]:
    """The values a responder gave, each of its type.

    Raises:
        Unacceptable: one is unknown, missing, or not what was declared.
    """
    if unknown := sorted(set(given) - set(action.parameters)):
        known = ", ".join(action.parameters) or "none"
        raise Unacceptable(f"expected parameters of {action.name} ({known}), got {', '.join(unknown)}")
    values: dict[str, Value] = {}
    for name, parameter in action.parameters.items():
        if given.get(name) is not None:
            values[name] = _value(name, parameter, given[name])
            _check_option(action, parameter, name, values[name])
        elif parameter.required:
            raise Unacceptable(f"expected a value for {name}, got none")
    return values


def action_key(
    project: ProjectId,
    scope: str,
    action: Action,
    values: Values,
    *,
    undo_of: str | None = None,
    turn: int = 0,
    attempts: int = 0,
) -> str:
    """What makes asking twice one act.

    `turn` counts how often it was done and taken back before, `attempts` how often the run has ended: what was tried
    again and went wrong again may be tried once more.
    """
    told = (scope, action.name, canonical(values).decode(), undo_of or "", str(turn), str(attempts))
    return digest_id("act", project, *told)


def call(action: Action, values: Values, facts: Mapping[str, Value | float]) -> Call:
    """The request or the command. `facts` are what else may be named; an argument or a field of what was not given,
    because it need not be, is left out.

    Raises:
        Unacceptable: the run did not report what the action needs.
    """
    named = {**facts, **values}
    optional = {name for name, parameter in action.parameters.items() if not parameter.required}
    for name in action.placeholders:
        if name not in named and name not in optional:
            raise Unacceptable(f"expected the run to report {name}, which {action.name} needs; it did not")
    key = str(named["idempotency_key"])
    if action.webhook is None:
        argv = _argv(action, named)
        environment = {f"OUTPROOF_{name.upper()}": str(value) for name, value in facts.items() if name in _ENVIRONMENT}
        return Command(argv=argv, environment=environment, timeout_s=action.timeout_s)
    hook = action.webhook
    return WebRequest(
        method=hook.method,
        url=_url(hook.url, named),
        body=json.dumps(_body(hook.body, named), ensure_ascii=False, separators=(",", ":")).encode(),
        key=key,
        timeout_s=action.timeout_s,
        secret_env=hook.secret_env,
    )


def shown_request(call: Call) -> str | None:
    """The method, the URL without its query, and the body, scrubbed. None: it is a command."""
    if not isinstance(call, WebRequest):
        return None
    parts = urlsplit(call.url)
    url = parts._replace(query="", fragment="").geturl() + ("?…" if parts.query else "")
    return _safe(f"{call.method} {url} {call.body.decode()}", SHOWN_CHARS_MAX)


def shown_argv(call: Call) -> list[str] | None:
    """The arguments, each scrubbed. None: it is a web request."""
    if not isinstance(call, Command):
        return None
    return [_safe(argument, SHOWN_CHARS_MAX) for argument in call.argv]


def scrubbed(values: Values) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The values as they may be stored, and the names of those in which something was replaced."""
    safe: dict[str, Value] = {}
    for name, value in values.items():
        match value:
            case str():
                safe[name] = _safe(value, SHOWN_CHARS_MAX)
            case tuple():
                safe[name] = tuple(_safe(item, ITEM_CHARS_MAX) for item in value)
            case _:
                safe[name] = value
    return safe, tuple(name for name, value in values.items() if safe[name] != value)


def _safe(text: str, chars_max: int) -> str:
    return str(preview(text, chars_max=chars_max))


_ENVIRONMENT = ("promise", "run_id", "external_id", "incident_id", "idempotency_key")


def _value(name: str, parameter: Parameter, given: Any) -> Value:
    match parameter.type, given:
        case ParameterType.BOOLEAN, bool():
            return given
        case ParameterType.INTEGER, int() if not isinstance(given, bool) and abs(given) < 2**53:
            return given
        case ParameterType.TEXT, str():
            return _checked_text(name, parameter, given)
        case ParameterType.ITEMS, list() | tuple():
            return _checked_items(name, given)
    wanted = {
        ParameterType.BOOLEAN: "true or false",
        ParameterType.INTEGER: "a whole number",
        ParameterType.TEXT: "a text",
        ParameterType.ITEMS: "a list of item ids",
    }
    raise Unacceptable(f"expected {wanted[parameter.type]} as {name}, got {type(given).__name__}")


def _checked_text(name: str, parameter: Parameter, text: str) -> str:
    if parameter.choices and text not in parameter.choices:
        raise Unacceptable(f"expected {name} as one of {', '.join(parameter.choices)}, got {text[:80]!r}")
    if not parameter.choices and len(text) > parameter.chars_max:
        raise Unacceptable(f"expected at most {parameter.chars_max} characters as {name}, got {len(text)}")
    if parameter.required and not text.strip():
        raise Unacceptable(f"expected a value for {name}, got an empty text")
    if _CONTROL.search(text) or not _is_encodable(text):
        raise Unacceptable(f"expected {name} without control characters other than line breaks and tabs")
    return text


def _checked_items(name: str, given: Any) -> tuple[str, ...]:
    if not given or len(given) > ITEMS_MAX:
        raise Unacceptable(f"expected from 1 to {ITEMS_MAX} item ids as {name}, got {len(given)}")
    for item in given:
        if not isinstance(item, str) or not 0 < len(item) <= ITEM_CHARS_MAX or _CONTROL.search(item):
            raise Unacceptable(f"expected item ids of up to {ITEM_CHARS_MAX} characters as {name}")
        if not _is_encodable(item):
            raise Unacceptable(f"expected item ids in Unicode as {name}")
    return tuple(sorted(set(given)))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_option(action: Action, parameter: Parameter, name: str, value: Value) -> None:
    """Refuse what a program could read as an option. What the operator wrote as a choice is meant."""
    if action.webhook is not None or parameter.choices:
        return
    texts = value if isinstance(value, tuple) else (str(value),)
    if any(text.startswith("-") for text in texts):
        raise Unacceptable(f"expected {name} not to begin with '-', which the command could read as an option")


def _argv(action: Action, named: Mapping[str, Value | float]) -> tuple[str, ...]:
    argv: list[str] = []
    for position, template in enumerate(action.command):
        alone = _PLACEHOLDER.fullmatch(template)
        value = named.get(alone[1]) if alone else None
        if isinstance(value, tuple):
            argv += value
            continue
        argument = _filled(template, {name: _text(value) for name, value in named.items()})
        if argument is None:
            continue
        if position and argument.startswith("-") and template.startswith("{") and not _is_choice(action, alone):
            raise Unacceptable(f"expected an argument from {template}, got one that begins with '-' and is an option")
        argv.append(argument)
    return tuple(argv)


def _is_choice(action: Action, alone: re.Match[str] | None) -> bool:
    parameter = action.parameters.get(alone[1]) if alone else None
    return parameter is not None and bool(parameter.choices)


def _url(template: str, named: Mapping[str, Value | float]) -> str:
    texts = {name: _text(value) for name, value in named.items()}
    for name in _PLACEHOLDER.findall(template):
        if texts.get(name) in (None, "", ".", ".."):
            raise Unacceptable(f"expected a value for {name} that a URL can take, got none")
    return _filled(template, {name: quote(text, safe="") for name, text in texts.items()}) or template


def _body(
    template: Mapping[str, str | int | float | bool], named: Mapping[str, Value | float]
) -> dict[str, Value | float]:
    """The named values; a placeholder that stands alone keeps the type of its value."""
    texts = {name: _text(value) for name, value in named.items()}
    body: dict[str, Value | float] = {}
    for name, value in template.items():
        alone = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
        found = named.get(alone[1]) if alone else _filled(value, texts) if isinstance(value, str) else value
        if found is not None:
            body[name] = found
    return body


def _filled(template: str, texts: Mapping[str, str]) -> str | None:
    """The template with its placeholders replaced; None where a value was not given."""
    if any(name not in texts for name in _PLACEHOLDER.findall(template)):
        return None
    return _PLACEHOLDER.sub(lambda match: texts[match[1]], template)


def _text(value: Value | float) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return "\n".join(value)
    return str(value)
