"""Who the watchdog pages for, and when; time is passed."""

import hmac
import json
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from outproof.cli import watchdog
from outproof.cli.watchdog import Page, Watch, is_signed, read_beat, signature
from outproof.egress.signing import signatures, signing_key

KEY = b"k" * 32
SECRET = "whsec_" + b64encode(KEY).decode()
NOBODY: frozenset[str] = frozenset()


def told(watch: Watch, now_s: float, *, polled: frozenset[str] = NOBODY, accepted: bool = True) -> list[Page]:
    """What people are told now."""
    pages = watch.due(polled, now_s)
    for page in pages:
        watch.paged(page, accepted=accepted, now_s=now_s)
    return pages


def beating(watch: Watch, *beats: int) -> None:
    for number in beats:
        watch.beaten("web-1", number, (), 30.0 * number)


def test_a_server_whose_third_beat_is_missing_is_down_within_90_seconds_of_its_death() -> None:
    watch = Watch(watchdog.SILENT_AFTER_S)
    beating(watch, 0, 1, 2)  # the last at 60 s; it may have died right after it
    assert told(watch, 60 + 79) == []
    [page] = told(watch, 60 + 81)
    assert page.down
    assert "no beat for 81 s" in page.text


def test_a_server_that_is_down_is_told_once_and_then_each_hour() -> None:
    watch = Watch(80)
    beating(watch, 0)
    assert [len(told(watch, 80.0 + second)) for second in (0, 1, 100, 3_599, 3_600, 3_601)] == [1, 0, 0, 0, 1, 0]


def test_its_next_beat_says_that_it_is_back() -> None:
    watch = Watch(80)
    beating(watch, 0)
    told(watch, 100)
    watch.beaten("web-1", 4, (), 200)
    assert [page.text for page in told(watch, 201)] == ["web-1 is back"]
    assert told(watch, 202) == []


def test_a_page_that_nobody_took_is_tried_again_and_no_back_without_a_down() -> None:
    watch = Watch(80)
    beating(watch, 0)
    assert len(told(watch, 80, accepted=False)) == 1
    assert told(watch, 90, accepted=False) == []
    assert len(told(watch, 110, accepted=False)) == 1
    watch.beaten("web-1", 4, (), 120)
    assert told(watch, 150) == []


def test_a_server_in_trouble_is_paged_for_though_it_beats() -> None:
    watch = Watch(80)
    watch.beaten("web-1", 1, ("decide has done nothing for 42 s",), 0)
    [page] = told(watch, 1)
    assert page.text == "web-1 is down: it is up, but decide has done nothing for 42 s"


def test_a_beat_that_is_played_again_keeps_nobody_alive() -> None:
    watch = Watch(80)
    beating(watch, 0, 1)
    watch.beaten("web-1", 1, (), 100)
    assert len(told(watch, 111)) == 1


def test_a_beat_of_an_earlier_clock_counts() -> None:
    """A server whose clock was set back is alive; its signature says that the beat is new."""
    watch = Watch(80)
    beating(watch, 1)
    watch.beaten("web-1", 0, (), 100)
    assert told(watch, 111) == []


def test_looks_that_fail_three_times_in_a_row_page() -> None:
    watch, polled = Watch(80), frozenset({"web"})
    for second in (0, 20):
        watch.looked("web", "web did not answer (refused)", second)
    assert told(watch, 21, polled=polled) == []
    watch.looked("web", "web did not answer (refused)", 40)
    [page] = told(watch, 41, polled=polled)
    assert page.text == "web is down: web did not answer (refused) (3 looks in a row)"
    watch.looked("web", None, 60)
    assert [page.text for page in told(watch, 72, polled=polled)] == ["web is back"]


def test_an_expected_server_that_is_never_heard_of_is_down() -> None:
    watch = Watch(80)
    watch.expect("web-2", 0)
    assert "never heard of" in told(watch, 80)[0].text


def test_nobody_is_paged_for_what_the_watchdog_itself_slept_through() -> None:
    watch = Watch(80)
    beating(watch, 0)
    watch.paused(600)
    assert told(watch, 601) == []
    assert len(told(watch, 680)) == 1


def test_beats_are_believed_when_the_server_signed_them_and_lately() -> None:
    body = b'{"server": "web-1"}'
    signed = signatures([signing_key(SECRET)], "beat_1", 1_000, body)
    assert signed == signature(KEY, "beat_1", 1_000, body)
    headers = {"webhook-id": "beat_1", "webhook-timestamp": "1000", "webhook-signature": signed}
    assert is_signed([KEY], headers, body, 1_299)
    assert is_signed([b"o" * 32, KEY], headers, body, 1_000)
    assert not is_signed([KEY], headers, body, 1_301)
    assert not is_signed([KEY], headers, body + b" ", 1_000)
    assert not is_signed([KEY], {**headers, "webhook-id": "beat_2"}, body, 1_000)
    assert not is_signed([b"o" * 32], headers, body, 1_000)
    assert not is_signed([KEY], {}, body, 1_000)
    assert not is_signed([KEY], {**headers, "webhook-timestamp": "٣"}, body, 1_000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b'{"server": "a b", "number": 1, "troubles": []}',
        b'{"server": "a", "number": true, "troubles": []}',
        b'{"server": "a", "number": 1, "troubles": {}}',
        b"[" * 3_000,
    ],
)
def test_what_is_no_beat_is_refused(body: bytes) -> None:
    assert read_beat(body) is None


def test_what_a_beat_says_cannot_break_a_line() -> None:
    beat = read_beat(json.dumps({"server": "a", "number": 1, "troubles": ["x\r\nBcc: y", 1]}).encode())
    assert beat == ("a", 1, ("x  Bcc: y", "1"))


def test_it_runs_where_nothing_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(watchdog.__file__)), "--help"], capture_output=True, text=True, check=True
    )
    assert "--listen HOST:PORT" in done.stdout


def test_a_secret_that_is_none_is_refused_before_anything_is_watched() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", watchdog.__file__, "--listen", "127.0.0.1:0", "--secret-env", "BEAT"],
        capture_output=True,
        text=True,
        check=False,
        env={"BEAT": "whsec_short"},
    )
    assert done.returncode == 1
    assert "BEAT: expected what the server signs with" in done.stderr


def test_signatures_are_those_of_standard_webhooks() -> None:
    expected = b64encode(hmac.new(KEY, b"id.7.body", sha256).digest()).decode()
    assert signature(KEY, "id", 7, b"body") == f"v1,{expected}"
