"""Raw contents on disk: a SQLite file of its own, made with the first grant, each content sealed by its grant's key.

The key of a grant is random, and sealed by the key in `raw.key`. Erasing a grant overwrites its key and its contents:
copies of the file that were made before can be opened no more than the key file allows, and no longer than it exists.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from outproof.contract.raw import CONTENTS_PER_GRANT_MAX, RawContent, RawGrant
from outproof.core.errors import Permanent, Transient
from outproof.core.ids import ProjectId
from outproof.core.time import Instant
from outproof.store.secret_file import KEY_BYTES, RAW_KEY, secret_key

NAME = "raw.db"
_NONCE_BYTES = 12
_LOCK_WAIT_S = 5

_metadata = MetaData()
_grants = Table(
    "grants",
    _metadata,
    Column("project_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("sealed_key", LargeBinary, nullable=False),
)
_contents = Table(
    "contents",
    _metadata,
    Column("project_id", Text, nullable=False),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("grant_id", Text, nullable=False),
    Column("trace_id", LargeBinary, nullable=False),
    Column("span_id", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # name and text
    Index("ix_contents_grant", "project_id", "grant_id", "number"),
)


class RawContents:
    """`ports.RawStore` of one project. Nothing is on disk, not even a key, until the first grant."""

    def __init__(self, folder: Path, project: ProjectId) -> None:
        self._folder = folder
        self._project = project
        self._lock = Lock()
        self._engine: Engine | None = None
        self._live: list[RawGrant] = []
        if (folder / NAME).exists():
            self._live = [grant for grant in self.grants() if grant.revoked_at is None]

    def recording(self, now: Instant) -> bool:
        """Whether contents are to be kept now. As cheap as it looks: it is asked for each request."""
        return any(grant.is_live(now) for grant in self._live)

    def add(self, grant: RawGrant) -> None:
        """Begin to record under a grant.

        Raises:
            Transient: it could not be written; nothing was changed.
        """
        key = AESGCM.generate_key(8 * KEY_BYTES)
        row = {"project_id": self._project, "sealed_key": _sealed(self._master(), key, self._about(grant.id))}
        with self._begin() as connection:
            connection.execute(
                insert(_grants).values(
                    id=grant.id,
                    by=grant.by,
                    reason=grant.reason,
                    made_at=grant.made_at,
                    expires_at=grant.expires_at,
                    **row,
                )
            )
        self._live = [*self._live, grant]

    def grants(self) -> Sequence[RawGrant]:
        """Those whose contents were not erased yet, the newest first."""
        if not (self._folder / NAME).exists():
            return []
        held = (
            select(func.count())
            .where(_contents.c.project_id == _grants.c.project_id, _contents.c.grant_id == _grants.c.id)
            .scalar_subquery()
        )
        query = (
            select(_grants, held.label("held"))
            .where(_grants.c.project_id == self._project)
            .order_by(_grants.c.made_at.desc(), _grants.c.id)
        )
        with self._begin() as connection:
            return [_grant(row) for row in connection.execute(query)]

    def keep(self, contents: Sequence[RawContent], now: Instant) -> int:
        """Keep contents under every live grant; how many copies were left out, of grants that hold no more.

        Raises:
            Transient: they could not be written; none was.
        """
        left_out = 0
        with self._begin() as connection:
            for grant in [grant for grant in self._live if grant.is_live(now)]:
                room = CONTENTS_PER_GRANT_MAX - self._held(connection, grant.id)
                key = self._key(connection, grant.id)
                rows = [self._row(key, grant.id, each) for each in contents[: max(room, 0)]] if key else []
                if rows:
                    connection.execute(insert(_contents), rows)
                left_out += len(contents) - len(rows)
        return left_out

    def read(self, grant: str, after: int, limit: int) -> Sequence[tuple[int, RawContent]]:
        """Contents under a grant by their number, in the order of their coming.

        Raises:
            Permanent: they were not sealed by this server's key.
        """
        query = (
            select(_contents)
            .where(_contents.c.project_id == self._project, _contents.c.grant_id == grant, _contents.c.number > after)
            .order_by(_contents.c.number)
            .limit(limit)
        )
        with self._begin() as connection:
            key = self._key(connection, grant)
            return [(row.number, self._content(key, row)) for row in connection.execute(query)] if key else []

    def revoke(self, grant: str, now: Instant) -> bool:
        """End a grant before its time; False when it had ended, or there is none of that id."""
        changed = (
            update(_grants)
            .where(_grants.c.project_id == self._project, _grants.c.id == grant, _grants.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        if not (self._folder / NAME).exists():
            return False
        with self._begin() as connection:
            done = connection.execute(changed).rowcount == 1
        self._live = [replace(each, revoked_at=now) if each.id == grant else each for each in self._live]
        return done

    def due(self, now: Instant) -> Sequence[RawGrant]:
        """Grants that are over and whose contents are still there."""
        return [grant for grant in self._live if not grant.is_live(now)]

    def erase(self, grant: str) -> int:
        """Overwrite the key and the contents of a grant; how many contents there were. Idempotent."""
        with self._begin() as connection:
            gone = connection.execute(
                delete(_contents).where(_contents.c.project_id == self._project, _contents.c.grant_id == grant)
            ).rowcount
            connection.execute(delete(_grants).where(_grants.c.project_id == self._project, _grants.c.id == grant))
        self._live = [each for each in self._live if each.id != grant]
        return gone

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def _master(self) -> bytes:
        return secret_key(self._folder / RAW_KEY)

    def _about(self, *parts: str) -> bytes:
        """What a sealed value belongs to: moved elsewhere it does not open."""
        return "\0".join((self._project, *parts)).encode()

    def _key(self, connection: Connection, grant: str) -> bytes | None:
        query = select(_grants.c.sealed_key).where(_grants.c.project_id == self._project, _grants.c.id == grant)
        sealed = connection.scalar(query)
        return None if sealed is None else _opened(self._master(), sealed, self._about(grant))

    def _held(self, connection: Connection, grant: str) -> int:
        query = select(func.count()).where(_contents.c.project_id == self._project, _contents.c.grant_id == grant)
        return connection.scalar(query) or 0

    def _row(self, key: bytes, grant: str, content: RawContent) -> dict[str, Any]:
        said = f"{content.name}\0{content.text}".encode("utf-8", "surrogatepass")
        about = self._about(grant, content.trace_id.hex(), content.span_id.hex())
        return {
            "project_id": self._project,
            "grant_id": grant,
            "trace_id": content.trace_id,
            "span_id": content.span_id,
            "at": content.at,
            "sealed": _sealed(key, said, about),
        }

    def _content(self, key: bytes, row: Any) -> RawContent:
        about = self._about(row.grant_id, row.trace_id.hex(), row.span_id.hex())
        name, _, text = _opened(key, row.sealed, about).decode("utf-8", "surrogatepass").partition("\0")
        return RawContent(trace_id=row.trace_id, span_id=row.span_id, name=name, text=text, at=Instant(row.at))

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        try:
            with self._lock, self._opened_engine().begin() as connection:  # one writer, and reads are few
                yield connection
        except DBAPIError as error:
            raise Transient(f"{self._folder / NAME} did not take it: {error.orig}") from error

    def _opened_engine(self) -> Engine:
        if self._engine is None:
            path = self._folder / NAME
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.close(descriptor)
            engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _LOCK_WAIT_S})
            event.listen(engine, "connect", _forgetful)
            _metadata.create_all(engine)
            self._engine = engine
        return self._engine


def _forgetful(connection: Any, _: object) -> None:
    """Overwrite what is deleted, and keep no log that would still hold it."""
    cursor = connection.cursor()
    for pragma in ("secure_delete=ON", "journal_mode=DELETE", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")  # identifiers from a closed set
    cursor.close()


def _grant(row: Any) -> RawGrant:
    return RawGrant(
        id=row.id,
        by=row.by,
        reason=row.reason,
        made_at=Instant(row.made_at),
        expires_at=Instant(row.expires_at),
        revoked_at=None if row.revoked_at is None else Instant(row.revoked_at),
        contents=row.held,
    )


def _sealed(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _opened(key: bytes, sealed: bytes, about: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except InvalidTag as error:
        raise Permanent(
            f"a raw content does not open with the key in {RAW_KEY}: it was changed, or the key was"
        ) from error
