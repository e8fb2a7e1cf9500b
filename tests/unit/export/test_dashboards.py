"""Dashboards without a Grafana: their schema, their places, their sources, and that every metric in them exists."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from outproof.config.declared import Declared
from outproof.export.grafana import COLUMNS, SCHEMA_VERSION, grafana
from tests.unit.export.exports import declared
from tests.unit.export.test_conditions import NAMES

BOARDS = {str(file.path): json.loads(file.text) for file in grafana(declared()).files}
REMOVED = frozenset("graph singlestat table-old worldmap heatmap-old".split())

each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def targets(board: Any) -> Iterator[Any]:
    for panel in board["panels"]:
        yield from panel["targets"]


def test_there_is_a_dashboard_for_each_question() -> None:
    asked = "health quality alerts cost sla business comparison policies".split()
    assert set(BOARDS) == {f"outproof-{name}.json" for name in asked}


@each_board
def test_a_dashboard_is_what_file_provisioning_takes(board: Any) -> None:
    assert board["schemaVersion"] == SCHEMA_VERSION == 42
    assert board["uid"]
    assert board["title"]
    assert board["panels"]
    assert board.get("id") is None
    assert "dashboard" not in board
    assert "__inputs" not in board


@each_board
def test_panels_have_numbers_of_their_own_and_do_not_overlap(board: Any) -> None:
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above


@each_board
def test_everything_is_read_from_the_source_that_is_chosen(board: Any) -> None:
    chosen = {"type": "prometheus", "uid": "${DS}"}
    assert any(each["name"] == "DS" and each["type"] == "datasource" for each in board["templating"]["list"])
    assert all(panel["datasource"] == chosen for panel in board["panels"])
    assert all(target["datasource"] == chosen for target in targets(board))
    used = any("$service" in target["expr"] for target in targets(board))
    assert used == any(each["name"] == "service" for each in board["templating"]["list"])


@each_board
def test_no_panel_is_of_a_kind_that_was_removed(board: Any) -> None:
    assert not {panel["type"] for panel in board["panels"]} & REMOVED


@each_board
def test_every_metric_in_a_dashboard_is_one_we_export(board: Any) -> None:
    named = {name for target in targets(board) for name in re.findall(r"outproof_\w+", target["expr"])}
    assert named
    assert named <= NAMES


def test_the_limit_of_a_policy_is_a_line_in_its_panel() -> None:
    [panel] = [each for each in BOARDS["outproof-policies.json"]["panels"] if each["title"] == "slow-first-token"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"] == 0.5
    assert panel["fieldConfig"]["defaults"]["unit"] == "s"


def test_without_policies_there_is_no_dashboard_of_them() -> None:
    assert "outproof-policies.json" not in {str(file.path) for file in grafana(Declared()).files}
