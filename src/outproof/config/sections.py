"""How what a file declares is written, where that differs from what it becomes: policies, channels, prices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from outproof.channels.slack.config import SlackConfig
from outproof.channels.webhook.config import WebhookConfig
from outproof.config.reading import Maker
from outproof.decide.declared_policy import DeclaredPolicy, policy
from outproof.decide.expression import And, Compare, Expression, ValueType
from outproof.decide.names import ANSWER_FACTS
from outproof.decide.parser import parse
from outproof.decide.policy import Policy
from outproof.measure.rate_card import check_amount
from outproof.sampling.policy import Bound, Edge, Op
from outproof.wire.dialects import DECISION_FACTS

ChannelConfig = WebhookConfig | SlackConfig

# What stands for a variable that is not set: the reader has said so by then, and only a check goes on.
_ANY_URL = "https://not-set.invalid/"
_ANY_SECRET = "whsec_" + "A" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNames:
    """Where applications write their decisions: whole namespaces, or single attributes by fact."""

    namespaces: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fact in self.attributes:
            if fact not in DECISION_FACTS:
                raise ValueError(f"expected facts from {', '.join(DECISION_FACTS)} under `attributes`, got {fact!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _WebhookText:
    url: str | None = field(default=None, metadata={"secret": True})
    url_env: str | None = None
    secrets: tuple[str, ...] = field(default=(), metadata={"secret": True})
    secrets_env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _SlackText:
    url: str | None = field(default=None, metadata={"secret": True})
    url_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChannelText:
    name: str
    webhook: _WebhookText | None = None
    slack: _SlackText | None = None


def _channel(text: _ChannelText) -> ChannelConfig:
    if text.webhook is not None and text.slack is None:
        named = (os.environ.get(name) or _ANY_SECRET for name in text.webhook.secrets_env)
        secrets = (*text.webhook.secrets, *named)
        return WebhookConfig(name=text.name, url=_url(text.webhook.url, text.webhook.url_env), secrets=secrets)
    if text.slack is not None and text.webhook is None:
        return SlackConfig(name=text.name, url=_url(text.slack.url, text.slack.url_env))
    raise ValueError(f"channel {text.name}: expected one of the keys webhook and slack")


def _url(url: str | None, variable: str | None) -> str:
    if (url is None) == (variable is None):
        raise ValueError("expected either `url` or `url_env`, the name of an environment variable that holds it")
    return os.environ.get(variable or "") or _ANY_URL if url is None else url


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expected a date such as 2026-10-01, got {text!r}") from error


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"expected a price in US dollars per million tokens such as 0.15, got {text!r}") from error
    check_amount(amount)
    return amount


def _edge(text: str) -> Edge:
    """A case that sampling always keeps, as a condition in the language of the policies."""
    return Edge(tuple(map(_bound, _comparisons(parse(text, ANSWER_FACTS, "fact of an answer"), text))))


def _comparisons(expression: Expression, text: str) -> tuple[Compare, ...]:
    match expression:
        case Compare():
            return (expression,)
        case And(left, right):
            return (*_comparisons(left, text), *_comparisons(right, text))
    raise ValueError(f"expected comparisons joined by `and`, with one entry for each `or`, got {text!r}")


def _bound(compare: Compare) -> Bound:
    if compare.type is not ValueType.DURATION:
        return Bound(compare.name, Op(compare.op.value), compare.limit)
    assert not isinstance(compare.limit, str)
    return Bound(f"{compare.name}_us", Op(compare.op.value), round(compare.limit * 1_000_000))


MAKERS: Mapping[Any, Maker] = {
    Policy: Maker(DeclaredPolicy, policy),
    ChannelConfig: Maker(_ChannelText, _channel),
    Decimal: Maker(str, _dollars),
    date: Maker(str, _date),
    Edge: Maker(str, _edge),
}
