"""`outproof lint`, `plan` and `apply` against a server that follows a file, and what it says of its policies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from outproof.cli import app
from tests.server_process import ServerProcess

POLICY = """
  - name: {name}
    severity: warning
    owner: platform
    when: {when}
    over: {{service: tracking-answerer}}
    window: 5m
    for: 10m
    min_answers: 100
    no_data: keep
    first_check: Look at the queue of the model server.
"""


def written(*policies: tuple[str, str], more: str = "") -> str:
    return "policies:" + "".join(POLICY.format(name=name, when=when) for name, when in policies) + more


BEFORE = written(("slow", "ttft_p95 > 500ms"), ("gone", "cost > $1"))
AFTER = written(("slow", "ttft_p95 > 700ms"), ("new", "lower_95(unsafe_rate) > 1%"))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plan") / "outproof.yaml"


@pytest.fixture(scope="module")
def server(followed: Path) -> Iterator[ServerProcess]:
    followed.write_text(BEFORE)
    with ServerProcess(followed.parent / "data", followed) as server:
        yield server


def outproof(verb: str, *arguments: str | Path) -> tuple[int, str]:
    """Its exit code and everything it printed."""
    done = CliRunner().invoke(app, [verb, *map(str, arguments)])
    return done.exit_code, done.output


def policies(server: ServerProcess) -> dict[str, Any]:
    return {policy["name"]: policy for policy in server.get("/v1/policies")["policies"]}


def test_a_plan_shows_what_would_change_and_changes_nothing(server: ServerProcess, tmp_path: Path) -> None:
    reviewed = tmp_path / "reviewed.yaml"
    reviewed.write_text(AFTER + "egress: {allow: [10.0.0.0/8]}\n")
    code, said = outproof("plan", reviewed, "--endpoint", server.url)
    assert code == 0
    lines = said.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "- policy gone",
        "+ policy new",
        "~ policy slow",
        "warning: changes of egress come into force when the server is started again",
        "1 added, 1 changed, 1 removed",
    ]
    assert {"    -when: ttft_p95 > 500ms", "    +when: ttft_p95 > 700ms"} <= set(lines)
    assert sorted(policies(server)) == ["gone", "slow"]
    assert outproof("plan", reviewed, "--endpoint", server.url, "--fail-on-change", "--json")[0] == 3


def test_what_the_server_would_refuse_is_told_with_its_place(server: ServerProcess, tmp_path: Path) -> None:
    reviewed = tmp_path / "reviewed.yaml"
    reviewed.write_text("channels: [{name: ops, slack: {url_env: NOT_SET_ANYWHERE}}]\n")
    code, said = outproof("plan", reviewed, "--endpoint", server.url)
    assert code == 1
    assert said.splitlines() == [
        f"{reviewed}:1:41: error: expected the environment variable NOT_SET_ANYWHERE, which is not set",
        "the server would refuse these files",
    ]
    reviewed.write_text(written(("x", "ttf_p95 > 1s")))
    code, said = outproof("plan", reviewed, "--endpoint", "http://127.0.0.1:1")  # nobody is asked
    assert (code, said) == (1, f'{reviewed}:5:11: error: unknown measure "ttf_p95": did you mean "ttft_p95"?\n')


def test_only_what_was_reviewed_is_put_into_force_and_at_once(
    server: ServerProcess, followed: Path, tmp_path: Path
) -> None:
    reviewed = tmp_path / "reviewed.yaml"
    reviewed.write_text(AFTER)
    code, said = outproof("apply", reviewed, "--endpoint", server.url, "--yes")
    assert code == 1
    assert "say something else of policy gone, policy new, policy slow: put the reviewed files there first" in said
    followed.write_text(AFTER)
    code, said = outproof("apply", reviewed, "--endpoint", server.url, "--yes")
    assert (code, said.splitlines()[-1]) == (0, "in force")
    server.until(lambda: sorted(policies(server)) == ["new", "slow"])  # on record a moment before it is in force
    assert outproof("plan", reviewed, "--endpoint", server.url) == (0, "nothing changes: this is what is in force\n")
    verbs = [(line["verb"], line["subject"]) for line in server.get("/v1/audit")["entries"]]
    assert {("policy applied", "new"), ("policy removed", "gone"), ("policy applied", "slow")} <= set(verbs)


def test_a_policy_is_shown_with_its_versions_and_what_to_think_about(server: ServerProcess) -> None:
    slow = policies(server)["slow"]
    assert (slow["kind"], slow["over"], slow["firing"]) == ("threshold", {"service": "tracking-answerer"}, 0)
    assert slow["warnings"] == [
        "nobody is told of its incidents: add `channels`, or a route for warning or by default, so that platform is "
        "reached"
    ]
    detail = server.get("/v1/policies/slow")
    assert detail["version"] == slow["version"]
    assert "over:\n  service: tracking-answerer\n" in detail["written"]
    versions = server.get("/v1/policies/slow/versions")["versions"]
    assert versions[0]["version"] == slow["version"]
    assert versions[0]["removed"] is False
    assert server.get("/v1/policies/gone/versions")["versions"][0]["removed"] is True


def test_lint_says_what_to_think_about_and_is_strict_on_demand(tmp_path: Path) -> None:
    file = tmp_path / "outproof.yaml"
    file.write_text(written(("unsafe", "unsafe_rate > 1%"), more="channels: []\n").replace("for: 10m", "for: 0s"))
    code, said = outproof("lint", file)
    assert code == 0
    advice = f"{file}:5:11: advice: unsafe: 1 bad of 100 already break unsafe_rate > 1%"
    assert any(line.startswith(advice) for line in said.splitlines()) is False  # 1 of 100 does not exceed 1 %
    assert f"{file}:5:11: advice: unsafe: 2 bad of 100 already break unsafe_rate > 1%" in said
    assert outproof("lint", file, "--strict")[0] == 1
    found = json.loads(outproof("lint", file, "--json")[1])
    assert found["errors"] == []
    assert {each["line"] for each in found["advice"]} == {2, 5}
    file.write_text("policies: [{}]\n")
    assert outproof("lint", file)[0] == 1
