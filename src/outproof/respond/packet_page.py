"""An evidence packet as a page: the packet in; HTML without scripts or anything from elsewhere, all escaped, out."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid #ccc }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .15rem .5rem }
th { color: #555; font-weight: 500; width: 12rem } td table { border-left: 2px solid #ddd }
ol { padding-left: 1.5rem } li { margin-bottom: .5rem } code { font-size: .85em; overflow-wrap: anywhere }
td { overflow-wrap: anywhere; white-space: pre-wrap } .nothing { color: #777 }
"""

STYLE_HASH = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""What a Content-Security-Policy names to let exactly this style through."""


def page(packet: Mapping[str, Any]) -> str:
    """The page. It shows what the packet holds; only the packet itself can be verified."""
    signature = packet["signature"]
    title = f"Evidence packet of {packet['incident_id']}"
    parts = [
        f"<h1>{_text(title)}</h1>",
        _rows({"made at": packet["made_at"], "signed by": signature["key_id"], "format": packet["format"]}),
        "<p>This page shows the packet; it proves nothing by itself. Export the packet and check it with "
        "<code>outproof verify packet.json</code>.</p>",
    ]
    for section in packet["sections"]:
        heading = str(section["name"]).replace("_", " ").capitalize()
        parts += [f"<h2>{_text(heading)}</h2>", *_shown(section["body"])]
        parts.append(f"<p><code>SHA-256 {_text(section['hash'])}</code></p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head>\n<body>{''.join(parts)}</body></html>\n"
    )


def _shown(value: Any) -> Iterator[str]:
    match value:
        case dict() if value:
            yield _rows(value)
        case list() if value:
            yield "<ol>"
            for inner in value:
                yield f"<li>{''.join(_shown(inner))}</li>"
            yield "</ol>"
        case dict() | list():
            yield '<span class="nothing">none</span>'
        case None:
            yield '<span class="nothing">unknown</span>'
        case bool():
            yield "yes" if value else "no"
        case _:
            yield _text(value)


def _rows(values: Mapping[str, Any]) -> str:
    rows = (
        f"<tr><th>{_text(str(name).replace('_', ' '))}</th><td>{''.join(_shown(value))}</td></tr>"
        for name, value in values.items()
    )
    return f"<table>{''.join(rows)}</table>"


def _text(value: object) -> str:
    return escape(str(value), quote=True)
