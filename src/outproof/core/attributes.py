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


class Common(StrEnum):
    """Stable OpenTelemetry names that we read and write."""

    ERROR_TYPE = "error.type"
    SERVICE_NAME = "service.name"
    SERVICE_VERSION = "service.version"
    ENVIRONMENT = "deployment.environment.name"
    DEPLOY_SHA = "vcs.ref.head.revision"
