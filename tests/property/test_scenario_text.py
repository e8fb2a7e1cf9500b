"""A scenario that is written and read again is the same scenario."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from outproof.contract.drill import Fault
from outproof.contract.run import Claim, Stage
from outproof.contract.severity import Severity
from outproof.core.time import Instant
from outproof.decide.finding import FindingKind
from outproof.decide.matcher import Matcher, MatchOp
from outproof.decide.names import ANSWER_FACTS, MEASURES
from outproof.learn.drill import DrillState
from outproof.prove.outcome import Verdict
from outproof.respond.notification import NoticeKind
from outproof.respond.suppression import SuppressionKind
from outproof.scenario.parser import ScenarioErrors, parsed
from outproof.scenario.rendering import duration, rendered
from outproof.scenario.statement import (
    Act,
    Ages,
    AlertIs,
    Answers,
    Beats,
    Declaration,
    Declared,
    DrillIs,
    Drills,
    Firing,
    IncidentCount,
    IncidentIs,
    InlinePromise,
    Limit,
    Measures,
    NoIncident,
    Place,
    Receives,
    Responds,
    RunIs,
    Says,
    Scenario,
    ScenarioFile,
    ScheduledDrills,
    Sees,
    Silences,
    SilencesEnd,
    Standing,
    Start,
    Step,
    Told,
    Use,
    Verb,
)

HERE = Place(1, 1)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True).filter(lambda name: name != "of")
texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029"), max_size=20)
numbers = st.integers(-(10**15) + 1, 10**15 - 1) | st.integers(0, 10**9).map(lambda n: n / 1_000)
values = st.booleans() | numbers | texts
keys = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
spans = st.integers(0, 40 * 86_400_000)
stages = st.sampled_from(Stage)
maybe = st.none()

inline = st.sampled_from(
    [
        (("due", ("15m",)),),
        (("due", ("1h30m",)), ("proven", ("validated", "visible/independent")), ("severity", ("warning",))),
        (("cron", ("0 3 * * *",)), ("tz", ("Europe/Berlin",)), ("grace", ("20m",)), ("due", ("3h",))),
        (("every", ("1h",)), ("due", ("10m",)), ("owner", ("the night shift",)), ("settle", ("0s",))),
        (("heartbeat", ("5m",)), ("grace", ("1m",))),
        (("due", ("1d",)), ("stuck", ("10m",)), ("slow", ("2h",))),
    ]
)
declarations: st.SearchStrategy[Declaration] = st.one_of(
    st.builds(InlinePromise, name=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), options=inline),
    st.builds(
        Limit,
        name=names,
        condition=st.sampled_from(["overdue <= 0", "kept >= 3", "broken == 0 and not overdue > 2"]),
        severity=st.sampled_from(Severity),
    ),
    st.builds(Use, texts),
    st.builds(Start, st.integers(0, 4_000_000_000_000_000).map(lambda micros: Instant(micros * 1_000))),
    st.just(ScheduledDrills()),
)


def says() -> st.SearchStrategy[Says]:
    told = {"run": names, "promise": maybe | names, "values": st.dictionaries(keys, values, max_size=3)}
    some = st.lists(stages, min_size=1, max_size=4).map(tuple)
    proving = st.sampled_from([Verb.PROVES, Verb.FAILS])
    return st.one_of(
        st.builds(Says, **told, verb=st.just(Verb.OPENS)),
        st.builds(Says, **told, verb=proving, stages=some, independent=st.booleans()),
        st.builds(Says, **told, verb=st.just(Verb.CLOSES), claim=st.sampled_from(Claim)),
        st.builds(Says, run=names, promise=maybe | names, verb=st.just(Verb.NOTES)),
    )


labels = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
matchers = st.one_of(
    st.builds(Matcher, labels, st.just(MatchOp.IS), texts.filter(bool)),
    st.builds(Matcher, labels, st.just(MatchOp.LIKE), st.sampled_from(["a|b", "track.{1,20}", 'say "x"'])),
)
happenings = st.one_of(
    says(),
    st.builds(Sees, run=names, stage=stages, passed=st.booleans()),
    st.builds(Beats, names),
    st.builds(Ages, names, spans),
    st.builds(Receives, names, st.booleans()),
    st.builds(Drills, names, maybe | st.sampled_from(Fault)),
    st.builds(Answers, service=names, values=st.dictionaries(st.sampled_from(sorted(ANSWER_FACTS)), values)),
    st.builds(Measures, service=names, values=st.dictionaries(st.sampled_from(sorted(MEASURES)), numbers)),
    st.builds(RunIs, run=names, verdict=st.sampled_from(Verdict), stage=maybe | stages),
    st.builds(Silences, matchers=st.lists(matchers, min_size=1, max_size=3).map(tuple), lasts_ms=spans),
    st.just(SilencesEnd()),
    st.builds(Responds, person=names, act=st.sampled_from(Act), subject=names),
    st.builds(IncidentIs, subject=names, standing=st.just(Standing.HELD_BACK), by=st.sampled_from(SuppressionKind)),
    st.builds(
        IncidentIs,
        subject=names,
        standing=st.sampled_from([each for each in Standing if each is not Standing.HELD_BACK]),
        kind=maybe | st.sampled_from(FindingKind),
        stage=maybe | stages,
        values=st.dictionaries(keys, values, max_size=3),
    ),
    st.builds(NoIncident, maybe | names),
    st.builds(IncidentCount, st.integers(0, 10**9 - 1), maybe | names),
    st.builds(Told, channel=names, kind=st.sampled_from(NoticeKind), times=st.integers(0, 99)),
    st.builds(Told, channel=names),
    st.builds(DrillIs, names, st.sampled_from(DrillState)),
    st.builds(AlertIs, names, st.sampled_from(Firing)),
)
declared = st.lists(declarations, max_size=3).map(lambda all_of: tuple(Declared(one, HERE) for one in all_of))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    times = sorted(draw(st.lists(spans, max_size=5)))
    steps = tuple(Step(at_ms, draw(happenings), HERE) for at_ms in times)
    return Scenario(name=draw(texts.filter(bool)), declarations=draw(declared), steps=steps)


files = st.builds(
    ScenarioFile,
    declarations=declared,
    scenarios=st.lists(scenarios(), min_size=1, max_size=3, unique_by=lambda each: each.name).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(files)
def test_reading_what_was_written_gives_the_same_file(file: ScenarioFile) -> None:
    assert parsed(rendered(file), "a.scenario", "a") == file


@given(spans)
def test_a_written_duration_is_read_as_it_was(ms: int) -> None:
    text = f"{duration(ms)} no incident"
    [scenario] = parsed(text, "a.scenario", "a").scenarios
    assert scenario.steps[0].at_ms == ms


@given(st.text(max_size=200))
def test_every_text_is_a_file_or_is_refused_with_places(text: str) -> None:
    try:
        parsed(text, "a.scenario", "a")
    except ScenarioErrors as refused:
        errors = refused.errors
    else:
        errors = []
    assert all(error.line >= 1 and error.column >= 1 for error in errors)
