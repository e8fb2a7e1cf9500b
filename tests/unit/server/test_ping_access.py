import pytest

from outproof.core.keys import KEY_BYTES, Scope, key_digest, key_text
from outproof.server.access import Access, Refused, Request

ADMIN, INGEST = key_text(b"a" * KEY_BYTES), key_text(b"i" * KEY_BYTES)
GUARDED = Access({key_digest(ADMIN): Scope.ADMIN, key_digest(INGEST): Scope.INGEST}.get)
OPEN = Access(None)
UUID_PING = "/ping/31365bce-8da9-4729-8ff3-aaa71d56b712"


@pytest.mark.parametrize("method", ["HEAD", "GET", "POST"])
@pytest.mark.parametrize("path", [UUID_PING, "/ping/op_key/nightly/fail", "/p/op_key/nightly"])
def test_what_is_in_the_path_opens_a_ping_and_no_header_is_needed(method: str, path: str) -> None:
    GUARDED.check(Request(method, path, {"host": "outproof.example"}))
    OPEN.check(Request(method, path, {"host": "127.0.0.1:4318"}))


def test_any_key_of_ours_may_send_and_no_other() -> None:
    assert [GUARDED.may_send(key) for key in (ADMIN, INGEST, "op_wrong", "")] == [True, True, False, False]
    assert OPEN.may_send("anything")


def test_a_page_that_knows_the_secret_may_ping_a_guarded_server() -> None:
    headers = {"host": "outproof.example", "origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    GUARDED.check(Request("POST", UUID_PING, headers))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_page_may_not_ping_a_server_that_is_open_to_its_own_host(method: str) -> None:
    headers = {"host": "127.0.0.1:4318", "sec-fetch-site": "cross-site"}
    with pytest.raises(Refused) as refused:
        OPEN.check(Request(method, "/ping/any/nightly/fail", headers))
    assert refused.value.status == 403
    with pytest.raises(Refused):
        OPEN.check(Request("POST", UUID_PING, {"host": "127.0.0.1:4318", "origin": "https://elsewhere.example"}))
    with pytest.raises(Refused):
        OPEN.check(Request("GET", UUID_PING, {"host": "rebound.example"}))


def test_the_rest_of_the_server_stays_closed() -> None:
    for path in ("/v1/ping/", "/v1/runs", "/pingx"):
        with pytest.raises(Refused):
            GUARDED.check(Request("POST", path, {"host": "outproof.example"}))
