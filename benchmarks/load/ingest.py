"""Durable ingest over OTLP/HTTP: spans a second, processor time a span, and how long an acknowledgement takes.

The client runs on the same processors. Beside each run stands the floor: the same bodies to a server that throws them
away, so that what HTTP and the client cost on this machine is known.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.figures import Figures
from benchmarks.load.client import Load, send
from benchmarks.load.servers import Floor, floor, fresh, wait_until_loaded
from benchmarks.load.spans import Bodies
from tests.fault.server import Server, cpu_s, resident_bytes

BATCH_SPANS = 512
CONNECTIONS = 8
SINGLE_CONNECTIONS = 32
SECONDS = 5.0
MIB = 2**20


def measure(runs: int = 5, *, seconds: float = SECONDS) -> Figures:
    """Interleaved runs of the floor and of ours."""
    makers = [Bodies(BATCH_SPANS, seed=n) for n in range(CONNECTIONS)]
    singles = [Bodies(1, seed=n) for n in range(SINGLE_CONNECTIONS)]
    figures = Figures(
        "ingest",
        {
            "spans_per_batch": BATCH_SPANS,
            "connections": CONNECTIONS,
            "bytes_per_span": round(makers[0].bytes_per_span),
            "seconds": seconds,
        },
    )
    with floor() as bare, fresh() as ours:
        send(ours.port, lambda n: makers[n].body, seconds=2.0, connections=CONNECTIONS)  # imports, caches, first parts
        wait_until_loaded(ours)
        for _ in range(runs):
            figures.add(**_batches(bare, ours, lambda n: makers[n].body, seconds))
            figures.add(**_singles(bare, ours, lambda n: singles[n].body, seconds))
            figures.add(resident_mib=resident_bytes(ours.pid) / MIB)
    return figures


def _batches(
    bare: Floor, ours: Server, bodies: Callable[[int], Callable[[], bytes]], seconds: float
) -> dict[str, float]:
    before = cpu_s(bare.pid)
    free = send(bare.port, bodies, seconds=seconds / 2, connections=CONNECTIONS)
    free_us = (cpu_s(bare.pid) - before) * 1e6 / (free.accepted * BATCH_SPANS)
    before = cpu_s(ours.pid)
    full = send(ours.port, bodies, seconds=seconds, connections=CONNECTIONS)
    drained_s = wait_until_loaded(ours)
    ours_us = (cpu_s(ours.pid) - before) * 1e6 / (full.accepted * BATCH_SPANS)
    half = send(ours.port, bodies, seconds=seconds, connections=CONNECTIONS, per_s=full.per_s / 2)
    wait_until_loaded(ours)
    spans_per_s = full.per_s * BATCH_SPANS
    return {
        "durable_spans_per_s": spans_per_s,
        "loaded_spans_per_s": full.accepted * BATCH_SPANS / (full.seconds + drained_s),
        "cpu_us_per_span": ours_us,
        "ack_full_ms_p50": full.latency_ms(0.50),
        "ack_full_ms_p99": full.latency_ms(0.99),
        "ack_half_ms_p50": half.latency_ms(0.50),
        "ack_half_ms_p99": half.latency_ms(0.99),
        "refused_ratio": _refused_ratio(full),
        "floor_spans_per_s": free.per_s * BATCH_SPANS,
        "floor_cpu_us_per_span": free_us,
        "rate_to_floor_ratio": full.per_s / free.per_s,
        "cpu_to_floor_ratio": ours_us / free_us,
    }


def _singles(
    bare: Floor, ours: Server, bodies: Callable[[int], Callable[[], bytes]], seconds: float
) -> dict[str, float]:
    free = send(bare.port, bodies, seconds=seconds / 2, connections=SINGLE_CONNECTIONS)
    before = cpu_s(ours.pid)
    full = send(ours.port, bodies, seconds=seconds, connections=SINGLE_CONNECTIONS)
    wait_until_loaded(ours)
    ours_us = (cpu_s(ours.pid) - before) * 1e6 / full.accepted
    half = send(ours.port, bodies, seconds=seconds, connections=SINGLE_CONNECTIONS, per_s=full.per_s / 2)
    wait_until_loaded(ours)
    return {
        "single_requests_per_s": full.per_s,
        "single_cpu_us": ours_us,
        "single_full_ms_p50": full.latency_ms(0.50),
        "single_full_ms_p99": full.latency_ms(0.99),
        "single_half_ms_p50": half.latency_ms(0.50),
        "single_half_ms_p99": half.latency_ms(0.99),
        "single_rate_to_floor_ratio": full.per_s / free.per_s,
    }


def _refused_ratio(load: Load) -> float:
    answered = sum(load.statuses.values())
    return 1 - load.accepted / answered
