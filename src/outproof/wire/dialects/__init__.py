"""Where each fact of a span is written, by emitter: versioned tables, and all of them as one order of priority.

A fact is read from the first attribute that is present and says something usable: the application's own names, ours,
then the tables below in their order. What a reading came from is kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outproof.wire.dialects.anthropic import ANTHROPIC, CLAUDE_CODE
from outproof.wire.dialects.langfuse import LANGFUSE
from outproof.wire.dialects.langsmith import LANGSMITH
from outproof.wire.dialects.litellm import LITELLM
from outproof.wire.dialects.logfire import LOGFIRE
from outproof.wire.dialects.mlflow import MLFLOW
from outproof.wire.dialects.openinference import OPENINFERENCE
from outproof.wire.dialects.openlit import OPENLIT
from outproof.wire.dialects.openllmetry import OPENLLMETRY
from outproof.wire.dialects.otel_genai import OTEL_GENAI
from outproof.wire.dialects.outproof import APPLICATION, DECISION_FACTS, OURS, OUTPROOF, application
from outproof.wire.dialects.pydantic_ai import PYDANTIC_AI
from outproof.wire.dialects.strands import STRANDS
from outproof.wire.dialects.table import Alias, Aliases, Basis, Dialect, Row, TtftKind, ranked
from outproof.wire.dialects.vercel_ai import VERCEL_AI

TABLES_VERSION = "2026-11-21.2"
"""Of all tables together. It changes with every change of a row and is stored with what was read."""

DIALECTS = (
    *(OUTPROOF, OTEL_GENAI, OPENINFERENCE, OPENLLMETRY, LANGFUSE, PYDANTIC_AI, LOGFIRE, LITELLM, OPENLIT),
    *(VERCEL_AI, MLFLOW, LANGSMITH, STRANDS, ANTHROPIC, CLAUDE_CODE),
)
FIRST_TOKEN_EVENTS = {name: kind for each in DIALECTS for name, kind in (each.first_token_events or {}).items()}
"""Span events whose time is the first token's, where no attribute says it."""
FINISH_EVENTS = {name: key for each in DIALECTS for name, key in (each.finish_events or {}).items()}
"""Span events that carry why the response ended, and in which attribute."""


def aliases(namespaces: Sequence[str] = (), attributes: Mapping[str, str] | None = None) -> Aliases:
    """All aliases, with the application's own: `namespaces` of its decision, or single `attributes` by fact.

    A single attribute goes before a namespace, and both before our own names.

    Raises:
        KeyError: `attributes` names something that is not a decision fact.
    """
    by_attribute: dict[str, tuple[Alias, ...]] = {}
    for alias in ranked((application(namespaces, attributes or {}), *DIALECTS)):
        by_attribute[alias.row.attribute] = (*by_attribute.get(alias.row.attribute, ()), alias)
    return by_attribute


__all__ = [
    "APPLICATION",
    "DECISION_FACTS",
    "DIALECTS",
    "FINISH_EVENTS",
    "FIRST_TOKEN_EVENTS",
    "OURS",
    "TABLES_VERSION",
    "Alias",
    "Aliases",
    "Basis",
    "Dialect",
    "Row",
    "TtftKind",
    "aliases",
]
