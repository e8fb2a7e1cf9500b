"""A small ClickHouse HTTP front on chDB, in a process of its own: `front.py DIRECTORY`. Prints its URL, then serves.

It speaks the part of the protocol that the client library uses: the statement in the URL or the body, parameters as
`param_…`, other values as settings, data behind an INSERT. No modern server can be installed here, and chDB itself does
not listen; this tests that our client and our SQL work over HTTP, not that a server behaves like one.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb.session
import zstandard

_OURS = frozenset({"query", "database", "session_id", "query_id", "compress", "decompress", "wait_end_of_query"})
_OURS |= {"client_protocol_version", "enable_http_compression", "http_headers_progress_interval_ms", "role"}
_OURS |= {"cancel_http_readonly_queries_on_client_close", "send_progress_in_http_headers", "default_format"}


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    session: Any = None
    lock = Lock()

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("content-length") or 0)))

    def _answer(self, body: bytes) -> None:
        encoding = self.headers.get("content-encoding")
        body = gzip.decompress(body) if encoding == "gzip" else body
        body = zstandard.ZstdDecompressor().decompressobj().decompress(body) if encoding == "zstd" else body
        values = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if (kind := self.headers.get("content-type", "")).startswith("multipart/form-data"):  # much to say
            form = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
            for part in form.walk():
                if name := part.get_param("name", header="content-disposition"):
                    values[str(name)] = bytes(part.get_payload(decode=True) or b"").decode()
            body = b""
        statement, data = (values["query"], body) if "query" in values else (body.decode(), b"")
        parameters = {key.removeprefix("param_"): value for key, value in values.items() if key.startswith("param_")}
        settings = {k: v for k, v in values.items() if k not in _OURS and not k.startswith("param_")}
        try:
            with self.lock:
                found = self._run(statement, data, parameters, settings, values.get("default_format", "TabSeparated"))
        except Exception as error:  # what the engine says is the answer, as a server would give it
            self._send(500, str(error).encode(), {"X-ClickHouse-Exception-Code": "1"})
        else:
            self._send(200, found, {"X-ClickHouse-Summary": "{}"})

    def _run(self, statement: str, data: bytes, parameters: Any, settings: dict[str, str], form: str) -> bytes:
        for name, value in settings.items():
            self.session.query(f"SET {name} = '{value}'")
        if data:
            head, _, name = statement.rstrip().rpartition(" FORMAT ")
            with tempfile.NamedTemporaryFile() as file:
                file.write(data)
                file.flush()
                self.session.query(f"{head} FROM INFILE '{file.name}' FORMAT {name}")
            return b""
        words = statement.rstrip().rstrip(";").split()
        if len(words) > 2 and words[-2].upper() == "FORMAT":
            form, statement = words[-1], statement.rstrip().rstrip(";").rpartition(words[-2])[0]
        return bytes(self.session.query(statement, form, params=parameters).bytes())

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "X-ClickHouse-Timezone": "UTC"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    engine: Any = chdb.session
    Front.session = engine.Session(str(Path(sys.argv[1])))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    sys.stdout.write(f"http://default:@127.0.0.1:{server.server_address[1]}/default\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
