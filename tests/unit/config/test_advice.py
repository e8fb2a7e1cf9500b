from dataclasses import replace

import pytest

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.email.config import EmailConfig
from outproof.channels.slack.config import SlackConfig
from outproof.config.advice import advice
from outproof.config.declared import Declared, Egress
from outproof.contract.drill import DrillRule
from outproof.contract.promise import CountRule, Promise, Requirement
from outproof.contract.run import Observer, Stage
from outproof.contract.schedule import Heartbeat, Schedule
from outproof.contract.surface import FileSurface, HttpSurface
from outproof.decide.matcher import matcher
from outproof.egress.smtp import Relay
from outproof.respond.inhibition import Inhibitor
from outproof.respond.route import Routes
from tests.unit.decide.policies import a_threshold

PROMISE = Promise(
    name="p",
    outcome="o",
    owner="me",
    due_s=300,
    proofs={Stage.VALIDATED: Requirement(counts=CountRule())},
    runbook="https://runbooks.example/p",
    drill=DrillRule(every_s=604_800),
)


def remarks(promise: Promise, *, allow: tuple[str, ...] = (), routes: Routes | None = None) -> list[str]:
    declared = Declared(
        promises=(promise,),
        routes=Routes(default=("ops",)) if routes is None else routes,
        channels=(SlackConfig("ops", "https://hooks.example/ops"),),
        egress=Egress(allow=allow),
    )
    return [text for _, text in advice(declared)]


def seen_at(url: str) -> Promise:
    visible = Requirement(observer=Observer.PROBE, http=HttpSurface(url=url))
    return replace(PROMISE, proofs={Stage.VISIBLE: visible})


def test_nothing_is_said_of_a_promise_that_lacks_nothing() -> None:
    assert remarks(PROMISE) == []
    assert remarks(seen_at("https://app.example/{batch_id}")) == []


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        (replace(PROMISE, proofs={Stage.GENERATED: Requirement()}), "it proves only that its job ran"),
        (replace(PROMISE, runbook=None), "it has no `runbook`"),
        (replace(PROMISE, drill=None), "it is never drilled"),
        (replace(PROMISE, drill=DrillRule()), "it is never drilled"),
        (
            replace(PROMISE, due_s=30, schedule=Schedule(every_s=900)),
            "its output is due before its run must even have begun",
        ),
        (
            replace(PROMISE, proofs={}, due_s=None, heartbeat=Heartbeat(every_s=60)),
            "a heartbeat proves that something runs",
        ),
        (replace(PROMISE, channels=()), "nobody is told of its incidents"),
        (seen_at("https://app.internal/"), "our probe will not read app.internal, because it is internal"),
        (seen_at("https://digests/"), "our probe will not read digests, because it is internal"),
        (seen_at("https://10.1.2.3/"), "our probe will not read 10.1.2.3, because it is private"),
        (seen_at("http://app.example/"), "our probe will not read app.example, because it is reached over plain http"),
    ],
)
def test_what_is_probably_not_meant_is_said(promise: Promise, said: str) -> None:
    [remark] = remarks(promise)
    assert remark.startswith(f"p: {said}")


def test_a_host_that_is_allowed_is_none_of_our_business() -> None:
    assert remarks(seen_at("http://10.1.2.3/"), allow=("10.0.0.0/8",)) == []
    assert remarks(seen_at("http://app.internal/"), allow=("app.internal",)) == []


@pytest.mark.parametrize(
    ("url", "allowed", "said"),
    [
        ("/srv/out/{batch_id}", (), ["p: our probe will not read /srv/out/{batch_id}, because nobody allows files"]),
        ("file:///srv/out/a", ("/srv/outer",), ["p: our probe will not read file:///srv/out/a, because nobody allows"]),
        ("/srv/out/{batch_id}", ("/srv/out",), []),
        ("file:///srv/out/a", ("/srv/",), []),
        ("s3://bucket/{batch_id}", (), []),
    ],
)
def test_a_file_that_nobody_allows_to_be_read_is_told(url: str, allowed: tuple[str, ...], said: list[str]) -> None:
    visible = Requirement(observer=Observer.PROBE, file=FileSurface(url=url))
    declared = Declared(
        promises=(replace(PROMISE, proofs={Stage.VISIBLE: visible}),),
        routes=Routes(("ops",)),
        channels=(SlackConfig("ops", "https://hooks.example/ops"),),
        egress=Egress(files=allowed),
    )
    remarked = [text for _, text in advice(declared)]
    assert len(remarked) == len(said)
    assert all(text.startswith(begin) for text, begin in zip(remarked, said, strict=True))


def test_a_severity_without_a_route_is_told() -> None:
    assert remarks(PROMISE, routes=Routes())[0].startswith("p: nobody is told of its incidents")


def of_channel(url: str, *allow: str) -> list[str]:
    declared = Declared(channels=(SlackConfig("ops", url),), egress=Egress(allow=allow))
    return [text for _, text in advice(declared)]


def test_a_channel_that_our_own_guard_will_refuse_is_told_before_the_first_page() -> None:
    said = "channel ops: nothing will be sent to 127.0.0.1, because it is loopback: add it under `egress: {allow: […]}`"
    assert of_channel("http://127.0.0.1:9999/hook") == [said]
    assert "because it is internal, by its name" in of_channel("https://chat.internal/hook")[0]
    assert "because it is reached over plain http" in of_channel("http://hooks.example.com/hook")[0]
    assert of_channel("http://127.0.0.1:9999/hook", "127.0.0.1") == []
    assert of_channel("https://hooks.example.com/hook") == []


def test_a_relay_and_every_peer_of_a_cluster_are_looked_at() -> None:
    mail = EmailConfig(
        name="mail", relay=Relay(host="10.0.0.1", port=587), sender="a@example.com", recipients=("b@example.com",)
    )
    peers = AlertmanagerConfig(name="am", urls=("https://am.example.com", "http://10.0.0.2:9093"))
    texts = [text for _, text in advice(Declared(channels=(mail, peers)))]
    assert [text.partition(", because")[0] for text in texts] == [
        "channel mail: nothing will be sent to 10.0.0.1",
        "channel am: nothing will be sent to 10.0.0.2",
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('policy="slow-first-tokn"', "; did you mean 'slow-first-token'?"),
        ('promise="p"', None),
        ('promise="q"', ""),
        ('policy=~"slow.*"', None),
        ('policy="slow-first-token", severity="critical"', ""),  # it is a warning
        ('policy="slow-first-token", kind="unverified"', None),
        ('policy="slow-first-token", team="x"', None),  # nobody can tell what an incident is labelled with otherwise
        ('alertname="DatabaseDown"', None),
        ('kind="monitor_down"', None),
    ],
)
def test_an_inhibitor_whose_source_is_the_name_of_nothing_is_told(source: str, said: str | None) -> None:
    inhibitor = Inhibitor(
        name="i",
        source=tuple(matcher(each) for each in source.split(", ")),
        target=(matcher('severity="info"'),),
    )
    declared = Declared(promises=(replace(PROMISE),), policies=(a_threshold(),), inhibit=(inhibitor,))
    texts = [text for about, text in advice(declared) if about is inhibitor]
    expected = f"inhibit i: no policy and no promise fulfils its source {source}"
    assert texts == ([] if said is None else [expected + said])
