import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from outproof.contract.evidence import FactValue
from outproof.contract.promise import Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.surface import ROWS_MAX, FileSurface, HttpSurface, SqlSurface, Surface
from outproof.core.time import Instant, after, instant_from_rfc3339
from outproof.prove.file_sight import FileSight, Found, file_reading
from outproof.prove.http_sight import HttpSight, http_reading
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.seen_value import written_at
from outproof.prove.sql_sight import Rows, SqlSight, sql_reading
from outproof.prove.surface_reading import sight
from tests.builders import a_promise

OPENED = instant_from_rfc3339("2026-11-21T03:00:00Z")
BODY = b'{"digests": [{"id": "a", "n": 1}, {"id": "b", "n": 2}], "count": 980, "at": "2026-11-21T03:05:00Z"}'
DIGEST = hashlib.sha256(BODY).hexdigest()
FACTS: dict[str, FactValue] = {"batch_id": "b-17", "valid": 980, "input": 1000, "digest": f"sha256:{DIGEST}"}
KNOWN = Known(facts=FACTS, nameable=("batch_id", "digest", "model"), opened_at=OPENED)
ITEM = {"type": "object", "required": ["id", "n"], "properties": {"n": {"type": "integer", "minimum": 1}}}


def page(body: object = BODY, status: int = 200, last_modified: str | None = None, **conditions: Any) -> Look:
    found = sight(HttpSurface(url="https://app.example/a", **conditions), KNOWN)
    assert isinstance(found, HttpSight)
    headers = {} if last_modified is None else {"last-modified": last_modified}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return http_reading(found, status, headers, content)


def answered(first: object, count: int = 1, **conditions: Any) -> Look:
    found = sight(SqlSurface(dsn_env="DB", query="select 1", **conditions), KNOWN)
    assert isinstance(found, SqlSight)
    return sql_reading(found, Rows(first, count))


def there(found: Found | None, now: Instant = OPENED, **conditions: Any) -> Look:
    looked_for = sight(FileSurface(url="/out/{batch_id}.json", **conditions), KNOWN)
    assert isinstance(looked_for, FileSight)
    return file_reading(looked_for, found, now)


@pytest.mark.parametrize(
    ("conditions", "passed", "says"),
    [
        ({"json": "$.count", "at_least": 980}, True, "$.count ≥ 980"),
        ({"json": "$.count", "at_least": "valid", "at_most": "input"}, True, "$.count ≥ 980 and $.count ≤ 1000"),
        ({"json": "$.count", "at_least": 981}, False, "saw $.count = 980"),
        ({"json": "$.count", "at_most": 979.5}, False, "saw $.count = 980"),
        ({"json": "$.at", "at_least": 1}, False, "saw $.at = another text"),
        ({"sha256": DIGEST.upper()}, True, f"the digest {DIGEST[:12]}…"),
        ({"sha256": "digest"}, True, f"the digest {DIGEST[:12]}…"),
        ({"sha256": "0" * 64}, False, f"saw the digest {DIGEST[:12]}…"),
    ],
)
def test_a_page_is_held_to_limits_and_digests(conditions: dict[str, Any], passed: bool, says: str) -> None:
    look = page(**conditions)
    assert (look.passed, says in look.detail) == (passed, True), look.detail


def test_what_was_read_is_kept_as_numbers_and_digests_never_as_text() -> None:
    look = page(json="$.count", equals="valid", sha256=DIGEST)
    assert dict(look.measured) == {"status": 200, "value": 980, "sha256": DIGEST}
    assert dict(page(json="$.at").measured) == {"status": 200, "value": None}


@pytest.mark.parametrize(
    ("items", "passed", "says"),
    [
        ([{"id": "a", "n": 1}], True, "1 or more items of the declared shape at $.digests"),
        ([{"id": "Ann", "n": 0}], False, "1 of 1 items of another shape: the item [0] breaks properties/n/minimum"),
        ([{"id": "a", "n": 1}, {"n": 1}, 3], False, "2 of 3 items of another shape: the item [1] breaks required"),
        ([], False, "saw 0 items"),
        ({"a": 1}, False, "saw no list at $.digests"),
    ],
)
def test_each_item_must_have_the_declared_shape(items: object, passed: bool, says: str) -> None:
    look = page({"digests": items}, schema=ITEM, items="$.digests")
    assert (look.passed, says in look.detail) == (passed, True), look.detail
    assert "Ann" not in look.detail


def test_no_items_are_fine_where_that_is_legitimate() -> None:
    look = page({"digests": []}, schema=ITEM, items="$.digests", items_at_least=0)
    assert (look.passed, look.measured["items"]) == (True, 0)


def test_a_whole_page_must_have_the_declared_shape() -> None:
    shape = {"type": "object", "required": ["count"], "properties": {"count": {"$ref": "#/$defs/n"}}}
    shape["$defs"] = {"n": {"type": "integer"}}
    assert page(schema=shape).passed
    assert page({"count": "Ann"}, schema=shape).detail.endswith("it breaks properties/count/type")
    assert page(b"<html>", schema=shape).detail.endswith("saw nothing that is JSON")


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://elsewhere.example/schema.json"},
        {"properties": {"a": [{"$dynamicRef": "other.json#x"}]}},
        {"$id": "https://elsewhere.example/", "type": "object"},
        {"type": "objekt"},
    ],
)
def test_a_schema_that_would_be_fetched_or_is_none_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="schema: expected"):
        HttpSurface(url="https://app.example/", schema=schema)


@pytest.mark.parametrize(
    ("last_modified", "passed"),
    [
        ("Sat, 21 Nov 2026 03:00:00 GMT", True),
        ("Sat, 21 Nov 2026 02:59:59 GMT", True),
        ("Sat, 21 Nov 2026 02:59:58 GMT", False),
        ("Fri, 20 Nov 2026 03:00:00 GMT", False),
        ("yesterday", None),
        ("Sat, 99 Nov 2026 03:00:00 GMT", None),
        (None, None),
    ],
)
def test_a_page_must_be_newer_than_its_run(last_modified: str | None, passed: bool | None) -> None:
    assert page(last_modified=last_modified, newer_than_open=True).passed is passed


@pytest.mark.parametrize(
    ("at", "passed"),
    [
        ("2026-11-21T03:00:01Z", True),
        ("2026-11-21T04:00:01+01:00", True),
        ("2026-11-21T03:00:01+01:00", False),
        ("2026-11-21T03:00:01", None),
        (1795230001, True),
        (1795230001000, True),
        (1795229001.5, False),
        (True, None),
        ("Ann", None),
        (None, None),
    ],
)
def test_a_page_may_tell_its_time_itself(at: object, passed: bool | None) -> None:
    look = page({"at": at}, newer_than_open=True, time="$.at")
    assert look.passed is passed
    assert "Ann" not in look.detail


def test_a_run_that_was_never_opened_has_no_beginning_to_be_newer_than() -> None:
    look = sight(HttpSurface(url="https://app.example/", newer_than_open=True), Known())
    assert isinstance(look, Look)
    assert (look.passed, "was never opened" in look.detail) == (None, True)


def test_what_fails_outweighs_what_nobody_can_tell_and_that_outweighs_what_holds() -> None:
    assert page(newer_than_open=True, json="$.count", equals=1).passed is False
    assert page(newer_than_open=True, json="$.count", equals=980).passed is None


@pytest.mark.parametrize(
    ("rows", "conditions", "passed", "says"),
    [
        ((980, 1), {"equals": "valid"}, True, "saw the value = 980 at database DB"),
        ((Decimal("980.00"), 1), {"equals": "valid"}, True, "saw the value = 980"),
        ((979, 1), {"equals": "valid"}, False, "expected the value = 980 at database DB, saw the value = 979"),
        ((980, 2), {"equals": "valid"}, False, "saw 2 rows"),
        ((None, 0), {"equals": "valid"}, False, "saw 0 rows"),
        ((None, 1), {"at_least": 1}, False, "saw nothing at the value"),
        (("Ann", 1), {"equals": "b"}, False, "saw the value = another text"),
        ((b"Ann", 1), {"equals": "b"}, False, "saw the value = another value (bytes)"),
        ((5, 1), {"at_least": 3, "at_most": 4}, False, "saw the value = 5"),
        ((date(2026, 11, 21), 1), {"equals": "x"}, False, "saw the value = 2026-11-21"),
        ((Decimal("0.5"), 1), {"at_most": 1}, True, "the value ≤ 1"),
        (([1], 1), {"equals": "x"}, False, "saw the value = a list of 1"),
        (("Ann", 7), {"rows_at_least": 7}, True, "saw 7 or more rows"),
        (("Ann", 6), {"rows_at_least": 7}, False, "saw 6 rows"),
        (("Ann", ROWS_MAX + 1), {"rows_at_least": "valid"}, True, "980 or more rows"),
        ((datetime(2026, 11, 21, 4, tzinfo=UTC), 1), {"newer_than_open": True}, True, "written since"),
        ((datetime(2026, 11, 21, 2, tzinfo=UTC), 1), {"newer_than_open": True}, False, "one of 2026-11-21T02"),
        ((datetime(2026, 11, 21, 4), 1), {"newer_than_open": True}, None, "could not tell"),  # noqa: DTZ001 - no zone
    ],
)
def test_rows_are_what_was_promised_or_the_detail_says_what_they_are(
    rows: tuple[object, int], conditions: dict[str, Any], passed: bool | None, says: str
) -> None:
    look = answered(*rows, **conditions)
    assert (look.passed, says in look.detail) == (passed, True), look.detail
    assert "Ann" not in str(look)


def test_a_limit_that_the_run_reports_as_a_text_is_no_limit() -> None:
    look = sight(SqlSurface(dsn_env="DB", query="select 1", at_least="batch_id"), KNOWN)
    assert isinstance(look, Look)
    assert look.detail == "could not look: its limit is batch_id, and this run reports something that is no number"


NEW, OLD = after(OPENED, 5), after(OPENED, -3_600)


@pytest.mark.parametrize(
    ("found", "conditions", "passed", "says"),
    [
        (Found(size_bytes=9, written_at=NEW), {}, True, "saw a file of 1 or more bytes at /out/b-17.json"),
        (None, {}, False, "saw no file"),
        (Found(size_bytes=0, written_at=NEW), {}, False, "saw 0 bytes"),
        (Found(size_bytes=0, written_at=NEW), {"min_bytes": 0}, True, "0 or more bytes"),
        (Found(size_bytes=9, written_at=NEW), {"max_bytes": 8}, False, "saw 9 bytes"),
        (Found(size_bytes=9, written_at=OLD), {"max_age_s": 3_600.0}, True, "written in the last 1 h"),
        (Found(size_bytes=9, written_at=OLD), {"max_age_s": 3_599.0}, False, "saw one of 2026-11-21T02:00:00"),
        (Found(size_bytes=9, written_at=None), {"max_age_s": 1.0}, None, "does not say when it was written"),
        (Found(size_bytes=9, written_at=NEW), {"newer_than_open": True}, True, "written since"),
        (Found(size_bytes=9, written_at=OLD), {"newer_than_open": True}, False, "one of 2026-11-21T02:00:00"),
        (Found(size_bytes=9, written_at=NEW, sha256=DIGEST), {"sha256": "digest"}, True, "the digest"),
        (Found(size_bytes=9, written_at=NEW, sha256="0" * 64), {"sha256": "digest"}, False, "saw the digest 000"),
        (Found(size_bytes=9, written_at=NEW, too_large=True), {"sha256": "digest"}, None, "too large"),
    ],
)
def test_a_file_is_what_was_promised_or_the_detail_says_what_it_is(
    found: Found | None, conditions: dict[str, Any], passed: bool | None, says: str
) -> None:
    look = there(found, **conditions)
    assert (look.passed, says in look.detail) == (passed, True), look.detail


def test_the_same_sight_a_minute_later_is_told_in_the_same_words() -> None:
    stale = Found(size_bytes=9, written_at=OLD)
    details = {there(stale, after(OPENED, seconds), max_age_s=60.0).detail for seconds in (0, 60, 600)}
    assert len(details) == 1


@pytest.mark.parametrize(
    "value", ["..", ".", "../x", "a/../b", "a/./b", "/etc/passwd", "a//b", "a/", "", "a\0b", "a\nb", "..\\x"]
)
def test_a_job_cannot_lead_a_look_out_of_its_folder(value: str) -> None:
    look = sight(FileSurface(url="/out/{batch_id}"), Known(facts={"batch_id": value}))
    assert isinstance(look, Look)
    assert look.passed is None


@pytest.mark.parametrize("value", ["b-17", "2026/11/21.json", "a..b", ".hidden", "a b"])
def test_a_plain_name_may_have_folders(value: str) -> None:
    found = sight(FileSurface(url="s3://bucket/{batch_id}"), Known(facts={"batch_id": value}))
    assert isinstance(found, FileSight)
    assert found.url == f"s3://bucket/{value}"


@pytest.mark.parametrize(
    ("facts", "conditions", "why"),
    [
        ({}, {"sha256": "digest"}, "its digest is digest, which this run has not reported"),
        ({"digest": "md5:1"}, {"sha256": "digest"}, "reports something that is no SHA-256"),
        ({}, {"json": "$.n", "at_least": "valid"}, "its limit is valid, which this run has not reported"),
        ({"flag": True}, {"json": "$.n", "at_least": "flag"}, "reports something that is no number"),
    ],
)
def test_a_condition_that_takes_what_a_run_has_not_reported_cannot_be_looked_at(
    facts: dict[str, FactValue], conditions: dict[str, Any], why: str
) -> None:
    look = sight(HttpSurface(url="https://app.example/", **conditions), Known(facts=facts, nameable=("digest", "flag")))
    assert isinstance(look, Look)
    assert (look.passed, why in look.detail) == (None, True), look.detail


def test_a_limit_of_more_rows_than_are_counted_is_no_limit() -> None:
    look = sight(SqlSurface(dsn_env="DB", query="select 1", rows_at_least="valid"), Known(facts={"valid": 10_001}))
    assert isinstance(look, Look)
    assert look.detail.endswith("10000 are counted: count in SQL")


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (HttpSurface, {"url": "https://a.example/", "at_least": 1}, "expected `json` beside"),
    (HttpSurface, {"url": "https://a.example/", "items": "$.a"}, "expected `schema` beside `items`"),
    (HttpSurface, {"url": "https://a.example/", "headers_env": {"Host": "X"}}, "expected a header such as"),
    (HttpSurface, {"url": "https://a.example/", "headers_env": {"A b": "X"}}, "expected a header such as"),
    (HttpSurface, {"url": "https://a.example/", "time": "at"}, "expected a JSON path"),
    (SqlSurface, {"dsn_env": "DB", "query": "delete from a"}, "expected one SELECT"),
    (SqlSurface, {"dsn_env": "DB", "query": "select 1; delete from a"}, "expected one SELECT"),
    (SqlSurface, {"dsn_env": "DB", "query": "select 1", "timeout_s": 31.0}, "expected `timeout` up to 30s"),
    (SqlSurface, {"dsn_env": "DB", "query": "select 1", "rows_at_least": 10_001}, "count in SQL"),
    (FileSurface, {"url": "out/a"}, "expected an absolute path"),
    (FileSurface, {"url": "ftp://host/a"}, "expected an absolute path"),
    (FileSurface, {"url": "sftp://host/a"}, "expected an absolute path"),
    (FileSurface, {"url": "github://a:b@/c"}, "expected an absolute path"),
    (FileSurface, {"url": "simplecache::s3://b/k"}, "expected an absolute path"),
    (FileSurface, {"url": "s3://b/k::http://169.254.169.254/"}, "expected an absolute path"),
    (FileSurface, {"url": "https://a.example/x"}, "use `http`"),
    (FileSurface, {"url": "s3://{batch_id}/k"}, "evidence must not choose the bucket"),
    (FileSurface, {"url": "s3://bucket"}, "a key in it"),
    (FileSurface, {"url": "file://host/a"}, "expected an absolute path"),
    (FileSurface, {"url": "/a", "max_age_s": 0.0}, "expected `max_age`"),
    (FileSurface, {"url": "/a", "min_bytes": 5, "max_bytes": 4}, "not below it"),
]


@pytest.mark.parametrize(("kind", "fields", "why"), REFUSED)
def test_a_surface_that_cannot_be_meant_is_refused(kind: type[Surface], fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        kind(**fields)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            {"http": HttpSurface(url="https://a.example/", time="$.at")},
            "expected `newer_than_open: true` beside `time`",
        ),
        ({"sql": SqlSurface(dsn_env="DB", query="select 1")}, "what must the query find"),
    ],
)
def test_a_surface_that_could_prove_nothing_is_refused_as_a_proof(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Requirement(observer=Observer.PROBE, **fields)


@pytest.mark.parametrize(
    "surface",
    [
        {"http": HttpSurface(url="https://a.example/", json="$.n", at_least="rows")},
        {"sql": SqlSurface(dsn_env="DB", query="select 1", rows_at_least="rows")},
        {"file": FileSurface(url="/a", sha256="rows")},
    ],
)
def test_a_condition_names_only_what_runs_may_report(surface: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"visible: expected a value or a name from .*, got 'rows'"):
        a_promise({Stage.VISIBLE: Requirement(observer=Observer.PROBE, **surface)})
    promise = a_promise({Stage.VISIBLE: Requirement(observer=Observer.PROBE, **surface)}, evidence=["rows"])
    assert "rows" in promise.allowed_evidence


def test_the_parameters_of_a_query_are_its_colons_but_for_casts() -> None:
    surface = SqlSurface(dsn_env="DB", query="select n::int from a where b = :batch_id and c = :model or b=:batch_id")
    assert surface.placeholders == ("batch_id", "model")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-21T03:00:00Z", OPENED),
        (1795230000, OPENED),
        (1795230000.0, OPENED),
        (1795230000_000, OPENED),
        (1795230000_000_000, OPENED),
        (1795230000_000_000_000, OPENED),
        (Decimal("1795230000"), OPENED),
        (float("nan"), None),
        (float("inf"), None),
        (-5, None),
        (0, None),
        (10**30, None),
        ("2026-11-21", None),
        ([], None),
    ],
)
def test_a_time_is_read_in_the_units_that_are_usual(value: object, expected: Instant | None) -> None:
    assert written_at(value) == expected
