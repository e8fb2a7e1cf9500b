"""Where each fact of a stored span was read: its provenance text in; the attribute, or what it follows from, out."""

from __future__ import annotations

from dataclasses import dataclass

_FROM_SPAN = {
    **dict.fromkeys(("started_at", "duration_us"), "the span's times"),
    **dict.fromkeys(("service", "deploy", "environment"), "the resource"),
    "failed": "the span's status and events",
    "is_call": "the operation",
    "is_answer": "whether a decision is there",
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """`attributes` by fact; `copied` are facts that a twin of the span wrote, by fact, with the twin's dialect."""

    attributes: dict[str, str]
    copied: dict[str, str]

    def source(self, fact: str) -> str:
        """The attribute a fact was read from, or what it follows from."""
        if fact in self.copied:
            return f"a twin of this call, as {self.copied[fact]} wrote it"
        return self.attributes.get(fact) or _FROM_SPAN.get(fact, "other facts")


def provenance(text: str | None) -> Provenance:
    """What a row's `provenance` says: `fact=attribute; fact@dialect`."""
    parts = (text or "").split("; ")
    return Provenance(
        dict(item.split("=", 1) for item in parts if "=" in item),
        dict(item.split("@", 1) for item in parts if "@" in item and "=" not in item),
    )
