"""What a process states: when it speaks, what it says, and what becomes of its last word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from outproof.contract.statement import Lane
from outproof.sdk.ledger import Account, DropReason, Ledger
from outproof.sdk.post import Line, Reply
from outproof.sdk.spool import Kind, Spool
from outproof.sdk.statements import ALIVE_S, CHANGED_S, Statements
from tests.integration.sdk_receiver import the_settings


class Wire(Line):
    """A line that goes nowhere: it remembers what was said and answers as told."""

    def __init__(self) -> None:
        self.status = 202
        self.said: list[dict[str, Any]] = []

    def post(self, path: str, body: bytes, headers: Mapping[str, str], *, now_s: float) -> Reply:
        assert path == "/v1/statements"
        self.said.append(json.loads(body))
        return Reply(self.status)


class Process:
    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger()
        self.account = Account(self.ledger)
        self.spool = Spool([folder], self.account)
        self.wire = Wire()
        self.began = Statements(
            the_settings("http://127.0.0.1:1", folder),
            self.spool,
            self.wire,
            self.account,
            lambda lane: self.spool.own_waiting(Kind(lane.value)),
        )
        self.now_s = self.began._at_s  # when it began, by the clock that it speaks by

    def after(self, seconds: float) -> list[dict[str, Any]]:
        """What it says so long after the last look."""
        self.now_s += seconds
        self.wire.said.clear()
        self.began.tell_due(self.now_s)
        return list(self.wire.said)


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return Process(tmp_path)


def test_it_speaks_when_something_changed_and_now_and_then_in_any_case(process: Process) -> None:
    process.account.accept(Lane.SIGNALS)
    assert process.after(CHANGED_S - 1) == []
    [said] = process.after(1)
    assert (said["sender"], said["number"], said["ended"]) == (process.spool.writer, 1, False)
    assert said["lanes"] == {"signals": {"emitted": 1, "rejected": 0, "dropped": {}, "waiting": 0}}
    assert process.after(CHANGED_S) == []
    assert len(process.after(ALIVE_S)) == 1
    process.account.accept(Lane.SIGNALS)
    assert [each["number"] for each in process.after(CHANGED_S)] == [3]


def test_what_was_given_up_at_the_door_and_later_is_told_with_its_reason(process: Process) -> None:
    process.account.accept(Lane.ITEMS, 5)
    process.account.drop(Lane.ITEMS, DropReason.SPOOL_FULL, 2)
    process.ledger.shut_out(Lane.ANSWERS, DropReason.BUFFER_FULL, 3)
    [said] = process.after(CHANGED_S)
    assert said["lanes"]["items"]["dropped"] == {"spool_full": 2}
    assert said["lanes"]["answers"] == {"emitted": 3, "rejected": 0, "dropped": {"buffer_full": 3}, "waiting": 0}


def test_what_another_process_wrote_counts_for_that_one(process: Process, tmp_path: Path) -> None:
    other = Process(tmp_path)
    other.account.accept(Lane.ITEMS, 4)
    other.spool.put(Kind.ITEMS, b"x", items=4)
    [parcel] = process.spool.waiting(Kind.ITEMS)
    process.account.settle(Lane.ITEMS, rejected=4, of=process.spool.other(parcel.writer))
    [said] = process.after(CHANGED_S)
    assert said["of_others"] == {other.spool.writer: {"items": {"refused": 4}}}
    assert said["lanes"] == {}
    [said] = other.after(CHANGED_S)
    assert said["lanes"]["items"]["waiting"] == 4


@pytest.mark.parametrize("status", [404, 403, 405])
def test_a_server_that_does_not_know_statements_hears_no_second_one(process: Process, status: int) -> None:
    process.account.accept(Lane.SIGNALS)
    process.wire.status = status
    assert len(process.after(CHANGED_S)) == 1
    assert process.after(ALIVE_S) == []


def test_what_did_not_arrive_is_said_again(process: Process) -> None:
    process.account.accept(Lane.SIGNALS)
    process.wire.status = 503
    assert len(process.after(CHANGED_S)) == 1
    process.wire.status = 202
    assert [each["number"] for each in process.after(CHANGED_S)] == [2]


def test_the_last_word_waits_on_disk_for_the_next_process(process: Process, tmp_path: Path) -> None:
    process.account.accept(Lane.SIGNALS)
    process.began.tell_last(server_is_there=False)
    assert process.wire.said == []
    heir = Process(tmp_path)
    heir.wire.status = 503
    heir.began.deliver()
    heir.wire.status = 202
    heir.began.deliver()
    heir.began.deliver()
    assert [(each["sender"], each["ended"]) for each in heir.wire.said] == [(process.spool.writer, True)] * 2


def test_a_process_that_emitted_nothing_has_no_last_word(process: Process) -> None:
    process.began.tell_last(server_is_there=True)
    assert process.wire.said == []
    assert process.spool.waiting(Kind.STATEMENTS) == []
