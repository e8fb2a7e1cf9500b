"""Looks at any surface, with the probe of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from outproof.ports import Clock
from outproof.probes.file import FileProbe
from outproof.probes.http import HttpProbe
from outproof.probes.sql import SqlProbe
from outproof.prove.file_sight import FileSight
from outproof.prove.http_sight import HttpSight
from outproof.prove.look import Look
from outproof.prove.sql_sight import SqlSight
from outproof.prove.surface_reading import Sight


class Surfaces:
    """`ports.Probe`. `allow` is where requests may go beyond public https, `files` which directories may be read."""

    def __init__(self, allow: Sequence[str], files: Sequence[str], clock: Clock) -> None:
        self._http = HttpProbe(allow)
        self._sql = SqlProbe()
        self._file = FileProbe(files, clock)

    def look(self, sight: Sight) -> Look:
        match sight:
            case HttpSight():
                return self._http.look(sight)
            case SqlSight():
                return self._sql.look(sight)
            case FileSight():
                return self._file.look(sight)
