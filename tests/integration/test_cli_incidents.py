import json
import socket
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner, Result

from outproof.cli.incidents import incident, incidents
from tests.integration.sink import Answer, Sink, running

app = typer.Typer()
app.command()(incidents)
app.command()(incident)

LISTED = {
    "id": "inc_1",
    "state": "open",
    "severity": "critical",
    "title": "Unsupported delivery claim",
    "headline": "unsafe_claim_served 2/6",
    "subject": {"type": "service", "name": "tracking-answerer"},
    "owner": "delivery",
    "opened_at": "2027-01-15T08:00:00.000000Z",
    "flapping": False,
    "suppression": None,
    "deliveries": {"accepted": 1, "retrying": 0, "failed": 0, "queued": 0},
}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


def run(*words: str, **environ: str) -> Result:
    return CliRunner().invoke(app, words, env={"OUTPROOF_ENDPOINT": None, "OUTPROOF_API_KEY": None, **environ})


def answering(sink: Sink, path: str, body: object, status: int = 200) -> str:
    sink.script(path, Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    return sink.url


LIST = "/v1/incidents?state=active&limit=100"


def test_incidents_are_listed_with_the_key_that_was_given(sink: Sink) -> None:
    url = answering(sink, LIST, {"incidents": [LISTED]})
    result = run("incidents", "--endpoint", url + "/", "--key", "op_secret")
    assert result.exit_code == 0, result.output
    assert "unsafe_claim_served 2/6" in result.output
    assert "1 accepted" in result.output
    assert "inc_1" in result.output
    assert sink.received[0].headers["authorization"] == "Bearer op_secret"


def test_endpoint_and_key_come_from_the_environment(sink: Sink) -> None:
    url = answering(sink, LIST, {"incidents": []})
    result = run("incidents", OUTPROOF_ENDPOINT=url, OUTPROOF_API_KEY="op_env")
    assert result.output == "No incident is open.\n"
    assert sink.received[0].headers["authorization"] == "Bearer op_env"


def test_json_is_what_the_api_answers(sink: Sink) -> None:
    answer = {"incidents": [LISTED]}
    result = run("incidents", "--endpoint", answering(sink, LIST, answer), "--json")
    assert json.loads(result.output) == answer
    single = run("incident", "inc/1", "--endpoint", answering(sink, "/v1/incidents/inc%2F1", LISTED), "--json")
    assert json.loads(single.output) == LISTED


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"message": "no"}, "pass --key, or set OUTPROOF_API_KEY"),
        (404, {"message": "no incident 'x' is known"}, "no incident 'x' is known"),
        (
            422,
            {"message": "it is wrong", "details": ["text: too short", "by: too long"]},
            "text: too short\n  by: too long",
        ),
        (400, {"message": "it is wrong", "details": []}, "it is wrong\n"),
        (503, "nonsense", "answered 503 to /v1/incidents/x"),
    ],
)
def test_what_the_server_refuses_is_said_in_a_sentence(sink: Sink, status: int, body: object, said: str) -> None:
    result = run("incident", "x", "--endpoint", answering(sink, "/v1/incidents/x", body, status))
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_something_else_that_answers_is_told_from_a_server_of_ours(sink: Sink) -> None:
    sink.script("/v1/incidents/x", Answer(200, {}, b"<html>"))
    assert "is not an Outproof server" in run("incident", "x", "--endpoint", sink.url).output


def test_without_a_server_it_says_how_to_start_one() -> None:
    with socket.socket() as bound:  # it stays ours, so nobody else listens there, but nor do we
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        result = run("incidents", "--endpoint", url)
    assert result.exit_code == 1
    assert f"no server at {url}: start one with `outproof serve`, or pass --endpoint" in result.output


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://x", ""])
def test_an_endpoint_that_is_no_url_is_named(endpoint: str) -> None:
    result = run("incidents", "--endpoint", endpoint)
    assert result.exit_code == 1
    assert "correct --endpoint or OUTPROOF_ENDPOINT" in result.output
