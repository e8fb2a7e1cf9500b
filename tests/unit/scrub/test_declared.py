"""What files say about scrubbing: rules come into force, and mistakes are refused with the line they stand on."""

from pathlib import Path

import pytest

from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors
from outproof.scrub.declared import Scrubbing
from outproof.scrub.policy import STANDARD


def declared(folder: Path, text: str) -> Scrubbing:
    file = folder / "outproof.yaml"
    file.write_text(text)
    return read([file]).declared.scrub


def test_rules_of_ones_own_come_on_top_and_name_what_they_find(tmp_path: Path) -> None:
    scrub = declared(
        tmp_path,
        """
scrub:
  name: delivery-pii-v1
  rules:
    - name: LOYALTY_ID
      pattern: 'LY-[0-9]{8}'
    - name: TABLE
      pattern: 't[0-9]{1,3}'
      context: [table, Tisch]
      ignore_case: true
""",
    )
    policy = scrub.policy()
    assert (
        policy.cleaned("LY-12345678 at table T12, not T12 there") == "[LOYALTY_ID] at table [TABLE], not [TABLE] there"
    )
    assert policy.cleaned("a lonely line with T12") == "a lonely line with T12"
    assert policy.cleaned("maya@example.com") == "[EMAIL]"
    assert policy.id.startswith("delivery-pii-v1@")


def test_the_id_of_a_policy_changes_with_the_least_of_its_rules(tmp_path: Path) -> None:
    text = "scrub: {{rules: [{{name: LY, pattern: 'LY-[0-9]{{{count}}}'}}]}}"
    ids = {declared(tmp_path, text.format(count=count)).policy().id for count in (8, 9)}
    assert len(ids | {STANDARD.id}) == 3
    assert Scrubbing().policy().id == STANDARD.id


@pytest.mark.parametrize("pattern", ["(a+)+$", "(x+x+)+y", "[a-z]+@", r"(\w{1,9})\1"])
def test_a_pattern_that_could_hang_is_refused_with_its_line(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        declared(tmp_path, f"scrub:\n  rules:\n    - name: EVIL\n      pattern: '{pattern}'\n")
    [error] = refused.value.errors
    assert error.line in (3, 4)
    assert str(tmp_path / "outproof.yaml") in str(error)
    assert "EVIL" in error.message


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{rules: [{name: lower, pattern: abc}]}", "capitals"),
        ("{without: [API_KEY]}", "without"),
        ("{without: [NOTHING]}", "without"),
        ("{pseudonyms: [model]}", "pseudonyms"),
        ("{raw: {allowed: true, lasts: 30d}}", "1m to 7d"),
        ("{presidio: {entities: [EMAIL_ADDRESS]}}", "downloads"),
        ("{name: 'Not A Name'}", "small letters"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(ConfigErrors, match=said):
        declared(tmp_path, f"scrub: {written}\n")


def test_a_standard_rule_can_be_left_out_but_none_that_keeps_keys(tmp_path: Path) -> None:
    policy = declared(tmp_path, "scrub: {without: [ORDER_ID]}\n").policy()
    assert policy.cleaned("order #A10234 of maya@example.com") == "order #A10234 of [EMAIL]"
