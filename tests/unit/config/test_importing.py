import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.config.declared import Declared
from outproof.config.foreign_entry import BadExport, Imported
from outproof.config.foreign_schedules import cron_of_calendar, interval_s, schedule_of
from outproof.config.importing import EXPORT_BYTES_MAX, MONITORS_MAX, Origin, imported, yaml_text
from outproof.config.loading import load
from outproof.config.reading import Reader
from outproof.config.rendering import plain
from outproof.config.sections import MAKERS
from outproof.config.yaml_lines import composed
from outproof.contract.promise import Promise
from outproof.contract.schedule import Heartbeat, Schedule

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
CHECK = {
    "name": "Filesystem Backup",
    "slug": "filesystem-backup",
    "tags": "",
    "desc": "",
    "grace": 600,
    "n_pings": 7,
    "status": "up",
    "last_ping": "2026-11-20T14:02:03+00:00",
    "manual_resume": False,
    "methods": "",
    "channels": "*",
    "ping_url": f"https://hc-ping.com/{UUID}",
    "timeout": 3600,
}


def of_check(**changes: object) -> Imported:
    [found] = imported(json.dumps({"checks": [CHECK | changes]}).encode(), Origin.HEALTHCHECKS, "ops")
    return found


def of_monitor(**monitor: object) -> Imported:
    export = {"monitors": [{"key": "nightly", "type": "job", "schedule": "0 3 * * *", "timezone": "UTC"} | monitor]}
    [found] = imported(json.dumps(export).encode(), Origin.CRONITOR, "ops")
    return found


def written(found: Imported) -> dict[str, Any]:
    assert found.promise is not None, found.lost
    fields: dict[str, Any] = plain(found.promise)
    return fields


def test_a_check_with_a_period_becomes_a_promise_with_the_same_limits_and_address() -> None:
    found = of_check()
    assert (found.lost, found.assumed) == ((), ())
    assert written(found) == {
        "name": "filesystem-backup",
        "outcome": "Filesystem Backup ran to its end",
        "owner": "ops",
        "due": "10m",
        "proofs": {"generated": {}},
        "schedule": {"every": "1h", "grace": "10m"},
        "ping": UUID,
    }


def test_a_check_with_a_cron_line_keeps_its_zone() -> None:
    found = of_check(schedule="15 5 * * *", tz="Europe/Riga", timeout=None)
    assert written(found)["schedule"] == {"cron": "15 5 * * *", "tz": "Europe/Riga", "grace": "10m"}


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"status": "paused"}, "paused", True),
        ({"tags": "prod owner:growth"}, "owner", "growth"),
        ({"slug": "", "name": "Büro & Co, täglich"}, "name", "B-ro-Co-t-glich"),
        ({"slug": "", "name": ""}, "name", "check-31365bce"),
        ({"desc": "Look at\nhttps://wiki.example/x."}, "first_check", "Look at https://wiki.example/x."),
        ({"desc": "Look at\nhttps://wiki.example/x."}, "runbook", "https://wiki.example/x"),
        ({"uuid": UUID.upper(), "ping_url": None}, "ping", UUID),
        ({"ping_url": f"https://ping.example/ping/{UUID}"}, "ping", UUID),
    ],
)
def test_what_else_a_check_says_is_carried_over(changes: dict[str, object], field: str, value: object) -> None:
    assert written(of_check(**changes))[field] == value


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tags": "prod db"}, "the tags prod, db"),
        ({"failure_kw": "ERROR", "filter_body": True}, "failure_kw: ERROR, filter_body: True"),
        ({"methods": "POST"}, "only POST"),
        ({"manual_resume": True}, "paused"),
        ({"ping_url": None, "unique_key": "a6c7"}, "read-only key"),
        ({"something_new": "x"}, "something_new: x"),
    ],
)
def test_what_cannot_be_carried_over_is_said(changes: dict[str, object], said: str) -> None:
    [lost] = of_check(**changes).lost
    assert said in lost


@pytest.mark.parametrize(
    "schedule",
    [
        "*-*~3 02:30",
        "Mon *-*-1 00:00",
        "Foo 10:00",
        "61 * * * *",
        "0 0 31 2 *",
        "2027-01-01 00:00",
        "*-*-* 10:00 *-*-* 12:00",
        "10:00 12:00",
        "12:1,,3",
        "every 3",
    ],
)
def test_a_schedule_that_cannot_be_said_leaves_the_check_out(schedule: str) -> None:
    found = of_check(schedule=schedule, tz="UTC")
    assert found.promise is None
    assert schedule in found.lost[0]


@pytest.mark.parametrize(
    ("calendar", "cron", "zone"),
    [
        ("*-*-* 02:00:00", "0 2 * * *", None),
        ("Mon..Fri *-*-* 02:30", "30 2 * * 1-5", None),
        ("Sat,Sun 10:00", "0 10 * * 6,7", None),
        ("*:0/15", "0-59/15 * * * *", None),
        ("*-1,7-1..7 4:00 Europe/Riga", "0 4 1-7 1,7 *", "Europe/Riga"),
        ("daily", "0 0 * * *", None),
        ("hourly UTC", "0 * * * *", "UTC"),
        ("quarterly", "0 0 1 1,4,7,10 *", None),
        ("monday 08:00", "0 8 * * 1", None),
    ],
)
def test_a_calendar_of_systemd_becomes_a_cron_line(calendar: str, cron: str, zone: str | None) -> None:
    assert cron_of_calendar(calendar) == (cron, zone)
    schedule, assumed = schedule_of(calendar, "UTC", 60.0)
    assert (schedule.cron, schedule.tz, len(assumed)) == (cron, zone or "UTC", 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("every 5 minutes", 300.0),
        ("Every hour", 3_600.0),
        ("every 1.5 h", 5_400.0),
        ("30 seconds", 30.0),
        ("2 weeks", 1_209_600.0),
        ("90", 90.0),
        ("every", None),
        ("every 5", None),
        ("", None),
        ("soon", None),
    ],
)
def test_an_interval_in_words_is_seconds(text: str, seconds: float | None) -> None:
    assert interval_s(text) == seconds


def test_a_job_of_cronitor_keeps_its_key_and_takes_its_limit_from_its_assertion() -> None:
    found = of_monitor(
        name="Nightly", grace_seconds=300, assertions=["metric.duration < 5 min"], note="Ask https://wiki.example/n"
    )
    assert (found.lost, found.assumed) == ((), ())
    assert written(found) == {
        "name": "nightly",
        "outcome": "Nightly ran to its end",
        "owner": "ops",
        "due": "10m",
        "proofs": {"generated": {}},
        "schedule": {"cron": "0 3 * * *", "grace": "5m"},
        "max_duration": "5m",
        "first_check": "Ask https://wiki.example/n",
        "runbook": "https://wiki.example/n",
    }


def test_a_heartbeat_at_intervals_is_a_heartbeat_and_one_on_a_cron_line_is_runs() -> None:
    found = of_monitor(type="heartbeat", schedule="every 5 minutes", grace_seconds=30, paused=True)
    assert found.promise == Promise(
        name="nightly",
        outcome="nightly is alive",
        owner="ops",
        heartbeat=Heartbeat(every_s=300.0, grace_s=30.0),
        paused=True,
    )
    runs = of_monitor(type="heartbeat").promise
    assert runs is not None
    assert runs.schedule == Schedule(cron="0 3 * * *")


@pytest.mark.parametrize(
    ("monitor", "said"),
    [
        ({"assertions": ["metric.count > 0"]}, "metric.count > 0"),
        ({"schedule_tolerance": 2}, "missed runs are tolerated"),
        ({"group": "nights"}, "group: nights"),
        ({"tags": ["eu", "owner:growth"]}, "the tags eu"),
        ({"key": "nightly db"}, "its key 'nightly db'"),
    ],
)
def test_what_a_monitor_loses_is_said(monitor: dict[str, object], said: str) -> None:
    [lost] = of_monitor(**monitor).lost
    assert said in lost


def test_a_job_at_intervals_is_expected_so_long_after_its_last_run() -> None:
    assert written(of_monitor(schedule="every 10 minutes"))["schedule"] == {"every": "10m"}
    assert written(of_monitor(schedule="@daily"))["schedule"] == {"cron": "0 0 * * *"}
    assert "schedule" not in written(of_monitor(schedule=None))


def test_what_the_export_of_cronitor_does_not_say_is_assumed_aloud() -> None:
    found = of_monitor(timezone=None)
    assert [text.partition(",")[0] for text in found.assumed] == ["tz: UTC", "due: 1h1m"]


@pytest.mark.parametrize(
    ("monitor", "said"),
    [
        ({"type": "check"}, "a probe"),
        ({"schedules": ["0 1 * * *", "0 2 * * *"]}, "a promise has one"),
        ({"schedule": "at noon"}, "at noon"),
    ],
)
def test_a_monitor_that_nothing_can_stand_for_is_left_out(monitor: dict[str, object], said: str) -> None:
    found = of_monitor(**monitor)
    assert found.promise is None
    assert said in found.lost[0]


def test_a_cronitor_yaml_is_read_as_its_api_is() -> None:
    export = (
        b"jobs:\n  nightly:\n    schedule: 0 3 * * *\n    timezone: UTC\nheartbeats:\n  beat: {schedule: every hour}\n"
    )
    job, beat = imported(export, Origin.CRONITOR, "ops")
    assert job == of_monitor()
    assert beat.promise is not None
    assert beat.promise.heartbeat == Heartbeat(every_s=3_600.0, grace_s=0.0)


def test_names_and_addresses_are_there_once() -> None:
    export = json.dumps({"checks": [CHECK, CHECK, CHECK]}).encode()
    found = imported(export, Origin.HEALTHCHECKS, "ops")
    promises = [each.promise for each in found if each.promise]
    assert [promise.name for promise in promises] == [f"filesystem-backup{end}" for end in ("", "-2", "-3")]
    assert [promise.ping for promise in promises] == [UUID, None, None]
    assert [len(each.lost) for each in found] == [0, 2, 2]


def test_somebody_must_own_what_is_imported() -> None:
    export = json.dumps({"checks": [CHECK, CHECK | {"tags": "owner:growth"}]}).encode()
    with pytest.raises(BadExport, match=r"expected --owner.*1 have no such tag.*Filesystem Backup"):
        imported(export, Origin.HEALTHCHECKS, None)


@pytest.mark.parametrize(
    ("export", "origin", "said"),
    [
        (b"{", Origin.HEALTHCHECKS, "JSON or YAML"),
        (b"\xff\xfe", Origin.CRONITOR, "UTF-8"),
        (b"[]", Origin.HEALTHCHECKS, '{"checks"'),
        (b'{"checks": [1]}', Origin.HEALTHCHECKS, '{"checks"'),
        (b"jobs: [1]", Origin.CRONITOR, "`jobs`"),
        (b'{"monitors": [1]}', Origin.CRONITOR, "keys and values"),
        (b'{"monitors": [], "total_monitor_count": 60}', Origin.CRONITOR, "every page"),
        (b"a: 1", Origin.CRONITOR, "cronitor.yaml"),
        (b"[" * 100_000, Origin.CRONITOR, "JSON or YAML"),
        (b" " * (EXPORT_BYTES_MAX + 1), Origin.CRONITOR, "bytes"),
        (b'{"checks": [' + b"{}," * MONITORS_MAX + b"{}]}", Origin.HEALTHCHECKS, "split the export"),
    ],
)
def test_what_is_no_export_is_refused(export: bytes, origin: Origin, said: str) -> None:
    with pytest.raises(BadExport, match=said):
        imported(export, origin, "ops")


def test_text_of_an_export_cannot_leave_its_comment(tmp_path: Path) -> None:
    nasty = 'x"\n  - name: evil\u2028\u0085\x00 {[#: &a *b !c'
    checks = [CHECK | {"name": nasty, "desc": nasty, "new": nasty}, CHECK | {"name": nasty, "schedule": nasty}]
    text = yaml_text(imported(json.dumps({"checks": checks}).encode(), Origin.HEALTHCHECKS, "ops"), Origin.HEALTHCHECKS)
    file = tmp_path / "promises.yaml"
    file.write_text(text)
    assert [promise.name for promise in load(file).promises] == ["filesystem-backup"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    "name slug tags desc grace timeout schedule tz status ping_url uuid key type schedules timezone grace_seconds "
    "paused note assertions other".split()
)


@given(st.lists(st.dictionaries(keys, values, max_size=12), max_size=4), st.sampled_from(Origin))
def test_whatever_an_export_holds_the_file_that_comes_of_it_can_be_loaded(
    entries: list[dict[str, Any]], origin: Origin
) -> None:
    export = json.dumps({"checks" if origin is Origin.HEALTHCHECKS else "monitors": entries})
    found = imported(export.encode(), origin, "ops")
    text = yaml_text(found, origin)
    assert len(found) == len(entries)
    reader = Reader(MAKERS, {})
    node = composed(text.encode(), "promises.yaml")
    assert node is not None
    declared = reader.read(node, Declared)
    assert reader.errors == []
    assert declared.promises == tuple(each.promise for each in found if each.promise)
