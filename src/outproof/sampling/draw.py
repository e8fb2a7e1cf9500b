"""A trace and a policy in; the lot that the trace draws under it out: the same in every process, for ever."""

from __future__ import annotations

from hashlib import blake2b

from outproof.sampling.policy import CERTAIN_PPM

_BITS = 64


def lot(trace_id: bytes, version: str) -> int:
    """A number from 0 to 999,999, each equally likely. A trace is drawn where it lies below the chance in millionths.

    It is a hash, so SDK, server, retries and replays draw alike, and what is kept at a small chance is kept at every
    greater one. It depends on the version of the policy, and not on the digits that OpenTelemetry's samplers look at:
    chances of samplers before us multiply with ours.

    >>> lot(bytes(16), "smp_example")
    428414
    """
    digest = blake2b(trace_id, digest_size=_BITS // 8, key=version.encode()[:64]).digest()
    return (int.from_bytes(digest, "big") * CERTAIN_PPM) >> _BITS
