"""The sections `sampling` and `tool_loops`: what they become, and what is refused in which line."""

from pathlib import Path

import pytest

from outproof.config.json_schema import json_schema
from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors
from outproof.contract.severity import Severity
from outproof.loops.limits import Polling
from outproof.sampling.policy import Bound, Edge, Op, Sampling


def declared(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "outproof.yaml"
    file.write_text(text)
    return file


def test_without_a_section_nothing_is_sampled_and_loops_are_found(tmp_path: Path) -> None:
    found = read([declared(tmp_path, "project: shop\n")]).declared
    assert found.sampling is None
    assert found.tool_loops.detect


def test_sampling_reads_shares_strata_and_cases(tmp_path: Path) -> None:
    text = """
sampling:
  nominal_ratio: 0.02
  by: [route]
  floor: 3
  period: 1m
  after: 5m
  edge:
    - ttft > 1.5s
    - route == "abstain" and output_tokens > 400
    - failed
"""
    loaded = read([declared(tmp_path, text)])
    expected = Sampling(
        nominal_ratio=0.02,
        by=("route",),
        floor=3,
        period_s=60.0,
        after_s=300.0,
        edge=(
            Edge((Bound("ttft_us", Op.GT, 1_500_000),)),
            Edge((Bound("route", Op.EQ, "abstain"), Bound("output_tokens", Op.GT, 400))),
            Edge((Bound("failed", Op.EQ, True),)),
        ),
    )
    assert loaded.declared.sampling == expected
    assert ("sampling", expected.version) in {(version.kind, version.version) for version in loaded.versions}


def test_tool_loops_read_limits_polling_and_an_owner(tmp_path: Path) -> None:
    text = """
tool_loops:
  severity: critical
  owner: agents
  repeats: 4
  polling:
    - {tool: job_status, lasts: 10m}
"""
    found = read([declared(tmp_path, text)]).declared.tool_loops
    assert (found.severity, found.owner) == (Severity.CRITICAL, "agents")
    assert (found.limits.repeats, found.limits.polling) == (4, (Polling(tool="job_status", lasts_s=600.0),))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("sampling:\n  nominal_ratio: 2\n", 2, "expected `nominal_ratio` above 0 and at most 1"),
        ("sampling:\n  by: [colour]\n", 2, "under `by`, got 'colour'"),
        ("sampling:\n  edge:\n    - ttft > 5s or failed\n", 3, "one entry for each `or`"),
        ("sampling:\n  edge:\n    - nosuch == 1\n", 3, "unknown fact of an answer"),
        ("sampling:\n  share: 0.1\n", 2, "expected one of the keys nominal_ratio"),
        ("tool_loops:\n  repeats: 1\n", 2, "expected `repeats` from 2 to 10, got 1"),
        ("tool_loops:\n  polling:\n    - {lasts: 5m}\n", 3, "expected the key 'tool'"),
        ("tool_loops:\n  channels: [nowhere]\n", 2, "expected a declared channel (none), got 'nowhere'"),
        ("tool_loops:\n  runbook: wiki\n", 2, "expected runbook to be an http(s) URL, got 'wiki'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        read([declared(tmp_path, text)])
    [error] = refused.value.errors
    assert said in error.message
    assert error.line == line


def test_the_schema_of_the_files_knows_both_sections() -> None:
    schema = json_schema()
    assert {"sampling", "tool_loops"} <= schema["$defs"]["Declared"]["properties"].keys()
    assert {"nominal_ratio", "edge", "period", "after"} <= schema["$defs"]["Sampling"]["properties"].keys()
    assert {"polling", "repeats", "first_check"} <= schema["$defs"]["ToolLoops"]["properties"].keys()
