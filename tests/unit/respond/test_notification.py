from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.contract.evidence import Fact
from outproof.contract.run import Stage
from outproof.core.time import after
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain
from tests.unit.respond.findings import NOON, a_finding, answer_to


def a_notification(**changes: object) -> Notification:
    return answer_to(a_finding(**changes)).notices[0].notification


def text(notification: Notification) -> str:
    return "\n".join([heading(notification), *(f"{line.label}: {line.value}" for line in lines(notification))])


def test_a_page_says_what_where_when_whose_and_what_to_look_at_first() -> None:
    assert text(a_notification()) == (
        "P0 · Unsupported delivery claim reached customer response.\n"
        "What: unsafe_claim_served 2/6\n"
        "Where: tracking-answerer\n"
        "When: 2027-01-15 08:00:00 UTC\n"
        "Owner: delivery-answers\n"
        "Why: it broke\n"
        "First check: Compare serving-gate template with tracking-answerer-v1.\n"
        "Example: request req_205, template tracking-answerer-v1.1-regression, "
        "evidence fastship@v17, stage serving_gate\n"
        "Policy: unsafe"
    )


def test_a_run_is_told_with_its_evidence_and_the_stage_that_is_missing() -> None:
    said = text(
        a_notification(
            exemplars=(),
            evidence=(
                Fact("batch_id", "Batch", "b-7"),
                Fact("valid", "Valid", 980),
                Fact("ok", "Validation passed", True),
                Fact("deploy_sha", "Deploy", None),
            ),
            stages=(
                StageReport(stage=Stage.GENERATED, state=StageState.NOT_REQUIRED),
                StageReport(stage=Stage.VALIDATED, state=StageState.PASSED),
                StageReport(stage=Stage.VISIBLE, state=StageState.MISSING),
            ),
        )
    )
    assert "Stages: validated passed, visible missing" in said
    assert "Batch: b-7\nValid: 980\nValidation passed: yes" in said
    assert "Deploy" not in said


def test_the_end_is_told_with_how_long_it_lasted_and_without_what_to_check() -> None:
    current = answer_to(a_finding()).incident
    over = answer_to(a_finding(firing=False, reason="the page shows it"), current, after(NOON, 750))
    said = text(over.notices[0].notification)
    assert said.startswith("Resolved · Unsupported delivery claim")
    assert "08:00:00 UTC, over after 12 min 30 s" in said
    assert "Why: the page shows it" in said
    assert "First check" not in said


def test_an_unknown_part_of_an_example_is_called_unknown() -> None:
    [exemplar] = a_finding().exemplars
    said = text(a_notification(exemplars=(replace(exemplar, evidence_version=None),)))
    assert "evidence unknown" in said


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\r\nX-Evil: b", "a X-Evil: b"),
        ("a\u2028b\u2029c", "a b c"),
        ("pay \u202egro.live\u202c now", "pay gro.live now"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("nul\x00bell\x07esc\x1b[31m", "nulbellesc[31m"),
        ("  wide \u00a0 space ", "wide space"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_text_from_outside_is_one_line_of_visible_characters(hostile: str, shown: str) -> None:
    assert plain(hostile, 100).replace("  ", " ") == shown


@given(st.text(), st.integers(1, 200))
def test_plain_text_is_short_stable_and_on_one_line(text: str, chars_max: int) -> None:
    once = plain(text, chars_max)
    assert len(once) <= chars_max
    assert len(once.splitlines()) <= 1
    once.encode()


def test_the_longest_message_fits_a_phone() -> None:
    long = "\u6f22" * 10_000
    facts = tuple(Fact(f"k{n}", long, long) for n in range(100))
    notification = a_notification(title=long, headline=long, reason=long, first_check=long, owner=long, evidence=facts)
    assert len(text(notification)) < 4_000


def test_kinds_of_notices_are_told_apart_in_the_first_words() -> None:
    notification = a_notification()
    heads = [heading(replace(notification, kind=kind)) for kind in NoticeKind]
    assert [head.split(" · ")[0] for head in heads] == ["P0", "P0 updated", "Resolved"]
