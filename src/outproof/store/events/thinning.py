"""What sampling does to the table of answers: whole traces are labelled, or taken out.

Everything is loaded as it comes, and thinned when it is old enough. So windows of late are exact, and a trace is judged
by all its spans. Before anything is taken out, the counts of its minutes are frozen: they stay those of all traffic.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from outproof.contract.answer import COLUMN_NAMES
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.measure.minutes import MINUTE_NS, Minutes
from outproof.sampling.decide import Decision
from outproof.sampling.policy import CERTAIN_PPM, Reason
from outproof.store.events import minutes
from outproof.store.events.client import Client
from outproof.store.events.once import TRACE_NUMBER

_REACH_NS = 600 * 10**9
"""How long before a period a trace may have begun that has spans in it."""

_UNDECIDED = """
project_id = {project:String} AND sample_policy IS NULL AND position <= {through:UInt64}
  AND started_at >= fromUnixTimestamp64Nano({start:Int64}) AND started_at < fromUnixTimestamp64Nano({end:Int64})
"""
_LABEL = f"""
ALTER TABLE answers UPDATE sample_policy = {{policy:String}},
    sample_reason = transform({TRACE_NUMBER}, {{traces:Array(UInt64)}}, {{reasons:Array(String)}}, ''),
    sampled_ppm = nullIf(toUInt32(greatest(1, round(coalesce(sampled_ppm, {CERTAIN_PPM})
        * (transform({TRACE_NUMBER}, {{traces:Array(UInt64)}}, {{chances:Array(UInt32)}}, {CERTAIN_PPM})
        / {CERTAIN_PPM})))), {CERTAIN_PPM})
  WHERE {_UNDECIDED} AND {TRACE_NUMBER} IN {{traces:Array(UInt64)}},
  DELETE WHERE {_UNDECIDED}
SETTINGS mutations_sync = 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is decided at once: whole minutes in [start, end), and what was loaded `through` that journal position."""

    project: ProjectId
    start: Instant
    end: Instant
    through: int

    @property
    def bounds(self) -> dict[str, Any]:
        return {"project": self.project, "start": self.start, "end": self.end, "through": self.through}


def undecided(client: Client, period: Period, names: Collection[str]) -> Mapping[str, list[Any]]:
    """The spans of all traces of which some are to be decided, as columns: ids, what was decided before, and `names`.

    `due` is true for those that are to be decided now.
    """
    assert set(names) <= set(COLUMN_NAMES)
    asked = dict.fromkeys(("trace_id", "sample_policy", "sample_reason", "sampled_ppm", *names))
    query = f"""
SELECT {", ".join(asked)}, toBool({_UNDECIDED}) AS due FROM answers
WHERE project_id = {{project:String}} AND started_at >= fromUnixTimestamp64Nano({{low:Int64}})
  AND trace_id IN (SELECT trace_id FROM answers WHERE {_UNDECIDED})
ORDER BY started_at, span_id
"""
    table = client.arrow(query, **period.bounds, low=period.start - _REACH_NS)
    return {name: table[name].to_pylist() for name in table.column_names}


def thin(client: Client, period: Period, kept: Mapping[bytes, Decision], policy: str) -> None:
    """Label what is kept of the undecided spans, and take out the rest. The same call again changes nothing.

    Raises:
        Transient: the store did not take it; what was not done is still undecided.
    """
    with client.remembered.changing:
        minutes.freeze(client, period.project, Minutes(period.start // MINUTE_NS, period.end // MINUTE_NS))
        client.command(
            _LABEL,
            **period.bounds,
            policy=policy,
            traces=[int.from_bytes(trace[:8], "little") for trace in kept],
            reasons=[decision.reason.value for decision in kept.values()],
            chances=[decision.ppm for decision in kept.values()],
        )


def before(reason: str | None, ppm: int | None, own_ppm: int | None) -> Decision | None:
    """What was decided of a trace, by one of its spans; `own_ppm` is what samplers before us left of the new ones."""
    if reason is None or reason not in set(Reason):
        return None
    chance = (ppm or CERTAIN_PPM) * CERTAIN_PPM // (own_ppm or CERTAIN_PPM)
    return Decision(Reason(reason), max(1, min(CERTAIN_PPM, chance)))
