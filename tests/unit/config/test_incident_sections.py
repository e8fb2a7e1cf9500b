"""Maintenance, inhibition and reopening as files declare them."""

import re
from pathlib import Path

import pytest

from outproof.config.json_schema import json_schema
from outproof.config.loading import read
from outproof.config.yaml_lines import ConfigErrors
from outproof.decide.matcher import matcher
from outproof.respond.flapping import Reopening
from outproof.respond.inhibition import Inhibitor

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "how-to" / "be-told-less.md").read_text()


def test_what_the_page_declares_is_read_and_put_into_force_with_the_routes(tmp_path: Path) -> None:
    path = tmp_path / "outproof.yaml"
    path.write_text("\n".join(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)))
    loaded = read([path])
    declared = loaded.declared
    [window] = declared.maintenance
    assert (window.cron, window.tz, window.lasts_s) == ("0 2 * * 2", "Europe/Berlin", 3_600.0)
    [inhibitor] = declared.inhibit
    assert inhibitor == Inhibitor(
        name="gateway-explains-answers",
        source=(matcher('policy="gateway-down"'),),
        target=(matcher('service="answers"'), matcher('severity!="critical"')),
        equal=("region",),
    )
    assert declared.incidents == Reopening()
    assert declared.routes.suppressors.maintenance == declared.maintenance
    assert declared.routes.suppressors.inhibitors == declared.inhibit
    bodies = {version.kind: version.body for version in loaded.versions}
    assert '"matchers": ["service=\\"answers\\""]' in bodies["maintenance"]
    assert '"equal": ["region"]' in bodies["inhibit"]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (
            "maintenance:\n  - {name: a, matchers: ['x'], owner: o, reason: r, lasts: 1h, cron: '0 2 * * 2'}",
            2,
            "matcher",
        ),
        ("maintenance:\n  - {name: a, matchers: ['s=\"x\"'], owner: o, reason: r, lasts: 1h}", 2, "`cron` or `starts`"),
        ("maintenance:\n  - {name: a, matchers: ['s=\"x\"'], owner: o, reason: r, cron: '0 2 * * 2'}", 2, "'lasts'"),
        ("inhibit:\n  - {name: a, source: ['s=\"x\"'], target: []}", 2, "expected 1 to 20 matchers"),
        ("inhibit:\n  - {name: a, source: ['s=\"x\"'], targets: ['t=\"y\"']}", 2, "did you mean 'target'?"),
        ("incidents: {reopen: 2d}", 1, "expected `reopen` from 0s to 1d, got 2 d"),
        ("incidents: {flapping_times: 1}", 1, "expected `flapping_times` from 2 to 20, got 1"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, place: int, said: str) -> None:
    path = tmp_path / "outproof.yaml"
    path.write_text(text)
    with pytest.raises(ConfigErrors) as caught:
        read([path])
    assert any(error.line == place and said in str(error) for error in caught.value.errors), str(caught.value)


def test_editors_know_the_sections() -> None:
    properties = json_schema()["$defs"]["Declared"]["properties"]
    assert {"maintenance", "inhibit", "incidents"} <= properties.keys()
