"""One spelling for each provider, operation and finish reason; words we do not know pass as they came."""

from __future__ import annotations

from functools import lru_cache

_PROVIDERS = {
    "openai": ("openai",),
    "azure.ai.openai": ("azure", "az.ai.openai", "azure_openai", "azureopenai", "azure-openai"),
    "azure.ai.inference": ("az.ai.inference", "azure_ai"),
    "anthropic": ("anthropic",),
    "aws.bedrock": ("bedrock", "aws", "aws_bedrock", "amazon-bedrock", "bedrock_converse"),
    "gcp.gemini": ("gemini", "google", "google.generative-ai"),
    "gcp.vertex_ai": ("vertex_ai", "vertexai", "google.vertex", "vertex_ai_beta"),
    "gcp.gen_ai": ("google_genai",),
    "mistral_ai": ("mistral", "mistralai"),
    "x_ai": ("xai",),
    "ibm.watsonx.ai": ("watsonx", "ibm.watson.ai"),
    "cohere": ("cohere",),
    "groq": ("groq",),
    "deepseek": ("deepseek",),
    "perplexity": ("perplexity",),
}
_PROVIDER_OF = {spelling: name for name, spellings in _PROVIDERS.items() for spelling in (name, *spellings)}
PROVIDERS = frozenset(_PROVIDERS)
"""The providers that have a spelling of their own here."""

_API_SUFFIXES = (".chat", ".responses", ".completion", ".embedding", ".messages", ".anthropic")

_OPERATIONS = {
    "chat": ("completion", "acompletion", "responses", "aresponses", "response"),
    "text_completion": ("atext_completion",),
    "embeddings": ("embedding", "aembedding", "embed"),
}
_OPERATION_OF = {spelling: name for name, spellings in _OPERATIONS.items() for spelling in spellings}

_FINISH = {
    "stop": ("end_turn", "stop_sequence", "complete", "completed"),
    "length": ("max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"),
    "content_filter": (
        *("content-filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"),
        *("refusal", "guardrail_intervened", "content_filtered"),
    ),
    "tool_calls": ("tool_call", "tool-calls", "tool_use", "function_call"),
    "error": ("failed", "error_toxic", "malformed_function_call"),
}
_FINISH_OF = {spelling: name for name, spellings in _FINISH.items() for spelling in (name, *spellings)}


@lru_cache(maxsize=1_024)
def provider(spelling: str) -> str:
    """The provider's one name, e.g. `openai` for `OpenAI` and `openai.responses`."""
    lowered = spelling.lower()
    for suffix in ("", *_API_SUFFIXES):
        if lowered.endswith(suffix) and (name := _PROVIDER_OF.get(lowered.removesuffix(suffix))):
            return name
    return lowered


@lru_cache(maxsize=1_024)
def finish_reason(spelling: str) -> str:
    """The finish reason's one name, e.g. `stop` for `end_turn`."""
    return _FINISH_OF.get(spelling.lower(), spelling)


def operation(spelling: str) -> str:
    """The operation's one name, e.g. `embeddings` for `embedding`."""
    return _OPERATION_OF.get(spelling, spelling)
