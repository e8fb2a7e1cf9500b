"""Attributes that carry what people and models wrote, by how their names begin: never read, never kept."""

from __future__ import annotations

CONTENT = (
    *("gen_ai.prompt", "gen_ai.completion", "gen_ai.input.messages", "gen_ai.output.messages"),
    *("gen_ai.system_instructions", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.tool.definitions"),
    *("gen_ai.content.", "gen_ai.retrieval.documents", "gen_ai.retrieval.query", "input.value", "output.value"),
    *(
        "llm.input_messages",
        "llm.output_messages",
        "llm.prompts",
        "llm.tools",
        "llm.request.functions",
        "llm.prompt_template",
    ),
    *("embedding.embeddings", "retrieval.documents", "reranker.", "tool.parameters", "traceloop.entity.input"),
    *(
        "traceloop.entity.output",
        "traceloop.prompt.template",
        "langfuse.observation.input",
        "langfuse.observation.output",
    ),
    *(
        "langfuse.trace.input",
        "langfuse.trace.output",
        "langfuse.observation.status_message",
        "pydantic_ai.all_messages",
    ),
    *("all_messages_events", "final_result", "request_data", "response_data", "tool_arguments", "tool_response"),
    *("ai.prompt", "ai.response.text", "ai.response.object", "ai.response.toolCalls", "ai.response.reasoning"),
    *("ai.toolCall.args", "ai.toolCall.result", "ai.value", "ai.embedding", "ai.schema", "mlflow.spanInputs"),
    *("mlflow.spanOutputs", "mlflow.chat.tools", "system_prompt", "user_prompt", "new_context", "exception.message"),
)


def is_content(attribute: str) -> bool:
    """Whether the attribute carries contents."""
    return attribute.startswith(CONTENT)
