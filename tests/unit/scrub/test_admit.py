from hypothesis import given
from hypothesis import strategies as st

from outproof.contract.answer import COLUMN_NAMES, Quarantine, SetAside
from outproof.core.ids import DEFAULT_PROJECT
from outproof.scrub.admit import Admitted, Scrubber
from outproof.scrub.text import cleaned
from tests.unit.wire.spans import NOW, a_span, read


def admit(**values: object) -> Admitted:
    reading = read(a_span({f"outproof.{key}": value for key, value in values.items()}))
    return Scrubber().admit(reading.columns, reading.set_aside, {}, project=DEFAULT_PROJECT, received_at=NOW)


def test_an_address_in_a_field_that_should_hold_an_id_is_not_kept_and_is_counted() -> None:
    batch = admit(**{"request.id": "maya@example.com", "segment": "gold"})
    assert list(batch.columns["request_id"]) == ["[EMAIL]"]
    assert list(batch.columns["segment"]) == ["gold"]
    assert batch.redacted == {"request_id: EMAIL": 1}


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


ids = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ("req_206", "maya@example.com", "4111 1111 1111 1111", "1234567890123", "gsk_" + "b" * 30, "key\n")
    ),
)


@given(st.lists(st.text(max_size=5) | ids, min_size=1, max_size=8))
def test_texts_of_one_batch_are_scrubbed_as_if_each_had_come_alone(texts: list[str]) -> None:
    spans = [a_span({"outproof.request.id": text}, spanId=f"{n + 1:016x}") for n, text in enumerate(texts)]
    reading = read(*spans)
    batch = Scrubber().admit(reading.columns, (), {}, project=DEFAULT_PROJECT, received_at=NOW)
    assert list(batch.columns["request_id"]) == [cleaned(text) or None for text in texts]


def test_a_label_that_was_clean_once_does_not_let_a_dirty_one_by() -> None:
    scrubber = Scrubber()
    for segment, kept in (("gold", "gold"), ("maya@example.com", "[EMAIL]"), ("gold", "gold")) * 2:
        reading = read(a_span({"outproof.segment": segment}))
        batch = scrubber.admit(reading.columns, (), {}, project=DEFAULT_PROJECT, received_at=NOW)
        assert list(batch.columns["segment"]) == [kept]


def test_the_name_of_the_span_that_counts_a_call_stays_even_where_its_digits_are_those_of_a_card() -> None:
    chat = {"gen_ai.operation.name": "chat", "gen_ai.response.id": "r"}
    card = "4111111111111111"
    outer, inner = a_span(chat, spanId="0" * 15 + "1"), a_span(chat, spanId=card, parentSpanId="0" * 15 + "1")
    reading = read(outer, inner)
    batch = Scrubber().admit(reading.columns, (), {}, project=DEFAULT_PROJECT, received_at=NOW)
    assert list(batch.columns["call_id"]) == [card, card]
    assert batch.redacted == {}
