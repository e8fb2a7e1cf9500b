"""A template that regressed, from the first unsafe answer to what the page says about it, on a real server."""

import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from outproof.core.time import Instant, after
from tests.server_process import ANSWER_S_MAX, ServerProcess
from tests.unit.wire.spans import a_request, a_span

CONFIG = """
decision: {namespaces: [app]}
policies:
  - name: unsafe-claims
    severity: critical
    owner: delivery
    invariant: unsafe_claim_served == 0
    first_check: Compare the serving gate with the template.
"""
HOUR_S = 3_600


def answer(number: int, at: Instant, template: str, *, unsafe: bool) -> dict[str, Any]:
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "support-model-prod",
        "app.answer.route": "serve",
        "app.answer.unsafe_claim_served": unsafe,
        "app.prompt.template_id": template,
    }
    end = str(after(at, 0.4))
    return a_span(
        values, traceId=f"{number:032x}", spanId=f"{number:016x}", startTimeUnixNano=str(at), endTimeUnixNano=end
    )


def send(server: ServerProcess, *spans: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{server.url}/v1/traces", a_request(*spans), headers)
    urllib.request.urlopen(request, timeout=ANSWER_S_MAX).close()


def test_the_template_that_regressed_explains_its_incident(tmp_path: Path) -> None:
    (tmp_path / "outproof.yaml").write_text(CONFIG)
    with ServerProcess(tmp_path / "data", tmp_path / "outproof.yaml") as server:
        now = Instant(time.time_ns() - 5 * 10**9)
        usual = [answer(n, after(now, -HOUR_S + n), "answerer-v1", unsafe=False) for n in range(1, 301)]
        send(server, *usual, *(answer(n, now, "answerer-v1", unsafe=False) for n in range(401, 405)))
        send(server, *(answer(n, now, "answerer-v2-regression", unsafe=True) for n in (501, 502)))

        def explained() -> Any:
            for listed in server.get("/v1/incidents")["incidents"]:
                incident = server.get(f"/v1/incidents/{listed['id']}")
                if any(fact["key"] == "what_changed" for fact in incident["evidence"]):
                    return incident
            return None

        incident = server.until(explained)
        assert incident["title"] == "unsafe-claims: unsafe_claim_served == 0 does not hold"
        changes = server.get(f"/v1/incidents/{incident['id']}/changes")
        first = changes["causes"][0]
        assert (first["dimension"], first["value"]) == ("template_id", "answerer-v2-regression")
        assert (first["explains_ratio"], first["lift"], first["is_new"]) == (1.0, 3.0, True)
        assert (changes["now"]["bad"], changes["now"]["of"], changes["before"]["of"]) == (2, 6, 300)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            server.get("/v1/incidents/inc_nobody/changes")
