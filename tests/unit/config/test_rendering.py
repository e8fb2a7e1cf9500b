from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.config.loading import promise_of, read
from outproof.config.rendering import body, diff, plain, yaml_text
from outproof.contract.action import Action, ActionKind, Parameter, RetryRule, WebhookCall
from outproof.contract.drill import DrillRule, Fault
from outproof.contract.promise import CountRule, Promise, Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.contract.severity import Severity
from outproof.contract.surface import Freshness, HttpSurface, SqlSurface
from outproof.core.time import duration_s, duration_written

NIGHTLY = Promise(
    name="nightly-digests",
    outcome="Each customer's digest is validated, saved and visible by 06:00.",
    owner="no",
    schedule=Schedule(cron="0 3 * * *", tz="Europe/Berlin", grace_s=1_200, due_s=10_800),
    proofs={
        Stage.VALIDATED: Requirement(counts=CountRule(max_invalid_ratio=0.02)),
        Stage.PERSISTED: Requirement(
            observer=Observer.PROBE,
            sql=SqlSurface(dsn_env="DIGEST_DB", query="select 1\nwhere x = :batch_id", equals="17"),
        ),
        Stage.VISIBLE: Requirement(
            observer=Observer.PROBE,
            http=HttpSurface(url="https://app.example/{batch_id}", json="$.count", equals=17),
            expires_s=86_400,
        ),
    },
    evidence=("region",),
    severity=Severity.WARNING,
    channels=("ops",),
    retry=RetryRule(idempotency_key="batch_id", safe_after="validated"),
    actions=(
        Action(
            name="again",
            kind=ActionKind.RETRY,
            describes="Ünïcode 🚀 and ‘quotes’: yes",
            webhook=WebhookCall(url="https://a.example", body={"n": 1, "on": True, "x": 0.5}),
            parameters={"limit": Parameter(required=False)},
        ),
    ),
    drill=DrillRule(every_s=604_800, fault=Fault.LATE),
    settle_s=0.25,
)
BEAT = Promise(name="beat", outcome="o", owner="me", heartbeat=Heartbeat(every_s=90), paused=True)
FRESH = Promise(
    name="fresh", outcome="o", owner="me", freshness=Freshness(max_age_s=60, http=HttpSurface(url="https://a.example"))
)


@pytest.mark.parametrize("promise", [NIGHTLY, BEAT, FRESH], ids=lambda promise: promise.name)
def test_what_is_written_back_reads_as_the_same(promise: Promise) -> None:
    assert promise_of(body(promise)) == promise
    assert promise_of(yaml_text(body(promise))) == promise


def test_it_is_written_as_a_person_would_write_it() -> None:
    assert plain(BEAT) == {
        "name": "beat",
        "outcome": "o",
        "owner": "me",
        "heartbeat": {"every": "1m30s"},
        "paused": True,
    }


def test_a_change_is_shown_line_by_line() -> None:
    later = Promise(name="beat", outcome="o", owner="me", heartbeat=Heartbeat(every_s=300))
    assert diff(body(BEAT), body(later)).splitlines() == [
        "--- before",
        "+++ after",
        "@@ -2,5 +2,4 @@",
        " outcome: o",
        " owner: me",
        " heartbeat:",
        "-  every: 1m30s",
        "-paused: true",
        "+  every: 5m",
    ]
    assert diff(None, body(BEAT)).count("\n+") == 7
    assert diff(body(BEAT), body(BEAT)) == ""


def test_secrets_are_not_written_back(tmp_path: Path) -> None:
    file = tmp_path / "outproof.yaml"
    file.write_text(
        "channels:\n"
        "  - {name: ops, slack: {url: 'https://hooks.example/t0ken'}}\n"
        f"  - {{name: hook, webhook: {{url: 'https://a.example/t0ken', secrets: [whsec_{'A' * 32}]}}}}\n"
    )
    bodies = [version.body for version in read([file]).versions]
    assert bodies == [
        '{"name": "ops", "slack": {"url": "(secret)"}}',
        '{"name": "hook", "webhook": {"url": "(secret)", "secrets": "(secret)"}}',
    ]


@given(st.one_of(st.integers(0, 10**9).map(float), st.integers(0, 10**7).map(lambda ms: ms / 1_000)))
def test_a_duration_is_written_so_that_it_reads_as_the_same(seconds: float) -> None:
    assert duration_s(duration_written(seconds)) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.5, "500ms"), (90, "1m30s"), (86_400, "1d"), (604_800, "1w"), (0.000_25, "0.00025s")],
)
def test_a_duration_is_written_short(seconds: float, text: str) -> None:
    assert duration_written(seconds) == text
