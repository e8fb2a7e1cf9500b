"""A server that others can reach: keys, sign-in, and what each may do."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_process import ANSWER_S_MAX, ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "data", host="0.0.0.0") as started:
        yield started


def asked(
    server: ServerProcess, method: str, path: str, body: dict[str, str] | None = None, **headers: str
) -> tuple[int, str, str]:
    """Status, body and Set-Cookie of an answer."""
    port = server.url.rpartition(":")[2]
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", **headers}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as response:
            return response.status, response.read().decode(), response.headers.get("set-cookie") or ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), ""


def first_key(server: ServerProcess) -> str:
    found = re.search(r"op_[a-z2-7]{40,}", server.log)
    assert found
    return found[0]


def test_the_first_key_is_shown_once_and_opens_the_server_and_survives_a_restart(server: ServerProcess) -> None:
    key = first_key(server)
    assert asked(server, "GET", "/v1/incidents")[0] == 401
    assert asked(server, "GET", "/v1/incidents", authorization=f"Bearer {key}")[0] == 200
    assert server.stop() == 0
    server.start()
    assert server.log.count("First key") == 1
    assert asked(server, "GET", "/v1/incidents", authorization=f"Bearer {key}")[0] == 200


def test_a_browser_signs_in_with_a_cookie_that_pages_cannot_read_and_signs_out(server: ServerProcess) -> None:
    assert json.loads(asked(server, "GET", "/v1/session")[1]) == {"open": False, "signed_in": False}
    assert asked(server, "POST", "/v1/session", {"key": "op_wrong"})[0] == 401
    status, body, cookie = asked(server, "POST", "/v1/session", {"key": first_key(server)})
    assert (status, json.loads(body)) == (200, {"open": False, "signed_in": True})
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    name_and_value = cookie.partition(";")[0]
    assert asked(server, "GET", "/v1/incidents", cookie=name_and_value)[0] == 200
    status, body, gone = asked(server, "DELETE", "/v1/session", cookie=name_and_value)
    assert (status, json.loads(body)["signed_in"]) == (200, False)
    assert "Max-Age=0" in gone or "01 Jan 1970" in gone


def test_refused_spans_get_a_status_in_their_own_encoding(server: ServerProcess) -> None:
    status, body, _ = asked(server, "POST", "/v1/traces", {})
    assert status == 401
    assert json.loads(body)["code"] == 16


def test_pages_are_public_and_carry_a_policy_against_scripts_of_others(server: ServerProcess) -> None:
    port = server.url.rpartition(":")[2]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/incidents", timeout=ANSWER_S_MAX) as response:
        assert response.status == 200
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
