import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from outproof.config.json_schema import json_schema
from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = {"promises", "policies", "channels", "routes", "rate_cards"}


def documents() -> list[tuple[str, str]]:
    """Every configuration of the repository: the examples' file, and the YAML blocks of the pages that are one."""
    found = [(str(path.relative_to(ROOT)), path.read_text()) for path in sorted(ROOT.glob("examples/*.yaml"))]
    for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]:
        for block in re.findall(r"^```yaml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            content = yaml.safe_load(block)
            if isinstance(content, dict) and SECTIONS & content.keys():
                found.append((str(page.relative_to(ROOT)), block))
    return found


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def problems(schema: Draft202012Validator, content: Any) -> list[str]:
    return [error.message for error in schema.iter_errors(content)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(("name", "text"), documents(), ids=lambda value: value if len(value) < 60 else "")
def test_every_configuration_of_the_repository_is_valid_and_loads(
    schema: Draft202012Validator, name: str, text: str, tmp_path: Path
) -> None:
    assert problems(schema, yaml.safe_load(text)) == []
    file = tmp_path / "outproof.yaml"
    file.write_text(text)
    try:
        read([file], lenient=True)
    except ConfigErrors as error:  # a block may leave out the channels that it names
        assert {told.message[:34] for told in error.errors} == {"expected a declared channel (none)"}  # noqa: PT017 - it may also not be raised


GOOD = {"name": "p", "outcome": "o", "owner": "me", "due": "5m", "proofs": {"generated": {}}}


def test_a_promise_is_valid(schema: Draft202012Validator) -> None:
    assert problems(schema, {"promises": [GOOD]}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"ownr": "me"},
        {"due": 300},
        {"due": "5 minutes"},
        {"outcome": ["a"]},
        {"severity": "criticall"},
        {"proofs": {"visble": {}}},
        {"proofs": {"generated": {"observer": "boss"}}},
        {"schedule": {"cron": "0 3 * * *", "zone": "UTC"}},
        {"evidence": "region"},
        {"drill": {"every": "7d", "fault": "earthquake"}},
    ],
)
def test_a_broken_promise_is_not(schema: Draft202012Validator, change: dict[str, Any], tmp_path: Path) -> None:
    content = {"promises": [GOOD | change]}
    assert problems(schema, content)
    file = tmp_path / "outproof.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigErrors):
        read([file])
