"""Why a span was read as it was: a request in; what was read of each span from where, and what was not and why, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from outproof.contract.answer import COLUMN_NAMES
from outproof.core.time import Instant
from outproof.wire.answers import Reader
from outproof.wire.dialects import Alias, Aliases
from outproof.wire.dialects.content import is_content
from outproof.wire.otlp_values import value_of
from outproof.wire.provenance import provenance
from outproof.wire.spans import Scope, WireSpan

_IDS = frozenset({"trace_id", "span_id", "parent_span_id", "provenance", "dialect", "wire_version"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was read. `source` is the attribute, or what it follows from."""

    name: str
    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """One attribute that no fact came from."""

    attribute: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A span as it was read. `counts_as` says in what it is counted, or why not at all."""

    name: str
    trace_id: str
    span_id: str
    scope: str
    dialect: str
    counts_as: str
    facts: tuple[Fact, ...]
    set_aside: tuple[str, ...]
    ignored: tuple[Ignored, ...]


def explained(scopes: Iterable[Scope], aliases: Aliases, *, key: bytes, now: Instant) -> list[Explained]:
    """The spans of a request, each with its reasons. They are read together: one may be the twin of another."""
    held = list(scopes)
    reading = Reader(aliases, key=key).read(held, now=now)
    rows = {
        (row[0], row[1]): dict(zip(COLUMN_NAMES, row, strict=True))
        for row in zip(*(reading.columns[name] for name in COLUMN_NAMES), strict=True)
    }
    aside: dict[tuple[bytes, int], list[str]] = {}
    for item in reading.set_aside:
        facts = ", ".join(f"{name} {value}" for name, value in item.facts.items())
        aside.setdefault((item.trace_id, item.span_id), []).append(f"{item.reason}: {facts}")
    found = []
    for scope in held:
        for span in scope.spans:
            key_of = span.trace_id, int.from_bytes(span.span_id, "big")
            found.append(_one(span, scope.name, rows.get(key_of), aside.get(key_of, ()), aliases))
    return found


def _one(span: WireSpan, scope: str, row: dict[str, Any] | None, aside: Sequence[str], aliases: Aliases) -> Explained:
    known = provenance((row or {}).get("provenance"))
    facts = tuple(
        Fact(name, value, known.source(name))
        for name, value in (row or {}).items()
        if value is not None and name not in _IDS
    )
    return Explained(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        scope=scope,
        dialect=row["dialect"] if row else "",
        counts_as=_counts_as(row),
        facts=facts,
        set_aside=tuple(aside),
        ignored=tuple(_ignored(span, known.attributes, aliases)),
    )


def _counts_as(row: dict[str, Any] | None) -> str:
    if row is None:
        return "refused: its ids or times cannot be kept"
    if row["is_duplicate"]:
        return f"nothing: span {row['call_id']} counts this call"
    if row["is_gateway"]:
        return "nothing: internal to a gateway"
    counted = [name for name, column in (("a call", "is_call"), ("an answer", "is_answer")) if row[column]]
    return " and ".join(counted) or f"nothing: {row['operation'] or 'no operation'} is no call of a model"


def _ignored(span: WireSpan, sources: dict[str, str], aliases: Aliases) -> Iterable[Ignored]:
    attributes = span.attributes
    read = set(sources.values())
    for name in sorted(attributes):
        if name not in read:
            reasons = [_reason(alias, attributes[name], attributes, sources) for alias in aliases.get(name, ())]
            fallback = "content: never kept" if is_content(name) else "no table names it"
            yield Ignored(name, "; ".join(dict.fromkeys(reasons)) or fallback)


def _reason(alias: Alias, raw: bytes, attributes: Iterable[str], sources: dict[str, str]) -> str:
    fact = COLUMN_NAMES[alias.slot]
    if alias.row.needs is not None and alias.row.needs not in attributes:
        return f"says {fact} only beside {alias.row.needs}"
    if fact in sources:
        return f"{fact} was read from {sources[fact]}"
    if fact == "tool_input_hash":
        return "content: hashed for tools, never kept"
    if alias.row.read(value_of(raw)) is None:
        return f"no usable {fact}"
    return f"{fact} was not wanted here"
