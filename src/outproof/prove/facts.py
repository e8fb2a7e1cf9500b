"""The safe facts of a run, in the order a responder asks for them: batch, model, prompt, counts, output, deploy."""

from __future__ import annotations

from outproof.contract.evidence import Fact
from outproof.contract.promise import STANDARD_EVIDENCE
from outproof.contract.run import Stage
from outproof.prove.outcome import Outcome
from outproof.prove.run_state import RunState
from outproof.prove.stage_report import StageState


def facts(state: RunState, outcome: Outcome) -> tuple[Fact, ...]:
    """The evidence of a run; a standard fact that nobody reported is there with None, so that its absence is seen."""
    evidence, counts = state.evidence, state.counts
    standard = (
        Fact("batch_id", "Batch id", evidence.get("batch_id")),
        Fact("model", "Model", evidence.get("model")),
        Fact("prompt_version", "Prompt version", evidence.get("prompt_version")),
        Fact("input_count", "Input items", counts.input),
        Fact("valid_count", "Valid items", counts.valid),
        Fact("invalid_count", "Invalid items", counts.invalid),
        Fact("skipped_count", "Skipped items", counts.skipped),
        Fact("suppressed_count", "Suppressed items", counts.suppressed),
        Fact("unexplained_count", "Unexplained items", outcome.unexplained),
        Fact("validation_result", "Validation result", _validation_result(outcome)),
        Fact("output_id", "Output id", state.output_id),
        Fact("deploy_sha", "Deploy SHA", evidence.get("deploy_sha")),
        Fact("duration_s", "Duration", state.duration_s),
    )
    own = (
        Fact(key, key.replace("_", " ").capitalize(), value)
        for key, value in sorted(evidence.items())
        if key not in STANDARD_EVIDENCE
    )
    return (*standard, *own)


def _validation_result(outcome: Outcome) -> str | None:
    """What is known of the validation, in words; None when nobody said anything."""
    for report in outcome.stages:
        if report.stage is Stage.VALIDATED and (report.at is not None or report.detail is not None):
            result = "reported" if report.state is StageState.NOT_REQUIRED else str(report.state)
            return f"{result}: {report.detail}" if report.detail else result
    return None
