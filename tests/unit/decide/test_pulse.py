from dataclasses import replace

import pytest

from outproof.contract.promise import Promise
from outproof.contract.schedule import Heartbeat
from outproof.contract.surface import FileSurface, Freshness
from outproof.core.time import rfc3339
from outproof.decide.finding import FindingKind
from outproof.decide.pulse import pulse_finding
from outproof.prove.pulses import Pulse, PulseState, begun
from tests.builders import at

WORKER = Promise(
    name="worker",
    outcome="It works.",
    owner="ops",
    heartbeat=Heartbeat(every_s=60.0, grace_s=10.0),
    channels=("pager",),
    first_check="Is it up?",
    runbook="https://r",
)
FEED = Promise(
    name="feed", outcome="Fresh.", owner="web", freshness=Freshness(max_age_s=600.0, file=FileSurface(url="/out/feed"))
)
BEAT = replace(begun(WORKER, at(0)), newest_at=at(5))
SEEN = replace(begun(FEED, at(0)), newest_at=at(5), detail="saw a file")


@pytest.mark.parametrize("state", [PulseState.WAITING, PulseState.PAUSED])
def test_nothing_is_said_while_nobody_can_tell(state: PulseState) -> None:
    assert pulse_finding(replace(BEAT, state=state), WORKER) is None


@pytest.mark.parametrize(
    ("pulse", "promise", "title", "reason"),
    [
        (
            replace(BEAT, state=PulseState.STALE),
            WORKER,
            "worker: its heartbeat stopped",
            f"no heartbeat since {rfc3339(at(5))}; expected one every 1 min, with 10 s of grace",
        ),
        (
            replace(BEAT, state=PulseState.STALE, newest_at=None),
            replace(WORKER, heartbeat=Heartbeat(every_s=60.0, grace_s=0.0)),
            "worker: its heartbeat stopped",
            f"no heartbeat since {rfc3339(at(0))}, when we began to listen; expected one every 1 min",
        ),
        (
            replace(SEEN, state=PulseState.STALE),
            FEED,
            "feed: its output is stale",
            f"the newest output is of {rfc3339(at(5))}, older than 10 min",
        ),
        (
            replace(SEEN, state=PulseState.STALE, looks=3, detail="could not look at /out/feed: we may not read it"),
            FEED,
            "feed: its output is stale",
            f"the newest output is of {rfc3339(at(5))}, older than 10 min; "
            "3 looks in a row could not tell: could not look at /out/feed: we may not read it",
        ),
        (
            replace(SEEN, state=PulseState.STALE, newest_at=None),
            FEED,
            "feed: its output is stale",
            f"no output was seen since {rfc3339(at(0))}, when we began to look, for 10 min",
        ),
    ],
)
def test_what_is_stale_says_since_when_and_what_was_expected(
    pulse: Pulse, promise: Promise, title: str, reason: str
) -> None:
    found = pulse_finding(pulse, promise)
    assert found is not None
    assert (found.kind, found.firing, found.key) == (FindingKind.STALE, True, f"pulse:{promise.name}")
    assert (found.title, found.reason) == (title, reason)
    assert (found.owner, found.channels, found.runbook) == (promise.owner, promise.channels, promise.runbook)


@pytest.mark.parametrize(
    ("pulse", "promise", "reason"),
    [
        (BEAT, WORKER, f"a heartbeat came at {rfc3339(at(5))}"),
        (SEEN, FEED, f"the newest output is of {rfc3339(at(5))}"),
    ],
)
def test_what_is_fresh_ends_it(pulse: Pulse, promise: Promise, reason: str) -> None:
    found = pulse_finding(replace(pulse, state=PulseState.FRESH), promise)
    assert found is not None
    assert (found.firing, found.reason) == (False, reason)
