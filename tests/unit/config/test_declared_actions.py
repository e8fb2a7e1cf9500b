"""The example of the guide on handoff is what the server would load."""

from pathlib import Path

from outproof.config.loading import read
from outproof.contract.action import ActionKind, ParameterType

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "hand-off-an-incident.md"


def test_the_example_of_the_guide_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "outproof.yaml"
    file.write_text(GUIDE.read_text().split("```yaml\n")[1].split("```")[0])
    [promise] = read([file], {"OPS_SECRET": "whsec_x"}).declared.promises
    retry, hide, show = promise.actions
    assert (retry.kind, retry.timeout_s) == (ActionKind.RETRY, 20.0)
    assert retry.webhook is not None
    assert retry.webhook.secret_env == "OPS_SECRET"
    assert retry.parameters["items"].type is ParameterType.ITEMS
    assert (hide.command[0], hide.undo, show.undo) == ("/opt/ops/digest", "show-digest", None)
    assert hide.parameters["reason"].choices == ("wrong-numbers", "wrong-customer")
    assert promise.retry is not None
    assert promise.retry.idempotency_key == "batch_id"
