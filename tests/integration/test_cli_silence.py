"""The verbs of silences and of what people do about incidents: what they ask of the API, and what they print."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from outproof.cli.incident_acts import ack, assign, merge, note, split
from outproof.cli.silence import silence
from tests.integration.sink import Answer, Sink, running

app = typer.Typer()
app.add_typer(silence, name="silence")
for verb in (ack, assign, note, merge, split):
    app.command()(verb)

SILENCE = {
    "id": "sil_1",
    "state": "active",
    "matchers": ['service="answers"'],
    "by": "ada",
    "reason": "rebuilt\x1b[2J",
    "starts_at": "2027-01-15T08:00:00.000000Z",
    "ends_at": "2027-01-15T10:00:00.000000Z",
    "created_at": "2027-01-15T08:00:00.000000Z",
    "ended_by": None,
}
WINDOW = {
    "name": "weekly-deploy",
    "matchers": ['service="answers"'],
    "owner": "platform",
    "reason": "Deploys.",
    "lasts_s": 3600.0,
    "cron": "0 2 * * 2",
    "tz": "Europe/Berlin",
    "until": None,
    "next_at": "2027-01-19T01:00:00.000000Z",
}
COVERED = {
    "id": "inc_1",
    "title": "slow\u202e first token",
    "severity": "critical",
    "opened_at": "2027-01-15T08:00:00.000000Z",
    "resolved_at": None,
    "whole": False,
}
INCIDENT = {
    "title": "Unsupported delivery claim",
    "state": "acknowledged",
    "acknowledged_by": "ada",
    "assignee": "bob",
    "part_of": "inc_2",
    "timeline": [{"at": "", "kind": "noted", "text": "a bad\x1b[2J deploy", "actor": "ada"}],
}


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


def run(sink: Sink, path: str, body: object, *words: str, status: int = 200) -> tuple[Result, Any]:
    """What a verb prints when the server answers that, and what it asked for."""
    sink.script(path, Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    before = len(sink.received)
    result = CliRunner().invoke(app, words, env={"OUTPROOF_ENDPOINT": sink.url, "OUTPROOF_API_KEY": None})
    received = sink.received[before:]
    return result, json.loads(received[0].body) if received and received[0].body else None


def test_a_silence_is_made_with_who_why_and_how_long(sink: Sink) -> None:
    result, asked = run(
        sink, "/v1/silences", SILENCE,
        *("silence", "add", 'service="answers"', 'severity!="critical"'),
        *("--for", "2h", "--reason", "rebuilt", "--by", "ada"),
        status=201,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (asked["matchers"], asked["by"]) == (['service="answers"', 'severity!="critical"'], "ada")
    assert asked["reason"] == "rebuilt"
    assert asked["ends_at"].endswith("+00:00")
    assert "sil_1" in result.output
    assert "2027-01-15 10:00" in result.output
    assert "\x1b" not in result.output


@pytest.mark.parametrize("duration", ["soon", "99999999999d"])
def test_a_duration_that_cannot_be_meant_is_refused_before_anything_is_asked(sink: Sink, duration: str) -> None:
    words = ("silence", "add", 'service="answers"', "--for", duration, "--reason", "x")
    result, asked = run(sink, "/v1/silences", SILENCE, *words)
    assert (result.exit_code, asked) == (1, None)
    assert "--for: " in result.output


def test_silences_and_windows_are_listed(sink: Sink) -> None:
    body = {"silences": [SILENCE], "maintenance": [WINDOW, {**WINDOW, "next_at": None}]}
    result, _ = run(sink, "/v1/silences?state=active", body, "silence", "list")
    assert "ada: rebuilt" in result.output
    assert "maintenance weekly-deploy: next 2027-01-19 01:00" in result.output
    assert "maintenance weekly-deploy: over" in result.output
    nothing, _ = run(sink, "/v1/silences?state=all", {"silences": [], "maintenance": []}, "silence", "list", "--all")
    assert nothing.output == "Nothing is silenced.\n"


def test_a_preview_names_what_is_covered_and_warns_of_what_is_critical(sink: Sink) -> None:
    body = {
        "now": [COVERED], "before": [], "days": 7, "notices": 3, "critical": 1, "not_looked_at": True
    }  # fmt: skip
    result, asked = run(sink, "/v1/silences/preview", body, "silence", "preview", 'service="answers"')
    assert asked == {"matchers": ['service="answers"']}
    assert "Now: 1 incident\n- 2027-01-15 08:00 critical slow first token (only some of its parts" in result.output
    assert "Over in the last 7 days: 0 incidents" in result.output
    assert "3 notices of these would not have been sent." in result.output
    assert "Critical ones among these: 1. Is it too wide?" in result.output


def test_a_silence_is_ended_and_extended(sink: Sink) -> None:
    result, asked = run(sink, "/v1/silences/sil_1/end", SILENCE, "silence", "end", "sil_1", "--by", "ada", "--json")
    assert (json.loads(result.output), asked) == (SILENCE, {"by": "ada"})
    path = "/v1/silences/sil_1/extend"
    result, asked = run(sink, path, SILENCE, "silence", "extend", "sil_1", "--for", "1h", "--by", "ada")
    assert (result.exit_code, asked["by"], asked["ends_at"].endswith("+00:00")) == (0, "ada", True)


@pytest.mark.parametrize(
    ("words", "path", "asked", "said"),
    [
        (("ack", "inc/1"), "inc%2F1/acknowledge", {}, "taken by ada: "),
        (("assign", "i", "bob"), "i/assign", {"to": "bob"}, "assigned to bob: "),
        (("assign", "i", "--nobody"), "i/assign", {"to": None}, "assigned to bob: "),
        (("note", "i", "a bad deploy"), "i/notes", {"text": "a bad deploy"}, "noted: a bad"),
        (("merge", "i", "inc_2"), "i/merge", {"into": "inc_2"}, "part of inc_2: "),
        (("split", "i"), "i/split", {}, "an incident of its own: "),
    ],
)
def test_what_people_do_is_asked_in_their_name(
    sink: Sink, words: tuple[str, ...], path: str, asked: dict[str, Any], said: str
) -> None:
    result, body = run(sink, f"/v1/incidents/{path}", INCIDENT, *words, "--by", "eve")
    assert result.exit_code == 0, result.output
    assert body == {"by": "eve", **asked}
    assert result.output.startswith(said)
    assert "\x1b" not in result.output


@pytest.mark.parametrize("words", [("assign", "i"), ("assign", "i", "bob", "--nobody")])
def test_an_assignment_names_somebody_or_nobody(sink: Sink, words: tuple[str, ...]) -> None:
    result, asked = run(sink, "/v1/incidents/i/assign", INCIDENT, *words)
    assert (result.exit_code, asked) == (1, None)
    assert "either WHO or --nobody" in result.output


def test_what_the_server_refuses_is_said_in_a_sentence(sink: Sink) -> None:
    result, _ = run(sink, "/v1/incidents/i/merge", {"message": "i is over"}, "merge", "i", "j", status=409)
    assert (result.exit_code, result.output) == (1, "i is over\n")
