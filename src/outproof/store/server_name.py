"""What a server is called among those that share its state: its host's name and a number of its data folder."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

_FILE = "server-name"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}-[0-9a-f]{4}")


def server_name(data: Path) -> str:
    """The same name each time, as long as the data folder stays; made when there is none."""
    path = data / _FILE
    known = path.read_text().strip() if path.exists() else ""
    if _NAME.fullmatch(known):
        return known
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()).strip(".-")[:64] or "server"
    name = f"{host}-{os.urandom(2).hex()}"
    path.write_text(f"{name}\n")
    return name
