"""The breaks that one incident holds: what is known and what a finding is about in; what is broken now out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from outproof.core.ids import ProjectId
from outproof.decide.finding import About, Finding
from outproof.decide.labels import labels_of
from outproof.respond.gravity import SEVERITY_RANK

BROKEN_MAX = 1_000
"""Breaks of one incident that are told apart; more are counted."""

NAMED_MAX = 5
"""Breaks that a sentence names."""

Parts = tuple[About, ...]


def part_of(finding: Finding, project: ProjectId) -> Parts:
    """What the finding is about, as an incident keeps it. Empty: it is about the whole."""
    about = finding.about
    if about is None:
        return ()
    if about.makes_up:
        return (about,)
    return (replace(about, severity=finding.severity, labels=dict(labels_of(finding, project))),)


def with_part(new: Parts, known: Parts) -> tuple[Parts, int]:
    """What is broken with this among it, in the order of its time, and 1 where it was not broken before."""
    if not new:
        return known, 0
    others = tuple(other for other in known if other.id != new[0].id)
    together = sorted((*others, *new), key=lambda each: (each.at, each.id))
    return tuple(together[-BROKEN_MAX:]), int(len(others) == len(known))


def without(about: About, known: Parts) -> tuple[Parts, Parts]:
    """What is still broken when this holds, and what was made up for by it though it was never repaired."""
    others = tuple(other for other in known if other.id != about.id)
    if not about.makes_up:
        return others, ()
    return tuple(other for other in others if other.at > about.at), tuple(
        other for other in others if other.at <= about.at
    )


def is_shown(finding: Finding, broken: Sequence[About]) -> bool:
    """Whether this is the break to show: the worst, which of several runs is the newest: it is likely to be mended."""
    if finding.about is None or not broken:
        return True
    return min(broken, key=_order).id == finding.about.id


def worst_first(broken: Sequence[About]) -> Sequence[About]:
    """Breaks in the order in which somebody wants to know of them: the severest, the furthest beyond, the newest."""
    return sorted(broken, key=_order)


def names(broken: Sequence[About]) -> str:
    """Breaks by name, the newest few."""
    named = ", ".join(about.name for about in broken[-NAMED_MAX:])
    more = len(broken) - NAMED_MAX
    return f"{named} and {more} earlier" if more > 0 else named


def _order(about: About) -> tuple[int, float, int, str]:
    rank = 0 if about.severity is None else SEVERITY_RANK[about.severity]
    return -rank, -about.beyond, -about.at, about.id
