"""Answers in an event store, in a line: admitted, journalled and loaded as the product does it."""

from __future__ import annotations

from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.core.time import Instant
from outproof.measure.dimension import Dimension, Where
from outproof.measure.rate_book import RateBook
from outproof.scrub.admit import Scrubber
from outproof.store.events.client import Client
from outproof.store.events.windows import Windows
from outproof.store.journal.codec import Body, decoded, encoded
from outproof.wire.answers import Reading
from tests.unit.wire.spans import NOW

SERVICE: Where = {Dimension.SERVICE: "tracking-answerer"}


def windows_of(client: Client, project: ProjectId = DEFAULT_PROJECT, book: RateBook | None = None) -> Windows:
    return Windows(client, project, lambda: book or RateBook())


def a_body(reading: Reading, *, project: ProjectId = DEFAULT_PROJECT, now: Instant = NOW) -> Body:
    batch = Scrubber().admit(reading.columns, reading.set_aside, {}, project=project, received_at=now)
    return decoded(encoded(batch))
