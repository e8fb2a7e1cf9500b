"""A draft of what users may be told: the confidence boundary in, plain sentences that claim no more than it, out.

Numbers and times only: no ids, no names of ours, and nothing that was monitored.
"""

from __future__ import annotations

from outproof.core.time import rfc3339
from outproof.respond.boundary import Boundary, Unit


def user_notice(boundary: Boundary) -> str:
    """The draft. What nobody counted is said to be unknown, never left out."""
    good, bad, unknown = boundary.known_good.count, boundary.known_bad.count, boundary.unknown.count
    if good and bad == 0 and unknown == 0:
        sentences = ["We looked into a problem with one of our updates."]
    else:
        sentences = ["There is a problem with one of our updates."]
    if boundary.unit is Unit.ITEMS:
        sentences += _of_items(good, bad, unknown)
    else:
        sentences += _as_a_whole(good, bad)
    newest = boundary.newest_correct_at
    if newest is None:
        sentences.append("We cannot yet say up to when earlier content is correct.")
    else:
        moment = rfc3339(newest)
        sentences.append(f"The last update that we have confirmed is of {moment[:10]}, {moment[11:16]} UTC.")
    return " ".join(sentences)


def _of_items(good: int | None, bad: int | None, unknown: int | None) -> list[str]:
    said = []
    if good:
        said.append(f"{_entries(good)} confirmed to be correct.")
    if bad:
        said.append(f"{_entries(bad)} known to be wrong or missing.")
    if unknown is None:
        said.append("We do not know yet how many entries are affected.")
    elif unknown:
        said.append(f"For {_number(unknown)} we do not know yet.")
    elif bad is None:
        said.append("We do not know yet whether any entries are wrong.")
    return said


def _as_a_whole(good: int | None, bad: int | None) -> list[str]:
    if bad:
        return ["It is not as it should be."]
    if good:
        return ["It is confirmed to be correct."]
    return ["We do not know yet whether it is correct."]


def _entries(number: int) -> str:
    return "1 entry is" if number == 1 else f"{number:,} entries are"


def _number(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"
