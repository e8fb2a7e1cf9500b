"""The floor: an ASGI application that reads a body, throws it away and says yes."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn


async def discard(scope: Any, receive: Any, send: Any) -> None:
    """Accept everything, keep nothing."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]} ", flush=True)
    config = uvicorn.Config(discard, log_config=None, access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
