"""Readings in, `Admitted` batches out: what may be written to disk. Nothing else makes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from outproof.contract.answer import COLUMNS, TEXT_COLUMNS, ColumnKind, Columns, SetAside
from outproof.core.ids import ProjectId
from outproof.core.pseudonym import Pseudonyms
from outproof.core.time import Instant
from outproof.scrub.in_force import policy_in_force
from outproof.scrub.policy import Policy

_CACHED_LABELS_MAX = 50_000
_LABELS = frozenset(column.name for column in COLUMNS if column.kind is ColumnKind.LABEL)
"""Columns whose values repeat; those of the others are new every time, and not worth remembering."""
_NAMES = frozenset(column.name for column in COLUMNS if column.kind is ColumnKind.NAME)
_OURS = frozenset(("tool_input_hash", "retry_of", "call_id", "scrub_policy"))
"""Columns that hold what we made ourselves, in letters that nobody else can choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """One request's worth of answers, scrubbed. The journal takes nothing else.

    `rejected` counts by reason what the request held and we refused, `redacted` by column and rule what was replaced;
    both are stored with the batch, in one commit. `sender` is who wrote it down, where that was said. Each row says in
    `scrub_policy` which rules it went through.
    """

    project: ProjectId
    received_at: Instant
    columns: Columns
    set_aside: tuple[SetAside, ...]
    rejected: Mapping[str, int]
    redacted: Mapping[str, int]
    sender: str = ""


class Scrubber:
    """Cleans the text columns of batches by the policy in force; remembers labels it has seen, since most repeat.

    With `pseudonyms` a name in which something is found is replaced as a whole by one that is the same each time, so
    that what belonged together still does; so is every name of the columns in `replaced`, whatever it holds.
    """

    def __init__(self, pseudonyms: Pseudonyms | None = None, replaced: Collection[str] = ()) -> None:
        self._pseudonyms = pseudonyms
        self._replaced = frozenset(replaced) if pseudonyms else frozenset()
        self._looked_at = tuple(name for name in TEXT_COLUMNS if name not in self._replaced | _OURS)
        self._policy = policy_in_force()
        self._clean: set[object] = {None}

    def admit(
        self,
        columns: Columns,
        set_aside: Sequence[SetAside],
        rejected: Mapping[str, int],
        *,
        project: ProjectId,
        received_at: Instant,
    ) -> Admitted:
        """The batch as it may be stored."""
        policy = policy_in_force()
        if policy is not self._policy:
            self._policy, self._clean = policy, {None}  # what was clean by other rules must be looked at again
        redacted: Counter[str] = Counter()
        safe = dict(columns)
        new = self._new(columns)
        # Nearly always no rule finds anything in any of them, and one look is enough.
        if new and policy.finds("\n".join(chain.from_iterable(new.values()))):
            for name, texts in new.items():
                safe[name] = self._cleaned(name, texts, columns[name], policy, redacted)
        elif new:
            self._remember(new)
        for name in self._replaced & columns.keys():
            safe[name] = [None if value is None else self._stand_in(name, str(value)) for value in columns[name]]
        safe["scrub_policy"] = (policy.id,) * len(columns["span_id"])
        return Admitted(
            project=project,
            received_at=received_at,
            columns=safe,
            set_aside=tuple(_aside(item, policy) for item in set_aside),
            rejected=dict(rejected),
            redacted=dict(redacted),
        )

    def _new(self, columns: Columns) -> dict[str, set[str]]:
        """The texts of each column that were not seen to be clean before."""
        clean, new = self._clean, {}
        for name in self._looked_at:
            values = columns.get(name, ())
            if not clean.issuperset(values):
                new[name] = {value for value in values if isinstance(value, str) and value not in clean}
        return new

    def _remember(self, clean: Mapping[str, set[str]]) -> None:
        for name, texts in clean.items():
            if name in _LABELS and len(self._clean) + len(texts) <= _CACHED_LABELS_MAX:
                self._clean |= texts

    def _cleaned(
        self, name: str, texts: set[str], values: Sequence[object], policy: Policy, redacted: Counter[str]
    ) -> Sequence[object]:
        """The column without what must not be kept, which is counted."""
        changed: dict[object, str] = {}
        times = Counter(values)
        for text in texts:
            if found := policy.finds(text):
                redacted.update({f"{name}: {find.name}": times[text] for find in found})
                named = name in _NAMES and self._pseudonyms is not None
                changed[text] = self._stand_in(name, text, found[0].name) if named else policy.cleaned(text)
        self._remember({name: texts - changed.keys()})
        return [changed.get(value, value) for value in values] if changed else values

    def _stand_in(self, column: str, text: str, kind: str = "ID") -> str:
        assert self._pseudonyms is not None
        return f"[{kind}~{self._pseudonyms.token(column, text)}]"


def _aside(item: SetAside, policy: Policy) -> SetAside:
    if (safe := policy.cleaned(item.service)) == item.service:
        return item
    return replace(item, service=safe)
