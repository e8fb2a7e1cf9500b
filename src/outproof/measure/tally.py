"""Counts of a window as they were read, by the chance their rows had of being kept, in; numbers for all traffic out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outproof.measure import estimates
from outproof.measure.estimates import CERTAIN_PPM, Part


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, of all traffic. `parts` are what was kept of it, where not everything was."""

    count: int
    of: int
    parts: tuple[Part, ...] = ()

    @property
    def ratio(self) -> float | None:
        """0 to 1. None when there is nothing to divide by: no data, which is not zero."""
        if self.parts:
            return estimates.ratio(self.parts)
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate behind the window."""
        return estimates.interval(self.parts or (Part(self.count, self.of),))

    @property
    def kept(self) -> int:
        """How many rows it was read off."""
        return sum(part.of for part in self.parts) if self.parts else self.of

    @property
    def observations(self) -> float:
        """How many equally weighted rows would say as much: what to hold against a minimum sample."""
        return (estimates.effective(self.parts) or 0.0) if self.parts else self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the numbers of a window rest on where not everything was kept. They all stand for all traffic.

    `effective` is how many equally weighted rows would say as much; `probabilities` are in millionths, with the rows
    that were kept by each; `policies` are the versions that drew, None an upstream sampler.
    """

    kept: int
    effective: float
    probabilities: Mapping[int, int]
    policies: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of the rows that were kept with one probability under one policy, by name."""

    counts: Mapping[str, int]
    ppm: int = CERTAIN_PPM
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a window, of a group or of a step."""

    counted: Sequence[Counted]

    def total(self, name: str) -> int:
        """How many there were, or how much, among all traffic."""
        if len(self.counted) == 1:  # where nothing is sampled, and policies ask for a hundred thousand of these
            (only,) = self.counted
            return estimates.scaled(only.counts[name], only.ppm)
        return sum(estimates.scaled(each.counts[name], each.ppm) for each in self.counted)

    def known_total(self, name: str, known: str) -> int | None:
        """A sum; None when nothing said anything."""
        return self.total(name) if any(each.counts[known] for each in self.counted) else None

    def share(self, count: str, of: str) -> Share:
        """The share of one count in another that holds it."""
        if not self.is_sampled:
            return Share(self.total(count), self.total(of))
        parts = (Part(each.counts[count], each.counts[of], each.ppm) for each in self.counted)
        return Share(self.total(count), self.total(of), tuple(part for part in parts if part.of))

    def kept(self, name: str) -> int:
        """How many rows are there to look at."""
        return sum(each.counts[name] for each in self.counted)

    @property
    def is_sampled(self) -> bool:
        if len(self.counted) == 1:
            return self.counted[0].ppm < CERTAIN_PPM
        return any(each.ppm < CERTAIN_PPM for each in self.counted)

    @property
    def sample(self) -> Sample | None:
        """How it was sampled; None where everything was kept."""
        if not self.is_sampled:
            return None
        kept: dict[int, int] = {}
        for each in self.counted:
            kept[each.ppm] = kept.get(each.ppm, 0) + each.counts["requests"]
        parts = [Part(0, rows, ppm) for ppm, rows in kept.items()]
        policies = {each.policy for each in self.counted if each.ppm < CERTAIN_PPM}
        return Sample(
            kept=sum(kept.values()),
            effective=estimates.effective(parts) or 0.0,
            probabilities=kept,
            policies=tuple(sorted(policies, key=lambda policy: policy or "")),
        )
