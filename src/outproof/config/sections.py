"""How what a file declares is written, where that differs from what it becomes: policies, prices, cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from outproof.channels.declared import ChannelConfig
from outproof.config.beat_sections import BEAT_MAKER
from outproof.config.channel_sections import CHANNEL_MAKER
from outproof.config.reading import Maker
from outproof.decide.declared_policy import DeclaredPolicy, policy
from outproof.decide.expression import And, Compare, Expression, ValueType
from outproof.decide.matcher import Matcher, matcher
from outproof.decide.monitoring import BeatTarget
from outproof.decide.names import ANSWER_FACTS
from outproof.decide.parser import parse
from outproof.decide.policy import Policy
from outproof.measure.rate_card import check_amount
from outproof.sampling.policy import Bound, Edge, Op
from outproof.wire.dialects import DECISION_FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNames:
    """Where applications write their decisions: whole namespaces, or single attributes by fact."""

    namespaces: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fact in self.attributes:
            if fact not in DECISION_FACTS:
                raise ValueError(f"expected facts from {', '.join(DECISION_FACTS)} under `attributes`, got {fact!r}")


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
    ChannelConfig: CHANNEL_MAKER,
    Decimal: Maker(str, _dollars),
    date: Maker(str, _date),
    Edge: Maker(str, _edge),
    Matcher: Maker(str, matcher),
    BeatTarget: BEAT_MAKER,
}
