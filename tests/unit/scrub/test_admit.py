from outproof.contract.answer import COLUMN_NAMES, Quarantine, SetAside
from outproof.core.ids import DEFAULT_PROJECT
from outproof.scrub.admit import Admitted, Scrubber
from tests.unit.wire.spans import NOW, a_span, read


def admit(**values: object) -> Admitted:
    reading = read(a_span({f"outproof.{key}": value for key, value in values.items()}))
    return Scrubber().admit(reading.columns, reading.set_aside, {}, project=DEFAULT_PROJECT, received_at=NOW)


def test_an_address_in_a_field_that_should_hold_an_id_is_not_kept_and_is_counted() -> None:
    batch = admit(**{"request.id": "maya@example.com", "segment": "gold"})
    assert list(batch.columns["request_id"]) == ["[EMAIL]"]
    assert list(batch.columns["segment"]) == ["gold"]
    assert batch.redacted == {"request_id": 1}


def test_every_column_passes_and_sound_ones_unchanged() -> None:
    batch = admit(segment="gold")
    assert tuple(batch.columns) == COLUMN_NAMES
    assert batch.redacted == {}


def test_what_was_set_aside_is_scrubbed_too() -> None:
    aside = SetAside(
        trace_id=b"t" * 16,
        span_id=1,
        started_at=NOW,
        service="maya@example.com",
        reason=Quarantine.ENDS_BEFORE_START,
        facts={"duration_us": -1},
    )
    batch = Scrubber().admit(read().columns, [aside], {}, project=DEFAULT_PROJECT, received_at=NOW)
    assert batch.set_aside[0].service == "[EMAIL]"
    assert batch.set_aside[0].facts == {"duration_us": -1}
