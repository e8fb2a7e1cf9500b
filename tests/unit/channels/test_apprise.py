import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from outproof.channels.apprise.config import AppriseConfig
from outproof.channels.apprise.send import SEND_S_MAX, Apprise, apprise
from outproof.core.errors import Permanent
from outproof.engine.dispatch import CLAIM_S
from outproof.respond.delivery import Outcome
from outproof.respond.notification import NoticeKind
from tests.unit.channels.wire import HOSTILE, NOTICE, SITE, a_notification, hostile
from tests.unit.respond.findings import NOON

old_libraries_inside = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Receivers:
    """Apprise, whose receivers take what `takes` says."""

    def __init__(self, takes: bool | None = True) -> None:
        self.takes = takes
        self.answers = threading.Event()
        self.answers.set()
        self.told: list[tuple[str, str, str, str]] = []

    def notify(self, body: str, title: str, *, notify_type: str, body_format: str) -> bool | None:
        self.answers.wait(60.0)
        self.told.append((title, body, notify_type, body_format))
        return self.takes


def test_a_text_with_its_links_goes_to_the_receiver() -> None:
    receivers = Receivers()
    done = Apprise(receivers, SITE).send(NOTICE, a_notification(), NOON)
    [(title, body, kind, form)] = receivers.told
    assert (done.outcome, kind, form) == (Outcome.ACCEPTED, "failure", "text")
    assert title == "P0 · Unsupported delivery claim reached customer response."
    assert "First check: Compare serving-gate template with tracking-answerer-v1." in body
    assert f"Open the incident: {SITE}/incidents/{a_notification().incident_id}" in body


@pytest.mark.parametrize("takes", [False, None])
def test_a_no_is_tried_again(takes: bool | None) -> None:
    assert Apprise(Receivers(takes), SITE).send(NOTICE, a_notification(), NOON).outcome is Outcome.TRANSIENT


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [(NoticeKind.RESOLVED, "success"), (NoticeKind.CANARY, "info"), (NoticeKind.ESCALATED, "failure")],
)
def test_each_kind_of_notice_has_a_type_of_theirs(kind: NoticeKind, theirs: str) -> None:
    receivers = Receivers()
    Apprise(receivers, SITE).send(NOTICE, a_notification(kind), NOON)
    assert receivers.told[0][2] == theirs


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_links_nowhere(text: str) -> None:
    receivers = Receivers()
    Apprise(receivers, SITE).send(NOTICE, hostile(text), NOON)
    [(title, body, _, _)] = receivers.told
    assert "://" not in title + body.rpartition("\n\n")[0]


@pytest.fixture
def receiver() -> Iterator[tuple[int, list[dict[str, str]]]]:
    got: list[dict[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port, got
        server.shutdown()
        thread.join()


@old_libraries_inside
def test_the_real_library_delivers(receiver: tuple[int, list[dict[str, str]]]) -> None:
    port, got = receiver
    channel = apprise(AppriseConfig("tail", (f"json://127.0.0.1:{port}/x?cto=60&rto=60",)), SITE)
    assert channel.send(NOTICE, a_notification(), NOON).outcome is Outcome.ACCEPTED
    assert got[0]["title"] == "P0 · Unsupported delivery claim reached customer response."
    assert got[0]["type"] == "failure"


@old_libraries_inside
def test_a_url_that_the_library_does_not_know_is_refused_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Permanent, match="a URL that Apprise knows, got another one") as error:
        apprise(AppriseConfig("tail", ("nosuchservice://secret",)), SITE)
    assert "secret" not in str(error.value) + caplog.text


@old_libraries_inside
def test_several_urls_in_one_text_are_refused() -> None:
    with pytest.raises(Permanent, match="the URL of one receiver, got 2 in one text"):
        apprise(AppriseConfig("tail", ("json://host, json://other",)), SITE)


def test_a_receiver_that_hangs_is_given_up_before_the_claim_of_its_notice_ends() -> None:
    assert SEND_S_MAX < CLAIM_S
    receivers = Receivers()
    receivers.answers.clear()
    done = Apprise(receivers, SITE, send_s_max=0.05).send(NOTICE, a_notification(), NOON)
    receivers.answers.set()
    assert (done.outcome, done.detail) == (Outcome.TRANSIENT, "Apprise gave no answer in 0.05 s")


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ((), "expected one Apprise URL, got 0"),
        (("ntfys://a", "ntfys://b"), "expected one Apprise URL, got 2: declare a channel for each"),
        (("no-url",), "expected an Apprise URL"),
        (("syslog://",), "expected an Apprise URL"),
        (("dbus://x",), "a receiver on the network"),
        (("json://" + "x" * 4_000,), "expected an Apprise URL"),
    ],
)
def test_what_cannot_be_meant_is_refused(urls: tuple[str, ...], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        AppriseConfig("tail", urls)
