"""Usage by everything that decides a price: what the event store sums and groups by in, usage out."""

from __future__ import annotations

from typing import Any

from outproof.core.time import Instant
from outproof.measure.cost import Usage
from outproof.measure.rate_book import RateBook

SUMS = """
    coalesce(model, model_request) AS priced_model,
    provider AS served_by,
    lower(coalesce(service_tier, '')) AS tier,
    sampled_ppm AS ppm,
    count() AS calls,
    sum(input_tokens) AS input_sum,
    sum(cached_input_tokens) AS cached_sum,
    sum(cache_write_tokens) AS written_sum,
    sum(output_tokens) AS output_sum,
    toUnixTimestamp64Nano(min(started_at)) AS at,
    max(input_tokens) AS context
"""

KEY = """
    priced_model, served_by, tier, ppm, input_tokens IS NULL, output_tokens IS NULL,
    arrayCount(start -> start <= toUnixTimestamp64Nano(started_at), {starts:Array(Int64)}),
    arrayCount(step -> step < coalesce(input_tokens, 0), {contexts:Array(UInt64)}),
    coalesce(cached_input_tokens, 0) + coalesce(cache_write_tokens, 0) > coalesce(input_tokens, 4294967295)
"""
"""The calls of one group are priced alike, so the price of their sum is the sum of their prices."""

ORDER = "calls DESC, priced_model, served_by, tier, at"


def terms(book: RateBook) -> dict[str, Any]:
    """The parameters of `KEY`: where one card gives way to the next, and where prices change with the input."""
    return {"starts": list(book.starts), "contexts": list(book.contexts)}


def usage(row: dict[str, Any]) -> Usage:
    """The usage of one group."""
    return Usage(
        model=row["priced_model"],
        provider=row["served_by"],
        tier=row["tier"] or None,
        calls=row["calls"],
        input_tokens=row["input_sum"],
        cached_input_tokens=row["cached_sum"],
        cache_write_tokens=row["written_sum"],
        output_tokens=row["output_sum"],
        at=Instant(row["at"]),
        context_tokens=row["context"],
        sampled_ppm=row["ppm"],
    )
