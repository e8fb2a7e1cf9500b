"""Every connection this process tries to make, as the interpreter itself reports it: nothing else happened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

_WATCHED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_recording: list[list[object]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _recording and event in _WATCHED:
        for recorded in _recording:
            recorded.append(arguments[1])


sys.addaudithook(_note)  # it cannot be taken away again, so it does nothing unless somebody records


@contextmanager
def recorded() -> Iterator[list[object]]:
    """The addresses that sockets were told to connect or send to meanwhile, in any thread."""
    seen: list[object] = []
    _recording.append(seen)
    try:
        yield seen
    finally:
        _recording.remove(seen)


def outside(seen: list[object], *allowed: tuple[str, int]) -> list[object]:
    """Those that are none of the allowed ones. A socket of the file system is never allowed."""
    known = {(ip_address(host), port) for host, port in allowed}
    return [each for each in seen if not (isinstance(each, tuple) and (ip_address(each[0]), each[1]) in known)]
