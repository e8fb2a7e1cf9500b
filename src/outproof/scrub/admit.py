"""Readings in, `Admitted` batches out: what may be written to disk. Nothing else makes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from outproof.contract.answer import COLUMNS, TEXT_COLUMNS, ColumnKind, Columns, SetAside
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.scrub.rules import RULES, Rule
from outproof.scrub.text import cleaned

_CACHED_LABELS_MAX = 50_000
_LABELS = frozenset(column.name for column in COLUMNS if column.kind is ColumnKind.LABEL)
"""Columns whose values repeat; those of the others are new every time, and not worth remembering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """One request's worth of answers, scrubbed. The journal takes nothing else.

    `rejected` counts by reason what the request held and we refused; it is stored with the batch, in one commit.
    """

    project: ProjectId
    received_at: Instant
    columns: Columns
    set_aside: tuple[SetAside, ...]
    rejected: Mapping[str, int]
    redacted: Mapping[str, int]


class Scrubber:
    """Cleans the text columns of batches; remembers labels it has seen, since most repeat."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._rules = rules
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
        redacted: Counter[str] = Counter()
        safe = dict(columns)
        for name in TEXT_COLUMNS:
            safe[name] = self._column(name, columns[name], redacted)
        aside = tuple(self._aside(item) for item in set_aside)
        return Admitted(
            project=project,
            received_at=received_at,
            columns=safe,
            set_aside=aside,
            rejected=dict(rejected),
            redacted=dict(redacted),
        )

    def _column(self, name: str, values: Sequence[object], redacted: Counter[str]) -> Sequence[object]:
        if self._clean.issuperset(values):
            return values
        new = [value for value in set(values) - self._clean if isinstance(value, str)]
        together = "\n".join(new)  # nearly always no rule finds anything in any of them, and one look is enough
        changed: dict[object, str] = {}
        if cleaned(together, self._rules) != together:
            changed = {text: safe for text in new if (safe := cleaned(text, self._rules)) != text}
        if name in _LABELS and len(self._clean) + len(new) <= _CACHED_LABELS_MAX:
            self._clean.update(new)
            self._clean.difference_update(changed)
        if not changed:
            return values
        redacted[name] += sum(value in changed for value in values)
        return [changed.get(value, value) for value in values]

    def _aside(self, item: SetAside) -> SetAside:
        if (safe := cleaned(item.service, self._rules)) == item.service:
            return item
        return replace(item, service=safe)
