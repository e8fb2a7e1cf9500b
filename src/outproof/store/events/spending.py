"""Usage of one project, read from the event store: every call once, kept apart by what decides its price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from outproof.core.errors import Permanent
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.measure.cost import Usage
from outproof.measure.rate_book import RateBook
from outproof.measure.spending import By
from outproof.store.events.client import Client
from outproof.store.events.usage import KEY, ORDER, SUMS, terms, usage

GROUPS_MAX = 50_000

_PART = {by: by.value for by in By} | {
    By.MODEL: "coalesce(model, model_request)",
    By.DAY: "toString(toDate(started_at))",
}
_QUERIES = {
    by: f"""
SELECT {part} AS part, {SUMS} FROM answers
WHERE project_id = {{project:String}} AND ({{service:String}} = '' OR service = {{service:String}}) AND is_call
  AND started_at >= fromUnixTimestamp64Nano({{start:Int64}}) AND started_at < fromUnixTimestamp64Nano({{end:Int64}})
GROUP BY part, {KEY} ORDER BY {ORDER} LIMIT {{limit:UInt32}}
"""  # noqa: S608  # of constants
    for by, part in _PART.items()
}


class Spending:
    """`ports.Spending` over the answers."""

    def __init__(self, client: Client, project: ProjectId, *, groups_max: int = GROUPS_MAX) -> None:
        self._client = client
        self._project = project
        self._groups_max = groups_max

    def usages(
        self, start: Instant, end: Instant, book: RateBook, by: By, service: str | None = None
    ) -> Mapping[str | None, Sequence[Usage]]:
        """Usage of one service, or of all.

        Raises:
            Permanent: there are more parts than can be told apart.
            Transient: the event store did not answer.
        """
        rows = self._client.rows(
            _QUERIES[by],
            project=self._project,
            service=service or "",
            start=start,
            end=end,
            limit=self._groups_max + 1,
            **terms(book),
        )
        if len(rows) > self._groups_max:
            raise Permanent(
                f"expected at most {self._groups_max} differently priced parts by {by}, found more: ask for a shorter "
                "time, for one service, or by model"
            )
        found: dict[str | None, list[Usage]] = defaultdict(list)
        for row in rows:
            found[row["part"]].append(usage(row))
        return found
