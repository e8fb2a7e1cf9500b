"""Answers in an event store, in a line: admitted, journalled and loaded as the product does it."""

from __future__ import annotations

from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.core.time import Instant
from outproof.scrub.admit import Scrubber
from outproof.store.journal.codec import Body, decoded, encoded
from outproof.wire.answers import Reading
from tests.unit.wire.spans import NOW


def a_body(reading: Reading, *, project: ProjectId = DEFAULT_PROJECT, now: Instant = NOW) -> Body:
    batch = Scrubber().admit(reading.columns, reading.set_aside, {}, project=project, received_at=now)
    return decoded(encoded(batch))
