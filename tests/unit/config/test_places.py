from pathlib import Path

import pytest

from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors

HEAD = """policies:
  - name: slow
    severity: warning
    owner: platform
    window: 5m
    min_answers: 20
    no_data: keep
    first_check: Look.
"""


def errors_of(tmp_path: Path, lines: str) -> list[str]:
    file = tmp_path / "outproof.yaml"
    file.write_text(HEAD + lines)
    with pytest.raises(ConfigErrors) as caught:
        read([file])
    return [f"{error.line}:{error.column}: {error.message}" for error in caught.value.errors]


MEANT = 'unknown measure "ttf_p95": did you mean "ttft_p95"?'


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ("    when: answers > 1 and ttf_p95 > 1s\n", "9:27: "),
        ('    when:    "answers > 1 and ttf_p95 > 1s"\n', "9:31: "),
        ("    when: 'answers > 1 and ttf_p95 > 1s'\n", "9:28: "),
        ('    when: "\\u0061nswers > 1 and ttf_p95 > 1s"\n', "9:11: column 17 of the text: "),
        ("    when: >-\n      answers > 1\n      and ttf_p95 > 1s\n", "9:11: column 17 of the text: "),
        ("    when: answers > 1\n      and ttf_p95 > 1s\n", "9:11: column 17 of the text: "),
    ],
)
def test_a_mistake_inside_a_condition_is_told_with_its_own_column(tmp_path: Path, lines: str, place: str) -> None:
    assert errors_of(tmp_path, lines) == [f"{place}{MEANT}"]


@pytest.mark.parametrize("where", ["'route == \"it''s\" and rout'", r'"route == \"it\\\"s\" and rout"'])
def test_what_is_written_with_two_characters_counts_as_two(tmp_path: Path, where: str) -> None:
    lines = f"    when: answers > 1\n    exemplars: {{where: {where}}}\n"
    column = lines.splitlines()[1].rindex("rout") + 1
    assert errors_of(tmp_path, lines) == [f'10:{column}: unknown fact of an answer "rout": did you mean "route"?']


def test_every_mistake_of_a_policy_stands_at_its_own_field(tmp_path: Path) -> None:
    lines = (
        "    burn_rate:\n      of: cost\n      objective: 99.9%\n      windows: [{long: 1h, short: 5m, burn: 2000}]\n"
    )
    found = errors_of(tmp_path, lines + "    labels: {team-a: x}\n    group: two words\n")
    assert [error.partition(": ")[0] for error in found] == ["5:13", "10:11", "12:45", "13:22", "14:12"]
    assert found[0] == "5:13: expected no window on a burn rate: burn_rate.windows says over how long it is taken"


def test_a_policy_about_a_promise_that_nobody_declares_is_told_where_it_names_it(tmp_path: Path) -> None:
    lines = "    promise: nightly\n    when: kept_rate < 99%\n"
    assert errors_of(tmp_path, lines) == ["9:14: expected a declared promise (none), got 'nightly'"]


def test_what_is_missing_is_missing_where_its_policy_begins(tmp_path: Path) -> None:
    assert errors_of(tmp_path, "    promise: nobody\n")[0].startswith("9:14: expected `when` beside `promise`")
    file = tmp_path / "short.yaml"
    file.write_text("policies:\n  - {name: x, severity: critical, invariant: not failed}\n")
    with pytest.raises(ConfigErrors) as caught:
        read([file])
    assert [(error.line, error.column) for error in caught.value.errors] == [(2, 5), (2, 5)]
