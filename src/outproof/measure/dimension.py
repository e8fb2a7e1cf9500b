"""What windows may be cut by: names of facts that answers and calls carry, and which of them roll-ups keep."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Dimension(StrEnum):
    """A fact by which traffic is filtered and grouped. Each is a column of answers, but for `model`: the model that
    answered, else the one that was asked for."""

    SERVICE = "service"
    ENVIRONMENT = "environment"
    DEPLOY = "deploy"
    OPERATION = "operation"
    PROVIDER = "provider"
    MODEL = "model"
    SERVICE_TIER = "service_tier"
    TEMPLATE = "template_id"
    SEGMENT = "segment"
    CASE = "case_id"
    EVIDENCE_VERSION = "evidence_version"
    ROUTE = "route"
    FIRST_FAILED_STAGE = "first_failed_stage"
    FINISH_REASON = "finish_reason"
    ERROR_TYPE = "error_type"
    STREAM_END = "stream_end"
    TTFT_KIND = "ttft_kind"
    AGENT = "agent"
    STEP = "step"
    TOOL = "tool"
    DIALECT = "dialect"


ROLLED = (
    Dimension.SERVICE,
    Dimension.ENVIRONMENT,
    Dimension.DEPLOY,
    Dimension.OPERATION,
    Dimension.PROVIDER,
    Dimension.MODEL,
    Dimension.SERVICE_TIER,
    Dimension.TEMPLATE,
    Dimension.SEGMENT,
    Dimension.CASE,
    Dimension.EVIDENCE_VERSION,
    Dimension.ROUTE,
    Dimension.FIRST_FAILED_STAGE,
)
"""The dimensions that roll-ups keep apart. By any other a window is counted from the answers themselves."""

Where = Mapping[Dimension, str | None]
"""Only what has these values. None: what does not say."""
