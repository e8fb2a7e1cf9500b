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


class ServerMetric(StrEnum):
    """Metrics that the server exports at /metrics, by their whole names.

    Those of traffic have a label for each dimension that is told apart; what an answer does not say is the empty text.
    They count spans as they are stored, and where a sampler dropped some, each stands for those like it.
    """

    doc: str

    def __new__(cls, name: str, doc: str) -> ServerMetric:
        metric = str.__new__(cls, name)
        metric._value_, metric.doc = name, doc
        return metric

    REQUESTS = "outproof_requests_total", "Answers and calls of a model"
    REQUESTS_FAILED = "outproof_requests_failed_total", "Those of them that ended in an error"
    ANSWERS = "outproof_answers_total", "Spans that carry the application's decision"
    ANSWERS_UNDECIDED = "outproof_answers_undecided_total", "Answers whose decision is incomplete: unverified"
    ANSWERS_JUDGED = "outproof_answers_judged_total", "Answers that say whether an unsafe claim was served"
    ANSWERS_UNSAFE = "outproof_answers_unsafe_total", "Answers that say that an unsafe claim was served"
    ANSWERS_DECIDED = "outproof_answers_decided_total", "Answers that say their route and whether they were unsafe"
    ANSWERS_SERVED = "outproof_answers_served_total", "Decided answers that were served, whole or shortened"
    ANSWERS_SERVED_UNSAFE = "outproof_answers_served_unsafe_total", "Served answers with an unsafe claim"
    ANSWERS_SERVED_SUPPORTED = "outproof_answers_served_supported_total", "Served answers without an unsafe claim"
    ANSWERS_SAFELY_ROUTED = "outproof_answers_safely_routed_total", "Decided answers of any route that were safe"
    ANSWERS_ROUTED = "outproof_answers_routed_total", "Answers that say their route"
    ANSWERS_ABSTAINED = "outproof_answers_abstained_total", "Answers whose route was to abstain"
    ANSWERS_WITH_STAGE = "outproof_answers_with_stage_total", "Answers that say the first stage that failed, or passed"
    ANSWERS_WITH_TEMPLATE = "outproof_answers_with_template_total", "Answers that say their prompt template"
    ANSWERS_WITH_EVIDENCE = "outproof_answers_with_evidence_total", "Answers that say the version of their evidence"
    ANSWERS_FAILED = "outproof_answers_failed_total", "Answers by service and the first stage that failed"
    CALLS = "outproof_calls_total", "Calls of a model"
    CALLS_RETRIED = "outproof_calls_retried_total", "Calls that repeat an attempt of the same request"
    CALLS_UNPRICED = "outproof_calls_unpriced_total", "Calls that the rate cards cannot price: left out of the cost"
    CALL_DURATION_S = "outproof_call_duration_seconds", "From the start of a call to its end"
    TIME_TO_FIRST_TOKEN_S = "outproof_time_to_first_token_seconds", "From the request to the first token of a call"
    STREAMS = "outproof_streams_total", "Calls whose answer was streamed and that say how the stream ended"
    STREAMS_CUT = "outproof_streams_cut_total", "Streams that broke or were left before their end"
    INPUT_TOKENS = "outproof_input_tokens_total", "Input of calls, cached tokens included"
    CACHED_INPUT_TOKENS = "outproof_cached_input_tokens_total", "The part of the input that was read from a cache"
    OUTPUT_TOKENS = "outproof_output_tokens_total", "Output of calls, reasoning included"
    PACED_TOKENS = "outproof_paced_tokens_total", "Output tokens after the first one, of calls that know its time"
    PACED_S = "outproof_paced_seconds_total", "From the first token of those calls to their end"
    COST_USD = "outproof_cost_usd_total", "What calls cost under the rate card of their day"

    SIGNALS = "outproof_signals_total", "What became of everything that arrived, by signal, outcome and reason"
    RUNS_SETTLED = "outproof_runs_settled_total", "Runs of promises that left pending, by promise and verdict"
    INCIDENTS_OPENED = "outproof_incidents_opened_total", "Incidents that were ever opened; drills are left out"
    INCIDENTS = "outproof_incidents", "Incidents that are not resolved, by state and severity; drills are left out"
    PROMISE_INCIDENTS = "outproof_promise_incidents", "Unresolved incidents of a promise"
    POLICY_ALERTS = "outproof_policy_alerts", "Alerts of a policy, one for each of its segments, by state"
    DELIVERY_ATTEMPTS = "outproof_delivery_attempts_total", "Attempts to tell somebody, by channel and outcome"
    NOTICES_WAITING = "outproof_notices_waiting", "Notices on their way, by channel"
    DELIVERED_AT_S = "outproof_last_delivery_timestamp_seconds", "When a channel last accepted a notice; absent before"
    FEEDBACK = "outproof_feedback_total", "What users said of answers: thumbs up, thumbs down, escalated"
    COMPONENT_PROGRESS_AT_S = (
        "outproof_component_progress_timestamp_seconds",
        "When a component of the server last got anything done",
    )
    COMPONENT_FAILING = "outproof_component_failing", "Whether a component fails or stalls"
    JOURNAL_BACKLOG = "outproof_journal_backlog_entries", "What is acknowledged and not yet in windows"
    STATE_READABLE = "outproof_state_readable", "Whether the state store could be read for this scrape"
    BUILD = "outproof_build_info", "The version that runs"
