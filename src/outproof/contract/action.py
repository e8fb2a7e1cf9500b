"""What a responder may do about a promise, as its owner declares it: one web request or one command, with typed values.

Nothing here is a template language: a placeholder is replaced by one value, as a whole, and a command is a list of
arguments that no shell ever reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class ActionKind(StrEnum):
    RETRY = "retry"
    REVALIDATE = "revalidate"
    SUPPRESS = "suppress"
    NOTIFY_USERS = "notify_users"


class ParameterType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ITEMS = "items"
    """A list of item ids, from those of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value a responder gives. `pattern` must match the whole of a text; `choices` are the only values."""

    type: ParameterType = ParameterType.TEXT
    required: bool = True
    choices: tuple[str, ...] = ()
    chars_max: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A POST (or another method) to a URL, with a JSON body made of named values. `{key}` stands for one of them."""

    url: str
    method: str = "POST"
    body: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    secret_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing a responder may do. Exactly one of `webhook` and `command` (its arguments; `{key}` is one value).

    `undo` names the action that takes it back; None: it cannot be taken back. The same run, action and parameters are
    done once, however often somebody asks.
    """

    name: str
    kind: ActionKind
    describes: str
    webhook: WebhookCall | None = None
    command: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    undo: str | None = None
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected an action's name such as retry-missing, got {self.name!r}")
        if (self.webhook is None) == (not self.command):
            raise ValueError(f"action {self.name}: expected either `webhook` or `command`")
        if not 0 < self.timeout_s <= 300:
            raise ValueError(f"action {self.name}: expected `timeout` up to 5m")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """What is known of doing it again. `idempotency_key`: evidence that makes a second save the same as the first.

    `safe_after` is the last stage up to which a retry repeats nothing that a reader could see twice.
    """

    idempotency_key: str | None = None
    safe_after: str | None = None
