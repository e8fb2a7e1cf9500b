import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from outproof.contract.surface import HttpSurface
from outproof.probes.http import BODY_BYTES_MAX, HttpProbe
from outproof.prove.http_sight import HttpSight
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.surface_reading import sight

LOOPBACK = ["127.0.0.0/8", "::1/128"]


class Surface:
    """A page server on loopback; `pages` may change while it serves. `hits` are the paths that were asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, Mapping[str, str], bytes]] = {}
        self.hits: list[str] = []
        self.asked: list[Mapping[str, str]] = []
        self.port = 0

    def show(self, path: str, content: object, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@contextmanager
def a_surface() -> Iterator[Surface]:
    surface = Surface()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            surface.hits.append(self.path)
            surface.asked.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, body = surface.pages.get(self.path, (404, {}, b"not here"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    surface.port = server.server_address[1]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield surface
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def surface() -> Iterator[Surface]:
    with a_surface() as running:
        yield running


def look(url: str, allow: list[str], **conditions: object) -> Look:
    found = sight(HttpSurface(url=url, **conditions), Known())  # type: ignore[arg-type]  # each test's own
    assert isinstance(found, HttpSight)
    return HttpProbe(allow, timeout_s=60.0).look(found)


def test_a_page_that_is_there_is_seen(surface: Surface) -> None:
    surface.show("/a.json", {"count": 980})
    seen = look(f"http://127.0.0.1:{surface.port}/a.json", LOOPBACK, json="$.count", equals=980)
    assert (seen.passed, seen.shown) == (True, f"http://127.0.0.1:{surface.port}/a.json")


def test_a_page_that_is_not_there_is_seen_not_to_be(surface: Surface) -> None:
    seen = look(f"http://127.0.0.1:{surface.port}/a.json", LOOPBACK, json="$.count", equals=980)
    assert seen.passed is False
    assert seen.detail.endswith(f"at http://127.0.0.1:{surface.port}/a.json, saw status 404")


def test_a_redirect_is_not_followed(surface: Surface) -> None:
    surface.show("/old", b"", 302, location="/new")
    surface.show("/new", {"count": 1})
    seen = look(f"http://127.0.0.1:{surface.port}/old", LOOPBACK)
    assert (seen.passed, surface.hits) == (False, ["/old"])
    assert seen.detail.endswith("saw status 302")


def test_a_page_too_long_to_read_proves_nothing_where_its_text_matters(surface: Surface) -> None:
    surface.show("/long", b"x" * (BODY_BYTES_MAX + 1))
    url = f"http://127.0.0.1:{surface.port}/long"
    assert look(url, LOOPBACK, contains="y").passed is None
    assert look(url, LOOPBACK).passed is True


SPELLINGS = ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]")


@pytest.mark.parametrize("host", [*SPELLINGS, "0.0.0.0", "[::1]"])
def test_a_surface_inside_is_not_reached_unless_it_is_allowed(surface: Surface, host: str) -> None:
    surface.show("/", b"inside")
    seen = look(f"http://{host}:{surface.port}/", [])
    assert (seen.passed, surface.hits) == (None, [])
    assert seen.detail.startswith("could not look at")


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]", "224.0.0.1"])
def test_no_private_range_is_reached_even_when_loopback_is_allowed(host: str) -> None:
    seen = look(f"http://{host}/", LOOPBACK)
    assert seen.passed is None
    assert "nobody allowed" in seen.detail


def test_a_name_that_leads_inside_is_reached_only_when_the_name_is_allowed(surface: Surface) -> None:
    surface.show("/", b"inside")
    assert look(f"http://localhost:{surface.port}/", ["10.0.0.0/8"]).passed is None
    assert look(f"http://localhost:{surface.port}/", ["localhost", "127.0.0.0/8"]).passed is True


def test_a_surface_that_is_away_was_not_seen() -> None:
    with socket.socket() as bound:  # it stays ours, so nobody else listens there, but nor do we
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        seen = look(f"http://127.0.0.1:{port}/", LOOPBACK)
    assert seen.passed is None
    assert seen.detail.startswith(f"could not look at http://127.0.0.1:{port}/: ")


def with_key(surface: Surface, **environment: str) -> Look:
    wanted = HttpSurface(url=f"http://127.0.0.1:{surface.port}/a", headers_env={"Authorization": "READER"})
    found = sight(wanted, Known())
    assert isinstance(found, HttpSight)
    return HttpProbe(LOOPBACK, environment=environment, timeout_s=60.0).look(found)


def test_a_header_is_read_from_the_environment_at_each_look_and_never_told(surface: Surface) -> None:
    surface.show("/a", b"", 403)
    seen = with_key(surface, READER="Bearer hush ")
    assert surface.asked[0]["authorization"] == "Bearer hush"
    assert (seen.passed, "hush" in str(seen)) == (False, False)


@pytest.mark.parametrize("value", ["", " ", "hush\r\nHost: evil", "hush\tb", "h\u00fcsh"])
def test_a_header_that_is_not_there_or_is_none_is_not_sent(surface: Surface, value: str) -> None:
    surface.show("/a", b"")
    seen = with_key(surface, READER=value)
    assert (seen.passed, surface.hits) == (None, [])
    assert seen.detail.endswith("expected the environment variable READER to hold one line of ASCII")
    assert with_key(surface).passed is None


def test_what_tells_two_versions_of_a_page_apart_is_kept(surface: Surface) -> None:
    surface.show("/a", b"", etag='"v17"')
    assert dict(look(f"http://127.0.0.1:{surface.port}/a", LOOPBACK).measured) == {"status": 200, "etag": '"v17"'}
