"""What a run has reported, for whoever looks at its surface: its state in; values for placeholders and limits out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outproof.contract.evidence import FactValue
from outproof.contract.run import COUNT_NAMES
from outproof.contract.surface import SHA256
from outproof.core.time import Instant
from outproof.prove.run_state import RunState


class NotReported(Exception):
    """A fact is needed that the run has not reported, or not as it is needed. The message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What placeholders and conditions may name. `nameable` are the evidence keys of the promise.

    `opened_at` is None where the run was never opened, and where there is no run.
    """

    facts: Mapping[str, FactValue] = field(default_factory=dict)
    nameable: tuple[str, ...] = ()
    opened_at: Instant | None = None

    def fact(self, name: str, use: str) -> str | int | float | bool:
        """The value of a fact.

        Raises:
            NotReported: the run has not reported it.
        """
        value = self.facts.get(name)
        if value is None:
            raise NotReported(f"{use} {name}, which this run has not reported")
        return value

    def wanted(self, declared: FactValue) -> FactValue:
        """What a value must equal: a fact if it names one, else what is written there.

        Raises:
            NotReported: it names a fact that the run has not reported.
        """
        if isinstance(declared, str) and (declared in COUNT_NAMES or declared in self.nameable):
            return self.fact(declared, "it must equal")
        return declared

    def number(self, declared: str | int | float | None) -> int | float | None:
        """A limit: a number as it is written, or the fact that it names.

        Raises:
            NotReported: it names a fact that the run has not reported, or that is no number.
        """
        if not isinstance(declared, str):
            return declared
        value = self.fact(declared, "its limit is")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NotReported(f"its limit is {declared}, and this run reports something that is no number")
        return value

    def digest(self, declared: str | None) -> str | None:
        """A SHA-256 in small letters: as it is written, or the fact that it names.

        Raises:
            NotReported: it names a fact that the run has not reported, or that is no such digest.
        """
        if declared is None or SHA256.fullmatch(declared):
            return None if declared is None else declared.lower()
        value = str(self.fact(declared, "its digest is")).removeprefix("sha256:")
        if not SHA256.fullmatch(value):
            raise NotReported(f"its digest is {declared}, and this run reports something that is no SHA-256")
        return value.lower()

    def since(self, *, wanted: bool) -> Instant | None:
        """When the run was opened, where that is wanted.

        Raises:
            NotReported: it never was, so nothing says how new its output must be.
        """
        if wanted and self.opened_at is None:
            raise NotReported("it must be newer than the run's beginning, and this run was never opened")
        return self.opened_at if wanted else None


def known_facts(state: RunState, nameable: tuple[str, ...]) -> Known:
    """What placeholders and conditions may name, as far as this run has reported it."""
    counts = {name: getattr(state.counts, name) for name in COUNT_NAMES}
    facts: dict[str, FactValue] = {**state.evidence, "output_id": state.output_id, **counts}
    return Known(
        facts={key: value for key, value in facts.items() if value is not None},
        nameable=nameable,
        opened_at=state.opened_at,
    )
