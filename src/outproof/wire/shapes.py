"""Spans with the same attributes into columns of facts, read together; and from which attribute each fact came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.contract.answer import COLUMN_NAMES, SLOT
from outproof.wire.dialects import APPLICATION, DIALECTS, OURS, Alias, Aliases, Basis
from outproof.wire.dialects.outproof import DECISION_FACTS
from outproof.wire.otlp_values import value_of
from outproof.wire.spans import Attributes, WireSpan

Facts = list[list[Any] | None]
"""Columns by slot, equally long; None where no span of the group says anything."""

_REMEMBERED_VALUES_MAX = 4_096
_REMEMBERED_BYTES_MAX = 64
_REMEMBERED_SHAPES_MAX = 512

_OPERATION, _DIALECT, _PROVENANCE = SLOT["operation"], SLOT["dialect"], SLOT["provenance"]
_IS_ANSWER, _TTFT, _TTFT_KIND = SLOT["is_answer"], SLOT["ttft_us"], SLOT["ttft_kind"]
_CACHED, _WRITTEN, _BASIS = SLOT["cached_input_tokens"], SLOT["cache_write_tokens"], SLOT["usage_basis"]
_INPUT, _INPUT_HASH = SLOT["input_tokens"], SLOT["tool_input_hash"]
_DECISION_SLOTS = frozenset(SLOT[fact] for fact in DECISION_FACTS)
_SCOPES = [(scope, each.name) for each in DIALECTS for scope in each.scopes]

Hash = Callable[[str], str]
"""Makes of what a tool was called with something that says only whether it was the same."""


def emitter(scope: str) -> str | None:
    """The dialect of whoever writes under this instrumentation scope; None where the name does not tell."""
    return next(
        (name for start, name in _SCOPES if scope == start or scope.startswith((f"{start}.", f"{start}-"))), None
    )


@dataclass(frozen=True, slots=True)
class _Origin:
    """What follows from which attributes were present, whatever their values."""

    dialect: str
    provenance: str
    is_answer: bool
    ttft_kind: str | None
    basis: str | None


class _Known:
    """One attribute that carries a fact, and the facts of values seen before: most values repeat."""

    __slots__ = ("_facts", "_read", "attribute", "bit", "is_instant", "is_sure", "needs", "rank", "slot")

    def __init__(self, alias: Alias, bit: int) -> None:
        self.attribute, self.slot, self.rank, self.bit = alias.row.attribute, alias.slot, alias.rank, bit
        self.needs, self.is_instant = alias.row.needs, alias.row.is_instant
        self.is_sure = True
        """Every value so far said something usable."""
        self._read = alias.row.read
        self._facts: dict[bytes, Any] = {}

    def facts(self, raws: Sequence[bytes]) -> list[Any]:
        """The fact in each value; None where it says nothing usable."""
        try:
            return list(map(self._facts.__getitem__, raws))
        except KeyError:
            return [self._facts[raw] if raw in self._facts else self._new(raw) for raw in raws]

    def _new(self, raw: bytes) -> Any:
        fact = self._read(value_of(raw))
        self.is_sure = self.is_sure and fact is not None
        if len(self._facts) < _REMEMBERED_VALUES_MAX and len(raw) <= _REMEMBERED_BYTES_MAX:
            self._facts[raw] = fact
        return fact


@dataclass(frozen=True, slots=True)
class _Plan:
    """The attributes of a shape that carry facts, the best of several for one fact last; a tool's input apart."""

    known: list[_Known]
    inputs: list[_Known]


class Shapes:
    """Reads spans by a table of aliases. What it remembers between requests only makes it faster."""

    def __init__(self, aliases: Aliases, hashed: Hash) -> None:
        ordered = [alias for hits in aliases.values() for alias in hits]
        self._bits = {1 << number: alias for number, alias in enumerate(ordered)}
        self._known: dict[str, list[_Known]] = {attribute: [] for attribute in aliases}
        for bit, alias in self._bits.items():
            self._known[alias.row.attribute].append(_Known(alias, bit))
        self._hashed = hashed
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._origins: dict[int, _Origin] = {}

    def read(self, shape: tuple[str, ...], held: Sequence[Attributes], starts: Sequence[int]) -> Facts:
        """What spans of this shape say, by their attributes and when they started."""
        columns: Facts = [None] * len(COLUMN_NAMES)
        unsure, sure = [0] * len(held), 0
        plan = self._plan(shape)
        for known in plan.known:
            facts = known.facts([attributes[known.attribute] for attributes in held])
            if known.is_instant:
                facts = [None if at is None else (at - start) // 1_000 for at, start in zip(facts, starts, strict=True)]
            if known.is_sure:
                columns[known.slot] = facts
                sure |= known.bit
            else:
                _put(columns, known, facts, unsure)
        operations = columns[_OPERATION]
        if plan.inputs and operations is not None and "execute_tool" in operations:
            self._read_inputs(plan.inputs, held, operations, columns, unsure)
        if any(unsure):
            origins = [self._origins.get(bits | sure) or self._origin(bits | sure) for bits in unsure]
        else:
            origins = [self._origins.get(sure) or self._origin(sure)] * len(held)
        columns[_DIALECT] = [origin.dialect for origin in origins]
        columns[_PROVENANCE] = [origin.provenance for origin in origins]
        columns[_IS_ANSWER] = [origin.is_answer for origin in origins]
        if columns[_TTFT] is not None:
            columns[_TTFT_KIND] = [origin.ttft_kind for origin in origins]
        if columns[_BASIS] is None and (columns[_CACHED] is not None or columns[_WRITTEN] is not None):
            columns[_BASIS] = [origin.basis for origin in origins]
            _put_cached_inside(columns)
        return columns

    def _read_inputs(
        self,
        inputs: Iterable[_Known],
        held: Sequence[Attributes],
        operations: Sequence[Any],
        columns: Facts,
        unsure: list[int],
    ) -> None:
        """What tools were called with: of tools alone, since elsewhere it is what people wrote."""
        for known in inputs:
            read = [
                known.facts([attributes[known.attribute]])[0] if operation == "execute_tool" else None
                for attributes, operation in zip(held, operations, strict=True)
            ]
            _put(columns, known, [None if text is None else self._hashed(text) for text in read], unsure)

    def _plan(self, shape: tuple[str, ...]) -> _Plan:
        plan = self._plans.get(shape)
        if plan is None:
            there = frozenset(shape)
            found = [
                each
                for name in shape
                for each in self._known.get(name, ())
                if each.needs is None or each.needs in there
            ]
            found.sort(key=lambda known: -known.rank)
            plan = _Plan(
                [each for each in found if each.slot != _INPUT_HASH], [e for e in found if e.slot == _INPUT_HASH]
            )
            if len(self._plans) < _REMEMBERED_SHAPES_MAX:
                self._plans[shape] = plan
        return plan

    def _origin(self, present: int) -> _Origin:
        """The origin of a span that had these aliases' attributes: of each fact, the alias of the lowest rank."""
        matched: dict[int, Alias] = {}
        for bit, alias in self._bits.items():
            if present & bit and (alias.slot not in matched or alias.rank < matched[alias.slot].rank):
                matched[alias.slot] = alias
        decided = (slot for slot in _DECISION_SLOTS & matched.keys() if matched[slot].dialect in (OURS, APPLICATION))
        ttft, cached = matched.get(_TTFT), matched.get(_CACHED) or matched.get(_WRITTEN)
        found = _Origin(
            _dialect(matched),
            "; ".join(sorted(f"{COLUMN_NAMES[slot]}={alias.row.attribute}" for slot, alias in matched.items())),
            is_answer=next(decided, None) is not None,
            ttft_kind=ttft.row.ttft if ttft else None,
            basis=cached.row.basis if cached else None,
        )
        if len(self._origins) < _REMEMBERED_VALUES_MAX:
            self._origins[present] = found
        return found


def _put(columns: Facts, known: _Known, facts: list[Any], present: list[int]) -> None:
    """The facts into their column where there are any, over what lower attributes said."""
    others = columns[known.slot]
    if others is None:
        columns[known.slot] = facts
    else:
        columns[known.slot] = [other if fact is None else fact for fact, other in zip(facts, others, strict=True)]
    for index, fact in enumerate(facts):
        if fact is not None:
            present[index] |= known.bit


def _put_cached_inside(columns: Facts) -> None:
    """Input counts as we mean them, cached tokens inside; and what is known of how they came."""
    basis, given = columns[_BASIS], columns[_INPUT]
    if basis is None or given is None or (Basis.OUTSIDE not in basis and Basis.EITHER not in basis):
        return
    nothing = [None] * len(basis)
    inside, told = [], []
    for where, tokens, read, wrote in zip(
        basis, given, columns[_CACHED] or nothing, columns[_WRITTEN] or nothing, strict=True
    ):
        beside = (read or 0) + (wrote or 0)
        # A part cannot be more than the whole: then the emitter counted it beside.
        is_outside = where == Basis.OUTSIDE or (where == Basis.EITHER and tokens is not None and beside > tokens)
        inside.append(tokens + beside if is_outside and tokens is not None else tokens)
        told.append(Basis.OUTSIDE if is_outside else where)
    columns[_INPUT], columns[_BASIS] = inside, told


def _dialect(matched: dict[int, Alias]) -> str:
    if _OPERATION in matched:
        return matched[_OPERATION].dialect
    return next((alias.dialect for alias in matched.values()), "unknown")


def grouped(spans: Iterable[WireSpan]) -> dict[tuple[str, ...], list[tuple[WireSpan, Attributes]]]:
    """Spans by which attributes they have, each with its attributes."""
    shapes: dict[tuple[str, ...], list[tuple[WireSpan, Attributes]]] = {}
    for span in spans:
        attributes = span.attributes
        shapes.setdefault(tuple(attributes), []).append((span, attributes))
    return shapes
