"""Brings a state database to the tables of this version: forwards only, every step in the caller's transaction."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, Text, func, inspect, select

from outproof.core.errors import Permanent
from outproof.store.state import tables

HEAD = "0004"
"""The newest step. Kept here so that opening an up-to-date database need not read the steps."""

_LOCK = 0x6F757470726F6F66  # "outproof": the same number in every version, whatever else shares the server
_stamp = Table("alembic_version", MetaData(), Column("version_num", Text))


def stamp(connection: Connection) -> str | None:
    """The step a database stands at. None: no step was ever taken in it."""
    if not inspect(connection).has_table(_stamp.name):
        return None
    return connection.scalar(select(_stamp.c.version_num))


def migrate(connection: Connection) -> None:
    """Take every step that is missing. Of several servers that start at once, one does it and the others wait.

    SQLite's write lock is held already, because each of our transactions begins with it.

    Raises:
        Permanent: the database is newer than this program, or holds somebody else's tables; nothing was changed.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found = stamp(connection)
    if found == HEAD:
        return
    config = Config()
    config.set_main_option("script_location", "outproof.store.state:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is None:
        _expect_none_of_our_tables(connection)
    elif found not in known:
        raise Permanent(
            f"expected a state database at step {HEAD} or an earlier one, found step {found}, which this version of "
            f"Outproof does not know: a newer version has used it. Start that version again, or restore a backup made "
            f"before the upgrade"
        )
    command.upgrade(config, HEAD)


def _expect_none_of_our_tables(connection: Connection) -> None:
    """An empty database may hold other programs' tables, but none that we would have to make."""
    taken = sorted(set(tables.metadata.tables) & set(inspect(connection).get_table_names()))
    if taken:
        raise Permanent(
            f"expected a state database that Outproof made, or one without its tables; found the tables "
            f"{', '.join(taken)} and no record of the version that made them. Give Outproof a database or a schema of "
            f"its own, or move the old one out of the way"
        )
