"""Sends events, given as a JSON file, through the SDK as an application would: `worked_window.py EVENTS.json`."""

import json
import sys
from pathlib import Path

import outproof


def main() -> None:
    outproof.init(service="tracking-answerer", deploy="9f2c1e7")
    for event in json.loads(Path(sys.argv[1]).read_text()):
        with outproof.answer("delivery_answer", request_id=event["request_id"]) as answer:
            answer.case(event["case_id"])
            answer.evidence(version=event["evidence_version"])
            answer.template(event["prompt_template_id"])
            answer.model("support-model-prod", provider="shopflow.internal")
            answer.timing(ttft_s=event["ttft_ms"] / 1_000, duration_s=event["total_ms"] / 1_000)
            answer.usage(
                input_tokens=event["input_tokens"],
                cached_input_tokens=event["cached_input_tokens"],
                output_tokens=event["output_tokens"],
            )
            answer.route(event["route"], first_failed_stage=event["first_failed_stage"])
            answer.unsafe_claim_served(event["unsafe_claim_served"])
    assert outproof.flush(timeout_s=60)


if __name__ == "__main__":
    main()
