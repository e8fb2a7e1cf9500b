"""The Celery example as it stands, on a real worker with a broker in memory."""

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.sdk_receiver import Receiver, Told, child_env, serving

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "celery_digest.py"


def test_a_batch_of_celery_tasks_is_one_run_with_each_item_told(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answer = lambda _: Told(202)
    with serving(receiver) as endpoint:
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), "--batch", "batch-7"],
            env={**child_env(endpoint, tmp_path), "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert (done.returncode, done.stdout) == (0, "40 digests in 41 tasks; queue empty, exit 0\n"), done.stderr
    paths = [got.path.partition("?")[0].rpartition("/")[2] for got in receiver.signals()]
    assert [paths.count(last) for last in ("runs", "proofs", "close")] == [1, 2, 1]
    letters = [got for got in receiver.signals() if "/items?" in got.path]
    lines = [json.loads(line) for got in letters for line in got.body.splitlines()]
    assert {line["item_id"] for line in lines} == {str(number) for number in range(1, 41)}
    assert {line["item_id"] for line in lines if line.get("fate") == "invalid"} == {"20", "40"}
    assert len([line for line in lines if line.get("stage") == "persisted"]) == 38
    [closing] = [got.fields for got in receiver.signals() if got.path.endswith("/close")]
    assert (closing["claim"], closing["external_id"]) == ("success", "batch-7")
