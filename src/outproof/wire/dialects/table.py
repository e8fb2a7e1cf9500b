"""What one row of a dialect says, and how rows of several dialects become aliases in order of priority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from outproof.contract.answer import SLOT
from outproof.wire.readers import Reader


class Basis(StrEnum):
    """Where an emitter counts cached tokens: inside its input count, beside it, or now here, now there."""

    INSIDE = "cached_inside"
    OUTSIDE = "cached_outside"
    EITHER = "unknown"


class TtftKind(StrEnum):
    """What a time to first token was measured to: a chunk at the client, a visible token, or at the server."""

    CHUNK = "chunk"
    TOKEN = "token"  # noqa: S105  # not a secret: a unit of text
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute that carries one fact. Of a dialect's rows for a fact the first that is present wins.

    `needs`: the attribute means this only beside that other one. `basis` goes with counts of cached tokens.
    `is_instant`: the value is a point in time; the fact is how long after the span's start it lies. `wins`: goes before
    the rows that do not, of whichever dialect: the emitter writes the other name too, and wrongly. `note` is for the
    reference.
    """

    fact: str
    attribute: str
    read: Reader
    note: str = ""
    needs: str | None = None
    basis: Basis | None = None
    ttft: TtftKind | None = None
    is_instant: bool = False
    wins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one emitter writes. `source` is where its names were read, and in which version.

    `first_token_events`: span events whose time is the first token's. `says_end`: it writes why a response ended, so
    that a stream without a reason did not reach its end. `finish_events`: span events that carry the reason.
    `echoes_model`: it names the model that was asked for as the one that answered, until one does. `opens_streams`: a
    stream is two of its spans, one that opened it and one of how it went. `scopes`: how the names of its
    instrumentation scopes begin.
    """

    name: str
    emitter: str
    source: str
    rows: tuple[Row, ...]
    first_token_events: Mapping[str, TtftKind] | None = None
    finish_events: Mapping[str, str] | None = None
    says_end: bool = False
    echoes_model: bool = False
    opens_streams: bool = False
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """One attribute that carries one fact, in its place among all. A lower rank wins where several are present."""

    slot: int
    rank: int
    dialect: str
    row: Row


Aliases = Mapping[str, tuple[Alias, ...]]
"""Every attribute that somebody writes a fact into, and which."""


def ranked(dialects: Iterable[Dialect]) -> list[Alias]:
    """The rows of all dialects as aliases, ranked within each fact: by `wins`, then by dialect, then by row."""
    rows = [(row, dialect) for dialect in dialects for row in dialect.rows]
    rows.sort(key=lambda pair: not pair[0].wins)  # stable: the order of the tables decides among equals
    ranks: dict[str, int] = {}
    found = []
    for row, dialect in rows:
        rank = ranks[row.fact] = ranks.get(row.fact, -1) + 1
        found.append(Alias(SLOT[row.fact], rank, dialect.name, row))
    return found
