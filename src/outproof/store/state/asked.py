"""Names that are asked about together: many names in; a table of them out, to which an index can be joined."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import JSON, Connection, Text, cast, column, func
from sqlalchemy.sql.selectable import TableValuedAlias


def each_of(connection: Connection, names: Sequence[str]) -> TableValuedAlias:
    """A table with the one column `value`. It is one parameter, however many names there are.

    Join to it from the outside, so that the database looks up each name and does not try each row for every name.
    """
    if connection.dialect.name == "sqlite":
        asked = func.json_each(json.dumps(list(names)))
    else:
        asked = func.json_array_elements_text(cast(list(names), JSON))
    return asked.table_valued(column("value", Text), name="asked")
