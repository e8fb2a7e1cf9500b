"""What the servers of the fault tests watch: one invariant, one promise, one receiver."""

from __future__ import annotations

from pathlib import Path

from tests.fault.traffic import POLICY, PROMISE, SERVICE

_SECRET = "whsec_b3V0cHJvb2YtZmF1bHQtdGVzdHMtMzItYnl0ZXMtISE="

_TEXT = """
policies:
  - name: {policy}
    severity: critical
    owner: delivery-answers
    invariant: unsafe_claim_served == false
    over: {{service: {service}}}
    window: 2h
    first_check: Compare serving-gate template with tracking-answerer-v1.
    no_data: keep
promises:
  - name: {promise}
    outcome: Each customer's digest is validated, saved and visible by 06:00.
    owner: growth
    due: 3h
    settle: 60s
    proofs:
      validated: {{observer: job}}
      persisted: {{observer: job}}
      visible: {{observer: job}}
channels:
  - name: on-call
    webhook: {{url: "{url}/hook", secrets: [{secret}]}}
routes:
  default: [on-call]
egress:
  allow: [127.0.0.0/8]
"""


def write_config(folder: Path, receiver_url: str) -> Path:
    """The file that declares it."""
    path = folder / "outproof.yaml"
    path.write_text(_TEXT.format(policy=POLICY, service=SERVICE, promise=PROMISE, url=receiver_url, secret=_SECRET))
    return path
