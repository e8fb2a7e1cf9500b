from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from outproof.config.declared import Declared
from outproof.config.loading import load
from outproof.config.reading import is_written
from outproof.config.yaml_lines import CONFIG_BYTES_MAX, ConfigErrors
from outproof.contract.promise import CountRule, Promise, Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.severity import Severity
from outproof.contract.surface import HttpSurface

GOOD = """\
project: shop
promises:
  - name: nightly-digests
    outcome: Each customer's digest is validated, saved and visible by 06:00.
    owner: no
    due: 1h30m
    settle: 500ms
    severity: warning
    proofs:
      validated: {counts: {zero_is_ok: true, max_invalid_ratio: 0.02}}
      persisted: {observer: independent}
      visible:
        observer: probe
        http: {url: "https://app.example/{batch_id}.json", json: $.count, equals: valid}
        expires: 24h
    evidence: [region]
    runbook: https://runbooks.example/digests
channels:
  - {name: ops, slack: {url: "https://hooks.example/ops"}}
  - {name: pager, slack: {url: "https://hooks.example/pager"}}
routes:
  default: [ops]
  by_severity:
    critical: [pager, ops]
egress:
  allow: [10.0.0.0/8, app.internal]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outproof.yaml"


def errors_of(file: Path, text: str) -> list[str]:
    file.write_text(dedent(text))
    with pytest.raises(ConfigErrors) as caught:
        load(file)
    assert str(caught.value) == "\n".join(map(str, caught.value.errors))
    return [str(error).removeprefix(f"{file}:") for error in caught.value.errors]


def test_a_file_is_read_as_it_is_meant(file: Path) -> None:
    file.write_text(GOOD)
    declared = load(file)
    assert declared.project == "shop"
    assert declared.promises == (
        Promise(
            name="nightly-digests",
            outcome="Each customer's digest is validated, saved and visible by 06:00.",
            owner="no",
            due_s=5_400.0,
            settle_s=0.5,
            severity=Severity.WARNING,
            proofs={
                Stage.VALIDATED: Requirement(counts=CountRule(zero_is_ok=True, max_invalid_ratio=0.02)),
                Stage.PERSISTED: Requirement(observer=Observer.INDEPENDENT),
                Stage.VISIBLE: Requirement(
                    observer=Observer.PROBE,
                    http=HttpSurface(url="https://app.example/{batch_id}.json", json="$.count", equals="valid"),
                    expires_s=86_400.0,
                ),
            },
            evidence=("region",),
            runbook="https://runbooks.example/digests",
        ),
    )
    assert declared.routes.channels(Severity.CRITICAL) == ("pager", "ops")
    assert declared.egress.allow == ("10.0.0.0/8", "app.internal")


def test_policies_are_read_through_their_own_grammar(file: Path) -> None:
    file.write_text(
        "policies:\n"
        "  - {name: unsafe, severity: critical, owner: me, invariant: unsafe_claim_served == 0, first_check: Look.}\n"
    )
    assert [policy.name for policy in load(file).policies] == ["unsafe"]
    assert errors_of(file, "policies:\n  - {name: x, severity: critical, owner: me}\n") == [
        "2:5: expected either `invariant` (what must hold for each answer), `when` (what must not be true of a "
        "window), burn_rate, drift, absence, coverage, or `promise` with `when`; got none of them"
    ]


def test_a_route_leads_to_a_declared_channel(file: Path) -> None:
    assert errors_of(file, "routes: {default: [pager]}\n") == ["1:20: expected a declared channel (none), got 'pager'"]


def test_a_price_is_read_as_it_is_written(file: Path) -> None:
    file.write_text("rate_cards:\n  - version: v1\n    models: {m: {input: 0.15, output: 0.60}}\n")
    [card] = load(file).rate_cards
    assert (card.models["m"].input, card.models["m"].output) == (Decimal("0.15"), Decimal("0.60"))


def test_an_empty_file_declares_nothing(file: Path) -> None:
    file.write_text("# later\n")
    assert load(file) == Declared()


def test_every_mistake_of_a_file_is_told_with_its_line_and_column(file: Path) -> None:
    sections = [each.name for each in fields(Declared) if is_written(each)]
    assert errors_of(
        file,
        """\
        promises:
          - name: nightly-digests
            outcome: [a, b]
            ownr: growth
            due: 3 hours
            severity: criticall
            proofs:
              validated: {counts: {zero_is_ok: maybe, max_invalid_ratio: lots}}
              visble: {}
          - 17
        egres: {}
        """,
    ) == [
        "2:5: expected the key 'owner' (a text), which is missing",
        "3:14: expected a text, got a list",
        "4:5: expected one of the keys name, outcome, owner, due, proofs, schedule, heartbeat, freshness, "
        "max_duration, stuck_after, later_run_repairs, paused, evidence, safe_evidence, severity, channels, "
        "first_check, runbook, retry, actions, drill, ping, settle, watch, got 'ownr'; did you mean 'owner'?",
        "5:10: expected a duration such as 500ms, 20s, 5m, 3h, 7d or 1h30m, got '3 hours'",
        "6:15: expected one of critical, warning, info, got 'criticall'; did you mean 'critical'?",
        "8:40: expected true or false, got 'maybe'",
        "8:66: expected a number, got 'lots'",
        "9:7: expected one of generated, validated, persisted, visible, got 'visble'; did you mean 'visible'?",
        "10:5: expected keys and values, got 17",
        f"11:1: expected one of the keys {', '.join(sections)}, got 'egres'; did you mean 'egress'?",
    ]


PROMISE = "promises:\n  - {{name: {name}, outcome: o, owner: me, due: {due}, proofs: {proofs}}}\n"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "a b"}, "2:5: expected a name of letters, digits, '.', '_' and '-', got 'a b'"),
        ({"due": "0s"}, "2:5: expected `due`, `max_duration` and `stuck_after` longer than nothing"),
        ({"due": "20"}, "2:47: expected a duration such as 500ms, 20s, 5m, 3h, 7d or 1h30m, got '20'"),
        (
            {"due": ""},
            "2:5: expected `due` once, as the promise's or in its schedule: by when must the output be proven?",
        ),
        (
            {"proofs": "{}"},
            "2:5: expected one of `proofs` (runs that prove their stages), `heartbeat` and `freshness`, got none "
            "of them: without proofs no run can be kept",
        ),
        (
            {"proofs": "{generated: {}}, heartbeat: {every: 5m}"},
            "2:5: expected one of `proofs` (runs that prove their stages), `heartbeat` and `freshness`, got proofs and "
            "heartbeat",
        ),
        (
            {"proofs": "{visible: {observer: probe}}"},
            "2:70: expected `observer: probe` and one of `http`, `sql` and `file` together: the probe must know "
            "where to look",
        ),
        (
            {"proofs": "{visible: {observer: job, http: {url: 'https://a.example'}}}"},
            "2:70: expected `observer: probe` and one of `http`, `sql` and `file` together: the probe must know "
            "where to look",
        ),
        (
            {"proofs": "{visible: {observer: probe, http: {url: 'https://a.example/{bach_id}'}}}"},
            "2:5: visible: expected a placeholder from batch_id, deploy_sha, input, invalid, lost, model, output_id, "
            "prompt_version, skipped, suppressed, valid, got {bach_id}",
        ),
        (
            {"proofs": "{generated: {expires: 0s}}"},
            "2:72: expected `expires` to be longer than nothing",
        ),
        (
            {"proofs": "{generated: {}}, evidence: [valid]"},
            "2:5: expected evidence keys such as batch_id, other than a count's name, got 'valid'",
        ),
        (
            {"proofs": "{visible: {counts: {}}}"},
            "2:5: expected `counts` under `validated`, where items are judged, got it under `visible`",
        ),
        (
            {"proofs": "{generated: {}}, schedule: {cron: '0 3 * *'}"},
            "2:75: expected a cron line such as 0 3 * * *, got '0 3 * *': Wrong number of fields",
        ),
        (
            {"proofs": "{generated: {}}, schedule: {cron: '0 0 30 2 *'}"},
            "2:75: expected a cron line such as 0 3 * * *, got '0 0 30 2 *': Bad day-of-month",
        ),
        (
            {"proofs": "{generated: {}}, schedule: {cron: '0 3 * * *', tz: Europe/Berln}"},
            "2:75: expected a time zone such as Europe/Berlin, got 'Europe/Berln'; did you mean 'Europe/Berlin'?",
        ),
        (
            {"proofs": "{validated: {counts: {max_invalid_ratio: 2}}}"},
            "2:80: expected max_invalid_ratio from 0 to 1, got 2.0",
        ),
    ],
)
def test_a_promise_that_cannot_be_meant_is_refused(file: Path, fields: dict[str, str], error: str) -> None:
    given = {"name": "p", "due": "5m", "proofs": "{generated: {}}"} | fields
    [told] = errors_of(file, PROMISE.format(**given))
    assert told.partition(": ")[2] == error.partition(": ")[2]
    assert told.startswith("2:")


def test_a_name_is_given_once(file: Path) -> None:
    one = "  - {name: p, outcome: o, owner: me, due: 5m, proofs: {generated: {}}}\n"
    assert errors_of(file, "promises:\n" + one + one) == [
        "3:5: expected each name once, got 'p' again (first in line 2)"
    ]


def test_a_key_is_given_once(file: Path) -> None:
    assert errors_of(file, "project: a\nproject: b\n") == [
        "2:1: expected each key once, got 'project' again (first in line 1)"
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("project: [a", "expected YAML"),
        ("routes:\n\tdefault: [a]\n", "2:1: expected YAML: a tab is no indentation, write spaces"),
        ("a: b\n---\nc: d\n", "2:1: expected YAML"),
        ("project: !!python/name:os.system x", "1:10: expected plain YAML, got the tag"),
        ("- a", "1:1: expected keys and values, got a list"),
        ("project:", "1:9: expected a text, got nothing"),
        ("egress: {allow: [http://x]}", "1:18: expected a network such as 10.0.0.0/8"),
        ("project: \x00", "expected YAML in UTF-8"),
        ("[" * 5_000, "expected less deeply nested YAML"),
    ],
)
def test_what_is_not_a_configuration_is_refused(file: Path, text: str, error: str) -> None:
    [told] = errors_of(file, text)
    assert error in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"absent.yaml: expected a readable file, got: No such file"):
        load(tmp_path / "absent.yaml")


def test_a_file_has_a_longest_length(file: Path) -> None:
    [told] = errors_of(file, "#" * (CONFIG_BYTES_MAX + 1))
    assert told.strip() == f"expected at most {CONFIG_BYTES_MAX} bytes, got {CONFIG_BYTES_MAX + 1}"
