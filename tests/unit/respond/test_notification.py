from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.contract.evidence import Fact
from outproof.contract.run import Stage
from outproof.core.time import after
from outproof.decide.finding import About
from outproof.prove.stage_report import StageReport, StageState
from outproof.respond.notification import NoticeKind, Notification, heading, lines, plain
from tests.unit.respond.findings import NOON, a_finding, answer_to, told


def a_notification(**changes: object) -> Notification:
    return told(answer_to(a_finding(**changes)).incident)


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
    said = text(told(over.incident, NoticeKind.RESOLVED))
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
    assert [head.split(" · ")[0] for head in heads] == [
        "P0",
        "P0 updated",
        "P0 escalated",
        "P0 still open",
        "P0 acknowledged",
        "Resolved",
        "P0 reopened",
        "Test",
    ]


def test_a_segment_stands_where_it_is_and_the_reason_does_not_say_the_title_again() -> None:
    about = About("policy:unsafe|template_id=v2", NOON, "template_id v2", makes_up=False)
    segment = {"policy": "unsafe", "about": about, "title": "Unsafe claims. (template_id v2)"}
    said = text(a_notification(**segment, reason="Unsafe claims."))
    assert "Where: tracking-answerer, template_id v2\n" in said
    assert "Why" not in said
    partial = text(a_notification(**segment, reason="Unsafe claims.; raised on partial data"))
    assert "Why: raised on partial data\n" in partial


def test_a_policy_of_a_group_is_no_segment() -> None:
    about = About("policy:unsafe", NOON, "unsafe", makes_up=False)
    assert "Where: tracking-answerer\n" in text(a_notification(policy="unsafe", about=about))


@pytest.mark.parametrize(
    ("given_text", "chars_max", "shown"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 6, "one…"),
        ("incomprehensibilities", 9, "incompre…"),
        ("a incomprehensibilities", 9, "a incomp…"),
    ],
)
def test_a_long_text_is_cut_after_a_word(given_text: str, chars_max: int, shown: str) -> None:
    assert plain(given_text, chars_max) == shown


def test_of_a_list_of_causes_a_phone_shows_those_that_fit() -> None:
    causes = [f"template_id v{n} explains 30 % (14–50 %): 9 of 30 bad, not there before" for n in range(3)]
    said = text(a_notification(evidence=(Fact("what_changed", "What changed", "; ".join(causes)),)))
    assert said.endswith(f"What changed: {causes[0]}")
