"""What is said of a run in, the letter that says it to the server out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import quote

from outproof.core.time import Instant, rfc3339
from outproof.sdk.facts import TEXT_CHARS_MAX, count, readable, usable
from outproof.sdk.ids import time_ordered_id
from outproof.sdk.letter import Letter
from outproof.sdk.progress import so_far
from outproof.sdk.run_name import RunName


def letter(name: RunName, path: str, body: Mapping[str, object], at_ns: int, topic: str | None = None) -> Letter:
    """A signal about a run, made at that time. Of signals that share a topic only the newest matters."""
    signal_id = time_ordered_id()
    named = {**name.fields, "signal_id": signal_id, "claimed_at": rfc3339(Instant(at_ns))}
    return Letter(signal_id, path, {**body, **named}, topic)


def note_letter(name: RunName, said: object, done: object, total: object, at_ns: int) -> Letter:
    """A sign of life. How far the run is goes into its words: these are no counts of the run's items."""
    done_number = None if done is None else usable(count, done)
    total_number = None if total is None else usable(count, total)
    parts = (readable(said), None if done_number is None else so_far(done_number, total_number))
    words = ": ".join(part for part in parts if part)
    path = f"/v1/runs/{name.id}/notes"
    return letter(name, path, {"note": words[:TEXT_CHARS_MAX] or None}, at_ns, topic=path)


def beat_letter(promise: str) -> Letter:
    """A heartbeat of a promise, made now."""
    beat_id = time_ordered_id()
    path = f"/v1/promises/{quote(promise, safe='')}/heartbeat"
    return Letter(beat_id, path, {"signal_id": beat_id, "claimed_at": claimed_now()}, topic=path)


def claimed_now() -> str:
    """This machine's clock, as a claim: the server decides by its own."""
    return rfc3339(Instant(time.time_ns()))
