"""What explains what: an incident that is open holds back the notices of others. The meaning is Alertmanager's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outproof.decide.matcher import Labels, Matcher, all_match
from outproof.respond.silence import check_matchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibitor:
    """While something that fulfils `source` is open, nobody is told of what fulfils `target`.

    The labels `equal` must be the same on both; one that neither has is the same. What fulfils both sides is not
    inhibited by what fulfils both: nothing holds itself back, and no two hold back each other.

    Raises:
        ValueError: a side covers everything.
    """

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_matchers(self.source)
        check_matchers(self.target)

    def inhibits(self, source: Iterable[Labels], target: Labels) -> bool:
        """Whether an open incident, known by any of these label sets, holds back what has the labels `target`."""
        if not all_match(self.target, target):
            return False
        is_source_too = all_match(self.source, target)
        return any(self._is_source(labels, target, is_source_too=is_source_too) for labels in source)

    def _is_source(self, labels: Labels, target: Labels, *, is_source_too: bool) -> bool:
        if not all_match(self.source, labels) or (is_source_too and all_match(self.target, labels)):
            return False
        return all(labels.get(name, "") == target.get(name, "") for name in self.equal)
