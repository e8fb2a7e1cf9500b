"""What a surface must show for one run: the declared surface and what the run has reported in; what to look for out."""

from __future__ import annotations

from outproof.contract.surface import FileSurface, HttpSurface, SqlSurface, Surface
from outproof.prove.file_sight import FileSight, file_sight
from outproof.prove.http_sight import HttpSight, http_sight
from outproof.prove.known_facts import Known, NotReported
from outproof.prove.look import Look, blind
from outproof.prove.sql_sight import SqlSight, sql_sight

Sight = HttpSight | SqlSight | FileSight


def sight(surface: Surface, known: Known) -> Sight | Look:
    """What to look for; a `Look` that saw nothing when the run has not reported a fact that it takes."""
    try:
        match surface:
            case HttpSurface():
                return http_sight(surface, known)
            case SqlSurface():
                return sql_sight(surface, known)
            case FileSurface():
                return file_sight(surface, known)
    except NotReported as error:
        return blind(str(error))
