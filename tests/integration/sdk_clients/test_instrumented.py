"""Streams that an instrumentation of OpenTelemetry has wrapped: it and the SDK both see all of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.sdk_clients.provider import Provider
from tests.integration.sdk_receiver import Receiver, attributes, child_env, serving

PROGRAM = Path(__file__).with_name("instrumented_program.py")
INSTRUMENTATIONS = (
    "opentelemetry.instrumentation.genai.openai",
    "openinference.instrumentation.openai",
    "opentelemetry.instrumentation.openai",
)


@pytest.mark.parametrize("instrumentation", INSTRUMENTATIONS)
def test_the_stream_stays_the_instrumentations_and_is_told_like_any_other(
    instrumentation: str, provider: Provider, tmp_path: Path
) -> None:
    pytest.importorskip(instrumentation, reason=f"needs {instrumentation}")
    receiver = Receiver()
    with serving(receiver) as endpoint:
        env = child_env(endpoint, tmp_path) | {"PYTHONWARNINGS": "ignore"}
        program = [sys.executable, str(PROGRAM), instrumentation, provider.url]
        done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    said, served = json.loads(done.stdout), provider.served("cached")
    assert said == {"text": served["text"], "is_stream": True, "delivered": True, "their_spans": 2}
    read, left = (attributes(span) for span in receiver.spans())
    assert read["gen_ai.usage.input_tokens"] == served["input_tokens"]
    assert read["gen_ai.usage.output_tokens"] == served["output_tokens"]
    assert read["gen_ai.response.id"] == served["response_id"]
    assert [read["outproof.stream.end"], left["outproof.stream.end"]] == ["finished", "abandoned"]
    assert "outproof.answer.time_to_first_token" in read
