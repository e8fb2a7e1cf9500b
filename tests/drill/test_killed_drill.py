"""A server that is killed in the middle of a drill: the next one goes on with it, or says why it failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.drill.drilled_server import PROMISE, Site, a_site, until_over


def begun(site: Site, fault: str) -> Any:
    order = json.dumps({"promise": PROMISE, "fault": fault, "by": "ann"}).encode()
    status, body = site.server.post("/v1/drills", order)
    assert status == 202, body
    return json.loads(body)


@pytest.mark.parametrize(
    ("fault", "after_steps"), [("never-close", 1), ("never-close", 2), ("skip-persistence", 2), ("skip-persistence", 3)]
)
def test_a_drill_outlives_a_killed_server(tmp_path: Path, fault: str, after_steps: int) -> None:
    with a_site(tmp_path) as site:
        site.hold_up(after_notices=int(after_steps > 2))
        drill = begun(site, fault)
        look = f"/v1/drills/{drill['id']}"
        site.server.until(lambda: len(site.server.get(look)["steps"]) >= after_steps)
        site.server.kill()
        site.sink.let_go()
        site.server.start()
        over = until_over(site, drill["id"])
        assert over["state"] == "passed", json.dumps(over, indent=2)
        assert any(step["text"].startswith("taken up by a server that began meanwhile") for step in over["steps"])
        [incident] = site.incidents("state=all&drills=true")
        assert incident["id"] == over["incident_id"]
        assert incident["state"] == "resolved"
        assert site.told("drill-room").count("incident.resolved") == 1
