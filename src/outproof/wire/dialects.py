"""Where each fact of a span is written, by emitter: data, in order of priority. The first attribute present wins.

Versions read: OTel GenAI v1.36–v1.41 and its draft, OpenInference 0.1.42, OpenLLMetry 0.5.1, Vercel AI SDK 6 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outproof.contract.answer import SLOT
from outproof.core.attributes import Common, Decision, GenAi
from outproof.wire.readers import Reader, count, first, flag, json_flag, json_text, milliseconds, one_of, seconds, text


@dataclass(frozen=True, slots=True)
class Alias:
    """One attribute that carries one fact. A lower rank wins where several are present."""

    slot: int
    rank: int
    attribute: str
    dialect: str
    read: Reader


_OPENINFERENCE_KINDS = {
    "LLM": "chat",
    "EMBEDDING": "embeddings",
    "TOOL": "execute_tool",
    "RETRIEVER": "retrieval",
    "AGENT": "invoke_agent",
    "CHAIN": "invoke_workflow",
    "RERANKER": "rerank",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluate",
}
# OpenLLMetry's `completion` is any single-turn generation, chat template included (Ollama's /api/generate).
_OPENLLMETRY_TYPES = {"chat": "chat", "completion": "chat", "embedding": "embeddings", "rerank": "rerank"}
_OPENLLMETRY_KINDS = {
    "workflow": "invoke_workflow",
    "task": "invoke_workflow",
    "agent": "invoke_agent",
    "tool": "execute_tool",
}
_VERCEL_OPERATIONS = {
    **dict.fromkeys(
        (
            "ai.generateText.doGenerate",
            "ai.streamText.doStream",
            "ai.generateObject.doGenerate",
            "ai.streamObject.doStream",
        ),
        "chat",
    ),
    **dict.fromkeys(("ai.embed.doEmbed", "ai.embedMany.doEmbed"), "embeddings"),
    **dict.fromkeys(("ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"), "invoke_agent"),
    **dict.fromkeys(("ai.embed", "ai.embedMany"), "invoke_workflow"),
    "ai.toolCall": "execute_tool",
}
_VERCEL_STREAMS = dict.fromkeys(("ai.streamText.doStream", "ai.streamObject.doStream"), "true")

_OTEL, _INFERENCE, _LLMETRY, _VERCEL, _OURS = "otel_genai", "openinference", "openllmetry", "vercel_ai", "outproof"

_TABLE: Mapping[str, Sequence[tuple[str, str, Reader]]] = {
    "operation": (
        (_OTEL, GenAi.OPERATION, text),
        (_INFERENCE, "openinference.span.kind", one_of(_OPENINFERENCE_KINDS)),
        (_LLMETRY, "llm.request.type", one_of(_OPENLLMETRY_TYPES)),
        (_LLMETRY, "traceloop.span.kind", one_of(_OPENLLMETRY_KINDS)),
        (_VERCEL, "ai.operationId", one_of(_VERCEL_OPERATIONS)),
    ),
    "provider": (
        (_OTEL, GenAi.PROVIDER, text),
        (_OTEL, "gen_ai.system", text),
        (_INFERENCE, "llm.provider", text),
        (_INFERENCE, "llm.system", text),
        (_VERCEL, "ai.model.provider", text),
    ),
    "model_request": (
        (_OTEL, GenAi.REQUEST_MODEL, text),
        (_INFERENCE, "llm.request.model_name", text),
        (_INFERENCE, "llm.invocation_parameters", json_text("model")),
        (_INFERENCE, "embedding.invocation_parameters", json_text("model")),
        (_VERCEL, "ai.model.id", text),
    ),
    "model": (
        (_OTEL, GenAi.RESPONSE_MODEL, text),
        (_INFERENCE, "llm.response.model_name", text),
        (_INFERENCE, "llm.model_name", text),
        (_INFERENCE, "embedding.model_name", text),
        (_VERCEL, "ai.response.model", text),
    ),
    "response_id": (
        (_OTEL, GenAi.RESPONSE_ID, text),
        (_VERCEL, "ai.response.id", text),
    ),
    "finish_reason": (
        (_OTEL, GenAi.FINISH_REASONS, first),
        (_INFERENCE, "llm.finish_reason", text),
        (_LLMETRY, "gen_ai.response.finish_reason", text),
        (_LLMETRY, "llm.response.finish_reason", text),
        (_VERCEL, "ai.response.finishReason", text),
    ),
    "streaming": (
        (_OTEL, GenAi.STREAM, flag),
        (_INFERENCE, "llm.invocation_parameters", json_flag("stream")),
        (_LLMETRY, "gen_ai.is_streaming", flag),
        (_LLMETRY, "llm.is_streaming", flag),
        (_VERCEL, "ai.operationId", lambda value: flag(one_of(_VERCEL_STREAMS)(value))),
    ),
    "error_type": ((_OTEL, Common.ERROR_TYPE, text),),
    "input_tokens": (
        (_OTEL, GenAi.INPUT_TOKENS, count),
        (_OTEL, "gen_ai.usage.prompt_tokens", count),
        (_INFERENCE, "llm.token_count.prompt", count),
        (_VERCEL, "ai.usage.inputTokens", count),
        (_VERCEL, "ai.usage.promptTokens", count),
        (_VERCEL, "ai.usage.tokens", count),
    ),
    "cached_input_tokens": (
        (_OTEL, GenAi.CACHED_INPUT_TOKENS, count),
        (_OTEL, "gen_ai.usage.cache_read_input_tokens", count),
        (_INFERENCE, "llm.token_count.prompt_details.cache_read", count),
        (_VERCEL, "ai.usage.inputTokenDetails.cacheReadTokens", count),
        (_VERCEL, "ai.usage.cachedInputTokens", count),
    ),
    "cache_write_tokens": (
        (_OTEL, "gen_ai.usage.cache_write.input_tokens", count),
        (_OTEL, GenAi.CACHE_WRITE_TOKENS, count),
        (_OTEL, "gen_ai.usage.cache_creation_input_tokens", count),
        (_INFERENCE, "llm.token_count.prompt_details.cache_write", count),
        (_VERCEL, "ai.usage.inputTokenDetails.cacheWriteTokens", count),
    ),
    "reasoning_tokens": (
        (_OTEL, GenAi.REASONING_TOKENS, count),
        (_LLMETRY, "gen_ai.usage.reasoning_tokens", count),
        (_LLMETRY, "llm.usage.reasoning_tokens", count),
        (_INFERENCE, "llm.token_count.completion_details.reasoning", count),
        (_VERCEL, "ai.usage.outputTokenDetails.reasoningTokens", count),
        (_VERCEL, "ai.usage.reasoningTokens", count),
    ),
    "output_tokens": (
        (_OTEL, GenAi.OUTPUT_TOKENS, count),
        (_OTEL, "gen_ai.usage.completion_tokens", count),
        (_INFERENCE, "llm.token_count.completion", count),
        (_VERCEL, "ai.usage.outputTokens", count),
        (_VERCEL, "ai.usage.completionTokens", count),
    ),
    "ttft_us": (
        (_OURS, Decision.TIME_TO_FIRST_TOKEN_S, seconds),
        (_OTEL, GenAi.TIME_TO_FIRST_CHUNK_S, seconds),
        (_VERCEL, "ai.response.msToFirstChunk", milliseconds),
        (_VERCEL, "gen_ai.client.operation.time_to_first_chunk", seconds),
    ),
}

TTFT_KIND = {
    Decision.TIME_TO_FIRST_TOKEN_S: "token",
    GenAi.TIME_TO_FIRST_CHUNK_S: "chunk",
    "ai.response.msToFirstChunk": "chunk",
    "gen_ai.client.operation.time_to_first_chunk": "chunk",
}
FIRST_TOKEN_EVENTS = {"First Token Stream Event": "chunk"}
"""Events whose time is the first token's, where no attribute says it."""

# fact → its spellings inside the application's own namespace, first match wins
_DECISION: Mapping[str, tuple[Decision, Reader, tuple[str, ...]]] = {
    "request_id": (Decision.REQUEST_ID, text, ("request.id", "request_id")),
    "case_id": (Decision.CASE_ID, text, ("case.id", "case_id")),
    "segment": (Decision.SEGMENT, text, ("segment",)),
    "evidence_version": (Decision.EVIDENCE_VERSION, text, ("evidence.version", "evidence_version")),
    "template_id": (Decision.TEMPLATE_ID, text, ("prompt.template_id", "prompt_template_id", "template_id")),
    "route": (Decision.ROUTE, text, ("answer.route", "route")),
    "first_failed_stage": (Decision.FIRST_FAILED_STAGE, text, ("failure.stage", "first_failed_stage")),
    "unsafe_claim_served": (
        *(Decision.UNSAFE_CLAIM_SERVED, flag),
        ("answer.unsafe_claim_served", "unsafe_claim_served"),
    ),
}
DECISION_FACTS = tuple(_DECISION)
DECISION_SLOTS = frozenset(SLOT[fact] for fact in DECISION_FACTS)

Aliases = Mapping[str, tuple[Alias, ...]]
"""Every attribute that somebody writes a fact into, and which."""


def aliases(namespaces: Sequence[str] = (), attributes: Mapping[str, str] | None = None) -> Aliases:
    """All aliases, with the application's own: `namespaces` of its decision, or single `attributes` by fact.

    A single attribute goes before a namespace, and both before our own names.

    Raises:
        KeyError: `attributes` names something that is not a decision fact.
    """
    found: list[Alias] = []
    for fact, entries in _TABLE.items():
        found += [
            Alias(SLOT[fact], rank, attribute, dialect, read) for rank, (dialect, attribute, read) in enumerate(entries)
        ]
    mapped = dict(attributes or {})
    for fact, (ours, read, spellings) in _DECISION.items():
        names = [mapped.pop(fact)] if fact in mapped else []
        names += [f"{namespace}.{spelling}" for namespace in namespaces for spelling in spellings]
        found += [Alias(SLOT[fact], rank, name, "application", read) for rank, name in enumerate(dict.fromkeys(names))]
        found.append(Alias(SLOT[fact], len(names), ours, _OURS, read))
    if mapped:
        raise KeyError(next(iter(mapped)))
    by_attribute: dict[str, tuple[Alias, ...]] = {}
    for alias in found:
        by_attribute[alias.attribute] = (*by_attribute.get(alias.attribute, ()), alias)
    return by_attribute
