import pytest

from outproof.contract.run import Claim, Stage
from outproof.decide.finding import FindingKind
from outproof.scenario.parser import ScenarioErrors, parsed
from outproof.scenario.statement import IncidentIs, Says, ScenarioFile, Standing, Verb

EXAMPLE = """
promise daily-digest due 15m
policy  digest-proven  overdue <= 0  critical
 0m   run r1 opens
 1m   run r1 proves generated validated persisted
15m   alert digest-proven is firing       # r1 overdue at visible
16m   run r1 proves visible
16m   alert digest-proven is inactive
"""


def read(text: str) -> ScenarioFile:
    return parsed(text, "night.scenario", "night")


def errors(text: str) -> list[str]:
    with pytest.raises(ScenarioErrors) as caught:
        read(text)
    return [str(error) for error in caught.value.errors]


def test_a_file_without_a_scenario_line_is_one_scenario_of_its_own_name() -> None:
    [scenario] = read(EXAMPLE).scenarios
    assert (scenario.name, [step.at_ms for step in scenario.steps]) == ("night", [0, 60_000, 900_000, 960_000, 960_000])
    assert scenario.steps[1].what == Says(
        run="r1", verb=Verb.PROVES, stages=(Stage.GENERATED, Stage.VALIDATED, Stage.PERSISTED)
    )


def test_what_stands_above_the_first_scenario_is_shared() -> None:
    file = read('promise a due 1h\nscenario "one"\n0m no incident\nscenario "two"\npromise b due 1h\n0m no incident')
    assert [scenario.name for scenario in file.scenarios] == ["one", "two"]
    assert [len(scenario.declarations) for scenario in file.scenarios] == [0, 1]
    assert len(file.declarations) == 1


def test_values_are_numbers_truths_and_texts() -> None:
    [scenario] = read('0m run r1 of p closes success valid=3 ratio=0.5 ok=true note="a # b" batch=b-17').scenarios
    assert scenario.steps[0].what == Says(
        run="r1",
        promise="p",
        verb=Verb.CLOSES,
        claim=Claim.SUCCESS,
        values={"valid": 3, "ratio": 0.5, "ok": True, "note": "a # b", "batch": "b-17"},
    )


def test_an_incident_is_asked_for_by_standing_kind_stage_and_evidence() -> None:
    [scenario] = read("5m incident of p is open broken at visible owner=growth").scenarios
    assert scenario.steps[0].what == IncidentIs(
        subject="p",
        standing=Standing.OPEN,
        kind=FindingKind.BROKEN,
        stage=Stage.VISIBLE,
        values={"owner": "growth"},
    )


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("0m run r1 opend", "1:11", "proves, fails, notes, closes or is, got 'opend'; did you mean 'opens'?"),
        ("  promis a due 1h", "1:3", "expected a time such as 15m, or promise, "),
        ("  promis a due 1h", "1:3", "got 'promis'; did you mean 'promise'?"),
        ("0m run r1 proves visble", "1:18", "got 'visble'; did you mean 'visible'?"),
        ("0m drill p never-stat", "1:12", "got 'never-stat'; did you mean 'never-start'?"),
        ("0m run r1 is", "1:13", "expected pending, kept, broken, unverified or overdue, got the end of the line"),
        ("15 minutes run r1 opens", "1:1", "expected a duration such as 500ms, 20s, 5m, 3h, 7d or 1h30m, got '15'"),
        ("5m no incident\n4m no incident", "2:1", "expected a time not before the line above (300 s)"),
        ("promise a", "1:9", "expected `due` once"),
        ("promise a due 1h due 2h", "1:18", "due is given twice"),
        ("promise a due 1h proven visble", "1:9", "got 'visble'; did you mean 'visible'?"),
        ("promise a due 1h proven visible/probe", "1:9", "expected visible, visible/job or visible/independent"),
        ("policy p overdu <= 0", "1:10", 'unknown verdict "overdu": did you mean "overdue"?'),
        ('0m run r1 opens note="open', "1:22", 'expected a closing " in this line'),
        ("0m run r1 opens a=1 a=2", "1:21", "a is given twice"),
        ("0m run r1 opens now", "1:17", "expected key=value, or the end of the line, got 'now'"),
        ("0m no incident now", "1:16", "expected the end of the line, got 'now'"),
        ("start yesterday", "1:7", "yesterday"),
        ('0m no incident\nscenario "late"', "2:1", "expected `scenario` above the first step"),
        ('scenario "a"\nscenario "a"', "2:10", "there is a scenario 'a' above"),
        ("0m service s measures ttf_p95=1", "1:23", "got 'ttf_p95'; did you mean 'ttft_p95'?"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(text: str, place: str, said: str) -> None:
    [error] = errors(text)
    assert error.startswith(f"night.scenario:{place}: ")
    assert said in error


def test_all_mistakes_are_told_at_once() -> None:
    assert len(errors("0m run\n1m run r1 opens\n2m drill")) == 2
