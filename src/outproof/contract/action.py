"""What a responder may do about a promise, as its owner declares it: one web request or one command, with typed values.

Nothing here is a template language: a placeholder is replaced by one value, and a command is a list of arguments that
no shell ever reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_VALUE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")

METHODS = ("POST", "PUT", "PATCH", "DELETE")
TEXT_CHARS_MAX = 4_000
GIVEN_NAMES = ("promise", "run_id", "external_id", "incident_id", "idempotency_key")
"""Values that every action may name, besides its parameters and the evidence of the run."""


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
    """One value a responder gives. `choices` are the only values, `chars_max` limits a text.

    Items that are left out are those that retry safety names. A text in a command may not begin with `-`, unless it is
    one of the choices: nobody can smuggle in an option.
    """

    type: ParameterType = ParameterType.TEXT
    required: bool = True
    choices: tuple[str, ...] = ()
    chars_max: int = 256

    def __post_init__(self) -> None:
        if self.choices and self.type is not ParameterType.TEXT:
            raise ValueError(f"expected `choices` for a text only, got them for type {self.type}")
        if not 0 < self.chars_max <= TEXT_CHARS_MAX:
            raise ValueError(f"expected chars_max from 1 to {TEXT_CHARS_MAX}, got {self.chars_max}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A POST (or another method) to a URL, with a JSON body of named values. `{key}` stands for one of them.

    In the URL a placeholder may stand in the path or the query only. With `secret_env`, the name of an environment
    variable that holds a `whsec_…` secret, the request is signed as Standard Webhooks says.
    """

    url: str
    method: str = "POST"
    body: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    secret_env: str | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"expected `method` as one of {', '.join(METHODS)}, got {self.method!r}")
        parts = urlsplit(_PLACEHOLDER.sub("x", self.url))
        if parts.scheme not in ("http", "https") or not parts.hostname or "{" in urlsplit(self.url).netloc:
            raise ValueError(
                "expected an http or https URL such as https://ops.example/retry/{batch_id}, with placeholders "
                f"in the path or the query only, got {self.url!r}"
            )
        if "@" in parts.netloc:
            raise ValueError("expected a URL without a user name or password; use secret_env, which signs the request")

    @property
    def templates(self) -> tuple[str, ...]:
        return (self.url, *(value for value in self.body.values() if isinstance(value, str)))


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
        if self.command and (not self.command[0] or _PLACEHOLDER.search(self.command[0])):
            raise ValueError(f"action {self.name}: expected a program first, without a placeholder")
        for name, parameter in self.parameters.items():
            if not _VALUE_NAME.fullmatch(name) or name in GIVEN_NAMES:
                raise ValueError(f"action {self.name}: expected a parameter's name such as reason, got {name!r}")
            if parameter.type is ParameterType.ITEMS:
                self._check_items(name)

    def _check_items(self, name: str) -> None:
        """Items are a list: they are a value, or arguments, of their own, and no part of a text."""
        wanted = f"{{{name}}}"
        texts = self.command if self.webhook is None else self.webhook.templates
        if any(wanted in text and text != wanted for text in texts):
            raise ValueError(f"action {self.name}: expected {wanted} to stand alone, because it is a list of items")

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names it needs values of."""
        texts = self.command if self.webhook is None else self.webhook.templates
        return tuple(dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """What is known of doing it again. `idempotency_key`: evidence that makes a second save the same as the first.

    `safe_after` is the last stage up to which a retry repeats nothing that a reader could see twice.
    """

    idempotency_key: str | None = None
    safe_after: str | None = None
