"""Names on the wire, declared here and nowhere else: the entry is the string, and carries its documentation."""

from __future__ import annotations

from enum import StrEnum


class Decision(StrEnum):
    """The decision contract of an answer, in our own namespace. Others are mapped onto it by configuration."""

    REQUEST_ID = "outproof.request.id"
    """The application's own id of the request; never a customer's."""
    CASE_ID = "outproof.case.id"
    """The kind of question, such as `invented_eta`."""
    SEGMENT = "outproof.segment"
    """The group of traffic the answer belongs to."""
    EVIDENCE_VERSION = "outproof.evidence.version"
    """The version of the record the answer was allowed to draw on."""
    TEMPLATE_ID = "outproof.prompt.template_id"
    """The prompt template that produced the answer."""
    ROUTE = "outproof.answer.route"
    """What the gate did: serve, shorten or abstain."""
    FIRST_FAILED_STAGE = "outproof.failure.stage"
    """The first stage that failed; `passed` when none did."""
    UNSAFE_CLAIM_SERVED = "outproof.answer.unsafe_claim_served"
    """Whether a claim that no record supports reached the reader. Absent means unverified, never safe."""
    TIME_TO_FIRST_TOKEN_S = "outproof.answer.time_to_first_token"  # noqa: S105  # not a secret: a duration
    """Seconds from the request to the first visible token, as the application measured it."""


class Work(StrEnum):
    """What an application says of its steps and tools, in our own namespace."""

    STEP = "outproof.step"
    """The application's name for this part of its work."""
    PROGRESS = "outproof.progress"
    """A marker that moves whenever the work gets further; the same one again means no progress."""
    TOOL_STATUS = "outproof.tool.status"
    """What became of a tool call: ok, error, or a word of the application's."""
    TOOL_INPUT_HASH = "outproof.tool.input_hash"
    """What a tool was called with, as a hash; never the arguments."""
    ATTEMPT = "outproof.attempt"
    """Which attempt of the same request this is, from 1."""
    STREAM_END = "outproof.stream.end"
    """How a stream ended for its reader: finished, broken (cut, or an error) or abandoned (left before its end)."""


class Sampled(StrEnum):
    """With what chance a sampler of ours kept a span, in our own namespace."""

    PPM = "outproof.sampled.ppm"
    """The chance of its trace to be kept, in millionths."""
    POLICY = "outproof.sampled.policy"
    """The version of the policy that sampled."""
    REASON = "outproof.sampled.reason"
    """Why it was kept: error, flagged, edge, nominal."""


class GenAi(StrEnum):
    """OpenTelemetry GenAI semantic conventions v1.41: the names we write."""

    OPERATION = "gen_ai.operation.name"
    PROVIDER = "gen_ai.provider.name"
    REQUEST_MODEL = "gen_ai.request.model"
    RESPONSE_MODEL = "gen_ai.response.model"
    RESPONSE_ID = "gen_ai.response.id"
    FINISH_REASONS = "gen_ai.response.finish_reasons"
    STREAM = "gen_ai.request.stream"
    TIME_TO_FIRST_CHUNK_S = "gen_ai.response.time_to_first_chunk"
    INPUT_TOKENS = "gen_ai.usage.input_tokens"
    CACHED_INPUT_TOKENS = "gen_ai.usage.cache_read.input_tokens"
    CACHE_WRITE_TOKENS = "gen_ai.usage.cache_creation.input_tokens"
    REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
    OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
    SERVICE_TIER = "gen_ai.response.service_tier"
    CONVERSATION = "gen_ai.conversation.id"
    AGENT = "gen_ai.agent.name"
    TOOL = "gen_ai.tool.name"
    TOOL_CALL = "gen_ai.tool.call.id"


class Common(StrEnum):
    """Stable OpenTelemetry names that we read and write."""

    ERROR_TYPE = "error.type"
    SERVICE_NAME = "service.name"
    SERVICE_VERSION = "service.version"
    ENVIRONMENT = "deployment.environment.name"
    DEPLOY_SHA = "vcs.ref.head.revision"


class AppMetric(StrEnum):
    """Metrics that an application exports behind its own prefix: with `shop`, the first is `shop_requests_total`."""

    doc: str

    def __new__(cls, name: str, doc: str) -> AppMetric:
        metric = str.__new__(cls, name)
        metric._value_, metric.doc = name, doc
        return metric

    REQUESTS = "requests_total", "Answers that ended, by endpoint and status (success, error)"
    REQUEST_DURATION_S = "request_duration_seconds", "From the start of an answer to its end, by endpoint"
    TIME_TO_FIRST_TOKEN_S = "time_to_first_token_seconds", "From the start of an answer to its first token, by endpoint"
    INPUT_TOKENS = "input_tokens_total", "Input as the provider counted it, cached tokens included"
    CACHED_INPUT_TOKENS = "cached_input_tokens_total", "The part of the input that was read from a cache"
    OUTPUT_TOKENS = "output_tokens_total", "Output as the provider counted it, reasoning included"
    RESPONSE_LENGTH_TOKENS = "response_length_tokens", "Output of one answer without its reasoning, by endpoint"
    LAST_SUCCESS_AT_S = "last_success_timestamp_seconds", "When an answer last ended without an error; absent before"
    MODEL_LOADED = "model_loaded", "Whether a declared model is loaded; absent until the application has said so"
    QUALITY_RATIO = "quality_ratio", "Scores from 0 to 1 that the application gave, by endpoint and scorer"
    TELEMETRY_DROPPED = "telemetry_dropped_total", "What the SDK gave up, by reason"
