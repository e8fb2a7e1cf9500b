"""A stand-in for the tool that wakes people: verifies each webhook's signature and prints what on-call would get.

python examples/receiver.py --port 4320 --secret whsec_…
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import textwrap
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
LINE_CHARS_MAX = 96


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a Standard Webhooks signature over id, timestamp and body is good and recent."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    recent = abs(time.time() - int(headers["webhook-timestamp"])) <= TOLERANCE_S
    return recent and any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split(" "))


def card(event: dict[str, object]) -> str:
    """The message as a phone would show it."""
    data = event["data"]
    assert isinstance(data, dict)
    text = str(data.get("text") or json.dumps(data, indent=2))
    whole = text.splitlines() or [""]
    lines = [part for line in whole for part in textwrap.wrap(line, LINE_CHARS_MAX, subsequent_indent="  ") or [""]]
    width = max(map(len, lines))
    framed = "\n".join(f"  │ {line:<{width}} │" for line in lines)
    bar = "─" * (width + 2)
    return f"  ┌{bar}┐\n{framed}\n  └{bar}┘"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=4320)
    parser.add_argument("--secret", required=True)
    options = parser.parse_args()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            good = verified(options.secret, {key.lower(): value for key, value in self.headers.items()}, body)
            self.send_response(204 if good else 401)
            self.end_headers()
            if good:
                event = json.loads(body)
                print(f"on-call gets {event['type']} (signature verified)\n{card(event)}", flush=True)

        def log_message(self, *_: object) -> None:
            """Say nothing: the card is the message."""

    ThreadingHTTPServer(("127.0.0.1", options.port), Receiver).serve_forever()


if __name__ == "__main__":
    main()
