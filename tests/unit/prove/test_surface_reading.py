from typing import Any

import pytest

from outproof.contract.evidence import FactValue
from outproof.contract.surface import HttpSurface, path_steps
from outproof.prove.http_sight import HttpSight, http_reading
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.surface_reading import sight

FACTS: dict[str, FactValue] = {"batch_id": "b-17", "valid": 980, "output_id": "out/1 ü"}
NAMEABLE = ("batch_id", "output_id", "model")


def looked_for(url: str = "https://app.example/digests/{batch_id}.json", **conditions: Any) -> HttpSight:
    found = sight(HttpSurface(url=url, **conditions), Known(facts=FACTS, nameable=NAMEABLE))
    assert isinstance(found, HttpSight)
    return found


def reading(sight: HttpSight, status: int, body: bytes, **headers: str) -> Look:
    return http_reading(sight, status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_placeholders_are_filled_in_percent_encoded() -> None:
    assert (
        looked_for("https://app.example/{output_id}?b={batch_id}").url == "https://app.example/out%2F1%20%C3%BC?b=b-17"
    )


@pytest.mark.parametrize(
    ("conditions", "known", "why"),
    [
        ({"url": "https://app.example/{batch_id}"}, {}, "the URL takes batch_id, which this run has not reported"),
        ({"url": "https://app.example/{batch_id}"}, {"batch_id": ".."}, "which a URL reads as a folder"),
        ({"url": "https://app.example/", "json": "$.n", "equals": "valid"}, {}, "it must equal valid"),
    ],
)
def test_what_a_run_has_not_reported_cannot_be_looked_for(
    conditions: dict[str, str], known: dict[str, FactValue], why: str
) -> None:
    look = sight(HttpSurface(**conditions), Known(facts=known, nameable=NAMEABLE))  # type: ignore[arg-type]  # texts only
    assert isinstance(look, Look)
    assert look.passed is None
    assert why in look.detail


@pytest.mark.parametrize(
    ("conditions", "status", "body", "seen"),
    [
        ({}, 200, b"", None),
        ({}, 404, b"", "saw status 404"),
        ({}, 301, b"", "saw status 301"),
        ({"status": 304}, 304, b"", None),
        ({"json": "$.count", "equals": "valid"}, 200, b'{"count": 980}', None),
        ({"json": "$.count", "equals": "valid"}, 200, b'{"count": 980.0}', None),
        ({"json": "$.count", "equals": "valid"}, 200, b'{"count": 979}', "saw $.count = 979"),
        ({"json": "$.count", "equals": "valid"}, 200, b'{"count": "980"}', "saw $.count = another text"),
        ({"json": "$.count", "equals": 1}, 200, b'{"count": true}', "saw $.count = True"),
        ({"json": "$.ok", "equals": True}, 200, b'{"ok": true}', None),
        ({"json": "$.items", "equals": 2}, 200, b'{"items": [1, 2]}', "saw $.items = a list of 2"),
        ({"json": "$", "equals": 2}, 200, b'{"items": [1, 2]}', "saw $ = an object of 1"),
        ({"json": "$.batch", "equals": "batch_id"}, 200, b'{"batch": "b-17"}', None),
        ({"json": "$.batch", "equals": "batch_id"}, 200, b'{"batch": "b-16"}', "saw $.batch = another text"),
        ({"json": "$.items[1].id"}, 200, b'{"items": [{}, {"id": 7}]}', None),
        ({"json": "$.items[2].id"}, 200, b'{"items": [{}, {"id": 7}]}', "saw nothing at $.items[2].id"),
        ({"json": "$.count"}, 200, b'{"count": null}', "saw nothing at $.count"),
        ({"json": "$.count"}, 200, b"<html>", "saw nothing at $.count"),
        ({"json": "$.count"}, 200, b"[" * 100_000, "saw nothing at $.count"),
        ({"contains": "delivered"}, 200, b"<p>delivered</p>", None),
        ({"contains": "delivered"}, 200, b"<p>Ann, Elm Street</p>", "saw a page without it"),
    ],
)
def test_a_page_shows_what_was_promised_or_the_detail_says_what_it_shows(
    conditions: dict[str, Any], status: int, body: bytes, seen: str | None
) -> None:
    look = reading(looked_for(**conditions), status, body)
    assert look.passed is (seen is None)
    assert seen is None or look.detail.endswith(seen)


def test_the_detail_says_what_was_expected_and_keeps_the_page_and_the_query_to_itself() -> None:
    wanted = looked_for("https://app.example/{batch_id}?token=hush", json="$.customer", equals="batch_id")
    look = reading(wanted, 200, b'{"customer": "Ann"}')
    assert look.detail == (
        "expected status 200 and $.customer = 'b-17' at https://app.example/b-17?…, saw $.customer = another text"
    )


def test_a_literal_is_a_literal_when_it_names_no_fact() -> None:
    assert looked_for(json="$.state", equals="published").limits.equals == "published"


@pytest.mark.parametrize(
    ("path", "steps"),
    [("$", ()), ("$.a", ("a",)), ("$.a[0].b-c", ("a", 0, "b-c")), ('$["a b"][12]', ("a b", 12))],
)
def test_a_json_path_is_names_and_positions(path: str, steps: tuple[str | int, ...]) -> None:
    assert path_steps(path) == steps


@pytest.mark.parametrize("path", ["", "a", "$a", "$.", "$..a", "$[*]", "$[-1]", "$.a[?(@.b)]", "$.a b"])
def test_anything_else_is_no_json_path(path: str) -> None:
    with pytest.raises(ValueError, match="expected a JSON path"):
        path_steps(path)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://app.example/x",
        "app.example/x",
        "https:///x",
        "https://{batch_id}.example/x",
        "https://app.example:{batch_id}/x",
        "https://me:secret@app.example/x",
        "https://app.example/{Batch}",
        "https://app.example/{a.b}",
        "https://app.example/{",
    ],
)
def test_a_url_whose_host_or_meaning_evidence_could_change_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        HttpSurface(url=url)


def test_a_value_to_equal_needs_a_place_to_find_it() -> None:
    with pytest.raises(ValueError, match="expected `json` beside `equals`"):
        HttpSurface(url="https://app.example/", equals=1)
