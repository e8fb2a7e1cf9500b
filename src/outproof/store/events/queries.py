"""The questions asked of the event store. Every one has a project and a half-open range of event time."""

from __future__ import annotations

_WHERE = """
WHERE project_id = {project:String} AND (service = {service:String} OR {service:String} = '')
  AND started_at >= fromUnixTimestamp64Nano({start:Int64}) AND started_at < fromUnixTimestamp64Nano({end:Int64})
"""

# quantileExact(p - 1e-13) is the nearest rank; quantileExact(p) differs from it at some sizes.
_PACED = "WITH coalesce(is_call AND output_tokens >= 2 AND duration_us > ttft_us, false) AS paced"

_MEASURES = """
    countIf(is_answer) AS answers,
    countIf(is_call) AS calls,
    countIf(is_answer AND route IS NOT NULL AND unsafe_claim_served IS NOT NULL) AS decided,
    countIf(is_answer AND unsafe_claim_served IS NOT NULL) AS unsafe_known,
    countIf(is_answer AND unsafe_claim_served) AS unsafe,
    countIf(is_answer AND route IS NOT NULL AND NOT unsafe_claim_served) AS safe_route,
    countIf(is_answer AND route IS NOT NULL) AS routed,
    countIf(is_answer AND route = 'abstain') AS abstentions,
    countIf((is_call OR is_answer) AND failed) AS failures,
    countIf(is_call OR is_answer) AS requests,
    quantileExactIf(0.5 - 1e-13)(ttft_us, is_call) AS ttft_p50_us,
    quantileExactIf(0.95 - 1e-13)(ttft_us, is_call) AS ttft_p95_us,
    countIf(is_call AND ttft_us IS NOT NULL) AS ttft_known,
    countIf(is_call AND streaming AND ttft_us IS NULL) AS ttft_unknown,
    quantileExactIf(0.5 - 1e-13)(duration_us, is_call) AS duration_p50_us,
    quantileExactIf(0.95 - 1e-13)(duration_us, is_call) AS duration_p95_us,
    countIf(is_call AND duration_us IS NOT NULL) AS duration_known,
    countIf(is_call AND duration_us IS NULL) AS duration_unknown,
    sumIf(output_tokens - 1, paced) AS paced_tokens,
    sumIf(duration_us - ttft_us, paced) AS paced_us,
    countIf(paced) AS paced_calls,
    countIf(is_call AND output_tokens IS NOT NULL AND NOT paced) AS unpaced_calls,
    sumIf(input_tokens, is_call) AS input_tokens,
    sumIf(cached_input_tokens, is_call) AS cached_input_tokens,
    sumIf(output_tokens, is_call) AS output_tokens_sum
"""

WINDOW = f"{_PACED} SELECT {_MEASURES} FROM answers {_WHERE}"

STAGES = f"""
SELECT first_failed_stage AS stage, count() AS answers FROM answers {_WHERE}
  AND is_answer AND first_failed_stage IS NOT NULL
GROUP BY stage ORDER BY answers DESC, stage
"""

TEMPLATES = f"""
SELECT template_id, count() AS answers, countIf(unsafe_claim_served) AS unsafe FROM answers {_WHERE}
  AND is_answer
GROUP BY template_id ORDER BY unsafe DESC, answers DESC, template_id LIMIT 50
"""

USAGE = f"""
SELECT coalesce(model, model_request) AS priced_model,
    count() AS calls,
    countIf(input_tokens IS NULL OR output_tokens IS NULL) AS calls_without_usage,
    sumIf(input_tokens, output_tokens IS NOT NULL) AS input_sum,
    sumIf(cached_input_tokens, input_tokens IS NOT NULL AND output_tokens IS NOT NULL) AS cached_sum,
    sumIf(cache_write_tokens, input_tokens IS NOT NULL AND output_tokens IS NOT NULL) AS written_sum,
    sumIf(output_tokens, input_tokens IS NOT NULL) AS output_sum
FROM answers {_WHERE} AND is_call
GROUP BY priced_model ORDER BY calls DESC, priced_model
"""

# A span that is delivered or loaded again is set aside again: rows are not spans here.
QUARANTINED = f"""
SELECT reason, uniqExact(trace_id, span_id) AS spans FROM set_aside {_WHERE} GROUP BY reason ORDER BY spans DESC, reason
"""

SERIES = f"""
{_PACED}
SELECT intDiv(toUnixTimestamp64Nano(started_at) - {{start:Int64}}, {{step:Int64}}) AS step, {_MEASURES}
FROM answers {_WHERE} GROUP BY step ORDER BY step
"""

SERIES_USAGE = USAGE.replace(
    "SELECT coalesce",
    "SELECT intDiv(toUnixTimestamp64Nano(started_at) - {start:Int64}, {step:Int64}) AS step, coalesce",
).replace("GROUP BY priced_model ORDER BY calls DESC, priced_model", "GROUP BY step, priced_model ORDER BY step")

SERVICES = """
SELECT service AS name, toUnixTimestamp64Nano(max(started_at)) AS last_seen_at,
    countIf(is_answer) AS answers, countIf(is_call) AS calls
FROM answers
WHERE project_id = {project:String} AND started_at >= fromUnixTimestamp64Nano({since:Int64})
GROUP BY name ORDER BY name LIMIT 1000
"""

SET_ASIDE = """
SELECT toUnixTimestamp64Nano(started_at) AS at, service, reason, lower(hex(trace_id)) AS trace_id,
    lower(hex(span_id)) AS span_id, facts
FROM set_aside WHERE project_id = {project:String}
ORDER BY started_at DESC LIMIT 1 BY trace_id, span_id, reason LIMIT {limit:UInt32}
"""

TOTALS = "SELECT count() AS spans FROM answers WHERE project_id = {project:String}"

_EXEMPLAR = f"""
SELECT trace_id, span_id, toUnixTimestamp64Nano(started_at) AS at, service, request_id, case_id, segment, template_id,
    evidence_version, route, first_failed_stage, unsafe_claim_served, provider, model, model_request,
    input_tokens, cached_input_tokens, output_tokens, ttft_us, duration_us
FROM answers {_WHERE} AND (is_answer OR is_call)
"""
OLDEST = f"{_EXEMPLAR} ORDER BY started_at, span_id LIMIT {{limit:UInt32}}"
NEWEST = f"{_EXEMPLAR} ORDER BY started_at DESC, span_id LIMIT {{limit:UInt32}}"
