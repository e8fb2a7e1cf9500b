"""A throwaway PostgreSQL for the tests: its own folder, its own socket, nothing listening on a port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

START_S_MAX = 120
STOP_S_MAX = 60


def binaries() -> Path | None:
    """Where initdb and postgres lie: Debian keeps them off the PATH. None: not installed."""
    found = shutil.which("initdb") or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    return Path(found).resolve().parent if found else None


@contextmanager
def a_postgres(programs: Path) -> Iterator[Path]:
    """The folder of the socket of a server that is gone afterwards. What is committed in it survives no power cut."""
    folder = Path(tempfile.mkdtemp(prefix="outproof-pg-"))
    run: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **_owner(folder)}
    try:
        options = "-D data -A trust -U postgres -E UTF8 --locale=C --no-sync".split()
        subprocess.run([programs / "initdb", *options], check=True, **run)
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
        settings |= {"autovacuum": "off", "max_connections": "300"}  # its own sessions and slow goodbyes are no finding
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([programs / "postgres", "-D", "data", *options], stderr=log, **run)
        try:
            _wait_until_ready(folder, server)
            yield folder
        finally:
            server.send_signal(signal.SIGQUIT)  # "immediate": nothing is written down, for nobody will read it
            server.wait(STOP_S_MAX)
    finally:
        shutil.rmtree(folder)


def url(folder: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={folder}"


def run_sql(folder: Path, statement: str, database: str = "postgres") -> None:
    """Run a statement outside any transaction, on the server itself if no database of it is named."""
    admin = create_engine(url(folder, database), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(statement))
    finally:
        admin.dispose()


def _owner(folder: Path) -> dict[str, Any]:
    """Who runs the server: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    owner = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _wait_until_ready(folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S_MAX
    while True:
        try:
            return run_sql(folder, "SELECT 1")
        except OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}") from None
        time.sleep(0.05)
