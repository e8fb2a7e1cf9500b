"""MLflow's tracing: which attribute says what. Most values are JSON, plain words among them."""

from __future__ import annotations

from outproof.wire.dialects.table import Basis, Dialect, Row
from outproof.wire.folding import provider
from outproof.wire.otlp_values import Value
from outproof.wire.readers import Fact, arguments, folded, json_count, json_flag, json_text, one_of, quoted, text

_KINDS = {
    "LLM": "chat",
    "CHAT_MODEL": "chat",
    "EMBEDDING": "embeddings",
    "TOOL": "execute_tool",
    "RETRIEVER": "retrieval",
    "AGENT": "invoke_agent",
    "CHAIN": "invoke_workflow",
    "WORKFLOW": "invoke_workflow",
    "TASK": "invoke_workflow",
    "RERANKER": "rerank",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluate",
}
_KIND, _USAGE, _INPUTS = "mlflow.spanType", "mlflow.chat.tokenUsage", "mlflow.spanInputs"


def _word(value: Value) -> str | None:
    """A text, also between quotes."""
    found: Fact = quoted(text)(value)
    return found if isinstance(found, str) else None


MLFLOW = Dialect(
    name="mlflow",
    emitter="MLflow tracing",
    source="mlflow-tracing 3.17.2",
    echoes_model=True,
    scopes=("mlflow",),
    rows=(
        Row("operation", _KIND, quoted(one_of(_KINDS))),
        Row("provider", "mlflow.llm.provider", folded(_word, provider)),
        Row("provider", "mlflow.message.format", folded(_word, provider), "the shape of the messages"),
        Row("model_request", _INPUTS, json_text("model"), "in its JSON; nothing else of it is looked at"),
        Row("model", "mlflow.llm.model", _word),
        Row("streaming", _INPUTS, json_flag("stream"), "in its JSON; nothing else of it is looked at"),
        Row("input_tokens", _USAGE, json_count("input_tokens"), "in its JSON"),
        Row("cached_input_tokens", _USAGE, json_count("cache_read_input_tokens"), "in its JSON", basis=Basis.EITHER),
        Row("cache_write_tokens", _USAGE, json_count("cache_creation_input_tokens"), "in its JSON", basis=Basis.EITHER),
        Row("output_tokens", _USAGE, json_count("output_tokens"), "in its JSON"),
        Row("conversation_id", "mlflow.trace.session", _word),
        Row("tool", "mlflow.spanFunctionName", _word),
        Row("tool_input_hash", _INPUTS, arguments, "of a tool; hashed, never kept"),
    ),
)
