import os
from uuid import UUID

from outproof.sdk.ids import millis_of, random_bits, time_ordered_id
from outproof.sdk.letter import JSON, LINES, Letter, letter_from, whole_lines


def test_ids_are_uuid_7_and_sort_by_time() -> None:
    ids = [time_ordered_id() for _ in range(5_000)]
    assert ids == sorted(set(ids))
    assert {UUID(one).version for one in ids} == {7}


def test_an_id_tells_when_it_was_made() -> None:
    first, last = time_ordered_id(), time_ordered_id()
    assert 0 <= millis_of(last) - millis_of(first) < 60_000
    assert millis_of("017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == 1_645_557_742_000  # RFC 9562, A.6


def test_a_forked_child_draws_other_ids_than_its_parent() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, f"{random_bits(128):032x}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 32).decode() != f"{random_bits(128):032x}"
    os.close(reading)
    os.close(writing)


def test_a_letter_survives_the_spool() -> None:
    letter = Letter("an-id", "/v1/runs", {"promise": "nightly-digests", "counts": {"valid": 980}})
    assert letter_from(letter.content()) == letter


def test_a_letter_of_lines_survives_the_spool_and_knows_how_many_it_has() -> None:
    letter = Letter("an-id", "/v1/runs/run_1/items?promise=p", b'{"item_id":"a"}\n{"item_id":"b"}\n')
    again = letter_from(letter.content())
    assert again == letter
    assert (again.items, again.media_type, again.payload()) == (2, LINES, letter.body)
    plain = Letter("an-id", "/v1/runs", {"promise": "p"})
    assert (plain.items, plain.media_type) == (1, JSON)


def test_of_lines_cut_short_the_whole_ones_are_kept() -> None:
    assert whole_lines(b'{"a":1}\n{"b":2}\n{"c"') == b'{"a":1}\n{"b":2}\n'
    assert whole_lines(b'{"a":1}\n\0\0\0\n{"b":2}\n\0\0') == b'{"a":1}\n{"b":2}\n'


def test_a_damaged_letter_is_recognised() -> None:
    whole = Letter("an-id", "/v1/runs", {}).content()
    assert letter_from(whole[:-3]) is None
    assert letter_from(b"") is None
    assert letter_from(b'{"id": "x", "path": "http://elsewhere/", "body": {}}') is None
    assert letter_from(b"[" * 100_000) is None
    assert letter_from(b'{"id": "x", "path": "/v1/runs"}\n') is None
