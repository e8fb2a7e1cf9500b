"""What a run is called on every host: its id, its promise and its own id in, one short text out, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from outproof.core.ids import ProjectId, RunId, run_id

RUN_VARIABLE = "OUTPROOF_RUN"
TICKET_CHARS_MAX = 16_384  # two names of 512 characters, each of them twelve when it is written as %F0%9F%98%80

_ID = re.compile(r"run_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class RunName:
    """A run by its id, and by what the id was made of where that is known: then its signals may come in any order."""

    id: RunId
    promise: str | None = None
    external_id: str | None = None

    @property
    def ticket(self) -> str:
        """The name as a text for a queue, an environment variable or a command line."""
        if self.promise is None or self.external_id is None:
            return self.id
        return "/".join((self.id, quote(self.promise, safe=""), quote(self.external_id, safe="")))

    @property
    def fields(self) -> dict[str, str]:
        """What a signal says of the run it belongs to."""
        if self.promise is None or self.external_id is None:
            return {}
        return {"promise": self.promise, "external_id": self.external_id}

    @property
    def items_path(self) -> str:
        """Where lines about its items go."""
        query = urlencode(self.fields)
        return f"/v1/runs/{self.id}/items" + (f"?{query}" if query else "")


def name_of_run(project: ProjectId, promise: str, external_id: str) -> RunName:
    """The name of a run that is known by its promise and its own id."""
    return RunName(run_id(project, promise, external_id), promise, external_id)


def name_from(ticket: object) -> RunName | None:
    """The name in a ticket, or in a run's bare id; None when it is neither."""
    if not isinstance(ticket, str) or len(ticket) > TICKET_CHARS_MAX:
        return None
    match [unquote(part) for part in ticket.strip().split("/")]:
        case [known] if _ID.fullmatch(known):
            return RunName(RunId(known))
        case [known, promise, external_id] if _ID.fullmatch(known) and promise and external_id:
            return RunName(RunId(known), promise, external_id)
    return None
