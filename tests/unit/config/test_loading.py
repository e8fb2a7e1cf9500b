from pathlib import Path
from textwrap import dedent

import pytest

from outproof.config.declared import Declared
from outproof.config.loading import files, load, promise_of, read
from outproof.config.yaml_lines import ConfigErrors

PROMISE = "promises:\n  - {{name: {name}, outcome: o, owner: me, due: 5m, proofs: {{generated: {{}}}}}}\n"


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(dedent(text))
    return folder


def errors_of(folder: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read([folder])
    return [str(error).replace(f"{folder}/", "") for error in caught.value.errors]


def test_the_files_of_a_directory_are_read_as_one(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a=PROMISE.format(name="one"),
        b=PROMISE.format(name="two") + "routes: {default: [ops]}\n",
        channels="channels: [{name: ops, slack: {url: 'https://hooks.example/ops'}}]\n",
        empty="# later\n",
    )
    (folder / "notes.txt").write_text("not: [read")
    (folder / ".hidden.yaml").write_text("not: [read")
    declared = load(folder)
    assert [promise.name for promise in declared.promises] == ["one", "two"]
    assert declared.routes.default == ("ops",)
    assert [path.name for path in files([folder])] == ["a.yaml", "b.yaml", "channels.yaml", "empty.yaml"]


def test_every_mistake_of_every_file_is_told_with_its_own_place(tmp_path: Path) -> None:
    folder = write(tmp_path, a="project: [a\n", b="projct: shop\n", c=PROMISE.format(name="a b"))
    assert [told.partition(": expected")[0] for told in errors_of(folder)] == [
        "a.yaml:2:1",
        "b.yaml:1:1",
        "c.yaml:2:12",
    ]


def test_what_stands_once_stands_in_one_file_only(tmp_path: Path) -> None:
    folder = write(tmp_path, a="project: shop\n", b="# a shop\nproject: shop\n")
    assert errors_of(folder) == ["b.yaml:2:1: expected each key once, got 'project' again (first in a.yaml:1)"]


def test_a_name_is_given_once_over_all_files(tmp_path: Path) -> None:
    folder = write(tmp_path, a=PROMISE.format(name="p"), b="\n" + PROMISE.format(name="p"))
    assert errors_of(folder) == ["b.yaml:3:5: expected each name once, got 'p' again (first in a.yaml:2)"]


def test_a_list_that_stands_twice_in_one_file_is_a_mistake_there(tmp_path: Path) -> None:
    folder = write(tmp_path, a=PROMISE.format(name="p") + PROMISE.format(name="q"), b=PROMISE.format(name="r"))
    assert errors_of(folder) == ["a.yaml:3:1: expected each key once, got 'promises' again (first in line 1)"]


def test_a_directory_without_files_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"expected files that end in \.yaml, found none"):
        read([tmp_path])


def test_nothing_to_read_declares_nothing() -> None:
    assert read([]).declared == Declared()


def test_a_mistake_is_placed_at_the_value_it_is_about(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a="""\
        promises:
          - name: p
            outcome: o
            owner: me
            schedule:
              cron: 0 3 * * *
              tz: Europe/Berln
              due: 3h
            proofs: {generated: {}}
        egress:
          allow: [10.0.0.0/8, 'http://x']
        """,
    )
    assert errors_of(folder) == [
        "a.yaml:7:11: expected a time zone such as Europe/Berlin, got 'Europe/Berln'; did you mean 'Europe/Berlin'?",
        "a.yaml:11:23: expected a network such as 10.0.0.0/8, an address or a host name to allow, got 'http://x'",
    ]


SECRETS = """\
promises:
  - name: p
    outcome: o
    owner: me
    due: 5m
    proofs: {persisted: {observer: probe, sql: {dsn_env: DIGEST_DB, query: select 1, equals: 1}}}
    actions: [{name: again, kind: retry, describes: d, webhook: {url: 'https://a.example', secret_env: AGAIN}}]
channels:
  - {name: ops, slack: {url_env: OPS_URL}}
  - {name: hook, webhook: {url: 'https://a.example', secrets_env: [HOOK_OLD, HOOK_NEW]}}
"""
SET = {"DIGEST_DB": "sqlite://", "AGAIN": "x", "HOOK_OLD": "x"}


def test_a_variable_that_is_not_set_is_a_mistake_at_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read([write(tmp_path, a=SECRETS)], SET)
    assert [(error.line, error.column, error.message) for error in caught.value.errors] == [
        (9, 34, "expected the environment variable OPS_URL, which is not set"),
        (10, 78, "expected the environment variable HOOK_NEW, which is not set"),
    ]


def test_a_check_goes_on_where_a_variable_is_not_set(tmp_path: Path) -> None:
    loaded = read([write(tmp_path, a=SECRETS)], {}, lenient=True)
    assert [channel.name for channel in loaded.declared.channels] == ["ops", "hook"]
    assert len(loaded.unset) == 5


def test_a_stored_promise_that_this_version_cannot_mean_is_none() -> None:
    assert promise_of('{"name": "p", "colour": "blue"}') is None
    assert promise_of("[") is None
    assert promise_of("") is None


def test_each_named_thing_has_a_version(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a=PROMISE.format(name="p")
        + "channels: [{name: ops, slack: {url: 'https://hooks.example/ops'}}]\n"
        + "routes: {default: [ops]}\n"
        + "rate_cards: [{version: '1', models: {m: {input: 1, output: 2}}}]\n"
        + "policies: [{name: x, severity: critical, owner: me, invariant: unsafe_claim_served == 0, "
        + "first_check: Look.}]\n",
    )
    loaded = read([folder])
    assert sorted((version.kind, version.name) for version in loaded.versions) == [
        ("channel", "ops"),
        ("policy", "x"),
        ("promise", "p"),
        ("rate_card", "1"),
        ("routes", "routes"),
    ]
    [promise] = [version for version in loaded.versions if version.kind == "promise"]
    assert promise.version == loaded.declared.promises[0].version


def test_every_name_of_a_channel_that_is_none_is_told_where_it_stands_with_what_was_probably_meant(
    tmp_path: Path,
) -> None:
    policy = "{name: p, severity: warning, owner: me, when: error_rate > 1%, window: 5m, min_answers: 20, no_data: keep"
    folder = write(
        tmp_path,
        a="channels: [{name: on-call, slack: {url: 'https://hooks.example/ops'}}]\n",
        b=f"policies:\n  - {policy}, first_check: Look.}}\n",
        c=f"policies:\n  - {policy.replace('p,', 'q,', 1)}, first_check: Look., channels: [oncall]}}\n",
        d="routes:\n  default: [on-call, on-cal]\n  routes:\n    - {name: night, channels: [pager]}\n",
    )
    assert [told.partition(": expected a declared channel (on-call), got ")[::2] for told in errors_of(folder)] == [
        ("c.yaml:2:143", "'oncall'; did you mean 'on-call'?"),
        ("d.yaml:2:22", "'on-cal'; did you mean 'on-call'?"),
        ("d.yaml:4:32", "'pager'"),
    ]


def test_a_policy_of_a_promise_that_is_none_says_which_one_was_probably_meant(tmp_path: Path) -> None:
    policy = "{name: p, severity: warning, owner: me, promise: nigthly, when: kept_rate < 99%, window: 7d, "
    folder = write(
        tmp_path,
        a=PROMISE.format(name="nightly"),
        b=f"policies:\n  - {policy}min_answers: 5, no_data: keep, first_check: Look.}}\n",
    )
    assert errors_of(folder) == [
        "b.yaml:2:54: expected a declared promise (nightly), got 'nigthly'; did you mean 'nightly'?"
    ]
