from __future__ import annotations

import pytest

from outproof.core.keys import KEY_BYTES, Scope, key_digest, key_text
from outproof.server.access import KNOWN_S, Access, Refused, Request

ADMIN, INGEST, METRICS = (key_text(letter * KEY_BYTES) for letter in (b"a", b"i", b"m"))
KEYS = {key_digest(ADMIN): Scope.ADMIN, key_digest(INGEST): Scope.INGEST, key_digest(METRICS): Scope.METRICS}


def guarded() -> Access:
    return Access(KEYS.get)


def asking(method: str, path: str, key: str | None = None, **headers: str) -> Request:
    bearer = {"authorization": f"Bearer {key}"} if key else {}
    return Request(method, path, {"host": "outproof.example", **bearer, **headers})


def status(access: Access, request: Request) -> int:
    try:
        access.check(request)
    except Refused as error:
        return error.status
    return 200


def test_a_metrics_key_can_be_scraped_with_and_nothing_else() -> None:
    access = guarded()
    assert status(access, asking("GET", "/metrics", METRICS)) == 200
    for method, path in (("GET", "/v1/incidents"), ("POST", "/v1/runs"), ("POST", "/metrics")):
        assert status(access, asking(method, path, METRICS)) == 403
    assert not access.may_send(METRICS)


@pytest.mark.parametrize(
    ("method", "path", "without", "ingest", "admin"),
    [
        ("POST", "/v1/traces", 401, 200, 200),
        ("POST", "/v1/metrics", 401, 200, 200),
        ("POST", "/v1/runs", 401, 200, 200),
        ("POST", "/v1/runs/run_x/close", 401, 200, 200),
        ("POST", "/v1/feedback", 401, 200, 200),
        ("POST", "/v1/alertmanager", 401, 200, 200),
        ("GET", "/metrics", 401, 403, 200),
        ("GET", "/metrics/", 401, 403, 200),
        ("POST", "/v1/promises/worker/heartbeat", 401, 200, 200),
        ("POST", "/v1/promises/worker", 401, 403, 200),
        ("GET", "/v1/promises/worker/heartbeat", 401, 403, 200),
        ("GET", "/v1/runs", 401, 403, 200),
        ("GET", "/v1/incidents", 401, 403, 200),
        ("POST", "/v1/incidents/inc_x/acknowledge", 401, 403, 200),
        ("GET", "/v1/stream", 401, 403, 200),
        ("GET", "/v1/openapi.json", 401, 403, 200),
        ("GET", "/v1/a-route-nobody-thought-of", 401, 403, 200),
        ("POST", "/v1/runsomething", 401, 403, 200),
        ("DELETE", "/incidents", 401, 403, 200),
        ("GET", "/v1/session", 200, 200, 200),
        ("GET", "/healthz", 200, 200, 200),
        ("GET", "/incidents/inc_x", 200, 200, 200),
    ],
)
def test_everything_needs_an_admin_key_but_what_is_listed(
    method: str, path: str, without: int, ingest: int, admin: int
) -> None:
    access = guarded()
    assert status(access, asking(method, path)) == without
    assert status(access, asking(method, path, INGEST)) == ingest
    assert status(access, asking(method, path, ADMIN)) == admin


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", f"Bearer {ADMIN}x", "Bearer op_"])
def test_a_wrong_key_is_no_key(header: str) -> None:
    assert status(guarded(), asking("GET", "/v1/incidents", authorization=header)) == 401


def test_the_cookie_of_a_signed_in_browser_is_a_key() -> None:
    access = guarded()
    assert status(access, asking("GET", "/v1/incidents", cookie=f"a=b; outproof_key={ADMIN}")) == 200
    assert status(access, asking("GET", "/v1/incidents", cookie="outproof_key=")) == 401


def test_a_page_of_another_site_changes_nothing_even_with_the_cookie() -> None:
    foreign = asking(
        "POST", "/v1/incidents/i/acknowledge", cookie=f"outproof_key={ADMIN}", origin="https://evil.example"
    )
    own = asking(
        "POST", "/v1/incidents/i/acknowledge", cookie=f"outproof_key={ADMIN}", origin="https://outproof.example"
    )
    assert status(guarded(), foreign) == 403
    assert status(guarded(), own) == 200


@pytest.mark.parametrize("host", ["localhost:4318", "127.0.0.1:4318", "[::1]:4318", "localhost", "[::1]"])
def test_an_open_server_answers_its_own_host(host: str) -> None:
    assert status(Access(None), Request("GET", "/v1/incidents", {"host": host})) == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1:4318", "127.0.0.1.evil:4318"])
def test_an_open_server_refuses_names_that_a_foreign_page_could_rebind(host: str) -> None:
    assert status(Access(None), Request("GET", "/v1/incidents", {"host": host})) == 421


def test_a_revoked_key_stops_working_within_seconds() -> None:
    keys, seconds = dict(KEYS), [0.0]
    access = Access(keys.get, lambda: seconds[0])
    request = asking("GET", "/v1/incidents", ADMIN)
    assert status(access, request) == 200
    keys.clear()
    seconds[0] = KNOWN_S + 0.1
    assert status(access, request) == 401


def test_a_key_shows_nothing_of_its_digest_and_equal_bits_give_equal_keys() -> None:
    assert ADMIN.startswith("op_")
    assert key_digest(ADMIN) not in ADMIN
    assert key_text(b"a" * KEY_BYTES) == ADMIN
